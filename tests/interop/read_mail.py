# SPDX-License-Identifier: GPL-3.0-or-later
"""A stored message in the words of Python's parser: python3 read_mail.py FILE -> JSON."""
import email
import email.policy
import json
import sys

with open(sys.argv[1], "rb") as f:
    m = email.message_from_binary_file(f, policy=email.policy.default)
body = m.get_body(preferencelist=("plain",))
text = ""
if body is not None:
    charset = body.get_content_charset("utf-8")
    raw = body.get_payload(decode=True)
    text = raw.decode("latin-1" if charset == "unknown-8bit" else charset, "replace")
json.dump({
    "subject": str(m.get("Subject", "")),
    "from": str(m.get("From", "")),
    "counts": {n.lower(): len(m.get_all(n, [])) for n in ("From", "Date", "Message-ID", "Bcc", "Subject")},
    "defects": [type(d).__name__ for p in m.walk() for d in p.defects],
    "body": text.replace("\r\n", "\n"),
}, sys.stdout)
