#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A signal while a message is on its way: the fate is told, and no process stays behind.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Rider;
use POSIX qw(mkfifo);
use Test::More;
use Time::HiRes qw(sleep);

$SIG{ALRM} = sub { die "the program does not end\n" };

# Starts it, waits until stderr shows $line, sends the signal. Status and all of stderr.
sub interrupted {
	my ($server, $line, $signal, %opts) = @_;
	my @more = @{delete $opts{more} // []};
	pipe my $read, my $write or die $!;
	my $p = start({stderr => $write, %opts}, 'send', '-vv', '--server', $server->{url}, '-f', 'ann@example.org',
	    '-m', 'x', 'bob@example.org', 'carol@example.org', @more);
	close $write;
	my $said = '';
	alarm 30;
	while (my $l = <$read>) {
		$said .= $l;
		kill $signal, $p->{pid} if $l =~ $line;
	}
	my $r = finish($p);
	alarm 0;
	$r->{err} = $said;
	return $r;
}

# whoever runs the tests may ignore some
@SIG{qw(INT TERM HUP)} = ('DEFAULT') x 3;
for my $signal (qw(INT TERM HUP)) {
	my $s = server('--delay', 'ehlo=20000');
	my $r = interrupted($s, qr/->  EHLO/, $signal);
	is($r->{status}, 75, "$signal before the message is sent");
	like($r->{err}, qr/^postrider: interrupted\npostrider: nothing was sent.*\n\z/m, "$signal: nothing was sent");
	is(scalar(map { @{$_->{messages}} } $s->record), 0, "$signal: indeed not");
}

my $s = server('--delay', 'final=20000');
my $r = interrupted($s, qr/octets of message/, 'TERM');
is($r->{status}, 75, 'when the server may have it');
like($r->{err}, qr/\npostrider: unknown: the server may have taken the message or not.*\n\z/, 'that is what is said');

# in the middle of the message nobody can have it
my $script = put('stalls', join '', map { "$_\n" } 'S 220 x', 'C EHLO *', 'S 250 x', 'C MAIL*', 'S 250 ok',
    ('C RCPT*', 'S 250 ok') x 2, 'C DATA', 'S 354 go', 'PAUSE 20000');
$s = server('--rcvbuf', 4096, '--script', $script);
$r = interrupted($s, qr/octets of message/, 'INT', more => ['--attach', put('big', 'x' x 9e6)]);
is($r->{status}, 75, 'in the middle of the message');
like($r->{err}, qr/^postrider: interrupted\npostrider: nothing was sent, and nothing is kept.*\n\z/m,
    'nothing was sent, and that is known');

# behind the end of the conversation the fate is told all the same; who reads the report lets us wait
{
	my ($fifo, $log) = (tmp('fifo'), tmp('log'));
	mkfifo($fifo, 0600) or die $!;
	$s = server('--rcpt', '*=550 5.1.1 No such user');
	config("[log]\nfile = $log\n");
	my $p = start({}, 'send', '--server', $s->{url}, '--report-to', $fifo, '-f', 'ann@example.org', '-m', 'x',
	    'bob@example.org');
	alarm 30;
	sleep 0.05 until -e $log && Rider::slurp($log) =~ /status=refused/;
	sleep 0.2;
	kill 'INT', $p->{pid};
	$r = finish($p);
	alarm 0;
	is($r->{status}, 67, 'when the report is being written');
	like($r->{err}, qr/No such user\npostrider: nothing was sent\n\z/, 'the fate is told');
	unlink $log;
}

# what the caller ignores stays ignored (nohup)
{
	local $SIG{HUP} = 'IGNORE';
	$s = server('--delay', 'ehlo=300');
	$r = interrupted($s, qr/->  EHLO/, 'HUP');
	is($r->{status}, 0, 'an ignored signal changes nothing');
}

done_testing();
