# SPDX-License-Identifier: GPL-3.0-or-later
#
# Pages.pm - what the pages say and what the program says, for the tests that hold them together.
package Pages;
use strict;
use warnings;

use Exporter 'import';

our @EXPORT = qw(said said_all slurp);

my ($src, $program) = @ENV{qw(SRC POSTRIDER)};

# A file of the tree.
sub slurp {
	open my $f, '<', "$src/$_[0]" or die "$_[0]: $!";
	local $/;
	return scalar <$f>;
}

# The lines of stdout.
sub said {
	open my $f, '-|', $program, @_ or die "$program: $!";
	my @lines = <$f>;
	close $f;
	chomp @lines;
	return @lines;
}

# With what is said on stderr, and nothing to read.
sub said_all {
	my $pid = open(my $f, '-|') // die $!;
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDERR, '>&', \*STDOUT;
		exec $program, @_ or die $!;
	}
	my @lines = <$f>;
	close $f;
	return @lines;
}

1;
