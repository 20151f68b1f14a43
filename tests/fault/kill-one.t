#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One process alone is killed, the one that makes the Nth system call of those that are made while
# there are several; its relatives go on. With one process there is nothing to be seen that
# kill.t has not seen.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fault;
use Test::More;

my $why_not = Fault::cannot();
plan(skip_all => $why_not) if $why_not;
my $f = Fault->new;
my @only = @ARGV ? @ARGV : grep { $f->forks($_) } Fault::scenarios();
$f->table(map { $f->sweep($_, ['kill-one']) } @only);
done_testing();
