# SPDX-License-Identifier: GPL-3.0-or-later
#
# lib.sh: TAP and real servers for the interop tests; sourced, bash.

: "${SRC:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${BUILD:=$SRC/build/cc}"
: "${POSTRIDER:=$SRC/build/postrider}"
case $BUILD in /*) ;; *) BUILD=$SRC/$BUILD ;; esac
case $POSTRIDER in /*) ;; *) POSTRIDER=$SRC/$POSTRIDER ;; esac
unset POSTRIDER_URL POSTRIDER_PASSWORD_FILE

ROOT=$SRC/build/interop/root
PEER_LIBS=$ROOT/usr/lib/postfix:$ROOT/usr/lib/dovecot:$ROOT/usr/lib/dovecot/modules/old-stats
for d in "$ROOT"/usr/lib/*-linux-gnu; do PEER_LIBS=$PEER_LIBS:$d; done
TAP_N=0
PIDS=()

ok() { # STATUS NAME
	TAP_N=$((TAP_N + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $TAP_N - $2"
	else
		echo "not ok $TAP_N - $2"
		[ ! -s "${OUT:-/nonexistent}" ] || sed 's/^/# /' "$OUT"
	fi
}

is() { # GOT WANTED NAME
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || echo "# got '$1', wanted '$2'"
}

says() { # PATTERN NAME: of the last run
	grep -qE -- "$1" "$OUT"
	ok $? "$2"
}

plan() { echo "1..$TAP_N"; }

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# Runs postrider; output in $OUT, status in $STATUS.
run() {
	STATUS=0
	timeout 60 "$POSTRIDER" "$@" >"$OUT" 2>&1 || STATUS=$?
}

# peer COMMAND...: a server of the unpacked packages, in the background, ended with us.
peer() {
	LD_LIBRARY_PATH=$PEER_LIBS timeout 300 "$@" >>"$T/peers.log" 2>&1 &
	PIDS+=($!)
}

clean_up() {
	[ ${#PIDS[@]} -eq 0 ] || kill "${PIDS[@]}" 2>/dev/null
	# Postfix's master goes down with its children when it gets a signal
	[ ! -s "${PF:-}/queue/pid/master.pid" ] || kill "$(tr -d ' ' <"$PF/queue/pid/master.pid")" 2>/dev/null
	wait 2>/dev/null
	[ -n "${KEEP:-}" ] || rm -rf "$T"
}

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# until_true COMMAND...: at most ten seconds.
until_true() {
	for _ in $(seq 200); do
		"$@" >/dev/null 2>&1 && return 0
		/usr/bin/python3 -c 'import select; select.select([], [], [], 0.05)'
	done
	return 1
}

listens() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# cert NAME SUBJECT-ALT-NAMES [DAYS-FROM DAYS-UNTIL]: NAME.crt, NAME.key signed by ca; self-signed with CA=self.
cert() {
	local name=$1 names=$2 from=${3:--1} until=${4:-30} n
	{
		echo "cn = \"$name.test\""
		for n in $names; do
			case $n in
			*[!0-9.]*) echo "dns_name = \"$n\"" ;;
			*) echo "ip_address = \"$n\"" ;;
			esac
		done
		echo "activation_date = \"$(date -u -d "$from days" +'%Y-%m-%d %H:%M:%S')\""
		echo "expiration_date = \"$(date -u -d "$until days" +'%Y-%m-%d %H:%M:%S')\""
		echo "tls_www_server"
		echo "signing_key"
		[ "$name" != ca ] || printf 'ca\ncert_signing_key\n'
	} >"$T/$name.tmpl"
	certtool --generate-privkey --key-type=ecdsa --curve=secp256r1 --outfile "$T/$name.key" 2>/dev/null
	if [ "$name" = ca ] || [ "${CA:-}" = self ]; then
		certtool --generate-self-signed --load-privkey "$T/$name.key" --template "$T/$name.tmpl" \
			--outfile "$T/$name.crt" 2>/dev/null
	else
		certtool --generate-certificate --load-privkey "$T/$name.key" --load-ca-certificate "$T/ca.crt" \
			--load-ca-privkey "$T/ca.key" --template "$T/$name.tmpl" --outfile "$T/$name.crt" 2>/dev/null
	fi
	cat "$T/$name.crt" "$T/$name.key" >"$T/$name.pem"
}
