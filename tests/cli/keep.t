#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the callers of sendmail get: kept is success, also when the configuration is broken; a
# refusal beside a delivery comes by mail; the queue by its old names.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;
use Time::HiRes qw(sleep);

my $sendmail = link_as('sendmail');
my $mailq = link_as('mailq');
my $runq = link_as('runq');
my $queue = tmp('queue');

# The account at that port, and the queue; `broken` is what stands in the account beside it.
sub account {
	my ($port, $broken) = @_;
	config("[account t]\nhost = 127.0.0.1\nport = $port\ntls = off\nfrom = me\@test.example\n" .
	    ($broken // '') . "\n[queue]\ndirectory = $queue\n");
}

sub waits { return grep { $_ !~ m{/\.} } glob("$queue/queue/*") }

# What somebody else does in the background; bounded.
sub until_true {
	my ($what) = @_;
	for (1 .. 200) {
		return 1 if $what->();
		sleep 0.05;
	}
	return 0;
}

sub mails { return grep { defined } map { $_[0]->mail($_) } 1 .. ($_[1] // 9) }

my $text = "Subject: x\n\nhi\n";

# ---- kept in silence

account(1);
my $r = run({program => $sendmail, stdin => $text}, 'bob@x.test');
is($r->{status}, 0, 'a server that is down: kept, and that is success');
is($r->{out} . $r->{err}, '', 'of which nobody hears');
is(scalar waits(), 1, 'it is in the queue');
$r = run({program => $mailq});
is($r->{status}, 0, 'mailq');
like($r->{out}, qr/^-Queue ID-  --Size-- ----Arrival Time---- -Sender\/Recipient-------
[0-9A-Z]{6}\s+\d+ \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d  me\@test\.example
\s+\(cannot reach .*\)
 {41}bob\@x\.test

-- 1 Kbytes in 1 Request\.
\z/, 'has the form that programs read');
is(run({program => $sendmail}, '-bp')->{out}, $r->{out}, '-bp is the same');

my $server = server();
account($server->{port});
$r = run({program => $runq});
is($r->{status}, 0, 'runq');
is(scalar waits(), 0, 'sends it');
like($server->mail(1), qr/^To: undisclosed|^Subject: x/m, 'to the server');
is(run({program => $mailq})->{out}, "Mail queue is empty\n", 'and the queue is empty');

# ---- delivery modes

$r = run({program => $sendmail, stdin => $text}, '-odq', 'queued@x.test');
is($r->{status}, 0, '-odq');
is(scalar waits(), 1, 'keeps it');
run({program => $sendmail}, '-qRnobody');
is(scalar waits(), 1, '-qR runs only what has such a recipient');
run({program => $sendmail}, '-q!Rqueued');
is(scalar waits(), 1, 'or has not');
run({program => $sendmail}, '-qRQUEUED@');
is(scalar waits(), 0, 'without regard to case');
pipe my $read, my $write or die $!;
my $p = start({program => $sendmail, stdin => $text, stdout => '/dev/null', stderr => $write}, '-odb', 'back@x.test');
close $write;
is(finish($p)->{status}, 0, '-odb');
# a reader of our pipe gets to its end although the run goes on
is(join('', <$read>), '', 'holds nothing of its caller');
ok(until_true(sub { !waits() && scalar(mails($server)) == 3 }), 'and sends behind its back');

# ---- other mail in the queue goes with the next message, once a minute at most

run({program => $sendmail, stdin => $text}, '-odq', 'first@x.test');
utime 1, 1, "$queue/drain.lock";
run({program => $sendmail, stdin => $text}, 'second@x.test');
ok(until_true(sub { !waits() }), 'what waited is sent when a server answered');
run({program => $sendmail, stdin => $text}, '-odq', 'third@x.test');
run({program => $sendmail, stdin => $text}, 'fourth@x.test');
sleep 0.2;
is(scalar waits(), 1, 'but a run was here just now');
run({program => $runq});

# ---- a refusal beside a delivery

my $picky = server('--rcpt', 'bad@*=550 5.1.1 No such user');
account($picky->{port});
$r = run({program => $sendmail, stdin => $text}, 'good@x.test', 'bad@x.test');
is($r->{status}, 0, 'some got it, and the rest is told by mail: who sent it again would send it twice');
like($r->{err}, qr/bad\@x\.test: refused: 550 5\.1\.1 No such user/, 'said here, too');
like($r->{err}, qr/a notice goes to the sender/, 'and that a notice comes');
ok(until_true(sub { !waits() && scalar(mails($picky)) == 2 }), 'the notice is sent');
my ($notice) = grep { /multipart\/report/ } mails($picky);
like($notice, qr/^Final-Recipient: rfc822; bad\@x\.test/m, 'about the one who was refused');
$r = run({program => $sendmail, stdin => $text}, 'bad@x.test');
is($r->{status}, 67, 'refused for all of them: the status says so');
is(scalar waits(), 0, 'and nothing is kept');
$r = run({program => $sendmail, stdin => $text}, '-f', '<>', 'good@x.test', 'bad@x.test');
is($r->{status}, 67, 'without a sender nobody could be told by mail');
$r = run({stdin => ''}, 'send', 'good@x.test', 'bad@x.test', '-m', 'x');
is($r->{status}, 1, 'and who calls send is told by the status');

# ---- a broken configuration loses nothing

account(1, "tls-verify = perhaps\n");
$r = run({program => $sendmail, stdin => $text}, '-F', 'Cron Daemon', 'root', 'bob@x.test');
is($r->{status}, 0, 'a broken configuration: kept');
like($r->{err}, qr/postrider\.conf:6:\d+: 'perhaps'/, 'what is wrong is said');
like($r->{err}, qr/kept in the queue as [0-9A-Z]{6} until the configuration is repaired/, 'and the fate');
is(scalar waits(), 1, 'it is there');
like(run({program => $mailq})->{out}, qr/\(\S+postrider\.conf:6:\d+: 'perhaps'.*\)\n\s+root\n\s+bob\@x\.test\n/,
    'mailq shows it, and why');
is(run({program => $runq})->{status}, 78, 'a run says that it cannot');
$r = run({stdin => ''}, 'send', '--when', 'now', 'bob@x.test', '-m', 'x');
is($r->{status}, 78, 'now means now');
is(scalar waits(), 1, 'and nothing is kept then');
$r = run({stdin => ''}, 'send', 'bob@x.test', '-m', 'x', '-s', 'second');
is($r->{status}, 0, 'send keeps it, too');

$server = server();
account($server->{port});
$r = run({program => $runq});
is(scalar waits(), 1, 'repaired, but for the domain of root: one goes');
like($r->{err}, qr/'root' has no domain/, 'and why the other one does not is said');
config("[defaults]\ndomain = home.example\n[account t]\nhost = 127.0.0.1\nport = $server->{port}\ntls = off\n" .
    "from = me\@test.example\n[queue]\ndirectory = $queue\n");
my ($before) = waits();
run({program => $runq});
is(scalar waits(), 0, 'all is sent');
my ($cron) = grep { /root\@home/ || !/second/ } mails($server);
like($cron, qr/^From: Cron Daemon <me\@test\.example>\r?$/m, 'with the sender of the account');
my @to = map { @{$_->{to}} } map { @{$_->{messages}} } $server->record;
is_deeply([sort grep { /root/ } @to], ['root@home.example'], 'and root got a domain');

# ---- without any account

config("[queue]\ndirectory = $queue\n");
$r = run({program => $sendmail, stdin => $text}, 'bob@x.test');
is($r->{status}, 0, 'no account: the mail of those who cannot help it is kept');
like($r->{err}, qr/no account is configured/, 'and what is missing is said');
is(scalar waits(), 1, 'it waits');
$r = run({stdin => ''}, 'send', 'bob@x.test', '-m', 'x');
is($r->{status}, 78, 'who calls send is told');
is(scalar waits(), 1, 'and nothing more is kept');

# ---- a queue that cannot be used is no reason to lose what a server takes

my $kept = $queue;
put('in-the-way', '');
$queue = tmp('in-the-way/queue');
$server = server();
account($server->{port});
$r = run({program => $sendmail, stdin => $text}, 'bob@x.test');
is("$r->{status} $r->{out}$r->{err}", '0 ', 'what goes does not need it, and nothing is said');
$r = run({program => $sendmail, stdin => $text}, '-odq', 'bob@x.test');
is($r->{status}, 0, 'nor does what was to be queued');
is(scalar mails($server), 2, 'both went');
account(1);
$r = run({program => $sendmail, stdin => $text}, 'bob@x.test');
is($r->{status}, 75, 'what does not go is not kept');
like($r->{err}, qr/cannot make the queue directory .*in-the-way/, 'and why is said');
like($r->{err}, qr/nothing was sent, and nothing is kept/, 'with the fate');
$queue = $kept;
account(1);

# ---- a server of the command line

$r = run({stdin => ''}, '--server', 'smtp://127.0.0.1:1?tls=off', 'send', '--when', 'queue', 'bob@x.test', '-m', 'x');
is($r->{status}, 64, 'a later run would not know it');
like($r->{err}, qr/with --server nothing can be kept/, 'so that is refused');
$r = run({program => $sendmail}, '-q30m');
is($r->{status}, 0, 'as sendmail a loop is one run');

# ---- a loop

$server = server();
account($server->{port});
unlink waits();
$p = start({}, '-q1h');
ok(until_true(sub { -e "$queue/loop.lock" }), 'a loop begins');
run({stdin => $text}, '-odq', 'bob@x.test');
ok(until_true(sub { !waits() }), 'and sends what is put into the queue');
$r = run({}, 'queue', 'run', '--every', '1h');
is($r->{status}, 75, 'one loop is enough');
like($r->{err}, qr/another loop runs the queue/, 'as is said');
kill 'HUP', $p->{pid};
run({stdin => $text}, '-odq', 'carol@x.test');
ok(until_true(sub { !waits() }), 'it goes on when it is asked to look');
kill 'TERM', $p->{pid};
is(finish($p)->{status}, 0, 'and ends when it is asked to');

done_testing();
