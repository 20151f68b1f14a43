#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A few of the points that `make check-fault` tries all of.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fault;
use Test::More;

my $why_not = Fault::cannot();
plan(skip_all => $why_not) if $why_not;
my $thin = $ENV{SANITIZE} ? 8 : 4;
my $f = Fault->new;
$f->sweep('enqueue', ['kill'], 2, 4 * $thin);
$f->sweep('run', ['kill'], 9, 26 * $thin);
$f->sweep('direct, kept', ['fail', 'EIO', 'all'], 3, 14 * $thin);
done_testing();
