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

sub call { return run({program => $sendmail, stdin => $text}, @_) }

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
    ['batched SMTP', 64, ['-bS'], qr/^sendmail: mode '-bS' is not supported.*\n\z/]) {
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

# ---- PHP's mail() lets strangers append arguments (the CVE-2016-10033 family)

my $trap = tmp('trap');
for my $evil (['-X', $trap], ["-X$trap"], ['-C', $trap], ["-OQueueDirectory=$trap", "-X$trap.php"],
    ["-oQ$trap"], ['-D', $trap], ["-D$trap"], ['-be', "\${run{/usr/bin/touch $trap}}"], ['-q'], ['-bd'],
    ['--config', $trap], ['--set', "password-command=touch $trap"], ['--server', 'smtp://127.0.0.1:1'],
    ["--set=password-command=touch $trap"], ['-oA' . $trap], ['-M', $trap], ['-L', "x\ny$trap"]) {
	my $server = serve();
	my $res = call('-t', '-i', "-fuser\@example.org", @$evil);
	ok($res->{status} == 0 || $res->{status} == 64, "@$evil: status $res->{status}");
	is_deeply([glob "$trap*"], [], "@$evil: touches nothing");
}
$s = serve();
$r = call('-X', $trap, '-C', $trap, 'bob@example.org');
is(scalar(() = $r->{err} =~ /ignored/g), 2, 'one warning each for -X and -C');
is($r->{status}, 0, 'and the mail goes');

done_testing();
