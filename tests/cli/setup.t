#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""setup: from an address to an account that works, with few questions; nothing is written before
it was tried, and the password is seen nowhere but where it is kept."""
import os
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from person import PROGRAM, Names, Server, done, ok, on_terminal  # noqa: E402

SECRET = "Tr0ub4dor-and-3"
home = tempfile.TemporaryDirectory()
d = home.name
conf = d + "/etc/postrider.conf"
certs = os.environ["BUILD"] + "/certs"
ca = certs + "/ca.pem"
subprocess.run([os.environ["SRC"] + "/tests/lib/certs", certs], check=True)
os.environ.update({"HOME": d, "PATH": d + "/bin:/usr/bin:/bin"})
os.environ.pop("XDG_RUNTIME_DIR", None)
os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
server = Server("--tls", "implicit", "--cert", certs + "/good", "--auth", "SCRAM-SHA-256,PLAIN", "--require-auth",
                "--user", "ann@mail.test.example:" + SECRET)
names = Names(d + "/zone", """
_submissions._tcp.mail.test.example SRV 0 1 %d localhost
_submissions._tcp.mail.test.example !ad
_submissions._tcp.other.example SRV 0 1 %d localhost
_submissions._tcp.other.example !ad
_submissions._tcp.forged.example SRV 0 1 %d localhost
_submissions._tcp.evil.example SRV 0 1 465 x]y?z
evil.example MX 10 mx1.mailbox.org
live.lab.example MX 10 mx1.mailbox.org
none.example A 192.0.2.1
""" % (server.port, server.port, server.port))
plain = {"TERM": "dumb"}
common = ["--resolver", names.url, "--tls-ca", ca]


def slurp(path):
    with open(path) as f:
        return f.read()


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def setup(*args, stdin=None, **how):
    argv = [PROGRAM, "-C", conf, "--set", "queue.directory=" + d + "/queue", "setup", *args]
    if stdin is None:
        status, out = on_terminal(argv, env=plain, **how)
    else:
        r = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        status, out = r.returncode, r.stdout
    ok(SECRET not in out and "VHIwdWI0" not in out, "no secret is shown", out)
    return status, out


# ---- at a terminal: a wrong password, then the right one

wrong_first = [(b"Use localhost:%d? [yes]" % server.port, b""), (b"(not shown):", b"wrong"),
               (b"(not shown):", SECRET.encode()), (b"goes to [ann@mail.test.example]", b"")]
status, out = setup("ann@mail.test.example", *common, answers=wrong_first)
ok(status == 0, "an account from an address", status, out)
ok("DNS SRV         localhost:%d, TLS from the start" % server.port in out, "the server is found by SRV", out)
ok("login     FAIL  535 5.7.8" in out and "login     ok    SCRAM-SHA-256" in out, "it is tried until it works", out)
ok("sender    ok    ann@mail.test.example" in out, "and whether the sender may send", out)
ok(out.count("?") + out.count("(not shown):") + out.count("goes to [") <= 4, "with few questions", out)
ok("Next:  postrider test" in out, "what to do next is said", out)
ok(slurp(conf) == """[defaults]
local-to = ann@mail.test.example

[account mail]
host = localhost
port = %d
tls = implicit
tls-ca = %s
from = ann@mail.test.example
user = ann@mail.test.example
password-file = %s/etc/secret/mail
""" % (server.port, ca, d), "the file", slurp(conf))
ok(slurp(d + "/etc/secret/mail") == SECRET + "\n", "the password is in a file of its own")
ok([mode(conf), mode(d + "/etc/secret"), mode(d + "/etc/secret/mail")] == [0o600, 0o700, 0o600],
   "which nobody else reads")
r = subprocess.run([PROGRAM, "-C", conf, "--set", "queue.directory=" + d + "/queue", "test"],
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
ok(r.returncode == 0 and "sent to ann@mail.test.example" in r.stdout, "and then a test message arrives", r.stdout)

# ---- there is one already

before = slurp(conf)
status, out = setup("ann@mail.test.example", *common, answers=[(b"?", b"yes")])
ok(status == 78 and "account login mail" in out, "the same account again is refused, with what to do", status, out)
status, out = setup("ann@mail.test.example", *common, "--name", "second", "--user", "bob", answers=[
    (b"[yes]", b""), (b"(not shown):", b"no"), (b"(not shown):", b"no"), (b"(not shown):", b"no"), (b"Write it", b"")])
ok(status == 77 and out.endswith("nothing was written\n"), "three wrong passwords are enough", status, out)
ok(slurp(conf) == before, "and nothing is written")
status, out = setup("ann@other.example", *common, "--user", "ann@mail.test.example", "--name", "second", "--default",
                    "--password-file", "-", stdin=SECRET + "\n")
ok(status == 78, "a second name for the same login is no second account", status, out)

# ---- nobody to ask

os.rename(conf, conf + ".old")
status, out = setup("ann@mail.test.example", *common, "--no-input", "--password-file", "-", "--local-to", "root@x.example",
                    stdin=SECRET + "\n")
ok(status == 0, "without a terminal", status, out)
ok("local-to = root@x.example\n" in slurp(conf), "with what the options say", slurp(conf))
with open(conf, "a") as f:
    f.write("# mine\n[queue]\nlifetime = 3d\n")
before = slurp(conf)
status, out = setup("bob@mail.test.example", *common, "--no-check", "--password-command", "pass show bob", "--default", stdin="")
ok(status == 0, "a second account", status, out)
ok(slurp(conf) == before.replace("[defaults]\nlocal-to = root@x.example\n",
                                 "[defaults]\nlocal-to = root@x.example\naccount = mail-2\n") + """
[account mail-2]
host = localhost
port = %d
tls = implicit
tls-ca = %s
from = bob@mail.test.example
user = bob@mail.test.example
password-command = pass show bob
""" % (server.port, ca), "is added, and what is there stays", slurp(conf))
before = slurp(conf)
for args, want, words in [
        (["carl@mail.test.example"], 64, "--password-file"),
        (["carl@none.example"], 64, "--server"),
        (["carl@evil.example"], 64, "this is mailbox.org"),
        (["carl@live.lab.example"], 64, "this is mailbox.org"),
        (["carl@yahoo.co.uk"], 64, "--password-file"),
        (["carl@forged.example", "--password-file", "/dev/null"], 64, "--server smtps://localhost:%d" % server.port),
        (["carl@mail.test.example", "--no-check", "--name", "../../x", "--password-file", "-"], 64, "no name for an account"),
        (["carl@mail.test.example", "--no-check", "--name", "x]\n[log]", "--password-file", "-"], 64, "no name for an account"),
        (["carl@mail.test.example", "--no-check", "--user", "x\npassword-command = id", "--password-file", "-"], 78, "line breaks"),
        (["carl@mail.test.example", "--no-check", "--token-command", "x\ntls = off"], 78, "line breaks"),
        (["carl@mail.test.example", "--no-check", "--server", "smtps://x%0Atls-verify=no@localhost", "--password-file", "-"], 78, "line breaks"),
        (["carl@mail.test.example", "--no-check", "--tls-pin", "sha256:x", "--password-file", "-"], 78, "key pin"),
        ([], 64, "wants an address"),
        (["carl"], 64, "not a mail address"),
        (["carl@tuta.com"], 78, "no server for mail programs"),
        (["a@mail.test.example", "--keep", "mind"], 64, "--keep"),
        (["a@mail.test.example", "--server", "lmtp:///x"], 64, "not a server"),
        (["a@mail.test.example", "--password", SECRET], 64, "not taken from the command line")]:
    status, out = setup(*args, *common, stdin="")
    ok(status == want and words in out, "refused: " + " ".join(args[:1]), status, out)
status, out = setup("carl@mail.test.example", "--resolver", names.url, "--password-file", "-", stdin=SECRET + "\n")
ok(status == 77 and "not trusted" in out and "sha256:" in out, "a certificate that is not trusted", status, out)
status, out = setup("carl@mail.test.example", *common, "-n", "--no-check", "--password-file", "-", stdin="x\n")
ok(status == 0 and "[account mail-3]\n" in out, "--dry-run prints", status, out)
ok(slurp(conf) == before, "nothing of all that was written")
ok(not [f for f in os.listdir(d + "/etc") if "conf." in f and not f.endswith(".old")], "and no file is left behind")

status, out = setup("carl@mail.test.example", *common, "-n", "--no-check", "--password-command", '"/o p/x" "a"', stdin="")
ok(status == 0 and 'password-command = "\\"/o p/x\\" \\"a\\""\n' in out, "quotation marks are not taken off", status, out)
ok(not [f for f in os.listdir(d + "/etc/secret") if f not in ("mail",)], "no password of all that was kept",
   os.listdir(d + "/etc/secret"))

conf = d + "/etc/long.conf"
status, out = setup("ann@mail.test.example", *common, "--no-check", answers=[
    (b"[yes]", b""), (b"(not shown):", b"p" * 3000), (b"goes to [", b"")])
ok(status == 0 and slurp(d + "/etc/secret/mail") == "p" * 3000 + "\n", "a long password stays whole", status,
   len(slurp(d + "/etc/secret/mail")))

# ---- one account is the default without a word; beside a second one it has to be said

conf = d + "/etc/two.conf"
for who in ("ann", "bob"):
    status, out = setup(who + "@mail.test.example", *common, "--no-check", "--password-command", "pass " + who, stdin="")
    ok(status == 0, "the account of " + who, status, out)
    ok(("[defaults]\naccount = mail\n" in slurp(conf)) == (who == "bob"), "the first one stays the default", slurp(conf))
status, out = setup("carl@mail.test.example", *common, "-n", "--default", "--no-check", "--password-command", "pass carl", stdin="")
ok(status == 0 and "[defaults]\naccount = mail-3\n\n[account mail-3]\n" in out, "--dry-run prints all that would be new", out)

# ---- where the password is kept

os.mkdir(d + "/bin")
with open(d + "/bin/secret-tool", "w") as f:
    f.write("#!/bin/sh\ncase $1 in store) cat >%s/ring; echo \"$*\" >%s/args ;; lookup) cat %s/ring ;; esac\n" % (d, d, d))
os.chmod(d + "/bin/secret-tool", 0o755)
os.environ["XDG_RUNTIME_DIR"] = d
conf = d + "/etc/ring.conf"
status, out = setup("ann@mail.test.example", *common, "--yes", "--keep", "keyring", "--password-file", "-", stdin=SECRET + "\n")
ok(status == 0 and slurp(d + "/ring") == SECRET, "in the keyring", status, out)
ok("password-keyring = yes\n" in slurp(conf) and SECRET not in slurp(conf) + slurp(d + "/args"), "and nowhere else")
conf = d + "/etc/choice.conf"
status, out = setup("ann@mail.test.example", *common, answers=[
    (b"[yes]", b""), (b"Which? [1]", b"9"), (b"Which? [1]", b"1"), (b"(not shown):", SECRET.encode()), (b"goes to [", b"-")])
ok(status == 0 and "password-keyring = yes\n" in slurp(conf) and "local-to" not in slurp(conf),
   "a person chooses", status, out)
conf = d + "/etc/gone.conf"
status, out = setup("ann@mail.test.example", *common, answers=[(b"[yes]", b"\x04")])
ok(status == 64 and "nothing was written" in out and not os.path.exists(conf), "Ctrl-D: nothing was written", status, out)

# ---- a provider that takes no normal password

conf = d + "/etc/gmail.conf"
status, out = setup("ann@gmail.com", "--resolver", names.url, "--no-check", answers=[
    (b"Which? [1]", b"1"), (b"Which? [1]", b"2"), (b"(not shown):", b"abcd efgh ijkl mnop"), (b"goes to [", b"")])
ok(status == 0 and "myaccount.google.com/apppasswords" in out, "it says where an app password is made", status, out)
ok("known provider  Google: smtp.gmail.com:465, TLS from the start" in out, "the server is known", out)
ok(slurp(d + "/etc/secret/gmail") == "abcdefghijklmnop\n", "blanks of an app password are left out")
ok("rate = 20/min, 450/day\n" in slurp(conf), "its limits are kept", slurp(conf))

names.end()
server.end()
done()
