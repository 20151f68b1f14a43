# SPDX-License-Identifier: GPL-3.0-or-later
"""A person at a terminal, for tests: runs the program on a terminal of its own, and types."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

PROGRAM = os.environ["POSTRIDER"]
tests = failures = 0


def ok(good, claim, *details):
    global tests, failures
    tests += 1
    failures += not good
    print("%s %d - %s" % ("ok" if good else "not ok", tests, claim), flush=True)
    if not good:
        for d in details:
            print("# %r" % (d,), flush=True)


def done():
    print("1..%d" % tests)
    sys.exit(failures != 0)


def on_terminal(argv, columns=80, typed=b"", env=None, prompt=None, answers=(), before=None):
    """Runs argv with a terminal of its own; (status, output). typed goes in once prompt is seen;
    answers: pairs (prompt, line), each typed when its prompt is seen behind the one before."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
        # a shell without job control lets what it starts in the background ignore the terminal's signals
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.environ.update(env or {"TERM": "xterm"})
        if before:
            before()
        os.execv(argv[0], argv)
    out, deadline, at, answers = b"", time.monotonic() + 30, 0, list(answers)
    while time.monotonic() < deadline:
        if typed and (prompt is None or prompt in out):
            os.write(fd, typed)
            typed = b""
        if answers and answers[0][0] in out[at:]:
            at = len(out)
            os.write(fd, answers.pop(0)[1] + b"\n")
        if not select.select([fd], [], [], 1)[0]:
            continue
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        out += data
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(fd)
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status), out.replace(b"\r\n", b"\n").decode()


class Server:
    def __init__(self, *options):
        self.process = subprocess.Popen([os.environ["FAKESERVER"], "--grace", "100", *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        self.url = "smtp://127.0.0.1:%d?tls=off" % self.port

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Names:
    """A name server (tests/lib/dnsserver) with that zone; its address is fit for --resolver."""

    def __init__(self, path, zone):
        with open(path, "w") as f:
            f.write(zone)
        self.process = subprocess.Popen(["/usr/bin/python3", os.environ["SRC"] + "/tests/lib/dnsserver", path],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = "127.0.0.1:" + self.process.stdout.readline().split()[1]

    def end(self):
        self.process.stdin.close()
        self.process.wait()
