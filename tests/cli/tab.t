#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TAB key in the real shells, on a terminal: what is begun is completed."""
import os
import pty
import select
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from person import PROGRAM, done, ok  # noqa: E402

home = tempfile.TemporaryDirectory()
d = home.name
os.makedirs(d + "/.config/postrider")
with open(d + "/.config/postrider/postrider.conf", "w") as f:
    f.write("[account holiday]\nhost = smtp.example.org\nfrom = ann@example.org\n[queue]\ndirectory = %s/queue\n" % d)
completions = os.environ["SRC"] + "/completions"
os.environ.update({"HOME": d, "TERM": "xterm", "PS1": "% ", "PATH": os.path.dirname(PROGRAM) + ":/usr/bin:/bin"})
for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "SESSIONS"):
    os.environ.pop(name, None)
os.chdir(d)
open(d + "/agenda.pdf", "w").close()

SHELLS = {
    "bash": (["bash", "--norc", "-i"], ". '%s/postrider.bash'" % completions),
    "zsh": (["zsh", "-f", "-i"], "fpath=('%s' $fpath); autoload -Uz compinit; compinit -u -D" % completions),
    "fish": (["fish", "--no-config", "-i"], "source '%s/postrider.fish'" % completions),
}
ROWS = [("postrider sett", "postrider setup"), ("postrider send --subj", "--subject"), ("postrider -a holi", "-a holiday"),
        ("postrider config get queue.life", "queue.lifetime"), ("postrider send --attach age", "agenda.pdf"),
        ("postrider send --message=age", "--message=agenda.pdf")]


class Shell:
    def __init__(self, argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(argv[0], argv)
        self.out = ""

    def read(self, wanted, limit=8):
        """Until it is there; what came."""
        seen, end = "", time.monotonic() + limit
        while wanted not in seen and time.monotonic() < end:
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    seen += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    break
        return seen

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        os.close(self.fd)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


for name, (argv, begin) in SHELLS.items():
    if not shutil.which(name):
        print("# %s is not here" % name)
        ok(True, name + " # SKIP not here")
        continue
    shell = Shell(argv)
    shell.type(begin + "; echo rea''dy\n")
    ok("ready" in shell.read("ready\r\n"), name + " starts")
    for typed, wanted in ROWS:
        shell.type(typed + "\t")
        # what was typed is echoed, in whatever way: the rest of the word is what TAB gave
        word, begun = (x.split(" ")[-1].split("=")[-1] for x in (wanted, typed))
        seen = shell.read(word[len(begun):])
        ok(word[len(begun):] in seen, "%s: %s<TAB>" % (name, typed), seen)
        shell.type("\x15")
        shell.read("\0", 0.15)
    shell.end()
done()
