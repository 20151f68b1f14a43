#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person and what a pipe sees, session by session: facts, their order, the last line, the
exit status. With SESSIONS=FILE all of it is written there, to be looked at."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from person import PROGRAM, Server, done, ok, on_terminal  # noqa: E402

# The real names of providers, here and nowhere else: hosts of our own, in a mount namespace.
PROVIDERS = ["smtp.gmail.com", "smtp.office365.com", "mail.corp.example"]
INSIDE = os.environ.get("SESSIONS_INSIDE")
if not INSIDE:
    namespace = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    with tempfile.NamedTemporaryFile("w", delete=False) as hosts:
        hosts.write("127.0.0.1 localhost %s\n" % " ".join(PROVIDERS))
    inner = "mount --bind %s /etc/hosts && exec \"$0\" \"$@\"" % hosts.name
    if subprocess.run([*namespace, "sh", "-c", inner, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("1..0 # SKIP no mount namespaces here (unshare)")
        sys.exit(0)
    os.environ["SESSIONS_INSIDE"] = hosts.name
    os.execvp(namespace[0], [*namespace, "sh", "-c", inner, "/usr/bin/python3", os.path.abspath(__file__)])
os.unlink(INSIDE)

SECRET = "Tr0ub4dor-and-3"
home = tempfile.TemporaryDirectory()
d = home.name
certs = os.environ["BUILD"] + "/certs"
subprocess.run([os.environ["SRC"] + "/tests/lib/certs", certs], check=True)
os.environ.update({"HOME": d, "LANG": "C.UTF-8", "EMAIL": ""})
for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "NO_COLOR"):
    os.environ.pop(name, None)
os.makedirs(d + "/.config/postrider")
conf = d + "/.config/postrider/postrider.conf"
captures = open(os.environ["SESSIONS"], "w") if os.environ.get("SESSIONS") else None


def put(path, text):
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o600)


def account(server=None, name="home", **more):
    keys = {"host": "localhost", "port": server.port if server else 1, "tls": "implicit", "tls-ca": certs + "/ca.pem",
            "from": "ann@test.example", "user": "ann", "password-file": d + "/pw", **more}
    keys = {k.replace("_", "-"): v for k, v in keys.items()}
    put(conf, "[account %s]\n" % name + "".join("%s = %s\n" % (k, v) for k, v in keys.items() if v != "")
        + "[queue]\ndirectory = %s/queue\n" % d)


def show(title, argv, status, out):
    if captures:
        captures.write("### %s\n$ postrider %s\n%s[exit %d]\n\n" % (title, " ".join(argv), out, status))
        captures.flush()
    ok(SECRET not in out and "VHIwdWI0" not in out, title + ": no secret is shown", out)


def person(title, *argv, env=None, **how):
    status, out = on_terminal([PROGRAM, *argv], env=env or {"TERM": "xterm"}, **how)
    show(title + " (terminal)", argv, status, out)
    return status, re.sub(r"\033\[[0-9;]*m", "", out)


def pipe(title, *argv, stdin=""):
    r = subprocess.run([PROGRAM, *argv], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    show(title + " (pipe)", argv, r.returncode, r.stdout)
    return r.returncode, r.stdout


def says(title, out, *patterns):
    """The patterns are found in that order."""
    at = 0
    for p in patterns:
        m = re.compile(p, re.M).search(out, at)
        ok(m, "%s: %s" % (title, p), out)
        at = m.end() if m else at


def forget():
    shutil.rmtree(d + "/queue", ignore_errors=True)


put(d + "/pw", SECRET + "\n")
LOGIN = ["--auth", "PLAIN", "--require-auth", "--user", "ann:" + SECRET]
TLS = ["--tls", "implicit", "--cert", certs + "/good"]

# ---- S1: no configuration yet

put(d + "/.msmtprc", "account x\nhost smtp.example.org\nfrom ann@example.org\n")
for how in (person, pipe):
    status, out = how("S1", "send", "bob@example.org", "-s", "disk", "-m", "90% full")
    ok(status == 78, "S1: exit", status)
    says("S1", out, r"no account is configured", r"postrider setup", r"postrider import msmtp", r"--server",
         r"nothing was sent\n\Z")

# ---- S3: check, all is well; S4: the wrong kind of TLS

server = Server(*TLS, *LOGIN)
account(server)
for how in (person, pipe):
    status, out = how("S3", "check")
    says("S3", out, r"^account home, from ann@test\.example\n", r"secret +ok +password-file, 15 characters", r"dns +ok",
         r"tcp +ok +127\.0\.0\.1:%d in \d+ ms" % server.port, r"tls +ok +TLS1\.3", r"ehlo +ok +SIZE", r"auth +ok +PLAIN",
         r"sender +ok +ann@test\.example", r"No mail was sent\.\n\Z")
    ok(status == 0, "S3: exit", status)
server.end()
server = Server("--tls", "starttls", "--cert", certs + "/good", *LOGIN)
account(server)
for how in (person, pipe):
    status, out = how("S4", "check")
    says("S4", out, r"tcp +ok", r"tls +FAIL +.*spoke plain SMTP", r"auth +skipped", r"sender +skipped")
    says("S4", out, r"hint: [^\n]*(STARTTLS|starttls)")
    ok(status == 76, "S4: exit", status)
server.end()

# ---- S5, S6: a table, and the same for a pipe and for machines; S11: the queue

server = Server(*TLS, *LOGIN, "--rcpt", "nobody@*=550 5.1.1 No such user",
                "--rcpt", "later@*=450 4.2.1 Greylisted, come back in 5 minutes")
account(server)
put(d + "/minutes.txt", "We met.\n")
put(d + "/agenda.pdf", "x" * 5000)
three = ["bob@example.org", "nobody@example.org", "later@example.net"]
args = ["send", *three, "-s", "Minutes", "-m", "@" + d + "/minutes.txt", "--attach", d + "/agenda.pdf"]
status, out = person("S5", *args, columns=100)
says("S5", out, r"^localhost:%d as ann, \d" % server.port, r"^  bob@example\.org +sent +250 ",
     r"^  nobody@example\.org +REFUSED +550 5\.1\.1 No such user\n",
     r"^  later@example\.net +queued +450 4\.2\.1 Greylisted, come back in 5 minutes",
     r"^postrider: sent to 1 of 3 recipients.*1 kept|^postrider: .*sent.*1.*\n\Z")
ok(status == 1, "S5: partial success", status)
status, out = pipe("S6", *args)
says("S6", out, r"^postrider: nobody@example\.org: refused: 550 5\.1\.1 No such user\n",
     r"^postrider: later@example\.net: queued: 450 4\.2\.1 Greylisted", r"^postrider: .*\n\Z")
ok(status == 1, "S6: the same status", status)
r = subprocess.run([PROGRAM, *args, "--json"], stdout=subprocess.PIPE, text=True)
lines = [json.loads(line) for line in r.stdout.splitlines()]
show("S6 (JSON)", [*args, "--json"], r.returncode, r.stdout)
ok([(x["to"], x["status"]) for x in lines if x["event"] == "recipient"] == list(zip(three, ["sent", "refused", "queued"])),
   "S6: each recipient in JSON", lines)
ok(lines[-1]["event"] == "result" and lines[-1]["exit"] == 1 and all(x["v"] == 1 for x in lines), "S6: the result is last")
status, out = pipe("S6 silent", "sendmail", "bob@example.org", stdin="Subject: x\n\nx\n")
ok((status, out) == (0, ""), "S6: all sent, in a pipe: not a word", out)

ids = re.findall(r"^([0-9A-Z]{6}) ", pipe("S11", "queue")[1], re.M)
for how in (person, pipe):
    status, out = how("S11", "queue")
    says("S11", out, r"^ID +.*AGE.*SIZE.*FROM.*TO", r"%s .*later@example\.net.*450 4\.2\.1" % ids[0], r"messages?.*\n\Z")
    ok(status == 0, "S11: exit", status)
status, out = pipe("S11", "queue", "show", ids[0], "--history")
says("S11", out, "(?i)" + ids[0], r"450 4\.2\.1 Greylisted")
status, out = pipe("S11", "status")
server.end()
forget()

# ---- S7: a login that a provider refuses, with what to do

server = Server(*TLS, *LOGIN, "--reply", "auth=535-5.7.8 Username and Password not accepted. For more information, go to\\n"
                "535 5.7.8  https://support.google.com/mail/?p=BadCredentials")
account(server, "gmail", host="smtp.gmail.com", tls_name="localhost")
for how in (person, pipe):
    status, out = how("S7", "send", "bob@example.org", "-s", "hi", "-m", "hello")
    says("S7", out, r"smtp\.gmail\.com\S* refused the login of ann", r"535 5\.7\.8 Username and Password not accepted",
         r"hint: .*app password", r"myaccount\.google\.com/apppasswords", r"see: +postrider help gmail", r"kept in the queue as \w+.*\n\Z")
    ok(status == 0, "S7: kept", status)
    status, out = how("S7 now", "send", "--when", "now", "bob@example.org", "-s", "hi", "-m", "hello")
    ok(status == 77 and out.endswith("nothing was sent\n"), "S7: --when now", status, out)
server.end()
forget()
for text, hint in [
        ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", r"Set-CASMailbox"),
        ("535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", r"OAuth2|xoauth2")]:
    server = Server(*TLS, *LOGIN, "--reply", "auth=" + text)
    account(server, "work", host="smtp.office365.com", tls_name="localhost")
    status, out = person("S7 Microsoft", "send", "--when", "now", "bob@example.org", "-s", "hi", "-m", "hello")
    says("S7", out, r"server: +535 5\.7\.139", hint, r"postrider help microsoft365", r"nothing was sent\n\Z")
    server.end()

# ---- S8: certificates

for cert, words in [("good", [r"not trusted", r"reason: +issued by \"postrider test authority\"", r"key pin: +sha256:\S{44}",
                              r"valid: +.* left"]),
                    ("wrong-name", [r"other names|another name", r"offered"]),
                    ("expired", [r"expired|EXPIRED", r"ago"])]:
    server = Server("--tls", "implicit", "--cert", certs + "/" + cert, *LOGIN)
    account(server, "work", tls_ca="" if cert == "good" else certs + "/ca.pem", host="mail.corp.example" if cert == "wrong-name"
            else "localhost")
    for how in (person, pipe):
        status, out = how("S8 " + cert, "send", "admin@corp.example", "-s", "backup", "-m", "done")
        # a pipe has it in one sentence
        for w in words:
            says("S8", out, w if how == person else re.sub(r": \+", " ", w).replace("reason ", "").replace("valid .* left", "valid \\d"))
        trust = [r"postrider config set account\.work\.tls-pin sha256:\S{44}\n"] if cert == "good" else []
        says("S8", out, r"hint: ", *trust, r"kept in the queue as \w+.*\n\Z")
        ok(status == 0, "S8: kept", status)
    server.end()
    forget()

# ---- S9: the network

account(None, host="smtp.exmaple.invalid")
for how in (person, pipe):
    status, out = how("S9 name", "send", "--when", "now", "bob@example.org", "-s", "a", "-m", "b")
    ok(status in (68, 75), "S9: a name that does not resolve", status, out)
    says("S9", out, r"smtp\.exmaple\.invalid", r"nothing was sent.*\n\Z")
account(None)
for how in (person, pipe):
    status, out = how("S9 refused", "send", "bob@example.org", "-s", "a", "-m", "b")
    says("S9", out, r"cannot reach localhost", r"127\.0\.0\.1:1 +[Cc]onnection refused", r"hint: ", r"kept in the queue as \w+.*\n\Z")
    ok(status == 0, "S9: kept", status)
forget()

# ---- S10: probe

server = Server(*TLS, *LOGIN)
account(server)
for how in (person, pipe):
    status, out = how("S10", "probe", "home", "--stop-after", "auth", "--timing", "-vv")
    says("S10", out, r"connect +127\.0\.0\.1:%d \(localhost\)" % server.port, r"<=  220 ", r"=>  EHLO ", r"<=  250-",
         r"=>  AUTH PLAIN <\d+ octets hidden>",
         r"<=  235 ", r"=>  QUIT", r"<=  221 ", r"^stopped after auth as asked: .*connect \d+, tls \d+, .*auth \d+ ms")
    says("S10", out, r"names +localhost \(matches\)", r"pin +tls-pin = sha256:")
    ok(status == 0, "S10: exit", status)
server.end()

# ---- S12: something long, on a terminal

server = Server(*TLS, *LOGIN, "--delay", "chunk=700", "--rcvbuf", "4096")
account(server)
put(d + "/big.bin", os.urandom(1 << 20).hex() * 4)
status, out = person("S12", "send", "bob@example.org", "-s", "big", "-m", "x", "--attach", d + "/big.bin", columns=70)
says("S12", out, r"\r\x1b\[K.*(MB|%)", r"bob@example\.org +sent", r"sent to bob@example\.org\n\Z")
ok(all(len(line) <= 70 for line in re.split(r"[\r\n]", re.sub(r"\033\[K", "", out))), "S12: within the width", out)
status, out = pipe("S12", "send", "bob@example.org", "-s", "big", "-m", "x", "--attach", d + "/big.bin")
ok((status, out) == (0, ""), "S12: nothing in a pipe", out)
server.end()

# ---- S13: cron with a broken configuration; S14: all that is wrong with it

put(conf, "[account x]\nhost = smtp.example.org\nprot = 587\nport = 587 # STARTTLS\nfrom = a@example.org\n"
    "password-command secret-tool lookup host smtp.gmail.com\nlifetime = 3d\n[queue]\ndirectory = %s/queue\n" % d)
os.symlink(PROGRAM, d + "/sendmail")
r = subprocess.run([d + "/sendmail", "-i", "root"], input="Subject: cron\n\nx\n",
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
show("S13 (cron)", ["(as sendmail)", "-i", "root"], r.returncode, r.stdout)
ok(r.returncode == 0, "S13: kept", r.returncode)
says("S13", r.stdout, r"postrider\.conf:3:1: unknown key 'prot'", r"kept (in the queue )?as \w+.*configuration.*\n\Z")
for how in (person, pipe):
    status, out = how("S14", "config", "check")
    says("S14", out, r"conf:3:1: unknown key 'prot' in section \[account\]\n +3 \| prot = 587\n +\| \^\^\^\^\n",
         r"hint: did you mean 'port'\?",
         r"conf:4:8: '587 # STARTTLS' is not a port number\n", r"hint: comments stand on a line of their own",
         r"conf:6:1: expected 'key = value'", r"hint: write: password-command = secret-tool", r"conf:7:1: unknown key 'lifetime'",
         r"hint: 'lifetime' belongs in section \[queue\]")
    ok(status == 78, "S14: exit", status)
forget()

# ---- S15: import

put(d + "/.msmtprc", """defaults
tls on
tls_min_dh_prime_bits 1024
logfile ~/.msmtp.log
account freemail
host smtp.freemail.example
port 587
from joe_smith@freemail.example
auth on
user joe.smith
account freemail2 : freemail
from joey@freemail.example
account default : freemail
""")
for how in (person, pipe):
    status, out = how("S15", "import", "msmtp", d + "/.msmtprc")
    says("S15", out, r"^# from .*\.msmtprc \(msmtp\), 2 accounts", r"^\[account freemail\]\n", r"^host = smtp\.freemail\.example\n")
    says("S15", out, r"^\[account freemail2\]\n", r"^from = joey@freemail\.example\n")
    says("S15", out, r"^tls = starttls\n", r"^password-keyring = yes\n")
    says("S15", out, r"not carried over: .*tls_min_dh_prime_bits", r"add --write\. Then: postrider check --all")
    ok(status == 0, "S15: exit", status)
done()
