#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Many at once: senders and runs of one queue, killed at random with all their processes. Whatever
# was answered with exit 0 arrives, and a second time only when a run was killed between the
# server's final reply and the mark: then that mail is the last one of a connection that broke off.
# And somebody who holds, releases and removes while the queue is run; and a run that is stopped.
#
#   RACE='MESSAGES SENDERS RUNS'    (30 5 3); `make check-long`: 500 20 8
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use POSIX qw(:sys_wait_h);
use Rider;
use Spool;
use Test::More;
use Time::HiRes qw(sleep time);

my ($total, $nsenders, $nruns) = split ' ', $ENV{RACE} // '30 5 3';
my $seed = $ENV{SEED} // time ^ $$;
my $began = time;
srand $seed;
note "SEED=$seed";

# ---- processes

my (%sender, %run);    # by process: what start() gave
my (%tried, %told);    # by number of the message
my $kills = 0;
my $most = 150;        # seconds, of which an idle machine needs a fraction
alarm 2 * $most;       # what hangs fails

sub send_next {
	my $n = 1 + keys %tried;
	my $when = $n % 3 ? 'queue' : 'auto';
	my $p = start({group => 1, stdin => "Subject: $n\n\nhi\n"}, '-C', tmp('conf'), 'send', '--when',
		$when, '--message', '-', 'bob@x.test');
	$sender{$p->{pid}} = {%$p, n => $n, end => rand() < 0.3 ? time + 0.05 * rand : undef};
	$tried{$n} = 1;
}

sub run_queue {
	my $p = start({group => 1}, '-C', tmp('conf'), 'queue', 'run', '--now');
	$run{$p->{pid}} = $p;
}

sub reap {
	while ((my $pid = waitpid -1, WNOHANG) > 0) {
		my $s = delete $sender{$pid};
		$told{$s->{n}} = 1 if $s && $? == 0;
		unlink $s->{out}, $s->{err} if $s;
		delete $run{$pid};
	}
}

sub kill_some {
	for my $pid (grep { defined $sender{$_}{end} && $sender{$_}{end} < time } keys %sender) {
		kill 'KILL', -$pid;
		delete $sender{$pid}{end};
	}
	return if rand() < 0.9;
	my @pids = keys %run;
	my $pid = $pids[rand @pids] // return;
	$kills += kill 'KILL', -$pid;
}

# ---- what the server saw

# By subject, for each time it was taken: was it the last one of a connection that broke off?
sub taken {
	my ($server) = @_;
	my %by;
	for my $c (sort { $a->{connection} <=> $b->{connection} } $server->record) {
		my @messages = @{$c->{messages}};
		for my $i (0 .. $#messages) {
			my $m = $messages[$i];
			next if !$m->{complete} || !@{$m->{to}};
			open my $f, '<', $m->{file} or die "$m->{file}: $!";
			my ($subject) = map { /^Subject: (\S+)/ } <$f>;
			push @{$by{$subject}}, $i == $#messages && !$c->{quit} ? 1 : 0;
		}
	}
	return \%by;
}

# ---- senders and runs

my $server = server('--limit', 300, '--delay', 'final=5');
configure($server);
while ((keys %tried < $total || %sender) && time - $began < $most) {
	reap();
	send_next() if keys %tried < $total && keys %sender < $nsenders;
	run_queue() if keys %run < $nruns;
	kill_some();
	sleep 0.002;
}
kill 'KILL', map { -$_ } keys %run;
$kills += keys %run;
sleep 0.01, reap() while %run && time - $began < $most;
is(keys(%sender) + keys(%run), 0, 'all have ended');

# what was killed over and over is held for a person to look at
my @held = map { m{([^/]+)\z} } files('hold');
rider({}, 'queue', 'release', @held) if @held;
my $r = rider({}, 'queue', 'run', '--now');
is($r->{status}, 0, 'a last run') or diag($r->{err});
is(scalar files(), 0, 'leaves nothing');
my $by = taken($server);
my @lost = grep { !$by->{$_} } sort { $a <=> $b } keys %told;
is("@lost", '', scalar(keys %told) . " of $total were told 0: lost none");
cmp_ok(scalar keys %told, '>', $total / 4, 'enough of them to mean something');
my (@twice, @wrong);
for my $n (sort { $a <=> $b } keys %$by) {
	my @times = @{$by->{$n}};
	push @twice, $n if @times > 1;
	pop @times;
	push @wrong, $n if grep { !$_ } @times;
}
is("@wrong", '', 'twice only what was the last of a connection that broke off');
cmp_ok(@twice, '<=', $kills, 'and not more than runs that were killed');
note sprintf '%d messages, %d told 0, %d runs killed (%d held for it), %d sent twice, %.1f s', $total,
	scalar keys %told, $kills, scalar @held, scalar @twice, time - $began;

# ---- somebody meddles

$server = server('--limit', 300, '--delay', 'final=20');
configure($server);
my $count = $total < 100 ? 15 : 80;
queue_up("m$_", "m$_\@x.test") for 1 .. $count;
my (%removed, %at);
for my $m (json_lines(rider({}, 'queue', 'list', '--json')->{out})) {
	($at{$m->{id}}) = $m->{to}[0]{addr} =~ /^(.*)@/;
}
my @ids = sort keys %at;
my $p = start({group => 1}, '-C', tmp('conf'), 'queue', 'run', '--now');
my ($held, $busy) = (0, 0);
for my $id (reverse @ids) {
	my $verb = (qw(hold remove retry))[rand 3];
	my $m = rider({}, 'queue', $verb, $id);
	$removed{$at{$id}} = 1 if $verb eq 'remove' && $m->{status} == 0;
	$held++ if $verb eq 'hold' && $m->{status} == 0;
	$busy++ if $m->{status} != 0;
}
finish($p);
rider({}, 'queue', 'release', map { m{([^/]+)\z} } files('hold'));
$r = rider({}, 'queue', 'run', '--now');
is($r->{status}, 0, 'after meddling: a last run') or diag($r->{err});
is(scalar files(), 0, 'after meddling: nothing is left');
$by = taken($server);
is(join(' ', grep { !$by->{$_} && !$removed{$_} } sort values %at), '', 'after meddling: none is lost');
is(join(' ', grep { @{$by->{$_}} > 1 } sort keys %$by), '', 'after meddling: none is sent twice');
is(join(' ', grep { $by->{$_} } sort keys %removed), '', 'after meddling: what was removed was not sent');
note "$count messages, $held held, " . keys(%removed) . " removed, $busy gone or busy";

# ---- a run is stopped in the middle of a message

queue_up('stopped');
pipe my $reader, my $writer or die $!;
my $pid;
my ($port, $puppet) = puppet(sub {
	return if $_[0] ne '.';
	$pid //= <$reader>;
	kill 'STOP', -$pid;
	return;
});
configure($port);
$p = start({group => 1}, '-C', tmp('conf'), 'queue', 'run', '--now');
syswrite $writer, "$p->{pid}\n";
waitpid $p->{pid}, WUNTRACED;
for (1 .. 3) {
	$r = rider({}, 'queue', 'run', '--now');
	is($r->{status}, 0, 'while a run is stopped: another one ends');
	like($r->{err}, qr/is being run already/, 'while a run is stopped: which says why');
}
kill 'CONT', -$p->{pid};
is(finish($p)->{status}, 0, 'continued, it comes to its end');
waitpid $puppet, 0;
is($?, 0, 'continued, over its one connection');
is(scalar files(), 0, 'continued, nothing is left to be sent again');

done_testing();
