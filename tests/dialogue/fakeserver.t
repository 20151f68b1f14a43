#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fake server itself, against clients of Python's library and bare sockets.

A test server that accepts too much makes every dialogue worthless, so most of
this is about what it must notice.
"""
import base64
import hashlib
import hmac
import json
import os
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time

LIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib")
SERVER = os.environ["FAKESERVER"]
CERTS = os.environ["BUILD"] + "/certs"
TMP = tempfile.TemporaryDirectory()
tests = failures = 0


def ok(good, claim, *details):
    global tests, failures
    tests += 1
    failures += not good
    print("%s %d - %s" % ("ok" if good else "not ok", tests, claim), flush=True)
    if not good:
        for d in details:
            print("# %s" % (d,), flush=True)


def equal(got, wanted, claim):
    ok(got == wanted, claim, "wanted %r" % (wanted,), "got    %r" % (got,))


class Server:
    """A running fakeserver; end() gives status, connections by number, stderr."""

    def __init__(self, *options, script=None):
        self.record = os.path.join(TMP.name, "record")
        if os.path.exists(self.record):
            os.unlink(self.record)
        argv = [SERVER, "--record", self.record, "--limit", "20", "--mail-dir", TMP.name]
        if script is not None:
            path = os.path.join(TMP.name, "script")
            with open(path, "w") as f:
                f.write(script)
            argv += ["--script", path, "--cert", CERTS + "/good", "--patience", "500"]
        self.process = subprocess.Popen(argv + list(options), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        word, where = self.process.stdout.readline().split()
        self.port = int(where) if word == "PORT" else None

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return s

    def end(self):
        _, err = self.process.communicate()
        with open(self.record) as f:
            lines = [json.loads(line) for line in f]
        assert lines.pop()["event"] == "end"
        lines.sort(key=lambda line: line["connection"])
        return self.process.returncode, lines, err


class Client:
    """Lines over a socket, sent exactly as told."""

    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb")

    def say(self, text):
        self.sock.sendall(text.replace("\n", "\r\n").encode("latin-1"))

    def hear(self):
        """One whole reply, its lines joined by a slash."""
        lines = []
        while True:
            line = self.file.readline().decode("latin-1").rstrip("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return "/".join(lines)

    def ask(self, text):
        self.say(text + "\n")
        return self.hear()

    def close(self):
        self.file.close()
        self.sock.close()


def trusting():
    context = ssl.create_default_context(cafile=CERTS + "/ca.pem")
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


def scram(client, user, password, hashname, want=None):
    """The client's side of SCRAM (RFC 5802) by hand; returns the last reply and "v ok"."""
    def b64(data):
        return base64.b64encode(data).decode()

    bare = "n=%s,r=abcdefgh" % user
    first = base64.b64decode(client.ask("AUTH SCRAM-%s %s" % (
        {"sha1": "SHA-1", "sha256": "SHA-256"}[hashname],
        b64(("n,," + bare).encode())))[4:]).decode()
    fields = dict(part.split("=", 1) for part in first.split(","))
    if want is not None and int(fields["i"]) != want:
        return "i=" + fields["i"], False
    salted = hashlib.pbkdf2_hmac(hashname, password.encode(), base64.b64decode(fields["s"]),
                                 int(fields["i"]))
    key = hmac.digest(salted, b"Client Key", hashname)
    without_proof = "c=biws,r=" + fields["r"]
    message = ",".join((bare, first, without_proof)).encode()
    signature = hmac.digest(hashlib.new(hashname, key).digest(), message, hashname)
    proof = bytes(a ^ b for a, b in zip(key, signature))
    reply = client.ask(b64((without_proof + ",p=" + b64(proof)).encode()))
    if not reply.startswith("334"):
        return reply, False
    wanted = hmac.digest(hmac.digest(salted, b"Server Key", hashname), message, hashname)
    good = base64.b64decode(reply[4:]).decode() == "v=" + b64(wanted)
    return client.ask(""), good


def test_modes():
    for tls in ("off", "starttls", "implicit"):
        server = Server("--tls", tls, "--cert", CERTS + "/good", "--auth", "PLAIN,LOGIN,CRAM-MD5",
                        "--user", "u:secret", "--require-auth", "--rcpt", "bad@*=550 5.1.1 No")
        if tls == "implicit":
            client = smtplib.SMTP_SSL("localhost", server.port, context=trusting())
        else:
            client = smtplib.SMTP("localhost", server.port)
            if tls == "starttls":
                equal(client.docmd("MAIL FROM:<a@b.test>")[0], 503, "nothing before EHLO")
                client.ehlo()
                ok("auth" not in client.esmtp_features, "AUTH is not offered before STARTTLS")
                equal(client.docmd("MAIL FROM:<a@b.test>")[0], 530, "no mail before STARTTLS")
                client.starttls(context=trusting())
        client.ehlo()
        equal(client.docmd("MAIL FROM:<a@b.test>")[0], 530, tls + ": no mail before AUTH")
        client.login("u", "secret")
        refused = client.sendmail("a@b.test", ["x@y.test", "bad@y.test"],
                                  b"Subject: hi\r\n\r\n.dot\r\n..\r\nend\r\n")
        client.quit()
        equal(refused, {"bad@y.test": (550, b"5.1.1 No")}, tls + ": one of two is refused")
        status, (line,), _ = server.end()
        message = line["messages"][0]
        equal((status, message["from"], message["to"], message["complete"], line["quit"]),
              (0, "a@b.test", ["x@y.test"], True, True), tls + ": the record has the envelope")
        with open(message["file"], "rb") as f:
            body = f.read()
        equal(body, b"Subject: hi\r\n\r\n.dot\r\n..\r\nend\r\n", tls + ": the body is un-stuffed")
        equal(message["sha256"], hashlib.sha256(body).hexdigest(), tls + ": and its digest right")
        equal(line["faults"], [], tls + ": no faults")


def test_auth():
    server = Server("--auth", "PLAIN,LOGIN,CRAM-MD5,SCRAM-SHA-1,SCRAM-SHA-256",
                    "--user", "u:secret")
    for mech in ("PLAIN", "LOGIN", "CRAM-MD5"):
        for password in ("secret", "wrong"):
            client = smtplib.SMTP("127.0.0.1", server.port)
            client.ehlo()
            client.user, client.password = "u", password
            try:
                respond = getattr(client, "auth_" + mech.lower().replace("-", "_"))
                code = client.auth(mech, respond)[0]
            except smtplib.SMTPAuthenticationError as e:
                code = e.smtp_code
            equal(code, 235 if password == "secret" else 535, "%s with %s" % (mech, password))
            client.close()
    for name in ("sha1", "sha256"):
        for password in ("secret", "wrong"):
            client = Client(server.connect())
            client.hear()
            client.ask("EHLO x.test")
            reply, good = scram(client, "u", password, name)
            equal((reply[:3], good), ("235", True) if password == "secret" else ("535", False),
                  "SCRAM %s with %s" % (name, password))
            client.close()
    client = Client(server.connect())
    client.hear()
    client.ask("EHLO x.test")
    equal(client.ask("AUTH EXTERNAL =")[:3], "504", "a mechanism that was not offered")
    client.say("AUTH LOGIN\n")
    client.hear()
    equal(client.ask("*")[:3], "501", "the client may cancel")
    client.close()
    server.end()
    for how, wanted in (("wrong", ("235", False)), ("missing", ("235", False))):
        server = Server("--auth", "SCRAM-SHA-256", "--user", "u:secret", "--scram-final", how,
                        "--scram-iterations", "4097")
        client = Client(server.connect())
        client.hear()
        client.ask("EHLO x.test")
        reply, good = scram(client, "u", "secret", "sha256", want=4097)
        equal((reply[:3], good), wanted, "the server's signature is " + how)
        client.close()
        server.end()


def test_turns():
    rcpts = "".join("RCPT TO:<r%d@y.test>\n" % i for i in range(1000))
    for each in ((), ("--answer-each",)):
        server = Server("--settle", "30", *each)
        client = Client(server.connect())
        client.hear()
        client.ask("EHLO x.test")
        client.say("MAIL FROM:<a@b.test>\n" + rcpts + "BDAT 6 LAST\nbody\n")
        replies = [client.hear()[:3] for _ in range(1002)]
        client.say("QUIT\n")
        client.hear()
        client.close()
        _, (line,), _ = server.end()
        equal(set(replies), {"250"}, "a thousand recipients are accepted")
        equal((line["turns"], line["waits"]), (2, ["greeting", "EHLO", "final"]),
              "one window is no turn, and QUIT costs none" + "".join(each))
        equal(line["faults"], [], "and it is no fault")
    server = Server("--settle", "30")
    client = Client(server.connect())
    client.hear()
    for command in ("EHLO x.test", "MAIL FROM:<a@b.test>", "RCPT TO:<r@y.test>", "DATA"):
        client.ask(command)
    client.ask("hello\n.")
    client.close()
    _, (line,), _ = server.end()
    equal(line["waits"], ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "final"], "one by one")
    equal((line["turns"], line["end"]), (5, "client closed"), "and the wait for the end is no turn")


def test_deadlock():
    """With small buffers and --answer-each a client that only writes must get stuck."""
    server = Server("--answer-each", "--sndbuf", "4096", "--rcvbuf", "4096",
                    "--rcpt", "*=250 2.1.5 " + "x" * 400)
    sock = socket.socket()
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, 4096)
    sock.settimeout(1)
    sock.connect(("127.0.0.1", server.port))
    stuck = False
    try:
        sock.sendall(b"EHLO x.test\r\nMAIL FROM:<a@b.test>\r\n" + b"RCPT TO:<r@y.test>\r\n" * 20000)
    except (socket.timeout, ConnectionError):
        stuck = True
    ok(stuck, "the server does not read on while its answers are not read")
    sock.close()
    server.end()


def test_faults():
    cases = (
        ("8 bits without BODY=8BITMIME", "an 8-bit body",
         "EHLO x.test|MAIL FROM:<a@b.test>|RCPT TO:<c@d.test>|DATA|\xe4\n."),
        ("a parameter that was not offered", None, "EHLO x.test|MAIL FROM:<a@b.test> HOLDFOR=1"),
        ("input behind DATA", "octets behind DATA",
         "EHLO x.test|MAIL FROM:<a@b.test>|RCPT TO:<c@d.test>|DATA\nhello\n."),
        ("a bare CR in the body", "bare CR",
         "EHLO x.test|MAIL FROM:<a@b.test>|RCPT TO:<c@d.test>|DATA|a\rb\n."),
        ("a long line in the body", "a body line of 999",
         "EHLO x.test|MAIL FROM:<a@b.test>|RCPT TO:<c@d.test>|DATA|" + "y" * 999 + "\n."),
        ("an unstuffed dot", "unstuffed dot",
         "EHLO x.test|MAIL FROM:<a@b.test>|RCPT TO:<c@d.test>|DATA|.x\n."),
        ("a control character", "octet 7 in a command", "EHLO x\x07.test"),
        ("no such command", "no command: FOO", "FOO"),
        ("an endless path", "a command of", "EHLO x.test|MAIL FROM:<%s@b.test>" % ("a" * 1200)),
    )
    for claim, fault, commands in cases:
        server = Server()
        client = Client(server.connect())
        client.hear()
        for command in commands.split("|"):
            reply = client.ask(command)
        client.close()
        _, (line,), _ = server.end()
        if fault is None:
            equal(reply[:3], "555", "noticed: " + claim)
        else:
            ok(any(fault in f for f in line["faults"]), "noticed: " + claim, line["faults"])
    server = Server("--no-ext", "PIPELINING")
    client = Client(server.connect())
    client.hear()
    client.ask("EHLO x.test")
    client.say("MAIL FROM:<a@b.test>\nRCPT TO:<c@d.test>\n")
    client.hear()
    client.sock.sendall(b"NOOP\n")
    client.hear()
    client.hear()
    client.close()
    _, (line,), _ = server.end()
    ok(any("without PIPELINING" in f for f in line["faults"]), "noticed: pipelining not offered")
    ok(any("bare LF" in f for f in line["faults"]), "noticed: a command that ends in a bare LF")


def test_smuggling():
    """Nothing but CRLF . CRLF ends a body."""
    for end in ("\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r"):
        server = Server()
        client = Client(server.connect())
        client.hear()
        for command in ("EHLO x.test", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA"):
            client.ask(command)
        client.sock.sendall(("one" + end + "MAIL FROM:<evil@x.test>\r\n.\r\n").encode())
        client.hear()
        client.close()
        _, (line,), _ = server.end()
        equal((len(line["messages"]), line["messages"][0]["complete"], line["faults"] != []),
              (1, True, True), "%r is data, and a fault" % end)


def test_replies():
    server = Server("--reply", "greeting=220-one\\n220 two", "--reply", "mail=421 4.3.2 bye",
                    "--ext", "SIZE 10", "--delay", "mail=300")
    client = Client(server.connect())
    equal(client.hear(), "220-one/220 two", "a reply of several lines")
    keywords = client.ask("EHLO x.test").replace("-", " ").split("/")
    equal([k for k in keywords if "SIZE" in k], ["250 SIZE 10"], "a keyword is replaced")
    equal(client.ask("MAIL FROM:<a@b.test> SIZE=11")[:9], "552 5.3.4", "SIZE is checked")
    began = time.monotonic()
    equal(client.ask("MAIL FROM:<a@b.test> SIZE=10"), "421 4.3.2 bye", "another reply")
    ok(time.monotonic() - began >= 0.29, "a delay before it")
    equal(client.hear(), "", "421 ends the connection")
    client.close()
    server.end()


def test_lmtp():
    path = os.path.join(TMP.name, "socket")
    server = Server("--unix", path, "--lmtp", "--final", "full@*=452 4.2.2 Full")
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    client = Client(sock)
    equal(client.hear(), "220 fake.test LMTP", "LMTP on a Unix socket")
    equal(client.ask("EHLO x.test")[:3], "500", "EHLO is no command of LMTP")
    client.ask("LHLO x.test")
    client.say("MAIL FROM:<>\nRCPT TO:<full@d.test>\nRCPT TO:<ok@d.test>\nBDAT 2\n\nBDAT 0 LAST\n")
    equal([client.hear()[:3] for _ in range(6)], ["250", "250", "250", "250", "452", "250"],
          "a final reply for each recipient, chunks in between")
    client.close()
    _, (line,), _ = server.end()
    equal(line["messages"][0]["to"], ["full@d.test", "ok@d.test"], "one message for both")


def play(script, run, *options):
    """Status, first connection and stderr of a script, with run(client) at the other end."""
    server = Server(*options, script=script)
    client = Client(server.connect())
    client.server = server
    try:
        run(client)
    except (ConnectionError, socket.timeout, ssl.SSLError):
        pass
    client.close()
    return server.end()


def polite(*commands):
    def run(client):
        client.hear()
        for command in commands:
            client.ask(command)
    return run


def test_script():
    hello = "claim: x\n# a remark\nS 220 hi\nC EHLO *\nS! 250-a\\r\\n250 b\\r\\n\n"
    status, (line,), _ = play(hello + "exit: 0\n", polite("EHLO x.test", "QUIT"))
    equal((status, line["script"], line["turns"]), (0, "ok", 1), "a script that was followed")

    status, (line,), err = play(hello, polite("HELO x.test"))
    wanted = "script:4: wanted 'EHLO *', got 'HELO x.test' (in clear)"
    ok(status == 1 and wanted in err and wanted in line["script"],
       "a script that was not: line, wanted, got", status, err)

    status, _, err = play(hello, polite("EHLO x.test", "MAIL FROM:<>"))
    ok(status == 1 and "wanted the client to leave, got 'MAIL FROM:<>'" in err,
       "no command behind the last line", status, err)

    status, _, err = play(hello + "C MAIL *\n", polite("EHLO x.test"))
    ok(status == 1 and "script:6: wanted 'C MAIL *', got: client closed" in err,
       "a client that leaves too early", status, err)

    status, _, err = play(hello, lambda client: (polite("EHLO x")(client), time.sleep(0.8)))
    ok(status == 1 and "got: silence" in err, "a client that does not leave", status, err)

    status, _, err = play(hello + "CONNECTION\nS 220 again\n", polite("EHLO x.test"))
    ok(status == 1 and "wanted 2 connections, got 1" in err, "a connection that never came", err)

    server = Server(script=hello)
    for _ in range(2):
        Client(server.connect()).file.readline()
    status, _, err = server.end()
    ok(status == 1 and "wanted no further connection" in err, "a connection too many", err)

    mail = hello + "GATHER\nC MAIL *\nC RCPT *\nBDAT LAST\nS 250 m\nS 250 r\nS 250 f\n"
    status, (line,), err = play(mail, lambda client: (
        polite("EHLO x.test")(client), client.say("MAIL x\nRCPT y\nBDAT 4 LAST\nab\n"),
        [client.hear() for _ in range(3)]))
    equal((status, line["messages"][0]["size"]), (0, 4), "GATHER: a window in one write")
    status, _, err = play(mail, lambda client: (
        polite("EHLO x.test")(client), client.say("MAIL x\n"), time.sleep(0.2),
        client.say("RCPT y\nBDAT 4 LAST\nab\n"), [client.hear() for _ in range(3)]))
    ok(status == 1 and "in one write, got 2" in err, "GATHER: two writes are noticed", err)

    status, _, err = play("S 220 hi\nC DATA\nS 354 go\nBODY 0\nS 250 ok\n",
                          polite("DATA", "hello\n."))
    ok(status == 1 and "a body of 0 octets, got one of 7" in err, "BODY: the size counts", err)


def test_misbehaviour():
    def began():
        return time.monotonic()

    start = began()
    play("DRIP 30\nS 220 hi\n", lambda client: client.hear())
    ok(began() - start >= 0.2, "DRIP: octet by octet")

    got = []
    for script, claim, wanted in (
            ("S! 220 h\nCLOSE\n", "CLOSE", b"220 h"),
            ("S! \\x00\\e[1m\\r\\n\nCLOSE\n", "S!: any octet", b"\0\033[1m\r\n"),
            ("REPEAT 3 220-x\nCLOSE\n", "REPEAT", b"220-x\r\n" * 3),
            ("TRUNCATE 4\nS 220 hello\nCLOSE\n", "TRUNCATE in clear", b"220 ")):
        got.clear()
        status, _, _ = play(script, lambda client: got.append(client.file.read()))
        equal((status, got), (0, [wanted]), claim)

    def reset(client):
        try:
            client.file.read()
            got.append("closed")
        except ConnectionResetError:
            got.append("reset")
    got.clear()
    play("C *\nRESET\n", lambda client: (client.say("x\n"), reset(client)))
    equal(got, ["reset"], "RESET")

    def leave(client):
        client.file.read(100000)
        client.file.close()
        client.sock.close()
    for script in ("FLOOD 220-x\n", "FLOOD! x\n"):
        status, _, err = play(script, leave)
        equal(status, 0, script.split()[0] + " ends when the client leaves")
    status, _, err = play("FLOOD 220-x\n", lambda client: client.file.read(80 << 20))
    ok(status == 1 and "still there after" in err, "FLOOD: a client that reads on is noticed", err)
    status, _, err = play("SILENCE\n", lambda client: time.sleep(0.8))
    ok(status == 1 and "got: silence" in err, "SILENCE: a client that waits on is noticed", err)
    status, _, err = play("SILENCE\n", lambda client: None)
    equal((status, err), (0, ""), "SILENCE ends when the client leaves")


def test_tls_endings():
    for ending, wanted in (("CLOSE", "end"), ("CLOSE-NO-NOTIFY", "cut"),
                           ("TRUNCATE 9\nS 220 lost\nCLOSE-NO-NOTIFY", "cut")):
        got = []

        def run(client):
            with trusting().wrap_socket(client.sock, server_hostname="localhost",
                                        suppress_ragged_eofs=False) as tls:
                try:
                    while data := tls.recv(100):
                        got.append(data)
                    got.append("end")
                except ssl.SSLError:
                    got.append("cut")
        play("TLS\nS 220 hi\n" + ending + "\n", run)
        equal(got, [b"220 hi\r\n", wanted], ending.replace("\n", ", ") + " inside TLS")


def test_bad_scripts():
    for text, claim in (("s 220\n", "a word that is none"), ("DRIP x\n", "a number that is none"),
                        ("S! \\q\n", "an unknown escape"), ("claim: x\n", "no script line")):
        path = os.path.join(TMP.name, "script")
        with open(path, "w") as f:
            f.write(text)
        run = subprocess.run([SERVER, "--script", path], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, check=False)
        ok(run.returncode == 2 and "script" in run.stderr, "refused: " + claim, run.stderr)


def test_ends():
    server = Server()
    server.process.terminate()
    equal(server.process.wait(timeout=10), 0, "SIGTERM ends it")
    run = subprocess.Popen([SERVER, "--limit", "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
    equal(run.wait(timeout=10), 3, "--limit ends it, with a status of its own")
    run.communicate()
    # twice: until it is told to stop, and for its last words, which take time under a sanitizer
    server = Server("--grace", "2000" if os.environ.get("SANITIZE") else "500")
    sock = server.connect()
    sock.recv(100)
    status, (line,), _ = server.end()
    equal((status, line["end"]), (0, "stopped"), "an open connection is stopped, and recorded")
    sock.close()


def test_nursery():
    nursery = subprocess.Popen([SERVER, "--nursery"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    path = os.path.join(TMP.name, "err")
    lives = []
    for options in ("--limit\t20", "--limit\t1"):
        fifo = os.path.join(TMP.name, "fifo%d" % len(lives))
        os.mkfifo(fifo)
        nursery.stdin.write("%s\t%s\t%s\n" % (fifo, path, options))
        nursery.stdin.flush()
        lives.append(os.open(fifo, os.O_WRONLY))
        word, where = nursery.stdout.readline().split()
        with socket.create_connection(("127.0.0.1", int(where)), timeout=10) as sock:
            ok(word == "PORT" and sock.recv(3) == b"220", "one of a nursery serves")
    equal(nursery.stdout.readline(), "END 2 3\n", "its status is told")
    os.close(lives[0])
    equal(nursery.stdout.readline(), "END 1 0\n", "one ends with its FIFO")
    nursery.stdin.write("%s\t%s\t--nothing\n" % (os.devnull, path))
    nursery.stdin.flush()
    equal(nursery.stdout.readline(), "END 3 2\n", "one that cannot begin is over")
    with open(path) as f:
        ok("--nothing" in f.read(), "and complains where it was told to")
    nursery.communicate()
    equal(nursery.returncode, 0, "the nursery ends with its stdin")


def main():
    subprocess.run([LIB + "/certs", CERTS], check=True)
    for name, function in list(globals().items()):
        if name.startswith("test_"):
            function()
    print("1..%d" % tests)
    sys.exit(failures > 0)


main()
