#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""newcomer.py PROGRAM HOME PORT CA PASSWORDFILE: from nothing to a delivered message, as a person
does it on a terminal; prints the commands and the questions, and how many there were."""
import os
import pty
import re
import select
import sys
import time

program, home, port, ca, password = sys.argv[1:]
os.environ.update({"HOME": home, "TERM": "dumb"})
for name in ("XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"):
    os.environ.pop(name, None)
conf = home + "/postrider.conf"
secret = open(password).read().strip()
questions = commands = 0


def run(argv, answers):
    global questions, commands
    commands += 1
    print("$ postrider", " ".join(argv))
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(program, [program, "-C", conf, "--set", "queue.directory=" + home + "/queue", *argv])
    out, at, end = b"", 0, time.monotonic() + 60
    while time.monotonic() < end:
        m = re.search(rb"(\? |\? \[[^]]*\] |\(not shown\): |goes to \[[^]]*\] )$", out[at:])
        if m and answers:
            questions += 1
            at = len(out)
            os.write(fd, answers.pop(0).encode() + b"\n")
        if not select.select([fd], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        out += data
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(out.decode().replace("\r\n", "\n"), end="")
    if secret in out.decode() or status != 0:
        print("status", status, "or the password was shown")
        sys.exit(1)


run(["setup", "alice@inbox.test", "--server", "smtps://localhost:" + port, "--user", "alice", "--tls-ca", ca], [secret, ""])
run(["test"], [])
print("%d commands, %d questions" % (commands, questions))
