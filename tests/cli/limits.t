#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Limits and manners of whoever starts us, strange owners of the queue, strange things in it: exit 0
# means delivered or kept, anything else that nothing was kept, and what is wrong is told.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Path qw(remove_tree);
use IO::Socket::UNIX;
use POSIX ();
use Rider;
use Spool;
use Test::More;

my $big = "Subject: big\n\n" . join '', map { sprintf "%-99d\n", $_ } 1 .. 1000;
my $sanitized = $ENV{SANITIZE} ne '';
my ($r, $server);

# ---- size of files: ulimit counts blocks of 512

configure($server = server());
for my $when (qw(now auto queue)) {
	$r = rider({stdin => $big, limit => '-f 8'}, 'send', '--when', $when, '--message', '-',
		'bob@x.test');
	neither($r, qr/File too large/, "files of 4 KiB, --when $when");
}
$r = rider({limit => '-f 8'}, 'send', '--when', 'queue', '-s', 'small', '-m', 'hi', 'bob@x.test');
is($r->{status}, 0, 'files of 4 KiB: a small message is kept');
is(subjects($server), '', 'files of 4 KiB: nothing was sent');
delivered('small', 'files of 4 KiB');

# ---- number of files: with too few, whatever happens is what the exit status says

SKIP: {
	skip 'a sanitizer wants files of its own', 1 if $sanitized;
	my ($kept, @odd) = (0);
	configure(1);
	for my $n (4, 6, 8, 9, 10, 12) {
		my $before = files();
		$r = rider({limit => "-n $n"}, 'send', '--when', 'queue', '-s', "n$n", '-m', 'hi', 'bob@x.test');
		my $after = files();
		$kept += $after - $before;
		push @odd, "$n files: $r->{status}, kept " . ($after - $before) . ": $r->{err}"
			if ($r->{status} == 0) != ($after == $before + 1) || $r->{status} < 0 ||
			($r->{status} != 0 && $r->{err} eq '');
	}
	is_deeply(\@odd, [], '4 to 12 files: 0 when it is kept, else not, and why');
	cmp_ok($kept, '>', 0, '4 to 12 files: sometimes it is');
	@odd = ();
	configure($server = server());
	for my $n (4, 6, 8, 10, 11, 12, 18) {
		$r = rider({limit => "-n $n"}, 'queue', 'run', '--now');
		push @odd, "$n files: $r->{status}: $r->{err}"
			if $r->{status} < 0 || ($r->{status} != 0 && $r->{err} eq '') ||
			($r->{status} == 0 && files() > 0);
	}
	is_deeply(\@odd, [], '4 to 18 files: a run empties the queue or says why not');
	is(scalar(my @got = split / /, subjects($server)), $kept, '4 to 18 files: each is sent once');
}

# ---- manners of the caller

sub everything_else {
	my ($name, $opts) = @_;
	configure($server = server());
	$r = rider($opts, 'send', '--when', 'queue', '-s', 'kept', '-m', 'hi', 'bob@x.test');
	is($r->{status}, 0, "$name: kept");
	$r = rider($opts, 'send', '--when', 'auto', '-s', 'sent', '-m', 'hi', 'bob@x.test');
	is($r->{status}, 0, "$name: sent");
	$r = rider($opts, 'queue', 'run', '--now');
	is($r->{status}, 0, "$name: a run");
	is(subjects($server), 'kept sent', "$name: all is delivered, once");
	is(scalar files(), 0, "$name: nothing is left");
}

remove_tree(spool());
everything_else('umask 0777', {before => sub { umask 0777 }});
everything_else("fd @$_ closed", {close => $_}) for [0], [1], [2], [0 .. 2];
everything_else('all signals blocked', {before => sub {
	my $all = POSIX::SigSet->new;
	$all->fillset;
	POSIX::sigprocmask(POSIX::SIG_BLOCK, $all);
}});
everything_else('all signals ignored, SIGCHLD too', {before => sub {
	$SIG{$_} = 'IGNORE' for qw(HUP INT QUIT PIPE ALRM TERM USR1 USR2 CHLD TSTP TTIN TTOU XFSZ);
}});

configure($server = server());
for my $when (qw(now auto queue)) {
	$r = rider({close => [0]}, 'send', '--when', $when, '--message', '-', 'bob@x.test');
	is($r->{status}, 66, "standard input closed, --when $when: 66");
	is(scalar files(), 0, "standard input closed, --when $when: nothing is kept");
}
is(subjects($server), '', 'standard input closed: nothing is sent');

# ---- the queue goes away

sub cut_input {
	my ($when, $port) = @_;
	remove_tree(spool());
	configure($port);
	pipe my $read, my $write or die $!;
	my $p = start({pipe => $read}, '-C', configure($port), 'send', '--when', $when, '--message', '-',
		'bob@x.test');
	close $read;
	# the queue is made before the message is read
	for (1 .. 600) {
		last if -d spool() . '/corrupt';
		select undef, undef, undef, 0.02;
	}
	remove_tree(spool());
	syswrite $write, "Subject: late\n\nhi\n";
	close $write;
	return finish($p);
}

$r = cut_input('queue', 1);
is($r->{status}, 75, 'the queue is removed while the message comes: 75');
like($r->{err}, qr/No such file or directory/, 'the queue is removed while the message comes: why');
$server = server();
$r = cut_input('auto', $server->{port});
is($r->{status}, 0, 'the queue is removed, the server takes it: 0');
is(subjects($server), 'late', 'the queue is removed, the server takes it: it has it');

configure(1);
queue_up('gone');
my ($port, $pid) = puppet(sub { remove_tree(spool()) if $_[0] eq '.'; return });
configure($port);
$r = rider({}, 'queue', 'run', '--now');
waitpid $pid, 0;
is($?, 0, 'the queue is removed while it is run: the session comes to its end');
is($r->{status}, 0, 'the queue is removed while it is run: what was sent is sent');
$r = rider({}, 'queue', 'run');
is($r->{status}, 0, 'without a queue there is nothing to run');
like($r->{err}, qr/the queue is empty: \S+ is not there/, 'which is said');

# ---- somebody else's queue

sub alien {
	my ($name, $re) = @_;
	configure($server = server());
	$r = queue_up('x');
	is($r->{status}, 75, "$name, --when queue: 75");
	like($r->{err}, $re, "$name, --when queue: why");
	$r = rider({}, 'send', '--when', 'auto', '-s', 'direct', '-m', 'hi', 'bob@x.test');
	is($r->{status}, 0, "$name, the server takes it: 0");
	like($r->{err}, $re, "$name, the server takes it: what is wrong");
	is(rider({}, 'queue', 'run')->{status}, 75, "$name: it is not run") if -e spool();
	is(subjects($server), 'direct', "$name: only what needed no queue is sent");
	remove_tree(spool()) if !-l spool();
}

mkdir spool() or die $!;
chmod 0770, spool();
alien('writable by the group', qr/must belong to you and be writable by nobody else/);
queue_up('x');
chmod 0777, spool() . '/queue';
alien('writable by everybody below', qr/must belong to you and be writable by nobody else/);
put('spool', 'a file');
alien('a file', qr/Not a directory/);
symlink '/', spool();
alien('a link to somewhere else', $> == 0 ? qr/./ : qr/must belong to you|denied/) if $> != 0;
unlink spool();
symlink tmp('nowhere'), spool();
alien('a link to nothing', qr/cannot make the queue directory/);
unlink spool();
mkdir tmp('elsewhere'), 0700 or die $!;
symlink tmp('elsewhere'), spool();
queue_up('linked');
delivered('linked', 'a link to a directory of ours');
unlink spool();
SKIP: {
	skip 'only root can give a directory away', 1 if $> != 0;
	mkdir spool(), 0700 or die $!;
	chown 65534, 65534, spool();
	alien("somebody else's", qr/must belong to you/);
}

# ---- things in it that are no mail

mkdir spool(), 0700;
queue_up('good');
my $at = spool() . '/queue';
my ($good) = files('queue');
my $name = sub { sprintf "%s/000000000%d00000%s", $at, @_ };
my %odd = (fifo => 1, directory => 2, symlink => 3, socket => 4, empty => 5, sparse => 6);
my %path = map { $_ => $name->($odd{$_}, 'a') } keys %odd;
POSIX::mkfifo($path{fifo}, 0600);
mkdir $path{directory};
symlink $good, $path{symlink};
my $socket = IO::Socket::UNIX->new(Local => $path{socket}, Listen => 1) or die $!;
for my $kind (qw(empty sparse)) {
	open my $f, '>', $path{$kind} or die $!;
	truncate $f, $kind eq 'sparse' ? 2 << 30 : 0;
	close $f;
}
put('spool/queue/Not an id!', 'x');
queue_up('behind');
configure($server = server());
$r = rider({}, 'queue', 'run');
is($r->{status}, 75, 'strange things: a run is 75');
is(subjects($server), 'behind good', 'strange things: the mail among them is sent');
is_deeply([sort map { m{([^/]+)\z} } files('corrupt')],
	[sort 'Not an id!', map { m{([^/]+)\z} } values %path], 'strange things: all are moved aside');
is(scalar files('queue'), 0, 'strange things: none stays');
like($r->{err}, qr/queue file|no name of a queue file/, 'strange things: the first is named');
is(rider({}, 'queue', 'run')->{status}, 0, 'strange things: told once');
is(rider({}, 'queue', 'remove', "000000000$odd{$_}00000a")->{status}, 0, "strange things: $_ can be removed")
	for grep { $_ ne 'directory' } sort keys %odd;
like(rider({}, 'queue', 'remove', "000000000$odd{directory}00000a")->{err}, qr/Is a directory/,
	'strange things: but for a directory, which is said');
remove_tree(spool());

# a backup made of hard links must not stop the mail, nor send it twice
queue_up('linked');
($good) = files('queue');
link $good, tmp('backup') or die $!;
link $good, "${good}0" or die $!;
delivered('linked', 'a second and a third name');

done_testing();
