#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A real Postfix with Dovecot SASL: both mechanisms on both kinds of port, access tokens that
# Dovecot verifies, what arrives, what is refused, and that nothing ever goes in clear.
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" = 0 ] || skip_all "Postfix needs root to start"
command -v certtool >/dev/null || skip_all "certtool (gnutls-bin) is not here"
"$SRC/tests/interop/fetch" "$ROOT" postfix dovecot-core || skip_all "postfix and dovecot-core cannot be fetched"

T=$(mktemp -d /tmp/postrider-interop.XXXXXX)
chmod 755 "$T"
OUT=$T/out
PF=$T/pf
trap clean_up EXIT
trap 'exit 1' INT TERM
IMPLICIT=$(free_port)
START=$(free_port)
PASSWORD='w0nder land'
TOKEN_KEY='a key that only Dovecot and this test know'

# ---- certificates and servers

cert ca "ca.test"
cert good "localhost mail.test 127.0.0.1"
cert wrong "elsewhere.test"
cert expired "localhost" -60 -30
CA=self cert selfsigned "localhost"

dovecot_conf() {
	mkdir -p "$T/dv/run" "$T/dv/state"
	echo "alice:{PLAIN}$PASSWORD" >"$T/dv/users"
	mkdir -p "$T/dv/keys/default/HS256"
	printf %s "$TOKEN_KEY" | base64 >"$T/dv/keys/default/HS256/default"
	cat >"$T/dv/oauth2" <<CONF
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$T/dv/keys/
username_attribute = sub
scope = mail
CONF
	cat >"$T/dv/dovecot.conf" <<CONF
base_dir = $T/dv/run
state_dir = $T/dv/state
log_path = $T/dv/log
libexec_dir = $ROOT/usr/lib/dovecot
mail_plugin_dir = $ROOT/usr/lib/dovecot/modules
import_environment = TZ LD_LIBRARY_PATH
protocols =
ssl = no
default_internal_user = mail
default_internal_group = mail
default_login_user = nobody
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 oauthbearer xoauth2
disable_plaintext_auth = no
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $T/dv/oauth2
}
passdb {
  driver = passwd-file
  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
  args = scheme=PLAIN $T/dv/users
}
userdb {
  driver = static
  args = uid=8 gid=8 home=/nonexistent
}
service auth {
  unix_listener $PF/queue/private/auth {
    mode = 0666
  }
}
CONF
}

postfix_conf() {
	mkdir -p "$PF"/{conf,data,mail} \
		"$PF"/queue/{active,bounce,corrupt,defer,deferred,flush,hold,incoming,maildrop,pid,private,public,saved,trace}
	cat >"$PF/conf/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $PF/queue
data_directory = $PF/data
command_directory = $ROOT/usr/sbin
daemon_directory = $ROOT/usr/lib/postfix/sbin
shlib_directory = $ROOT/usr/lib/postfix
meta_directory = $PF/conf
mail_owner = news
setgid_group = uucp
default_privs = nobody
import_environment = MAIL_CONFIG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME LD_LIBRARY_PATH
maillog_file = $PF/log
maillog_file_prefixes = $T
myhostname = mail.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
message_size_limit = 20000000
virtual_mailbox_limit = 0
virtual_mailbox_domains = inbox.test
virtual_mailbox_base = $PF/mail
virtual_mailbox_maps = inline:{ {alice@inbox.test = alice/}, {bob@inbox.test = bob/}, {later@inbox.test = later/} }
virtual_uid_maps = static:8
virtual_gid_maps = static:8
virtual_minimum_uid = 8
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{ {later@inbox.test = 450 4.2.1 Greylisted, come back later} }
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_auth_enable = yes
smtpd_client_restrictions = permit_sasl_authenticated, reject
smtpd_delay_reject = yes
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = $T/good.crt
smtpd_tls_key_file = $T/good.key
CONF
	cat >"$PF/conf/master.cf" <<CONF
127.0.0.1:$IMPLICIT inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
127.0.0.1:$START inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
CONF
	local kind port
	for kind in wrong expired selfsigned; do
		port=$(free_port)
		eval "PORT_$kind=$port"
		echo "127.0.0.1:$port inet n - n - - smtpd -o smtpd_tls_wrappermode=yes" \
			"-o smtpd_tls_cert_file=$T/$kind.crt -o smtpd_tls_key_file=$T/$kind.key" >>"$PF/conf/master.cf"
	done
	cat >>"$PF/conf/master.cf" <<CONF
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
CONF
	chown -R news "$PF/queue" "$PF/data"
	chown root "$PF/queue" "$PF/queue/pid"
	chgrp uucp "$PF/queue/public" "$PF/queue/maildrop"
	chmod 730 "$PF/queue/maildrop"
	chmod 710 "$PF/queue/public"
	chmod 755 "$PF/queue"
	chown 8:8 "$PF/mail"
}

account() { # PORT TLS [keep]
	cat >"$T/conf" <<CONF
[account t]
host = localhost
port = $1
tls = $2
tls-ca = $T/ca.crt
user = alice
password-file = $T/password
from = me@client.test
[queue]
directory = $T/queue
enabled = $([ "${3-}" = keep ] && echo yes || echo no)
CONF
}

# The newest message in a mailbox, without what the server put in front of it.
arrived() {
	until_true test -n "$(find "$PF/mail/$1/new" -type f 2>/dev/null)"
	local file
	file=$(find "$PF/mail/$1/new" -type f | sort | tail -n 1)
	sed -n '/^Date: /,$p' "$file"
	rm -f "$file"
}

dovecot_conf
postfix_conf
echo "$PASSWORD" >"$T/password"
echo "wrong one" >"$T/badpassword"
chmod 600 "$T/password" "$T/badpassword"
peer "$ROOT/usr/bin/doveconf" -f service=master -c "$T/dv/dovecot.conf" -e "$ROOT/usr/sbin/dovecot" -F -c "$T/dv/dovecot.conf"
until_true test -S "$PF/queue/private/auth"
ok $? "Dovecot's auth service answers"
peer "$ROOT/usr/lib/postfix/sbin/master" -c "$PF/conf" -e 240
until_true listens "$IMPLICIT"
ok $? "Postfix listens"

# ---- both mechanisms on both ports; the message comes back octet for octet

/usr/bin/python3 - "$T" <<'PY'
import sys
d = sys.argv[1]
head = "Date: Thu, 26 Nov 2026 12:00:00 +0000\nMessage-ID: <%s@client.test>\nFrom: me@client.test\nTo: alice@inbox.test\nSubject: %s\n%s\n"
mime = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
texts = {
    "plain": "hello\n",
    "dots": ".\n..\n.x\nlast\n.\n",
    "eight": "gr\u00fc\u00dfe \u4f8b \u20ac\n" * 50,
    "empty": "",
    "long": "x" * 997 + "\n" + "y" * 500 + "\n",
    "big": ("0123456789" * 7 + "\n") * 14800,
}
for name, text in texts.items():
    with open(f"{d}/{name}.eml", "w", encoding="utf-8", newline="\n") as f:
        f.write(head % (name, name, mime if name == "eight" else "") + text)
PY
for port in "$IMPLICIT implicit" "$START starttls"; do
	# shellcheck disable=SC2086
	account $port
	for mech in scram-sha-256 plain; do
		for name in plain dots eight empty long big; do
			STATUS=0
			timeout 60 "$POSTRIDER" -C "$T/conf" --set account.t.auth=$mech alice@inbox.test \
				<"$T/$name.eml" >"$OUT" 2>&1 || STATUS=$?
			is "$STATUS" 0 "$mech, ${port#* }: $name is taken"
			arrived alice >"$T/back"
			cmp "$T/$name.eml" "$T/back" >"$OUT" 2>&1
			ok $? "$mech, ${port#* }: $name arrives octet for octet"
		done
	done
done
run -C "$T/conf" -v alice@inbox.test <"$T/plain.eml"
says 'SCRAM-SHA-256' "the strongest mechanism is chosen when all are offered"
arrived alice >/dev/null

# ---- access tokens, JWTs that Dovecot verifies (RFC 7519)

cat >"$T/token" <<'PY'
#!/usr/bin/python3
# token KEY SECONDS [SCOPE]: a JWT for alice that holds so long.
import base64, hashlib, hmac, json, sys, time
key, seconds, scope = sys.argv[1], int(sys.argv[2]), (sys.argv + ["mail"])[3]
b64 = lambda b: base64.urlsafe_b64encode(b).rstrip(b"=")
claims = {"sub": "alice", "scope": scope, "iat": int(time.time()) - 100, "exp": int(time.time()) + seconds}
text = b".".join(b64(json.dumps(j).encode()) for j in ({"alg": "HS256", "typ": "JWT"}, claims))
print((text + b"." + b64(hmac.new(key.encode(), text, hashlib.sha256).digest())).decode())
PY
token_account() { # COMMAND
	account "$IMPLICIT" implicit
	sed -i "s#^password-file = .*#token-command = $1#" "$T/conf"
}
good="/usr/bin/python3 $T/token '$TOKEN_KEY' 600"
old="/usr/bin/python3 $T/token '$TOKEN_KEY' -50"
for mech in oauthbearer xoauth2; do
	token_account "$good"
	run -C "$T/conf" --set account.t.auth=$mech -v send alice@inbox.test -s x -m text
	is "$STATUS" 0 "$mech: a token logs in"
	says "^ *[0-9]+ ms  auth +${mech^^}" "$mech: by this mechanism"
	arrived alice >/dev/null
	token_account "if test -e $T/renewed; then $good; else touch $T/renewed; $old; fi"
	run -C "$T/conf" --set account.t.auth=$mech -vv send alice@inbox.test -s x -m text
	is "$STATUS" 0 "$mech: one that has expired is followed by a newer one"
	is "$(grep -c "AUTH ${mech^^} <" "$OUT")" 2 "$mech: which is a second login"
	rm "$T/renewed"
	arrived alice >/dev/null
	token_account "$old"
	run -C "$T/conf" --set account.t.auth=$mech send alice@inbox.test -s x -m text
	is "$STATUS" 77 "$mech: expired for good: exit 77"
	says '535 5\.7\.8 .*token: status ' "$mech: what Dovecot says of it is shown"
	says '^hint: is it a token of' "$mech: with a hint"
done
token_account "$good"
run -C "$T/conf" -v send alice@inbox.test -s x -m text
says 'OAUTHBEARER' "of the two the one with an RFC is chosen"
arrived alice >/dev/null

# ---- what became of each

account "$IMPLICIT" implicit
run -C "$T/conf" send alice@inbox.test nobody@inbox.test later@inbox.test -s x -m text
is "$STATUS" 1 "one accepted, one refused, one put off: exit 1"
says 'nobody@inbox.test: refused: 550 5\.1\.1 ' "the refused one is named with the server's words"
says 'later@inbox.test: deferred: 450 4\.2\.1 .*Greylisted' "the temporary one too"
arrived alice >"$T/back"
grep -q '^text$' "$T/back"
ok $? "the good one got the mail"
run -C "$T/conf" send --json alice@inbox.test nobody@inbox.test -s x -m text
/usr/bin/python3 - "$OUT" <<'PY'
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1]) if l.startswith("{")]
by = {l["to"]: l for l in lines if l["event"] == "recipient"}
assert by["alice@inbox.test"]["status"] == "sent" and by["alice@inbox.test"]["code"] == 250
assert by["nobody@inbox.test"]["status"] == "refused" and by["nobody@inbox.test"]["enhanced"] == "5.1.1"
assert lines[-1]["event"] == "result" and lines[-1]["sent"] == 1 and lines[-1]["refused"] == 1 and lines[-1]["exit"] == 1
PY
ok $? "JSON says the same"
arrived alice >/dev/null
run -C "$T/conf" send nobody@inbox.test -s x -m text
is "$STATUS" 67 "all refused: exit 67"

# ---- kept, tried again, told by mail

account "$IMPLICIT" implicit keep
run -C "$T/conf" send alice@inbox.test later@inbox.test -s kept -m text
is "$STATUS" 0 "what is put off is kept: exit 0"
says 'kept in the queue as ' "as is said"
arrived alice >/dev/null
run -C "$T/conf" queue run --now
run -C "$T/conf" -bp
says 'host localhost:[0-9]* said: 450 4\.2\.1 .*Greylisted' "mailq has the server's words"
is "$(find "$T/queue/queue" -type f | wc -l)" 1 "a server that still says 450 leaves it where it is"
printf 'To: x\nSubject: beside\n\ntext\n' >"$T/beside.eml"
STATUS=0
timeout 60 "$POSTRIDER" -C "$T/conf" -f alice@inbox.test bob@inbox.test nobody@inbox.test \
	<"$T/beside.eml" >"$OUT" 2>&1 || STATUS=$?
is "$STATUS" 0 "sendmail: one has it, the refusal goes to the sender by mail: exit 0"
arrived bob >"$T/back"
grep -q '^text$' "$T/back"
ok $? "the good one got the mail"
arrived alice >"$T/bounce"
/usr/bin/python3 - "$T/bounce" <<'PY'
import email, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"))
assert m.get_content_type() == "multipart/report", m.get_content_type()
assert m["To"] == "alice@inbox.test" and m["Auto-Submitted"].startswith("auto-replied")
text, status, header = m.get_payload()
per_message, rcpt = status.get_payload()
assert "nobody@inbox.test" in rcpt["Final-Recipient"] and rcpt["Status"] == "5.1.1"
assert "beside" in header.as_string()
PY
ok $? "Postfix delivers the notice, and a parser reads it"
account "$IMPLICIT" implicit

# ---- Bcc

printf 'To: alice@inbox.test\nBcc: Bob <bob@inbox.test>,\n  alice@inbox.test\nSubject: x\n\nhi\n' >"$T/bcc.eml"
STATUS=0
timeout 60 "$POSTRIDER" -C "$T/conf" -t <"$T/bcc.eml" >"$OUT" 2>&1 || STATUS=$?
is "$STATUS" 0 "-t with Bcc is taken"
is "$(wc -c <"$OUT")" 0 "success is silent"
arrived alice >"$T/back"
arrived bob >"$T/back2"
! grep -qi 'bcc\|bob@' "$T/back" && ! grep -qi 'bcc' "$T/back2" && [ -s "$T/back2" ]
ok $? "both get it and nobody sees Bcc"

# ---- login and certificates

run -C "$T/conf" --set account.t.password-file="$T/badpassword" send alice@inbox.test -s x -m text
is "$STATUS" 77 "wrong password: exit 77"
says '535 5\.7\.8' "the server's own words are shown"
says '^hint: ' "with a hint"
for kind in wrong expired selfsigned; do
	eval "account \$PORT_$kind implicit"
	run -C "$T/conf" send alice@inbox.test -s x -m text
	is "$STATUS" 77 "certificate $kind: exit 77"
	case $kind in
	wrong) says 'for other names: expected localhost; .*offered elsewhere\.test' "it says which names" ;;
	expired) says 'expired on [0-9-]+' "it says since when" ;;
	selfsigned) says 'signed by itself' "it says why" ;;
	esac
	PIN=$(grep -o 'sha256:[A-Za-z0-9+/=]*' "$OUT" | head -n 1)
	run -C "$T/conf" --set account.t.tls-pin="$PIN" send alice@inbox.test -s x -m text
	is "$STATUS" 0 "with the pin it told, it is taken"
	arrived alice >/dev/null
done

# ---- nothing in clear

RELAY=$(free_port)
/usr/bin/python3 "$SRC/tests/interop/relay.py" "$RELAY" "$START" "$T/wire" &
PIDS+=($!)
until_true listens "$RELAY"
: >"$T/wire"
account "$RELAY" starttls
run -C "$T/conf" --set account.t.auth=plain send alice@inbox.test -s x -m 'a secret text'
is "$STATUS" 0 "through a relay that listens"
/usr/bin/python3 - "$T/wire" "$PASSWORD" <<'PY'
import base64, sys
wire = open(sys.argv[1], "rb").read()
password = sys.argv[2].encode()
clear, _, rest = wire.partition(b"STARTTLS\r\n")
assert clear.startswith(b"EHLO ") and clear.count(b"\r\n") == 1, clear
at = 0
while at < len(rest):
    kind, size = rest[at], int.from_bytes(rest[at + 3:at + 5], "big")
    assert kind in (20, 21, 22, 23) and rest[at + 1] == 3, (at, kind)
    at += 5 + size
plain = b"\0alice\0" + password
for secret in (password, base64.b64encode(plain), base64.b64encode(password), b"secret text", b"inbox.test"):
    assert secret not in wire, secret
PY
ok $? "EHLO and STARTTLS in clear, and then nothing but TLS records"
RELAY=$(free_port)
/usr/bin/python3 "$SRC/tests/interop/relay.py" "$RELAY" "$START" "$T/stripped" strip &
PIDS+=($!)
until_true listens "$RELAY"
: >"$T/stripped"
account "$RELAY" starttls
run -C "$T/conf" send alice@inbox.test -s x -m text
is "$STATUS" 76 "STARTTLS taken away on the way: exit 76"
! grep -aqE 'AUTH|MAIL|RCPT' "$T/stripped"
ok $? "and neither login nor mail was tried"

# ---- a newcomer, and one who comes from ssmtp

mkdir -p "$T/new"
printf '%s\n' "$PASSWORD" >"$T/new/pw"
/usr/bin/python3 "$SRC/tests/interop/newcomer.py" "$POSTRIDER" "$T/new" "$IMPLICIT" "$T/ca.crt" "$T/new/pw" >"$OUT" 2>&1
ok $? "from nothing to a delivered message"
sed 's/^/# /' "$OUT"
says '^2 commands, 2 questions$' "with two commands and two questions: the password, and who gets root's mail"
arrived alice | grep -q "sent by 'postrider test'"
ok $? "it is in the mailbox"
mkdir -p "$T/ssmtp"
cat >"$T/ssmtp/ssmtp.conf" <<CONF
root=alice@inbox.test
mailhub=localhost:$IMPLICIT
rewriteDomain=inbox.test
UseTLS=YES
TLS_CA_File=$T/ca.crt
AuthUser=alice
AuthPass=$PASSWORD
FromLineOverride=YES
CONF
chmod 600 "$T/ssmtp/ssmtp.conf"
run -C "$T/ssmtp/new.conf" import ssmtp "$T/ssmtp/ssmtp.conf" --write
is "$STATUS" 0 "ssmtp.conf becomes a configuration"
run -C "$T/ssmtp/new.conf" --set queue.directory="$T/ssmtp/queue" test alice@inbox.test
is "$STATUS" 0 "with which a message is sent: two commands, no question"
arrived alice | grep -q "sent by 'postrider test'"
ok $? "it is in the mailbox, too"
plan
