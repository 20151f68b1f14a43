#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make install puts each file in its place, install-sendmail the names of a mail system, all or none,
# and never over somebody else's.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Find;
use Rider;
use Test::More;

my $root = tmp('root');
my $to = "$root/usr";
# What our own make was told is not what this one is to do.
delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES)};

my ($make) = grep { my $name = $_; grep { -x "$_/$name" } split /:/, $ENV{PATH} } 'gmake', 'make';
sub make {
	my %at = (PREFIX => '', SBINDIR => '/sbin', BINDIR => '/bin', DATADIR => '/share', MANDIR => '/share/man',
		BASHCOMPDIR => '/share/bash-completion/completions', ZSHCOMPDIR => '/share/zsh/site-functions',
		FISHCOMPDIR => '/share/fish/vendor_completions.d');
	return run({program => $make}, '-s', '-C', $ENV{SRC}, @_, "DESTDIR=$root", "PROGRAM=$ENV{POSTRIDER}",
		map { "$_=/usr$at{$_}" } sort keys %at);
}

# Names below the root, links with where they lead.
sub there {
	my @found;
	find({no_chdir => 1, wanted => sub {
		push @found, s/^\Q$root\E//r . (-l $_ ? ' -> ' . readlink : '') if -l $_ || -f _;
	}}, $root) if -d $root;
	return sort @found;
}

my $r = make('install-files');
is("$r->{status} $r->{err}", '0 ', 'install-files');
my @installed = there();
is_deeply(\@installed, [sort '/usr/bin/postrider', '/usr/share/bash-completion/completions/postrider',
	'/usr/share/fish/vendor_completions.d/postrider.fish', '/usr/share/zsh/site-functions/_postrider',
	map { m{([^/]+\.(\d))$} ? "/usr/share/man/man$2/$1" : () } glob "$ENV{SRC}/man/*.[1-8]"], 'each file in its place');
ok(-x "$root/usr/bin/postrider", 'the program can be run');

my @links = sort map { "/usr/$_" } 'sbin/sendmail -> /usr/bin/postrider', 'lib/sendmail -> /usr/bin/postrider',
	'bin/mailq -> /usr/bin/postrider', 'bin/newaliases -> /usr/bin/postrider',
	'share/man/man8/sendmail.8 -> postrider-sendmail.8',
	'share/man/man1/mailq.1 -> ../man8/postrider-sendmail.8',
	'share/man/man1/newaliases.1 -> ../man8/postrider-sendmail.8';

for my $taken ('sbin/sendmail', 'lib/sendmail', 'bin/mailq', 'bin/newaliases', 'share/man/man8/sendmail.8',
    'share/man/man1/newaliases.1') {
	mkdir "$to/$_" for $taken =~ m{^(.*)/};
	symlink 'sendmail.postfix', "$to/$taken" or die "$taken: $!";
	my @before = there();
	$r = make('install-sendmail');
	isnt($r->{status}, 0, "$taken belongs to somebody else: refused");
	like($r->{err}, qr{^\Q$to/$taken\E is not ours; nothing changed$}m, "$taken: why");
	is_deeply([there()], \@before, "$taken: nothing changed");
	unlink "$to/$taken";
}
$r = make('install-sendmail');
is("$r->{status} $r->{err}", '0 ', 'install-sendmail');
is_deeply([there()], [sort @installed, @links], 'all names');
ok(-f "$to/share/man/man$_", "the page $_ is there") for '8/sendmail.8', '1/mailq.1', '1/newaliases.1';
$r = make('install-sendmail');
is($r->{status}, 0, 'once more');
is_deeply([there()], [sort @installed, @links], 'changes nothing');

unlink "$to/bin/mailq";
put('root/usr/bin/mailq', 'another');
$r = make('uninstall-sendmail');
is($r->{status}, 0, 'uninstall-sendmail');
is_deeply([there()], [sort @installed, '/usr/bin/mailq'], 'takes away what is ours');
unlink "$to/bin/mailq";
$r = make('uninstall');
is("$r->{status} $r->{err}", '0 ', 'uninstall');
is_deeply([there()], [], 'leaves no file');
done_testing();
