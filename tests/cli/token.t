#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Access tokens: a command gives them, a run over the queue gets a newer one in the middle of its
# connection, a login that fails holds the mail, and none of them is shown.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use MIME::Base64 qw(encode_base64);
use Rider;
use Test::More;

my $certs = certs();
my ($s, $runs) = (undef, tmp('runs'));

# The account, with a command that prints another token at each call: token-1, token-2, ...
sub account {
	unlink $runs;
	config("[account lab]\nhost = localhost\nport = $s->{port}\ntls-ca = $certs/ca.pem\nfrom = ann\@test.example\n"
	    . "user = ann\ntoken-command = echo >> $runs; echo token-\$(wc -l < $runs)\n"
	    . '[queue]' . "\ndirectory = " . tmp('queue') . "\n");
}

sub listen_for {
	my ($token, @more) = @_;
	$s = server('--tls', 'implicit', '--cert', "$certs/good", '--auth', 'PLAIN,XOAUTH2,OAUTHBEARER', '--user',
	    "ann:$token", '--require-auth', @more);
	account();
}

sub nruns { return -s $runs // 0 }
sub logins { return map { @{$_->{auth} // []} } $s->record }

sub is_hidden {
	my ($r, $claim) = @_;
	my $inner = substr encode_base64('Bearer token-', ''), 0, 16;
	unlike("$r->{out}$r->{err}", qr/token-[0-9]|\Q$inner\E/, "$claim: no token is shown");
}

# ---- check and config

listen_for('token-2');
my $r = run({}, 'check', '--expiry-warn', '1s');
is($r->{status}, 0, 'check logs in with what the command prints') or diag($r->{out}, $r->{err});
like($r->{out}, qr/secret\s+ok\s+token-command, 7 characters/, 'of the token its length');
like($r->{out}, qr/auth\s+ok\s+OAUTHBEARER as ann/, 'the mechanism');
is_hidden($r, 'check');
$r = run({}, 'config', 'show');
like($r->{out}, qr/^token-command = echo >>/m, 'config show has the command') or diag($r->{out});
is_hidden($r, 'config show');
$r = run({}, 'config', 'check', '--set', 'account.lab.auth=plain');
is($r->{status}, 78, 'a password mechanism does not go with it');
$s->record;

# ---- a run over the queue

listen_for('token-2');
run({}, 'send', '--when', 'queue', '-m', "x$_", 'bob@test.example') for 1, 2;
is(nruns(), 0, 'a message that is only kept needs no token');
$r = run({}, 'queue', 'run', '--now');
is($r->{status}, 0, 'the queue runs') or diag($r->{out}, $r->{err});
is(nruns(), 2, 'an old token is followed by a newer one, and no other');
is_hidden($r, 'queue run');
my @c = $s->record;
is(scalar(grep { @{$_->{messages} // []} } @c), 1, 'one connection takes all');
is(scalar(map { @{$_->{messages} // []} } @c), 2, 'both messages');
is_deeply([map { $_->{ok} ? 1 : 0 } map { @{$_->{auth} // []} } @c], [0, 1], 'the second login is the good one');

# ---- refused for good

listen_for('another');
$r = run({}, 'send', '-m', 'x', 'bob@test.example');
is($r->{status}, 0, 'a login that fails keeps the mail');
like($r->{err}, qr/535 5\.7\.8 .*status "invalid_token"/, 'the reason has what was said of the token');
like($r->{err}, qr/^hint: is it a token of ann/m, 'and a hint that speaks of it');
is(nruns(), 2, 'two tokens are tried');
is_hidden($r, 'send');
run({}, 'send', '-m', 'y', 'bob@test.example');
run({}, 'queue', 'run');
is(nruns(), 2, 'whatever waits behind a refused login asks for no more of them');
my @list = json_lines(run({}, 'queue', 'list', '--json')->{out});
is_deeply([map { $_->{state} } @list], ['held', 'held'], 'both are held');
is(scalar(grep { $_->{ok} } logins()), 0, 'nobody logged in');

done_testing();
