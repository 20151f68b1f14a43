#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `send` composes, read by a real mutt at a terminal: texts, structure, names, files.

mutt is an unpacked Debian package; nothing is installed. It opens a mailbox of one message,
shows its parts, and saves each file under the name that it has understood.
"""
import base64
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

SRC, BUILD, PROGRAM = (os.environ[k] for k in ("SRC", "BUILD", "POSTRIDER"))
ROOT = SRC + "/build/interop/readers"
PACKAGES = ["mutt"]
tests = failures = 0


def ok(good, claim, *details):
    global tests, failures
    tests += 1
    failures += not good
    print("%s %d - %s" % ("ok" if good else "not ok", tests, claim), flush=True)
    if not good:
        for d in details:
            print("# %r" % (d,), flush=True)


def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


os.makedirs(ROOT, exist_ok=True)
if subprocess.run([SRC + "/tests/interop/fetch-all", ROOT, *PACKAGES]).returncode != 0:
    skip_all("mutt cannot be fetched")
binary = shutil.which("mutt") or ROOT + "/usr/bin/mutt"
libs = ":".join(d for d, _, files in os.walk(ROOT + "/usr/lib") if any(".so" in f for f in files))
ENV = {"TERM": "xterm", "LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": libs, "PATH": os.environ["PATH"]}
if subprocess.run([binary, "-v"], env=ENV, stdout=subprocess.DEVNULL).returncode != 0:
    skip_all("mutt does not run here")

home = tempfile.mkdtemp()
ENV["HOME"] = home


def put(name, data):
    path = os.path.join(home, name)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path


put("rc", """
set folder="~" record="" postponed="" header_cache="" mbox_type=mbox move=no confirmappend=no quit=yes
set attach_format="@%n@%m/%M@%d@" status_format="" wait_key=no pager_stop=yes
set index_format="#%Z#" print=yes print_command="cat >~/shown" print_decode=yes charset=utf-8
set beep=no help=no smart_wrap=no reflow_wrap=0 smime_is_default=no crypt_use_gpgme=no
unset mark_old
ignore *
unignore subject from to cc
hdr_order from to cc subject
""")


class Mutt:
    """A session over one message. keys() types, until() waits for what mutt draws."""

    def __init__(self, mbox, saves):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(saves)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 220, 0, 0))
            os.execve(binary, [binary, "-n", "-F", home + "/rc", "-f", mbox], ENV)
        self.out = b""

    def keys(self, text):
        self.out = b""
        os.write(self.fd, text)

    def text(self):
        return re.sub(rb"\x1b[\[(][0-9;?]*[A-Za-z]|\x1b[=>]", b"", self.out).decode(errors="replace")

    def until(self, pattern, seconds=10):
        """All that is drawn, once the pattern is in it and mutt is silent."""
        end, silent = time.monotonic() + seconds, False
        while time.monotonic() < end:
            if silent and re.search(pattern, self.text(), re.S):
                return self.text()
            silent = not select.select([self.fd], [], [], 0.05)[0]
            if not silent:
                try:
                    self.out += os.read(self.fd, 65536)
                except OSError:
                    break
        raise RuntimeError("mutt does not show %r but %r" % (pattern, self.text()))

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def compose(*args, stdin=b""):
    r = subprocess.run([PROGRAM, "send", "--print", "--server", "smtp://127.0.0.1:9", "-f",
                        "Jörg Müller <joerg@example.org>", "bob@example.org", *args],
                       input=stdin, stdout=subprocess.PIPE, env={**os.environ, **ENV, "LD_LIBRARY_PATH": ""})
    text = r.stdout.replace(b"\r\n", b"\n")
    return put("mbox", b"From x Thu Jan  1 00:00:00 1970\n" + re.sub(rb"(?m)^(>*From )", rb">\1", text) + b"\n")


def read(*args, stdin=b""):
    """(parts as [type, name], saved files by name, what is shown of the message)"""
    saves = tempfile.mkdtemp(dir=home)
    m = Mutt(compose(*args, stdin=stdin), saves)
    try:
        m.until(r"#[^\r\n]*#")
        m.keys(b"p")
        m.until("printed")
        m.keys(b"v")
        parts = re.findall(r"@\d+@([a-z0-9.+/-]+)@([^@\r\n]*)@", m.until(r"@1@.*@"))
        for i, (kind, _) in enumerate(parts):
            if kind.startswith("multipart/") or kind == "message/rfc822":
                continue
            m.keys(b"%d\r" % (i + 1))
            m.keys(b"s")
            named = re.search("Save to file: ([^\r\n]*)", m.until("Save to file: ")).group(1).strip() != ""
            m.keys(b"\r" if named else b"\x07")
            if named:
                m.until("saved")
    finally:
        m.end()
    saved = {n: open(os.path.join(saves, n), "rb").read() for n in os.listdir(saves)}
    with open(home + "/shown", encoding="utf-8") as f:
        shown = f.read()
    os.unlink(home + "/shown")
    return parts, saved, shown


pixel = base64.b64decode(b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
binary_data = bytes(range(256)) * 40 + b"\r\n.\r\n\n\r"
umlauts = "Grüße und Küsse.txt"
long_name = "a \"quoted\" name; with = signs, and so long that no line of a header holds it in one piece %s.dat" % ("x" * 40)
text = "Grüße,\n\n.\nFrom here on\n  spaces  \nOhne ASCII: äöü €\n"
put("text", text)
pdf = put("agenda.pdf", binary_data)
logo = put("logo.png", pixel)
note = put(umlauts, "Zeile eins\nZeile zwei ß\n")
odd = put(long_name, binary_data[:1000])
eml = put("inner.eml", "From: a@b.example\nSubject: inner\nMIME-Version: 1.0\n\ninside\n")

parts, saved, shown = read("-s", "plain", "-m", "hello\n")
ok([p[0] for p in parts] == ["text/plain"], "a text is one part", parts)
ok("Subject: plain\n" in shown and shown.endswith("\n\nhello\n"), "and is read", shown)

subject = "Übergrößenträger und sehr lange Wörter, die in keine Zeile eines Kopfes passen: äöüß " * 2
parts, saved, shown = read("-s", subject.strip(), "-m", "@" + home + "/text", "--cc", "Ünal <u@example.org>")
ok("Jörg Müller" in shown and "Ünal" in shown, "names are read", shown)
ok(subject.strip() in " ".join(shown.split()), "so is a long subject", shown)
ok(shown.split("\n\n", 1)[1].replace("\n>From ", "\nFrom ") == text, "and a text with umlauts, a lone dot and From", shown)

parts, saved, shown = read("-s", "x", "-m", "plain text", "--html", "<p>rich <b>text</b>")
ok([p[0] for p in parts] == ["multipart/alternative", "text/plain", "text/html"], "two forms of a text", parts)

parts, saved, shown = read("-s", "x", "-m", "see file", "--attach", pdf)
ok(parts[-1] == ("application/pdf", "agenda.pdf"), "a file has its name and type", parts)
ok(saved.get("agenda.pdf") == binary_data, "and its octets", saved.keys())

parts, saved, shown = read("-s", "x", "-m", "see file", "--attach", note)
ok(parts[-1][1] == umlauts, "a name with umlauts", parts)
ok(saved.get(umlauts) == "Zeile eins\nZeile zwei ß\n".encode(), "and its text", saved)

parts, saved, shown = read("-s", "x", "-m", "see file", "--attach", odd)
ok(parts[-1][1] == long_name, "a long name with odd characters", parts)
ok(binary_data[:1000] in saved.values(), "and its octets", saved.keys())

parts, saved, shown = read("-s", "x", "-m", "t", "--html", '<img src="cid:logo.png">', "--inline", logo)
ok(sorted(p[0] for p in parts) == ["image/png", "multipart/alternative", "multipart/related", "text/html", "text/plain"],
   "a picture in the HTML", parts)
ok(saved.get("logo.png") == pixel, "is whole", saved.keys())

parts, saved, shown = read("-s", "x", "-m", "t", "--html", "<p>h", "--inline", logo, "--attach", pdf,
                                  "--attach", note + ",name=zwei.txt", "--attach", odd + ",type=application/x-odd")
ok([p[0] for p in parts if not p[0].startswith("multipart/")] ==
   ["text/plain", "text/html", "image/png", "application/pdf", "text/plain", "application/x-odd"],
   "all of it together, in order", parts)
ok(saved.get("agenda.pdf") == binary_data and saved.get("zwei.txt", b"").decode().endswith("ß\n"), "each file is there", saved.keys())

parts, saved, shown = read("-s", "x", "-m", "t", "--attach", eml)
ok([p[0] for p in parts if not p[0].startswith("multipart/")][:2] == ["text/plain", "message/rfc822"], "a message in the message", parts)
ok("inner" in shown and "inside" in shown, "is read", shown)

paragraph = "word " * 60
parts, saved, shown = read("-s", "x", "--format", "flowed", "-m", paragraph + "\n> quoted\n")
ok(re.sub(r"\s+", " ", shown).count("word") == 60 and "> quoted" in shown, "flowed text", shown)

parts, saved, shown = read("-s", "x", "-m", "t", "--attach", "-,name=from pipe.bin,type=application/x-pipe",
                           stdin=binary_data)
ok(parts[-1] == ("application/x-pipe", "from pipe.bin") and saved.get("from pipe.bin") == binary_data, "a file from a pipe", parts)

shutil.rmtree(home)
print("1..%d" % tests)
sys.exit(failures != 0)
