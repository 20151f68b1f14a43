#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The clock jumps: ten years ahead, ten years back, from 1970. No queued mail is bounced for it, none
# waits for a day that does not come, none is lost (queue.md 4.6). And what giving up needs in truth.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Rider;
use Spool;
use Test::More;

plan skip_all => faketime() if faketime();

my ($r, $server);

sub queue_at {
	my ($when, $subject, @more) = @_;
	return at($when, 'send', '--when', 'queue', @more, '-s', $subject, '-m', 'hi', 'bob@x.test');
}

sub listed { return json_lines(rider({}, 'queue', 'list', '--json')->{out}) }

# A run at that time puts it off: it was tried, is still there, and nobody was told anything.
sub put_off {
	my ($when, $attempts, $name) = @_;
	my $later = server('--rcpt', '*=450 4.2.1 later');
	configure($later);
	$r = at($when, 'queue', 'run');
	is($r->{status}, 0, "$name: a run");
	my @list = listed();
	is(scalar @list, 1, "$name: it is there");
	is($list[0]{attempts}, $attempts, "$name: it was tried");
	is(scalar files('dead'), 0, "$name: it is not given up");
	is(subjects($later), '', "$name: nobody is told");
}

# A run that knows no --now sends it.
sub goes {
	my ($when, $subject, $name) = @_;
	$server = server();
	configure($server);
	$r = at($when, 'queue', 'run');
	is($r->{status}, 0, "$name: a run") or diag($r->{err});
	is(subjects($server), $subject, "$name: it goes");
	is(scalar files(), 0, "$name: nothing is left");
}

# ---- is the clock what it is said to be?

configure(1);
$r = queue_at('+10y', 'x');
is($r->{status}, 0, 'kept');
my $year = (gmtime)[5] + 1900;
my ($in) = listed();
is(substr($in->{arrived}, 0, 4), $year + 10, 'the clock is ten years ahead');
rider({}, 'queue', 'remove', $in->{id});

# ---- there and back

queue_at('+0', 'ahead');
put_off('+10y', 1, 'ten years ahead');
goes('+11y', 'ahead', 'a year behind that');

queue_at('+0', 'back');
put_off('-10y', 1, 'ten years back');
goes('+0', 'back', 'at the right time again');

queue_at('+0', 'there and back');
put_off('+10y', 1, 'ahead');
put_off('-10y', 2, 'and back');
put_off('+0', 3, 'and now');
goes('+1d', 'there and back', 'a day later');

queue_at('+10y', 'from the future');
goes('+0', 'from the future', 'queued ten years ahead, run now');
queue_at('-10y', 'from the past');
goes('+0', 'from the past', 'queued ten years back, run now');
queue_at('@1970-01-01 00:00:10', 'no clock');
put_off('+0', 1, 'queued in 1970, put off now');
goes('+1d', 'no clock', 'queued in 1970, run tomorrow');
queue_at('@1970-01-01 00:00:10', 'no clock at all');
goes('@1970-01-01 00:00:20', 'no clock at all', 'queued in 1970, run in 1970');

# ---- a breaker and a rate that were set in the future

configure(1);
queue_at('+0', 'breaker');
at('+10y', 'queue', 'run');
goes('+0', 'breaker', "a server's pause that began ten years ahead");

# ---- giving up: age, six attempts, and time that was spent trying

my $later = server('--rcpt', 'bob*=450 4.2.1 later');
configure($later, 'retry = 1m');
queue_at('+0', 'stays');
at('+' . 2 * $_ . 'm', 'queue', 'run') for 1 .. 7;
is([listed()]->[0]{attempts}, 7, 'seven tries in a quarter of an hour');
at('+10y', 'queue', 'run');
is([listed()]->[0]{attempts}, 8, 'and one ten years later: not given up');
is(subjects($later), '', 'and nobody is told that it is late');
rider({}, 'queue', 'remove', [listed()]->[0]{id});

$later = server('--rcpt', 'bob*=450 4.2.1 later');
configure($later, 'retry = 1m', 'warn-after = 1d');
queue_at('+0', 'expires', '--lifetime', '20m');
at('+' . 2 * $_ . 'm', 'queue', 'run') for 1 .. 9;
is([listed()]->[0]{attempts}, 9, 'nine tries in 18 of its 20 minutes');
at('+22m', 'queue', 'run');
is(scalar listed(), 0, 'and one behind them: given up');
like(subjects($later), qr/^\S.*\z/, 'and its sender is told');
done_testing();
