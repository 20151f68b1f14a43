#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# sendmail -bs: what its callers say, what they are told, and what the relay gets.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use IO::Handle;
use Rider;
use Test::More;
use Time::HiRes qw(sleep);

my $sendmail = link_as('sendmail');
my $queue = tmp('queue');
my @policy = ('--rcpt', 'no*=550 5.1.1 No such "user"', '--rcpt', 'later*=450 4.2.1 Later',
    '--final', 'spam*=554 5.7.1 Not that');

# The account at that port; `more` are other lines before the queue's.
sub account {
	my ($port, $more, $queued) = @_;
	config(($more // "[defaults]\ndomain = home.example\n") .
	    "[account t]\nhost = 127.0.0.1\nport = $port\ntls = off\nauth = off\nfrom = me\@test.example\n" .
	    "[queue]\ndirectory = $queue\nenabled = " . ($queued // 'yes') . "\n");
}

sub say_all { my ($text, @args) = @_; return run({program => $sendmail, stdin => $text}, '-bs', @args) }
# Codes of whole replies.
sub codes { return join ' ', map { /^(\d{3}) / ? $1 : () } split /\r\n/, $_[0]{out} }
# The reply at that place, from 0.
sub reply { my @r = grep { /^\d{3} / } split /\r\n/, $_[0]{out}; return $r[$_[1]] // '' }
sub waits { return grep { $_ !~ m{/\.} } glob("$queue/queue/*") }
sub forget { unlink waits(); unlink glob "$queue/relay-*" }
sub messages { return map { @{$_->{messages}} } $_[0]->record }
sub crlf { return $_[0] =~ s/\r?\n/\r\n/gr }
# One message to these, in LF lines.
sub mail { return "MAIL FROM:<me\@test.example>\n" . join('', map { "RCPT TO:<$_>\n" } @_) . "DATA\nSubject: x\n\nhi\n.\n" }

# ---- what callers send

my $symfony = crlf("HELO [127.0.0.1]\nMAIL FROM:<me\@test.example>\nRCPT TO:<bob\@x.test>\nDATA\n" .
    "Subject: s\nBcc: hidden\@x.test,\n more\@x.test\n\n..dot\n...\nlast\n.\nQUIT\n");
my $s = server(@policy);
account($s->{port});
my $r = say_all($symfony);
is("$r->{status} $r->{err}", '0 ', 'Symfony: status, and silence on stderr');
is(codes($r), '220 250 250 250 354 250 221', 'each command its reply');
like(reply($r, 0), qr/^220 [A-Za-z0-9.-]+ ESMTP postrider$/, 'the greeting');
like(reply($r, 5), qr/^250 2\.0\.0 sent: 250 .*queued as/, 'and the server\'s words in the one that counts');
my $got = $s->mail(1);
like($got, qr/\r\n\r\n\.dot\r\n\.\.\r\nlast\r\n\z/, 'dots are un-stuffed');
unlike($got, qr/hidden|more\@/, 'Bcc is gone');
like($got, qr/^Date: /m, 'the usual repairs');
like($got, qr/^Message-ID: /mi, 'are made');
my ($c) = $s->record;
is_deeply($c->{messages}[0]{to}, ['bob@x.test'], 'to whom RCPT says');
is_deeply($c->{faults} // [], [], 'no fault of ours on the wire');

$s = server(@policy);
account($s->{port});
$r = say_all(crlf("EHLO localhost\nMAIL FROM:<me\@test.example>\nRCPT TO:<a\@x.test>\nRSET\n" .
	"MAIL FROM:<me\@test.example>\nRCPT TO:<b\@x.test>\nDATA\nSubject: 1\n\n1\n.\nRSET\n" .
	"MAIL FROM:<>\nRCPT TO:<c\@x.test>\nRCPT TO:<root>\nDATA\nSubject: 2\n\n2\n.\nRSET\nQUIT\n"), '-oem', '-om');
is(codes($r), '220 250 250 250 250 250 250 354 250 250 250 250 250 354 250 250 221',
    'nmh: several messages in one session, in one write');
is_deeply([map { s/(?<=SIZE )\d+$//r } grep { /^250-/ || /SIZE/ } split /\r\n/, $r->{out} =~ s/^220.*\r\n//r],
    [(map { "250-$_" } (split ' ', reply($r, 0))[1], qw(PIPELINING 8BITMIME SMTPUTF8 DSN CHUNKING ENHANCEDSTATUSCODES)),
	'250 SIZE '], 'what EHLO offers');
my @m = sort { $a->{from} cmp $b->{from} } messages($s);
is_deeply([map { [$_->{from}, @{$_->{to}}] } @m],
    [['', 'c@x.test', 'root@home.example'], ['me@test.example', 'b@x.test']], 'two are sent, as they were meant');

# ---- CRLF decides where DATA ends

$s = server(@policy);
account($s->{port});
$r = say_all("MAIL FROM:<me\@test.example>\r\nRCPT TO:<a\@x.test>\r\nDATA\r\nSubject: x\r\n\r\na\n.\n" .
    "MAIL FROM:<evil\@x.test>\nRCPT TO:<victim\@x.test>\nDATA\nb\n.\r\nc\r.\r\r\n.\r\nQUIT\r\n");
is(codes($r), '220 250 250 354 250 221', 'in CRLF a dot between bare LFs is text');
@m = messages($s);
is_deeply([map { @{$_->{to}} } @m], ['a@x.test'], 'and smuggles nothing in');
is_deeply([map { @{$_->{faults} // []} } $s->record], [], 'nor out');
like($s->mail(1), qr/\r\na\r\n\.\r\nMAIL FROM:<evil.*\r\nb\r\n\.\r\nc \.\r\n\z/s, 'all of it is the message');

# ---- extensions

$s = server(@policy);
account($s->{port});
$r = say_all("EHLO x\nMAIL FROM:<me\@test.example> SIZE=9 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb\n" .
    "RCPT TO:<one\@x.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o+2Bne+40x\n" .
    "RCPT TO:<tw\xc3\xb6\@x.test> NOTIFY=NEVER\nRCPT TO:<\@a.test,\@b.test:three\@x.test>\n" .
    "BDAT 11\nSubject: x\n" . "BDAT 3\n\n\xc3\xa4" . "BDAT 8 LAST\n\n.\n..\nz\n" . "QUIT\n");
is(codes($r), '220 250 250 250 250 250 250 250 250 221', 'extensions, and a message in chunks');
($c) = $s->record;
my @commands = map { $_->{line} } @{$c->{commands}};
is_deeply([grep { /^RCPT/ } @commands], ['RCPT TO:<one@x.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o+2Bne@x',
    "RCPT TO:<tw\xc3\xb6\@x.test> NOTIFY=NEVER", 'RCPT TO:<three@x.test>'], 'the wishes for each recipient arrive');
like((grep { /^MAIL/ } @commands)[0], qr/BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a\+2Bb$/, 'those for the message, too');
like($s->mail(1), qr/\r\n\r\n\xc3\xa4\r\n\.\r\n\.\.\r\nz\r\n\z/, 'chunks are not stuffed');

# ---- the one reply

forget();
$s = server(@policy);
for (['refused', 1, qr/^550 5\.1\.1 No such "user"$/, 0, 'no@x.test'],
    ['refused both', 1, qr/^550 5\.1\.1 <no\@x\.test>: No such "user"$/, 0, 'no@x.test', 'no2@x.test'],
    ['the body refused', 1, qr/^554 5\.7\.1 Not that$/, 0, 'spam@x.test'],
    ['put off, kept', 1, qr/^250 2\.0\.0 queued [0-9a-z]{16}: 450 Later$/, 1, 'later@x.test'],
    ['one sent, one kept', 1, qr/^250 2\.0\.0 queued [0-9a-z]{16}, sent to 1 of 2 recipients: 450 Later$/, 1, 'a@x.test', 'later@x.test'],
    ['one sent, one refused: told by mail', 1,
	qr/^250 2\.0\.0 sent to 1 of 2 recipients, 1 refused \(a notice goes to the sender\)/, undef, 'a@x.test', 'no@x.test'],
    ['without a queue: put off', 0, qr/^450 4\.2\.1 Later$/, 0, 'later@x.test'],
    ['without a queue: one sent, one put off', 0,
	qr/^450 4\.2\.1 sent to 1 of 2 recipients; <later\@x\.test>: Later$/, 0, 'a@x.test', 'later@x.test'],
    ['without a queue: one sent, one refused', 0,
	qr/^550 5\.1\.1 sent to 1 of 2 recipients; <no\@x\.test>: No such "user"$/, 0, 'a@x.test', 'no@x.test'],
    ['without a queue: all three', 0, qr/^450 4\.2\.1 sent to 1 of 3/, 0, 'a@x.test', 'no@x.test', 'later@x.test']) {
	my ($claim, $queued, $says, $kept, @to) = @$_;
	account($s->{port}, undef, $queued ? 'yes' : 'no');
	my $res = say_all(mail(@to) . "QUIT\n");
	is($res->{status}, 0, "$claim: the dialogue went well");
	like(reply($res, @to + 3), $says, $claim);
	is(scalar waits(), $kept, "$claim: what is kept") if defined $kept;
	for (1 .. 100) {
		last if defined $kept || !waits();
		sleep 0.05;
	}
	forget();
}
{
	my $server = server(@policy);
	account($server->{port});
	$r = say_all(mail('no@x.test') . mail('b@x.test') . mail('c@@x.test', 'd@x.test') . "QUIT\n");
	is(codes($r), '220 250 250 354 550 250 250 354 250 250 553 250 354 250 221',
	    'a refusal, and an address that is none, leave the session as it is');
	is_deeply([sort map { @{$_->{to}} } messages($server)], ['b@x.test', 'd@x.test'], 'the others are sent');
}

# ---- the queue

account(1);
$r = say_all(mail('bob@x.test') . mail('carol@x.test') . "QUIT\n");
is("$r->{status} " . codes($r), '0 220 250 250 354 250 250 250 354 250 221', 'a server that is down: kept');
is(scalar waits(), 2, 'both');
$r = say_all(mail('dave@x.test') . "QUIT\n", '-odq');
like(reply($r, 4), qr/^250 2\.0\.0 queued [0-9a-z]{16}$/, '-odq asks no server');
is(scalar waits(), 3, 'and keeps it');
$s = server(@policy);
account($s->{port});
forget();
pipe my $read, my $write or die $!;
my $p = start({program => $sendmail, stdin => mail('back@x.test') . "QUIT\n", stdout => '/dev/null', stderr => $write}, '-bs', '-odb');
close $write;
is(finish($p)->{status}, 0, '-odb');
is(join('', <$read>), '', 'holds nothing of its caller');
sub sent_soon {
	for (1 .. 100) {
		last if !waits();
		sleep 0.05;
	}
	return !waits();
}
ok(sent_soon(), 'and sends behind its back');
$r = run({program => $sendmail, stdin => mail('deaf@x.test') . "QUIT\n", stdout => '/dev/full'}, '-bs', '-odb');
is($r->{status}, 74, 'a reply that cannot be written');
ok(sent_soon(), 'is no reason to leave the message where it is');

account(1, '', 'no');
$r = say_all(mail('bob@x.test') . "RSET\nQUIT\n");
is(codes($r), '220 250 250 354 451 250 221', 'down, and nothing is kept: 451');
$r = say_all("MAIL FROM:<me\@test.example>\nRCPT TO:<root>\nQUIT\n");
like(reply($r, 2), qr/^550 5\.1\.1 'root' has no domain/, 'a name that no domain is known for');

# ---- a configuration that cannot be used

account(1, "[defaults]\nprot = 1\n");
$r = say_all("MAIL FROM:<me\@test.example>\nRCPT TO:<root> NOTIFY=NEVER ORCPT=rfc822;o\@x\nRCPT TO:<bob\@x.test> NOTIFY=DELAY\nDATA\nhi\n.\nQUIT\n");
is("$r->{status} " . codes($r), '0 220 250 250 250 354 250 221', 'broken: kept until it is repaired');
is(scalar waits(), 1, 'it is there');
$s = server(@policy);
account($s->{port});
is(run({program => link_as('runq')})->{status}, 0, 'repaired');
($c) = $s->record;
is_deeply([grep { /^RCPT/ } map { $_->{line} } @{$c->{commands}}],
    ['RCPT TO:<root@home.example> NOTIFY=NEVER ORCPT=rfc822;o@x', 'RCPT TO:<bob@x.test> NOTIFY=DELAY'],
    'it goes as it was meant, wishes and all');
put('other.conf', "prot = 1\n[queue]\ndirectory = $queue\n");
$r = run({stdin => "MAIL FROM:<me\@test.example>\nQUIT\n"}, '-C', tmp('other.conf'), 'sendmail', '-bs');
like(reply($r, 1), qr/^451 4\.3\.5 /, 'one that no later run would find: 451');
is($r->{status}, 0, 'and the dialogue goes on');

# ---- broken off

$s = server(@policy);
account($s->{port});
for (['within DATA', 76, "MAIL FROM:<me\@test.example>\nRCPT TO:<a\@x.test>\nDATA\nSubject: x\n\nhalf"],
    ['within a chunk', 76, "MAIL FROM:<me\@test.example>\nRCPT TO:<a\@x.test>\nBDAT 99 LAST\nhalf"],
    ['behind a chunk', 76, "MAIL FROM:<me\@test.example>\nRCPT TO:<a\@x.test>\nBDAT 5\na: b\n"],
    ['behind RCPT', 0, "MAIL FROM:<me\@test.example>\nRCPT TO:<a\@x.test>\n"],
    ['at once', 0, '']) {
	my ($claim, $status, $text) = @$_;
	my $res = say_all($text);
	is($res->{status}, $status, "the input ends $claim");
	like($res->{out}, qr/^421 4\.4\.2 [^\n]*\n\z/m, "$claim: the last word") if $status;
}
is(scalar(messages($s)), 0, 'and nothing was sent');
$r = run({program => $sendmail, stdin => mail('a@x.test'), close => [0]}, '-bs');
is($r->{status}, 66, 'no stdin at all');
for ([['-t'], 'with -t'], [['bob@x.test'], 'with a recipient']) {
	$r = say_all("MAIL FROM:<me\@test.example>\n", @{$_->[0]});
	is($r->{status}, 64, "-bs $_->[1]");
	like($r->{out}, qr/^421 /, 'is said in the dialogue');
	is($r->{err}, "sendmail: -bs takes neither recipients nor -t; nothing was sent\n", 'and on stderr');
}

# Whoever waits for our greeting, and stops us then.
pipe my $in, my $to_us or die $!;
pipe my $from_us, my $out or die $!;
my $pid = fork // die $!;
if ($pid == 0) {
	open STDIN, '<&', $in;
	open STDOUT, '>&', $out;
	close $to_us;
	close $from_us;
	exec $sendmail, '-bs' or POSIX::_exit(127);
}
close $in;
close $out;
like(scalar <$from_us>, qr/^220 /, 'the greeting comes before anything is said');
kill TERM => $pid;
like(scalar <$from_us>, qr/^421 4\.3\.2 /, 'a signal is answered');
waitpid $pid, 0;
is($? >> 8, 75, 'and ends it');

# ---- a client that is not ours

my $python = <<'END';
import smtplib, socket, subprocess, sys
class Client(smtplib.SMTP):
    def _get_socket(self, host, port, timeout):
        ours, theirs = socket.socketpair()
        ours.settimeout(20)
        self.child = subprocess.Popen([sys.argv[1], '-bs'], stdin=theirs, stdout=theirs)
        theirs.close()
        return ours
c = Client('there', 25)
c.ehlo()
print(sorted(k for k in c.esmtp_features))
body = b'Subject: py\r\n\r\n.\r\n..\r\n' + b'0123456789' * 7 + b'\r\n'
print(c.sendmail('me@test.example', ['a@x.test', '"b c"@x.test'], body * 3, ['RET=FULL'], ['NOTIFY=NEVER']))
try:
    c.sendmail('me@test.example', ['no@x.test'], body)
except smtplib.SMTPException as e:
    print(e.smtp_code if hasattr(e, 'smtp_code') else e)
try:
    c.sendmail('me@test.example', ['a@@x'], body)
except smtplib.SMTPRecipientsRefused as e:
    print(e.recipients['a@@x'][0])
c.rset()
print(c.verify('bob')[0], c.noop()[0], c.sendmail('', 'c@x.test', body), c.quit()[0], c.child.wait())
END
SKIP: {
	skip 'no /usr/bin/python3', 2 if !-x '/usr/bin/python3';
	$s = server(@policy);
	account($s->{port});
	put('client.py', $python);
	$r = run({program => '/usr/bin/python3'}, tmp('client.py'), $sendmail);
	is($r->{out} . $r->{err}, "['8bitmime', 'chunking', 'dsn', 'enhancedstatuscodes', 'pipelining', 'size', 'smtputf8']\n" .
	    "{}\n550\n553\n252 250 {} 221 0\n", 'smtplib of Python');
	is_deeply([grep { $_ } map { join ' ', @{$_->{to}} } messages($s)], ['a@x.test "b c"@x.test', 'c@x.test'], 'its mail arrives');
}

# ---- noise

srand 7;
for my $round (1 .. 3) {
	$r = say_all(join '', map { chr int rand 256 } 1 .. 20000);
	ok($r->{status} == 0 || $r->{status} == 76, 'random octets: an end');
	unlike($r->{out}, qr/[^\r\n\x20-\x7e]|\r[^\n]|[^\r]\n/, 'and replies that can be shown');
}
$r = say_all('NOOP ' . 'x' x 1048576 . "\nQUIT\n");
is(codes($r), '220 500 221', 'a line of 1 MB');
is(scalar waits(), 0, 'nothing is left in the queue');

done_testing();
