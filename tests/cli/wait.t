#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# send --wait: tried again while the caller waits, and safe in the queue meanwhile.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;
use Time::HiRes qw(sleep time);

my $queue = tmp('queue');
my $count = 0;
$SIG{ALRM} = sub { die "the program does not end\n" };
@SIG{qw(INT TERM HUP)} = ('DEFAULT') x 3;

my $hello = "S 220 x.test\nC EHLO *\nS 250 x.test\nC MAIL FROM:*\nS 250 2.1.0 ok\n";
my $later = "C RCPT TO:<bob*\nS 450 4.2.1 Greylisted\n";
my $never = "C RCPT TO:<bob*\nS 550 5.1.1 No such user\n";
my $takes = "S 250 2.1.5 ok\nC DATA\nS 354 go\nBODY\nS 250 2.0.0 taken\n";

# A server of connections; each text is one behind the greeting.
sub plays {
	my $s = server('--script', put('script' . ++$count, join("CONNECTION\n", map { $hello . $_ } @_)));
	config("[account t]\nhost = 127.0.0.1\nport = $s->{port}\ntls = off\nfrom = me\@test.example\n" .
	    "[queue]\ndirectory = $queue\nretry = 100ms\n");
	return $s;
}

sub waits { return grep { $_ !~ m{/\.} } glob("$queue/queue/*") }

sub until_true {
	my ($what) = @_;
	for (1 .. 200) {
		return 1 if $what->();
		sleep 0.05;
	}
	return 0;
}

my @send = ('send', '-m', 'x', '-s', 'y');

my $s = plays("C RCPT TO:<ann*\nS 250 2.1.5 ok\n${later}C DATA\nS 354 go\nBODY\nS 250 2.0.0 taken\n", "C RCPT TO:<bob*\n$takes");
my $p = start({}, @send, '--wait', '30s', '--json', 'ann@x.test', 'bob@x.test');
ok(until_true(sub { waits() == 1 }), 'while it waits the message is in the queue');
my $began = time;
my $r = finish($p);
cmp_ok(time - $began, '<', 15, 'when all is sent, the wait is over');
is($r->{status}, 0, 'refused for now, then taken: sent');
is(join(' ', map { "$_->{to} $_->{status}" } (json_lines($r->{out}))[0, 1]), 'ann@x.test sent bob@x.test sent',
    'each of them, and that is the last word');
is(scalar waits(), 0, 'nothing is left in the queue');
is($s->mail(2), $s->mail(1), 'what went later is what went first');
is_deeply([map { $_->{script} } $s->record], ['ok', 'ok'], 'and ann was not asked about twice');

# the end of the time is a try, too
$s = plays($later, $later);
$began = time;
$r = run({}, @send, '--wait', '100ms', '-v', 'bob@x.test');
is($r->{status}, 0, 'refused to the end: kept');
like($r->{err}, qr/ms  waiting, next try in 1 s$/m, '-v tells of the wait');
like($r->{err}, qr/450 4\.2\.1 Greylisted.*\n.*kept in the queue as \w{6}, next try/s, 'and the end is told');
is(scalar waits(), 1, 'it is there');
is(scalar($s->record), 2, 'tried twice');
run({}, 'queue', 'remove', '--yes', map { s{.*/}{}r } waits()) if waits();
unlink waits();

# --when now: nothing is kept
$s = plays($later, "C RCPT TO:<bob*\nS 451 4.3.0 still not\n");
$r = run({}, @send, '--when', 'now', '--wait', '100ms', 'bob@x.test');
is($r->{status}, 75, 'with --when now the last refusal decides');
like($r->{err}, qr/451 4\.3\.0 still not\n.*nothing was sent, and nothing is kept/, 'and nothing is kept');
is(scalar waits(), 0, 'indeed not');

# refused for good at last
$s = plays($later, $never);
$r = run({}, @send, '--wait', '10s', 'bob@x.test');
is($r->{status}, 67, 'refused for good at last');
like($r->{err}, qr/550 5\.1\.1 No such user\npostrider: nothing was sent\n\z/, 'with the last words');
is(scalar waits(), 0, 'neither the message nor a notice is in the queue');

# what no time heals is not waited for
$s = plays($never);
$began = time;
$r = run({}, @send, '--wait', '20s', 'bob@x.test');
is($r->{status}, 67, 'a refusal for good');
cmp_ok(time - $began, '<', 10, 'is not waited for');

# stopped, and killed
for (['TERM', 0], ['KILL', -9]) {
	my ($signal, $status) = @$_;
	$s = plays($later, "C RCPT TO:<bob*\n$takes");
	alarm 30;
	pipe my $read, my $write or die $!;
	$p = start({stderr => $write}, @send, '--set', 'queue.retry=20s', '-v', '--wait', '60s', 'bob@x.test');
	close $write;
	my $said = '';
	while (my $line = <$read>) {
		$said .= $line;
		kill $signal, $p->{pid} if $line =~ /waiting, next try/;
	}
	$r = finish($p);
	alarm 0;
	is($r->{status}, $status, "$signal in the wait");
	like($said, qr/\npostrider: kept in the queue as \w{6}, next try.*\n\z/, 'the fate is told') if $signal eq 'TERM';
	is(scalar waits(), 1, "$signal: it is in the queue");
	is(run({}, 'queue', 'run', '--now')->{status}, 0, "$signal: a run takes it");
	is(scalar waits(), 0, "$signal: and sends it");
	is(scalar($s->record), 2, "$signal: once");
}

# nobody else takes it meanwhile
$s = plays($later, "C RCPT TO:<bob*\n$takes");
$p = start({}, @send, '--wait', '30s', 'bob@x.test');
ok(until_true(sub { waits() == 1 }), 'it waits');
run({}, 'queue', 'run', '--now');
is(finish($p)->{status}, 0, 'a run meanwhile changes nothing');
is(scalar($s->record), 2, 'and sends nothing twice');

done_testing();
