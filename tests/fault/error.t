#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Each call to files, sockets and for processes fails once, with each of the errors that it may give.
# Files of the system (/etc, /usr) are left alone: that is the C library's part.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fault;
use Test::More;

my $why_not = Fault::cannot();
plan(skip_all => $why_not) if $why_not;
my $f = Fault->new;
my @only = @ARGV ? @ARGV : Fault::scenarios();
my @rows;
for my $name (@only) {
	push @rows, map { $f->sweep($name, $_) } ['fail', 'ENOSPC', 'space'], ['fail', 'EDQUOT', 'space'],
		['fail', 'EMFILE', 'opens'], ['fail', 'EIO', 'all'], ['fail', 'EINTR', 'all'],
		['short', 'half', 'all'], ['short', 'one', 'all'];
}
$f->table(@rows);
done_testing();
