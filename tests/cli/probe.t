#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# probe: each stage of a server is shown, the walk ends where it was told to, no message is ever
# sent, and no secret shown.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Rider;
use Test::More;

my $certs = certs();
my $secret = 'Tr0ub4dor-and-3';
my $secret_file = put('secret', "$secret\n");
my @login = ('--auth', 'SCRAM-SHA-256,PLAIN', '--user', "ann:$secret", '--require-auth');
my %server = map {
	($_ => server('--tls', $_, '--cert', "$certs/good", '--rcpt', 'no*=550 5.1.1 no such user', @login))
} qw(implicit starttls);
my %scheme = (implicit => 'smtps', starttls => 'smtp');

sub probe {
	my ($tls, @args) = @_;
	my $r = run({}, 'probe', "$scheme{$tls}://ann\@localhost:$server{$tls}{port}", '--tls-ca', "$certs/ca.pem",
	    '--password-file', $secret_file, @args);
	unlike("$r->{out}$r->{err}", qr/\Q$secret\E|VHIwdWI0ZG9y/, 'no secret is shown');
	return $r;
}

# The stages as they were shown.
sub stages { return join ' ', $_[0]{out} =~ /^ +\d+ ms  ([a-z]+) /mg }

# Files of options lie where one stands, although keys of the configuration want a whole path.
put('ca.pem', do { local (@ARGV, $/) = "$certs/ca.pem"; <> });
is(run({before => sub { chdir tmp('') }}, 'probe', "smtps://ann\@localhost:$server{implicit}{port}", '--tls-ca', 'ca.pem',
	'--password-file', 'secret')->{status}, 0, 'names of files begin where one stands');

# ---- all of it

my $r = probe('implicit', '--cert', 'chain');
is($r->{status}, 0, 'all is well') or diag($r->{out}, $r->{err});
is(stages($r), 'dns connect tls greeting ehlo auth', 'each stage once');
like($r->{out}, qr/names +localhost \(matches\), mail\.test, 127\.0\.0\.1\n/, 'the names, and which one matches');
like($r->{out}, qr/sha256 +(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\n/, 'the fingerprint');
my ($pin) = $r->{out} =~ /pin +tls-pin = (sha256:[A-Za-z0-9+\/]{43}=)\n/;
ok($pin, 'the pin, ready to be pasted');
like($r->{out}, qr/valid +2020-01-01 \.\. 2089-12-31  \(\d+ days\)/, 'the dates');
like($r->{out}, qr/^ +SIZE \d+\n/m, 'the keywords of EHLO');
like($r->{out}, qr/login: SCRAM-SHA-256 would be used/, 'which login would be chosen');
like($r->{out}, qr/^all went well: dns \d+, connect \d+, tls \d+, .*auth \d+ ms\. No mail was sent\.\n\z/m, 'the last line');

# With the pin alone, and with a wrong one.
my $url = "smtps://localhost:$server{implicit}{port}";
is(run({}, 'probe', $url, '--tls-pin', $pin, '--stop-after', 'tls')->{status}, 0, 'the pin that was told is taken');
is(run({}, 'probe', $url, '--tls-pin', 'sha256:' . 'A' x 43 . '=')->{status}, 77, 'another one is refused');
$r = run({}, 'probe', $url);
is($r->{status}, 77, 'an unknown authority is refused');
like($r->{out},
    qr/tls +FAILED.*not trusted.*\n(?: +\S.*\n)* +pin +tls-pin = \Q$pin\E/, 'and its certificate is shown all the same');
$r = run({}, 'probe', $url, '--insecure', '--cert', 'pem');
is($r->{status}, 0, '--insecure looks behind it');
like($r->{out}, qr/^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+\/=\n]+-----END CERTIFICATE-----\n/m, '--cert pem');

# ---- where it ends

my %after = (connect => '', banner => '', ehlo => 'EHLO', tls => 'EHLO STARTTLS', ehlo2 => 'EHLO STARTTLS EHLO',
	auth => 'EHLO STARTTLS EHLO AUTH', mail => 'EHLO STARTTLS EHLO AUTH MAIL',
	rcpt => 'EHLO STARTTLS EHLO AUTH MAIL RCPT', data => 'EHLO STARTTLS EHLO AUTH MAIL RCPT DATA');

my @to = ('--from', 'ann@test.example', '--to', 'bob@test.example');
for my $stage (qw(connect banner ehlo tls ehlo2 auth mail rcpt)) {
	$r = probe('starttls', '--stop-after', $stage, @to);
	is($r->{status}, 0, "--stop-after $stage");
	like($r->{out}, qr/^stopped after $stage as asked: .* No mail was sent\.\n\z/m, '... and says so');
}
for my $stage (qw(ehlo tls auth rcpt data)) {
	$r = probe('starttls', '--drop-after', $stage, @to);
	is($r->{status}, 0, "--drop-after $stage");
	like($r->{out}, qr/^hung up after $stage as asked/m, '... and says so');
}
for my $stage (qw(banner ehlo tls ehlo2 auth mail rcpt data)) {
	$r = probe('starttls', '--drop-before-reply', $stage, @to);
	is($r->{status}, 0, "--drop-before-reply $stage");
	like($r->{out}, qr/^hung up before the reply to $stage as asked/m, '... and says so');
}

# ---- a transaction that leads nowhere

$r = probe('starttls', @to, '--to', 'no@test.example', '--to', 'carl@test.example', '--size', 1000, '-vv');
is($r->{status}, 67, 'a refused recipient counts');
like($r->{out}, qr/=>  MAIL FROM:<ann\@test\.example> SIZE=1000\n/, 'SIZE is told');
like($r->{out}, qr/rcpt +FAILED  550 5\.1\.1 no such user\n.*rcpt +RCPT TO:<carl/s, '... and the walk goes on');
like($r->{out}, qr/=>  RSET\n.*=>  QUIT\n.*<=  221 /s, 'RSET and QUIT');
like($r->{out}, qr/=>  AUTH SCRAM-SHA-256 <\d+ octets hidden>\n/, 'the login is hidden');

# ---- what it cannot do

unlike(run({}, 'probe', '--help')->{out}, qr/no further than[^\n]* data/, 'nothing stops after DATA');
for (['--stop-after', 'nowhere', qr/is one of connect, banner/], ['--stop-after', 'data', qr/behind DATA one can only hang up/],
    ['--stop-after', 'rcpt', qr/MAIL needs a sender: --from/], ['--size', 'big', qr/number of octets/],
    ['--repeat', '0', qr/a number from 1/],
    ['--cert', 'all', qr/summary, chain or pem/], ['--password', 'x', qr/not taken from the command line/]) {
	my ($option, $value, $words) = @$_;
	$r = run({}, 'probe', $url, $option, $value);
	is($r->{status}, 64, "$option $value");
	like($r->{err}, $words, '... and why');
}
is(run({}, 'probe', $url, '--tls', 'maybe')->{status}, 78, 'a value that the key does not take');

# ---- many times, and for machines

$r = probe('implicit', '--repeat', 3, '--interval', '1ms');
is($r->{status}, 0, '--repeat');
is(scalar(() = $r->{out} =~ /^ +\d  ok /mg), 3, 'a line each');
like($r->{out}, qr/^ms +least +mean +most\ndns .*\nwhole +\d+ +\d+ +\d+\n3 of 3 walks went well/ms, 'and the sums');

$r = probe('implicit', '--json', '-vv', '--explain');
my @events = map { decode_json($_) } split /\n/, $r->{out};
my %by;
push @{$by{$_->{event}}}, $_ for @events;
is_deeply([map { $_->{stage} } @{$by{stage}}], [qw(dns connect tls greeting ehlo auth)], '--json: the stages');
is($by{tls}[0]{chain}[0]{pin}, $pin, '... the certificate');
is($by{capabilities}[0]{mechanism}, 'SCRAM-SHA-256', '... what EHLO offers');
ok((grep { $_->{text} =~ /^EHLO / && $_->{direction} eq 'out' && $_->{encrypted} } @{$by{line}}), '... the conversation');
is($by{result}[0]{exit}, 0, '... and the result');
is(scalar(grep { $_->{v} != 1 } @events), 0, 'each with its version');

# ---- an account

config("[account lab]\nhost = localhost\nport = $server{starttls}{port}\ntls = starttls\ntls-ca = $certs/ca.pem\n"
	. "from = ann\@test.example\nuser = ann\npassword-file = $secret_file\n");
$r = run({}, 'probe', 'lab', '--stop-after', 'mail', '--explain');
is($r->{status}, 0, 'an account by its name, MAIL with its own address') or diag $r->{out}, $r->{err};
like($r->{out}, qr/PIPELINING\n +several commands may go at once/, '--explain');
$r = run({}, 'probe', 'lap');
is($r->{status}, 78, 'no such account');
like($r->{err}, qr/did you mean.*lab/, '... and which one was meant');

for my $tls (qw(implicit starttls)) {
	my @all = $server{$tls}->record;
	is(scalar(grep { $_->{complete} } map { @{$_->{messages} // []} } @all), 0, "$tls: no message was sent");
	next if $tls eq 'implicit';
	my $verb = qr/^(EHLO|STARTTLS|AUTH|MAIL|RCPT|DATA|RSET|QUIT)\b/;
	my %heard = map { (join ' ', map { $_->{line} =~ $verb ? $1 : () } @{$_->{commands}}) => 1 } @all;
	for my $stage (qw(ehlo tls ehlo2 auth mail rcpt)) {
		my $quit = $stage =~ /mail|rcpt/ ? ' RSET QUIT' : ' QUIT';
		ok($heard{"$after{$stage}$quit"}, "$stage: the server heard $after{$stage}$quit") or diag explain [sort keys %heard];
	}
	ok($heard{$after{data}}, 'behind DATA it hung up') or diag explain [sort keys %heard];
}
done_testing();
