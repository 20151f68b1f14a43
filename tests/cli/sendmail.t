#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# As /usr/sbin/sendmail: silent success, one line of trouble, nothing that a caller can abuse.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

my $sendmail = link_as('sendmail');
my $text = "From: ann\@example.org\nTo: to\@example.org\nCc: cc\@example.org\nBcc: bcc\@example.org,\n"
    . " folded\@example.org\nSubject: x\n\nhello\n.\nmore\n";

sub serve {
	my $s = server(@_);
	config("[defaults]\ndomain = home.example\n[account lab]\nhost = 127.0.0.1\nport = $s->{port}\n"
		. "tls = off\nauth = off\nfrom = ann\@example.org\n");
	return $s;
}

sub call {
	my %opts = ref $_[0] ? %{shift()} : ();
	return run({program => $sendmail, stdin => $text, %opts}, @_);
}

sub is_silent {
	my ($r, $claim) = @_;
	is("$r->{status}/$r->{out}/$r->{err}", '0//', $claim);
}

# ---- recipients

for (['given ones', ['bob@example.org', 'carol@example.org'], [qw(bob@example.org carol@example.org)]],
    ['one word, a list', ['bob@example.org,Carol <carol@example.org>'], [qw(bob@example.org carol@example.org)]],
    ['-t', ['-t'], [qw(to@example.org cc@example.org bcc@example.org folded@example.org)]],
    ['-ti and a given one, united', ['-ti', 'bob@example.org', 'to@EXAMPLE.org'],
	[qw(bob@example.org to@EXAMPLE.org cc@example.org bcc@example.org folded@example.org)]],
    ['a bare name gets the domain', ['-i', 'root'], ['root@home.example']],
    ['dashes behind --', ['-i', '--', '-bob@example.org'], ['-bob@example.org']],
    ['a quoted one', ['"a b"@example.org'], ['"a b"@example.org']]) {
	my ($claim, $args, $to) = @$_;
	my $s = serve();
	is_silent(call(@$args), $claim);
	my ($c) = $s->record;
	is_deeply($c->{messages}[0]{to}, $to, "$claim: the envelope");
	unlike($s->mail(1), qr/bcc|folded/i, "$claim: Bcc is gone");
	like($s->mail(1), qr/\r\nhello\r\n\.\r\nmore\r\n\z/, "$claim: a lone dot is text on a pipe");
	is_deeply($c->{faults} // [], [], "$claim: no fault of ours");
}

# ---- the sender

for (['-f', ['-f', 'x@example.org'], 'x@example.org'], ['glued', ['-fx@example.org'], 'x@example.org'],
    ['-r', ['-r', 'x@example.org'], 'x@example.org'], ['null', ['-f', ''], ''], ['<>', ['-f<>'], ''],
    ['the last one wins', ['-f', '', '-f', 'Real <x@example.org>'], 'x@example.org'],
    ['none given', [], 'ann@example.org']) {
	my ($claim, $args, $from) = @$_;
	my $s = serve();
	is_silent(call(@$args, '-i', 'bob@example.org'), "sender: $claim");
	my ($c) = $s->record;
	is($c->{messages}[0]{from}, $from, "sender: $claim, on the wire");
}
my $s = serve();
is_silent(run({program => $sendmail, stdin => "Subject: x\n\nhi\n"}, '-F', "Ann\nBcc: evil\@example.org", 'bob@example.org'),
    'a full name with a line break');
unlike($s->mail(1), qr/^Bcc/mi, 'makes no field');

# ---- trouble: status and one line each

for (['refused', 67, ['bob@example.org', 'no@example.org'],
	"sendmail: no\@example.org: refused: 550 5.1.1 No\nsendmail: sent to 1 of 2 recipients, 1 refused\n"],
    ['put off', 75, ['later@example.org'],
	"sendmail: later\@example.org: deferred: 450 4.2.1 Later\nsendmail: nothing was sent, and nothing is kept: send it again later\n"],
    ['never partial', 75, ['bob@example.org', 'no@example.org', 'later@example.org'], qr/sent to 1 of 3/],
    ['an address that is none, the others sent', 65, ['bob@example.org', 'c@@d'], qr/sent to 1 of 2 recipients, 1 refused\n\z/],
    ['only one that is none', 65, ['c@@d'], qr/nothing was sent\n\z/],
    ['silent by -oeq', 67, ['-oeq', 'no@example.org'], ''],
    ['no recipients', 64, [], "sendmail: no recipients; nothing was sent\n"],
    ['unknown option', 64, ['-Z', 'bob@example.org'], "sendmail: unknown option '-Z'; nothing was sent\n"],
    ['an option behind an address', 64, ['bob@example.org', '-t'], qr/^sendmail: option '-t' behind the address.*\n\z/],
    ['batched SMTP', 64, ['-bS'], qr/^sendmail: -bS is not supported.*\n\z/]) {
	my ($claim, $status, $args, $says) = @$_;
	my $server = serve('--rcpt', 'no@*=550 5.1.1 No', '--rcpt', 'later@*=450 4.2.1 Later');
	my $r = call(@$args);
	is($r->{status}, $status, $claim);
	ref $says ? like($r->{err}, $says, "$claim: what is said") : is($r->{err}, $says, "$claim: what is said");
	is($r->{out}, '', "$claim: stdout is empty");
}
$s = serve();
my $r = run({program => $sendmail, stdin => "Subject: x\n\nhi\n"}, '-t');
is($r->{status}, 64, '-t and nobody in the header');

# ---- the caller writes while we are in trouble: it must not die of SIGPIPE

for (['a usage error', ['-Z']], ['a broken configuration', ['bob@example.org']]) {
	my ($claim, $args) = @$_;
	config("[account x]\nprot = 1\n");
	pipe my $read, my $write or die $!;
	my $p = start({program => $sendmail, pipe => $read}, @$args);
	close $read;
	my $sent = 0;
	for (1 .. 64) {
		my $n = syswrite $write, 'x' x 16384;
		last if !defined $n;
		$sent += $n;
	}
	close $write;
	is($sent, 64 * 16384, "$claim: all input is read");
	isnt(finish($p)->{status}, 0, "$claim: and refused");
}

# ---- odd surroundings

for (['no stdout, no stderr (mailutils)', [1, 2], 0], ['no stdin', [0], 66], ['nothing open', [0, 1, 2], 66]) {
	my ($claim, $close, $status) = @$_;
	my $server = serve();
	my $res = run({program => $sendmail, stdin => $text, close => $close}, '-t');
	is($res->{status}, $status, $claim);
	is(scalar(map { @{$_->{messages}} } $server->record), $status == 0 ? 1 : 0, "$claim: sent or not");
	unlike($server->mail(1) // '', qr/postrider:|sendmail:/, "$claim: no message of ours in the mail");
}
$s = serve();
is_silent(run({argv0 => '-sendmail', program => $ENV{POSTRIDER}, stdin => $text}, '-t'), 'argv[0] with a dash');
$s = serve();
is_silent(run({stdin => $text}, '-t'), 'the same under our own name');
$s = serve();
is_silent(run({stdin => $text}, 'sendmail', '-i', 'root'), 'or by the command');
{
	local $SIG{CHLD} = 'IGNORE';
	$s = serve();
	my $p = start({program => $sendmail, stdin => $text}, '-t');
	local $SIG{CHLD} = 'DEFAULT';
	is_silent(finish($p), 'SIGCHLD ignored by the caller (perl, RT)');
}

# ---- what is ignored, and what is said about it

$s = serve();
$r = call('-X', '/tmp/x', '-C', '/tmp/x', 'bob@example.org');
is(scalar(() = $r->{err} =~ /ignored/g), 2, 'one warning each for -X and -C');
is($r->{status}, 0, 'and the mail goes');

# ---- a lone dot, an empty input

$s = serve();
$r = call('-v', 'bob@example.org');
is(scalar(() = $r->{err} =~ /single dot is text/g), 1, '-v on a pipe: that a dot is text is said once');
like($s->mail(1), qr/\r\n\.\r\nmore/, '-v on a pipe: and it is');
unlike(call('-vi', 'bob@example.org')->{err}, qr/dot/, '-i knows it');
is_silent(call({stdin => ''}, 'bob@example.org'), 'an empty input is sent');
for (['--require-body', 'bob@example.org'], ['--require-body', '-t']) {
	$r = call({stdin => ''}, @$_);
	is("$r->{status} $r->{err}", "65 sendmail: the message is empty: neither header nor body\nsendmail: nothing was sent\n",
		"@$_: it is refused");
}
is_silent(call('--require-body', 'bob@example.org'), '--require-body with a message');
is_silent(call({stdin => "\n"}, '--require-body', 'bob@example.org'), '--require-body with one octet');
is_silent(call('-VenV+7=x', '-Nsuccess,delay', '-R', 'HDRS', 'bob@example.org'), 'what RFC 3461 knows');
my ($c) = $s->record;
is(scalar @{$c->{messages} // []}, 1, 'one message a connection');
my @lines = map { $_->{line} } map { @{$_->{commands}} } $s->record;
like("@lines", qr/ RET=HDRS ENVID=enV\+2B7\+3Dx /, 'the envelope id as xtext');
like("@lines", qr/ NOTIFY=SUCCESS,DELAY/, 'and when to report');

# ---- names of a whole mail system

for (['hoststat', 0, ''], ['purgestat', 0, ''], ['sendmail.postrider', 64, qr/no recipients/],
    ['send-mail', 64, qr/no recipients/], ['rmail', 64, qr/^rmail: mail by UUCP is not supported\n\z/],
    ['bsmtp', 64, qr/^bsmtp: batches of SMTP.*\n\z/], ['smtpd', 64, qr/^smtpd: this is no daemon.*\n\z/]) {
	my ($name, $status, $says) = @$_;
	$r = run({program => link_as($name), stdin => $text});
	is($r->{status}, $status, "$name: status");
	ref $says ? like($r->{err}, $says, "$name: a line") : is($r->{out} . $r->{err}, $says, "$name: nothing is said");
}

# ---- how many are kept

is(call('-bP')->{out}, "0\n", '-bP without a queue');
$s = server();
config("[account lab]\nhost = 127.0.0.1\nport = $s->{port}\ntls = off\nfrom = ann\@example.org\n[queue]\ndirectory = "
	. tmp('queue') . "\n");
call('-odq', "$_\@example.org") for 'a', 'b';
$r = call('-bP');
is("$r->{status} $r->{out}$r->{err}", "0 2\n", '-bP prints the number of messages');
# each of them has to hold
call('-qRa@', '-q!Sann@');
is(call('-bP')->{out}, "2\n", 'selections of -q are put together: none');
call('-q!Rb@', '-qSann@');
is(call('-bP')->{out}, "1\n", 'selections of -q are put together: one');

done_testing();
