#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# check and test: what keeps mail from leaving is found, named by its layer, and told with a status
# of its own; no message is ever sent by check, and no secret shown by either.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

my $certs = certs();
my $secret = 'Tr0ub4dor-and-3';
my $secret_file = put('secret', "$secret\n");
my @login = ('--auth', 'SCRAM-SHA-256,PLAIN', '--user', "ann:$secret", '--require-auth');
my $s;

# The account at that server; more lines behind, which win.
sub account {
	my ($more) = @_;
	my %key = (host => 'localhost', port => $s ? $s->{port} : 1, tls => 'implicit', 'tls-ca' => "$certs/ca.pem",
	    from => 'ann@test.example', user => 'ann', 'password-file' => $secret_file, %{$more // {}});
	config("[defaults]\nlocal-to = ann\@test.example\n[account lab]\n"
	    . join('', map { "$_ = $key{$_}\n" } grep { $key{$_} ne '' } sort keys %key));
}

# The verdicts by id; all that was said.
sub check {
	my (@args) = @_;
	my $r = run({}, 'check', @args);
	my %verdict = map { /^  ([a-z0-9-]+)\s+(ok|warn|FAIL|skipped)\s/ ? ($1 => $2) : () } split /\n/, $r->{out};
	unlike("$r->{out}$r->{err}", qr/\Q$secret\E|VHIwdWI0ZG9y/, 'no secret is shown');
	return ($r, \%verdict);
}

sub messages { return map { @{$_->{messages} // []} } $s->record }

# ---- all is well

for (['implicit', 'implicit'], ['starttls', 'starttls']) {
	my ($mode, $tls) = @$_;
	$s = server('--tls', $tls, '--cert', "$certs/good", @login);
	account({tls => $mode});
	my ($r, $v) = check('--to', 'bob@test.example', '--expiry-warn', '1s');
	is($r->{status}, 0, "$mode: all is well") or diag($r->{out}, $r->{err});
	is_deeply([map { $v->{$_} } qw(config secret tcp tls cert-expiry ehlo auth sender recipient)], [('ok') x 9],
	    "$mode: each step");
	like($r->{out}, qr/secret\s+ok\s+password-file, 15 characters/, "$mode: of the secret its length");
	like($r->{out}, qr/auth\s+ok\s+SCRAM-SHA-256 as ann/, "$mode: the login");
	like($r->{out}, qr/^Nothing wrong\. No mail was sent\.\n\z/m, "$mode: the last line");
	my @commands = map { $_->{line} } map { @{$_->{commands}} } $s->record;
	is(scalar(grep { /^(DATA|BDAT)/ } @commands), 0, "$mode: no mail was sent");
	ok((grep { /^MAIL FROM:<ann\@test\.example>/ } @commands) && (grep { /^RSET/ } @commands), "$mode: MAIL and RSET");
}

# ---- each layer

for (['no such host', {host => 'nowhere.invalid'}, 'dns', 68],
    ['nobody listens', {port => 1}, 'tcp', 75],
    ['plain where TLS was expected', {}, 'tls', 76,
	['--tls', 'starttls', '--cert', "$certs/good", @login], qr/spoke.*in clear|plain SMTP|TLS/],
    ['no STARTTLS', {tls => 'starttls'}, 'tls', 76, ['--auth-in-clear', @login], qr/does not offer STARTTLS/],
    ['an expired certificate', {}, 'tls', 77, ['--tls', 'implicit', '--cert', "$certs/expired", @login], qr/expired/],
    ['a wrong name', {}, 'tls', 77, ['--tls', 'implicit', '--cert', "$certs/wrong-name", @login], qr/name/],
    ['a self-signed one', {}, 'tls', 77, ['--tls', 'implicit', '--cert', "$certs/self-signed", @login], qr/pin|self-signed/],
    ['a wrong password', {'password-file' => put('wrong', "x\n")}, 'auth', 77,
	['--tls', 'implicit', '--cert', "$certs/good", @login], qr/535/],
    ['a greeting that is none', {}, 'ehlo', 69,
	['--tls', 'implicit', '--cert', "$certs/good", '--reply', 'greeting=554 5.3.2 go away', @login], qr/554 5\.3\.2 go away/],
    ['a sender that may not', {}, 'sender', 77,
	['--tls', 'implicit', '--cert', "$certs/good", '--reply', 'mail=553 5.7.1 not owned by user', @login], qr/553 5\.7\.1 not owned/],
    ['a recipient that is refused', {}, 'recipient', 67,
	['--tls', 'implicit', '--cert', "$certs/good", '--rcpt', 'bob*=550 5.1.1 no', @login], qr/550 5\.1\.1 no/],
    ['a secret that is not there', {'password-file' => tmp('gone')}, 'secret', 78, undef, qr/No such file/]) {
	my ($claim, $more, $id, $status, $server, $words) = @$_;
	$s = $server ? server(@$server) : undef;
	account($more);
	my ($r, $v) = check('--no-input', '--to', 'bob@test.example');
	is($v->{$id} // '', 'FAIL', "$claim: $id fails") or diag($r->{out}, $r->{err});
	is($r->{status}, $status, "$claim: the status");
	is(scalar(grep { $_ eq 'FAIL' } values %$v), 1, "$claim: it alone");
	like($r->{out}, $words, "$claim: why") if $words;
	my @order = qw(secret dns tcp tls ehlo auth sender recipient);
	my @behind = @order[(grep { $order[$_] eq $id } 0 .. $#order)[0] + 1 .. $#order];
	my @before = grep { $_ ne $id } @order[0 .. (grep { $order[$_] eq $id } 0 .. $#order)[0]];
	is(scalar(grep { ($v->{$_} // '') ne 'ok' } @before), 0, "$claim: what is before it is well");
	is(scalar(grep { ($v->{$_} // '') ne 'skipped' } @behind), 0, "$claim: what is behind it is skipped");
	like($r->{out}, qr/1 failed\. No mail was sent\.\n\z/, "$claim: the last line");
}

# ---- output

$s = server('--tls', 'implicit', '--cert', "$certs/good", @login);
account();
my $r = run({}, '--json', 'check');
my @lines = json_lines($r->{out});
is($r->{err}, '', 'JSON: nothing beside it');
is_deeply([map { $_->{id} } grep { $_->{event} eq 'check' } @lines],
    [qw(config aliases queue runner secret dns tcp tcp6 tls cert-expiry ehlo auth sender recipient)], 'JSON: a line a check, in order');
is_deeply([@{$lines[-1]}{qw(event failed exit)}], ['result', 0, 0], 'JSON: the result');
is((grep { $_->{id} && $_->{id} eq 'tls' } @lines)[0]{status}, 'ok', 'JSON: verdicts');
unlike($r->{out}, qr/\Q$secret\E/, 'JSON: no secret');
(my $x, my $v) = check('--only', 'tls,auth');
is_deeply($v, {tls => 'ok', auth => 'ok'}, '--only');
($x, $v) = check('--skip', 'tls', '--skip', 'config,queue');
ok(!exists $v->{tls} && !exists $v->{queue} && $v->{auth} eq 'ok', '--skip');
is(run({}, 'check', '--only', 'nonsense')->{status}, 64, 'an id that is none');
is(run({}, 'doctor', '--only', 'config')->{status}, 0, 'doctor is the same');
$r = run({}, '-C', put('none.conf', ''), 'check');
like($r->{out}, qr/config +FAIL +no account is configured|none\.conf.*: no account is configured/, 'without an account');
like($r->{err}, qr/^hint: set one up from your address:\n +postrider setup /, 'the way to one is shown');
is($r->{status}, 78, 'and the configuration is to blame');
is(run({}, 'doctor', '--help')->{out}, run({}, 'check', '--help')->{out} =~ s/check/doctor/r, 'and has the same help');
is(run({}, 'check', '--quiet', '--only', 'tls')->{out}, '', '--quiet says nothing when all is well');
is(run({}, 'check', 'nobody')->{status}, 78, 'an account that is none');
is(run({}, 'check', '--as', 'no-such-user')->{status}, 64, '--as nobody');
$s = server('--tls', 'implicit', '--cert', "$certs/expired", @login);
account({'tls-verify' => 'no'});
$r = run({}, 'check', '--only', 'cert-expiry');
like($r->{out}, qr/cert-expiry warn    \d{4}-\d\d-\d\d, over for \d+ days/, 'a certificate that has ended, taken all the same');
is($r->{status}, 0, 'is a warning');
is(run({}, 'check', '--only', 'cert-expiry', '--strict')->{status}, 1, 'and with --strict a failure');
config("[account lab]\nhots = x\n");
$r = run({}, 'check');
is($r->{status}, 78, 'a broken configuration');
like($r->{err}, qr/:2:1: unknown key 'hots'.*no mail was sent/s, 'is all that is told');

# ---- a good check ends the wait of a breaker

my $queue = tmp('q');
sub with_queue {
	my ($port) = @_;
	config("[account lab]\nhost = 127.0.0.1\nport = $port\ntls = off\nfrom = ann\@test.example\n[queue]\ndirectory = $queue\n");
}
with_queue(1);
run({}, 'send', '-s', 'x', '-m', 'hi', 'bob@test.example');
is(run({}, 'status')->{out} =~ /down/ ? 1 : 0, 1, 'the server is down');
$s = server();
with_queue($s->{port});
is(run({}, 'check')->{status}, 0, 'a good check');
unlike(run({}, 'status')->{out}, qr/down/, 'ends that');
run({}, 'queue', 'run');
is(scalar(messages()), 1, 'and the mail goes with the next run');

# ---- test

$s = server('--tls', 'implicit', '--cert', "$certs/good", @login);
account();
$r = run({}, 'test');
is($r->{status}, 0, 'test') or diag($r->{out}, $r->{err});
my $mail = $s->mail(1);
my @got = messages();
is(scalar @got, 1, 'sends one message');
is_deeply([$got[0]{from}, $got[0]{to}], ['ann@test.example', ['ann@test.example']], 'to oneself');
like($mail, qr/^Subject: postrider test from .*^Auto-Submitted: auto-generated\r$/sm, 'that says what it is');
$s = server('--tls', 'implicit', '--cert', "$certs/good", '--rcpt', 'bob*=550 5.1.1 no', @login);
account();
$r = run({}, 'test', 'bob@test.example');
is($r->{status}, 67, 'test of an address that is refused');
is(scalar(messages()), 0, 'sends nothing');
is(run({}, 'test', 'a@x.example', 'b@x.example')->{status}, 64, 'test of two');

done_testing;
