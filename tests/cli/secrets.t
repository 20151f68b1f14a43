#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Where a password must not be: arguments, transcript, JSON, error texts; in clear or base64.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use MIME::Base64 qw(encode_base64);
use Rider;
use Test::More;

my ($user, $password) = ('ann', 'p4ssw0rd-"of"-Ann');
my $file = put('password', "$password\n");
my $certs = certs();
my @forms = ($password, map { encode_base64($_, '') } $password, "\0$user\0$password");
# base64 of it at the other two offsets within a longer text, without the ends that depend on neighbours
push @forms, map { substr encode_base64($_ . $password, ''), 4, -4 } 'a', 'ab';

sub url {
	my ($s) = @_;
	return "smtps://$user\@localhost:$s->{port}?tls-ca=$certs/ca.pem&password-file=$file";
}

for my $mechanism (qw(PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256)) {
	for my $there ($password, 'another') {
		my $s = server('--tls', 'implicit', '--cert', "$certs/good", '--auth', $mechanism, '--user', "$user:$there",
		    '--require-auth');
		for my $how (['-vv'], ['--json', '-v', '--timing']) {
			my $r = run({}, 'send', @$how, '--server', url($s), '-f', 'ann@example.org', '-m', 'x', 'bob@example.org');
			my $right = $there eq $password;
			my $claim = "$mechanism @$how, " . ($right ? 'right' : 'wrong');
			is($r->{status}, $right ? 0 : 77, $claim);
			my @found = grep { index("$r->{out}$r->{err}", $_) >= 0 } @forms;
			is("@found", '', "$claim: the password is not shown");
			next if $how->[0] ne '-vv';
			like($r->{err}, qr/hidden>/, "$claim: what is left out is told");
		}
		my ($c) = $s->record;
		is($c->{auth}[0]{mechanism}, $mechanism, "$mechanism was really used");
	}
}

# A server that plays back at us what we sent: its words are quoted, without ours.
for my $echo (encode_base64("\0$user\0$password", ''), $password) {
	my $s = server('--tls', 'implicit', '--cert', "$certs/good", '--auth', 'PLAIN', '--reply', "auth=535 5.7.8 you said $echo, no?");
	for my $how ([], ['-vv'], ['--json', '-v']) {
		my $r = run({}, 'send', @$how, '--server', url($s), '-f', 'ann@example.org', '-m', 'x', 'bob@example.org');
		is($r->{status}, 77, 'a server that repeats our login');
		like("$r->{out}$r->{err}", qr/you said \*{6,}, no\?/, "@$how: is quoted, with asterisks for it");
		is(join(' ', grep { index("$r->{out}$r->{err}", $_) >= 0 } @forms), '', "@$how: it is not shown");
	}
}

done_testing();
