#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The binary as it lies there: compiled and linked so that a bug in it is hard to use.
set -u

names=(
	'position independent (PIE)'
	'relocations read-only (RELRO)'
	'all symbols bound at start (NOW)'
	'stack not executable'
	'no segment both writable and executable'
	'fortified functions are called'
	'stack protector'
	'no RPATH or RUNPATH'
	'no library beyond the four and the C library'
)
echo "1..${#names[@]}"
n=0
if [ -n "${SANITIZE:-}" ] || ! command -v readelf >/dev/null; then
	why=${SANITIZE:+built with sanitizers}
	for name in "${names[@]}"; do
		echo "ok $((++n)) - $name # SKIP ${why:-no readelf here}"
	done
	exit 0
fi
elf=$(LC_ALL=C readelf --wide --file-header --program-headers --dynamic --dyn-syms "$POSTRIDER")

# is [!] PATTERN: the next claim holds when the pattern is found (not found, with !).
is() {
	local want=0 got=0
	if [ "$1" = ! ]; then
		want=1
		shift
	fi
	grep -Eq "$1" <<<"$elf" || got=1
	n=$((n + 1))
	if [ $got -eq $want ]; then
		echo "ok $n - ${names[n - 1]}"
	else
		echo "not ok $n - ${names[n - 1]}"
		echo "# readelf shows no line, or shows one it should not: $1" >&2
	fi
}

is 'Type: +DYN'
is 'GNU_RELRO'
is '\((FLAGS|FLAGS_1)\).*NOW'
is 'GNU_STACK .* RW +0x'
is ! '^ +LOAD .* RWE '
if [ -z "${FORTIFY:-}" ]; then
	echo "ok $((++n)) - ${names[n - 1]} # SKIP built without optimisation or with other flags"
else
	is '__[a-z]+_chk(@|$)'
fi
is '__stack_chk_(fail|guard)(@|$)'
is ! '\((RPATH|RUNPATH)\)'
elf=$(grep '(NEEDED)' <<<"$elf" | grep -Ev '\[(lib(gnutls|gsasl|idn2|jansson|resolv|c)|ld-.*)\.')
is ! '.'
