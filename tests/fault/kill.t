#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The whole tree is killed at each of its system calls.
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
$f->table(map { $f->sweep($_, ['kill']) } @only);
done_testing();
