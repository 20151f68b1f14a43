#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person at a terminal sees: table, colour, wrapping, questions."""
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import fcntl
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


def on_terminal(argv, columns=80, typed=b"", env=None, prompt=None):
    """Runs argv with a terminal of its own; (status, output). typed goes in once prompt is seen."""
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
        os.environ.update(env or {"TERM": "xterm"})
        os.execv(argv[0], argv)
    out, deadline = b"", time.monotonic() + 30
    while time.monotonic() < deadline:
        if typed and (prompt is None or prompt in out):
            os.write(fd, typed)
            typed = b""
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


def send(server, *args, **how):
    return on_terminal([PROGRAM, "send", "--server", server.url, "-f", "ann@example.org", *args], **how)


server = Server("--rcpt", "nobody@*=550 5.1.1 No such user",
                "--rcpt", "later@*=450 4.2.1 Greylisted, come back in 5 minutes")
three = ["bob@example.org", "nobody@example.org", "later@example.net"]

status, out = send(server, *three, "-s", "x", "-m", "y", env={"TERM": "dumb"})
lines = out.splitlines()
ok(status == 1, "partial success", status)
ok(lines[0].startswith("127.0.0.1:%d, " % server.port), "the server heads the table", out)
ok(lines[1].startswith("  bob@example.org     sent      250 2.0.0 Ok"), "sent", out)
ok(lines[2] == "  nobody@example.org  REFUSED   550 5.1.1 No such user", "refused", out)
ok(lines[3] == "  later@example.net   deferred  450 4.2.1 Greylisted, come back in 5 minutes", "deferred", out)
ok(lines[4].startswith("hint: greylisting is normal"), "the hint", out)
ok(lines[-1].startswith("postrider: sent to 1 of 3 recipients, 1 refused, 1 put off"), "the fate is last", out)
ok("\033" not in out, "no colour on a dumb terminal", out)

status, out = send(server, "bob@example.org", "-s", "x", "-m", "y")
ok(status == 0 and "\033[32msent\033[0m" in out, "sent is green", out)
ok(out.endswith("\nsent to bob@example.org\n"), "and said", out)
status, out = send(server, "bob@example.org", "-s", "x", "-m", "y", env={"TERM": "xterm", "NO_COLOR": "1"})
ok("\033" not in out, "NO_COLOR", out)
status, out = send(server, "bob@example.org", "--color=never", "-m", "y")
ok("\033" not in out, "--color=never", out)
status, out = send(server, "bob@example.org", "--quiet", "-m", "y")
ok((status, out) == (0, ""), "--quiet", out)
status, out = send(server, *three, "-m", "y", columns=60, env={"TERM": "dumb"})
ok("\n  later@example.net   deferred  450 4.2.1 Greylisted, come\n" + " " * 32 + "back in 5 minutes\n" in out,
   "reasons are wrapped", out)

status, out = send(server, "bob@example.org", typed=b"typed\n\x04", prompt=b"terminal")
ok(status == 0 and "reading the text from the terminal; end it with Ctrl-D" in out,
   "a text that is awaited from the terminal is announced", out)
status, out = send(server, "bob@example.org", "--no-input")
ok(status == 64 and "--no-input forbids it" in out, "or refused", status, out)
status, out = on_terminal([PROGRAM, "--server", server.url, "bob@example.org"],
                          typed=b"Subject: x\n\nhi\n.\n", prompt=b"terminal")
ok(status == 0 and "single dot" in out, "a lone dot ends a message typed in", status, out)
status, out = on_terminal([PROGRAM, "--server", server.url, "-i", "bob@example.org"],
                          typed=b"Subject: x\n\nhi\n.\nmore\n\x04", prompt=b"terminal")
ok(status == 0 and "single dot" not in out, "with -i it does not", status, out)
status, out = on_terminal([PROGRAM, "--server", server.url, "bob@example.org"], typed=b"\x04", prompt=b"terminal")
ok(status == 0 and "the message is empty" in out, "an empty message is sent, and that is said", status, out)
status, out = on_terminal([PROGRAM, "--server", server.url, "--require-body", "bob@example.org"],
                          typed=b"\x04", prompt=b"terminal")
ok(status == 65 and "the message is empty" in out, "or refused, if asked for", status, out)
status, out = on_terminal([PROGRAM], env={"TERM": "dumb"})
ok(status == 0 and out.startswith("Usage: postrider"), "nothing at all is help for a person", status, out)
server.end()

paged = {"TERM": "xterm", "PAGER": "sed s/^/P:/"}
status, out = on_terminal([PROGRAM, "help", "errors"], env=paged)
ok(status == 0 and out.startswith("P:gmail-web-login\n") and out.count("\nP:") > 50, "a long text has its pager", out[:200])
status, out = on_terminal([PROGRAM, "help", "errors", "--no-pager"], env=paged)
ok(status == 0 and out.startswith("gmail-web-login\n"), "unless --no-pager", out[:200])
status, out = on_terminal([PROGRAM, "help", "yahoo"], env=paged)
ok(status == 0 and out.startswith("Yahoo and AOL"), "what fits the screen needs none", out[:200])
status, out = on_terminal([PROGRAM, "help", "errors"], env={"TERM": "xterm", "PAGER": "/no/such/pager"})
ok(status == 0 and "\ngmail-app-password\n" in out, "one that is not there is done without", out[:300])
status, out = on_terminal([PROGRAM, "help", "errors"], env={"TERM": "xterm", "PAGER": "head -n 1; echo LESS=$LESS"})
ok(status == 0 and out == "gmail-web-login\nLESS=FRX\n", "it may end before it has read all", out[:300])

certs = os.environ["BUILD"] + "/certs"
subprocess.run([os.environ["SRC"] + "/tests/lib/certs", certs], check=True)
server = Server("--tls", "implicit", "--cert", certs + "/good", "--auth", "PLAIN", "--user", "ann:geheim")
server.url = "smtps://ann@localhost:%d?tls-ca=%s/ca.pem" % (server.port, certs)
status, out = send(server, "bob@example.org", "-m", "x", typed=b"geheim\n", prompt=b"assword")
ok(status == 0, "a password is asked for", status, out)
ok("geheim" not in out, "without an echo", out)
status, out = send(server, "bob@example.org", "-m", "x", typed=b"falsch\n", prompt=b"assword", env={"TERM": "dumb"})
ok(status == 77, "a wrong one", status, out)
ok("\n  server: 535 5.7.8 " in out and "\nhint: " in out, "the server's words, then the hint", out)
ok(out.endswith("\npostrider: nothing was sent\n"), "then the fate", out)
status, out = send(server, "bob@example.org", "-m", "x", "--no-input", env={"TERM": "dumb"})
ok(status == 78, "--no-input asks for none", status, out)

server.url = "smtps://ann@localhost:%d" % server.port
status, out = send(server, "bob@example.org", "-m", "x", "--no-input", "--when", "now", columns=200, env={"TERM": "dumb"})
ok(status == 77 and out.startswith("postrider: the certificate of localhost:%d is not trusted\n  reason:   issued by \"" % server.port),
   "a refused certificate: what, and why", status, out)
pin = re.search(r"\n  key pin:  (sha256:\S{44})\n", out)
ok(pin, "the pin of its key", out)
ok(re.search(r"\n  valid:    \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, \d+ (days|years) left\n", out), "its dates", out)
ok(pin and "--set account.server.tls-pin=%s\n" % pin.group(1) in out, "and the line that trusts it", out)
server.end()

print("1..%d" % tests)
sys.exit(failures != 0)
