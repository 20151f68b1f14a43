# SPDX-License-Identifier: GPL-3.0-or-later
#
# Nursery.pm - servers of fakeserver for a process of ours, all out of one `fakeserver --nursery`:
# to load the libraries for each costs more than a dialogue does.
#
#   my $s = Nursery::open($fifo, $stderr, @options);    dies when it does not come up
#   $s->{line}                                          "PORT 1234", "PATH /..."
#   my $status = Nursery::close($s);                    "0", or the exit status, or 128 and a signal
#
# $fifo is a path for us to make; $stderr a file for complaints, '': our own stderr. In
# another process than the one that opened it, close does nothing but let go of it.
package Nursery;
use strict;
use warnings;

use POSIX ();

my ($to, $from);
my ($owner, $calls) = (0, 0);
my %ended; # by number: status

sub start {
	pipe my $in, my $give or die "pipe: $!\n";
	pipe my $take, my $out or die "pipe: $!\n";
	my $pid = fork // die "fork: $!\n";
	if ($pid == 0) {
		open STDIN, '<&', $in or POSIX::_exit(126);
		open STDOUT, '>&', $out or POSIX::_exit(126);
		exec $ENV{FAKESERVER}, '--nursery' or POSIX::_exit(127);
	}
	($to, $from, $owner, $calls) = ($give, $take, $$, 0);
	%ended = ();
}

# The next line that is about no server's end; undef: it is this one's.
sub said {
	my ($number) = @_;
	while (!defined $ended{$number}) {
		my $line = <$from> // die "the nursery has ended\n";
		return $line if $line !~ /^END (\d+) (\d+)$/;
		$ended{$1} = $2;
	}
	return;
}

sub open {
	my ($fifo, $stderr, @options) = @_;
	my $call = join "\t", $fifo, $stderr, @options;

	$call =~ /\n/ || grep { /\t/ } @options and die "an option with a tab or a newline\n";
	start() if $owner != $$;
	POSIX::mkfifo($fifo, 0600) or die "$fifo: $!\n";
	syswrite $to, "$call\n";
	my $number = ++$calls;
	CORE::open my $hold, '>', $fifo or die "$fifo: $!\n"; # waits for the server to be there
	my $line = said($number);
	defined $line or die "no server, status $ended{$number}\n";
	return {number => $number, hold => $hold, line => $line, owner => $$};
}

sub close {
	my ($s) = @_;
	CORE::close delete $s->{hold} if $s->{hold};
	return if $s->{owner} != $$ || !defined $from;
	said($s->{number});
	return delete $ended{$s->{number}};
}

1;
