#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The power goes: what exit 0 promised is on the disk, and what the server has is not sent again.
#
# The queue lies on a file system in an image, behind a loop device, whose own commits are 300 s
# apart. The image is copied, without a sync, at the moment in question: the copy has what the file
# system had written out by then, and nothing of what it held in memory. The copy is mounted, which
# replays its journal as after a power cut, and a run empties the queue that is found there.
#
# A file written without fsync just before each copy must be missing from it, or empty: else the
# copy would show more than a power cut leaves, and the test could not fail.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../cli";
use File::Temp qw(tempdir);
use Rider;
use Spool;
use Test::More;

plan skip_all => 'mounting needs root' if $> != 0;

my $runs = $ENV{RUNS} // 20;
my %kinds = (
	ext4 => {size => '64M', make => [qw(mkfs.ext4 -q -F)], options => 'commit=300'},
	xfs => {size => '320M', make => [qw(mkfs.xfs -q -f)]},
	btrfs => {size => '128M', make => [qw(mkfs.btrfs -q -f)], options => 'commit=300'},
);
my $dir = tempdir('powercut-XXXXXX', DIR => $ENV{BUILD}, CLEANUP => 1);
my ($image, $copy, $top) = ("$dir/image", "$dir/copy", "$dir/top");
my $mounted;
mkdir $top or die $!;
spool("$top/mail/spool");

# mkfs of what the machine lacks, unpacked as `make deps-root` does it.
my $tools = "$ENV{SRC}/build/root";
$ENV{PATH} = join ':', $ENV{PATH}, '/usr/sbin', '/sbin', map { "$tools/$_" } qw(sbin usr/sbin bin);

sub has { return scalar grep { -x "$_/$_[0]" } split /:/, $ENV{PATH} }

sub fetch {
	return if has('mkfs.xfs') && has('mkfs.btrfs');
	system("$ENV{SRC}/tests/interop/fetch", $tools, 'xfsprogs', 'btrfs-progs');
}

sub must { system(@_) == 0 or die "@_ failed" }
sub quietly { return system("@_ >/dev/null 2>&1") == 0 }

sub mount_image {
	my ($kind, $file) = @_;
	must('mount', '-o', join(',', 'loop', $kinds{$kind}{options} // ()), $file, $top);
	$mounted = 1;
}

sub unmount {
	# an inode may be held for a moment by a process that is about to be gone
	for (1 .. 50) {
		return $mounted = 0 if quietly('umount', $top);
		select undef, undef, undef, 0.1;
	}
	die "cannot unmount $top";
}

# Whatever ends the test, nothing stays mounted.
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);
my $owner = $$;
END { local $?; quietly('umount', '-l', $top) if $$ == $owner && $mounted }

# The state of the disk at this moment.
sub cut_power {
	open my $f, '>', "$top/unsynced" or die $!;
	print $f 'x' x 5000;
	close $f;
	must('cp', '--sparse=always', $image, $copy);
}

# The machine starts again. Was it a cut?
sub restart {
	my ($kind) = @_;
	unmount();
	mount_image($kind, $copy);
	return -s "$top/unsynced" ? 0 : 1;
}

sub message {
	my $body = '';
	my $lines = 1 + int rand 1500;
	$body .= join('', map { chr 33 + int rand 94 } 1 .. 1 + int rand 70) . "\n" for 1 .. $lines;
	$body =~ s/^From /Form /mg;
	return "From: me\@test.example\nTo: bob\@x.test\nSubject: x\n" .
		"Date: Thu, 26 Nov 2026 16:00:00 +0000\nMessage-ID: <" . int(rand 1e9) . "\@x>\n\n$body";
}

sub wire { return $_[0] =~ s/\n/\r\n/gr }

# Runs the queue on what is mounted now; the mails that arrived, and how many files are left.
sub deliver {
	my $server = server();
	my $conf = configure($server);
	run({}, '-C', $conf, 'queue', 'run', '--now');
	$server->stop;
	my (@mails, $mail);
	push @mails, $mail while defined($mail = $server->mail(1 + @mails));
	my @left = files();
	return (\@mails, scalar @left);
}

sub make_file_system {
	my ($kind) = @_;
	local $ENV{LD_LIBRARY_PATH} = join ':', glob("$tools/lib/*-linux-gnu $tools/usr/lib/*-linux-gnu");
	unlink $image;
	must('truncate', '-s', $kinds{$kind}{size}, $image);
	return quietly(@{$kinds{$kind}{make}}, $image);
}

# Does this kernel know it, and are there loop devices?
sub is_mountable {
	my ($kind) = @_;
	my $options = join ',', 'loop', $kinds{$kind}{options} // ();
	return 0 if !make_file_system($kind) || !quietly('mount', '-o', $options, $image, $top);
	$mounted = 1;
	unmount();
	return 1;
}

# Formats the image; with `used`, a first message has made the directories and is gone.
sub fresh_image {
	my ($kind, $used) = @_;
	make_file_system($kind) or die "cannot make $kind";
	mount_image($kind, $image);
	if ($used) {
		my $conf = configure(1);
		run({stdin => message()}, '-C', $conf, 'send', '--when', 'queue', '--message', '-',
			'bob@x.test');
		deliver();
	}
	unmount();
	must('cp', '--sparse=always', $image, "$image.new");
}

sub begin {
	my ($kind) = @_;
	must('cp', '--sparse=always', "$image.new", $image);
	mount_image($kind, $image);
}

# ---- lost?

# Each way of being told "kept" (exit 0), cut at the exit, run from the copy.
sub kept {
	my ($kind, $name, $args, @manners) = @_;
	my ($told, $whole, $other, $cuts) = (0) x 4;
	for (1 .. $runs) {
		my $text = message();
		begin($kind);
		my $server = server(@manners);
		my $conf = configure($server);
		my $r = run({stdin => $text}, '-C', $conf, 'send', @$args, '--message', '-', 'bob@x.test');
		cut_power();
		$told += $r->{status} == 0;
		$cuts += restart($kind);
		my ($mails, $left) = deliver();
		$whole += @$mails == 1 && $mails->[0] eq wire($text);
		$other += $left;
		unmount();
	}
	is($cuts, $runs, "$kind, $name: what was not synced is gone in each of $runs cuts");
	is($told, $runs, "$kind, $name: exit 0");
	is($whole, $runs, "$kind, $name: lost 0 of $runs, each octet for octet");
	is($other, 0, "$kind, $name: no litter");
}

# ---- twice?

# A queue with one message, run; cut at the exit or when the server sees QUIT.
sub sent {
	my ($kind, $at_quit) = @_;
	my $name = $at_quit ? 'at QUIT' : 'at the exit';
	my ($good, $twice, $cuts, $marked) = (0) x 4;
	for (1 .. $runs) {
		my ($runner, $reader, $writer);
		begin($kind);
		run({stdin => message()}, '-C', configure(1), 'send', '--when', 'queue', '--message', '-',
			'bob@x.test');
		pipe $reader, $writer or die $!;
		# the runner is stopped while its disk is copied
		my ($port, $server) = puppet(sub {
			return if !$at_quit || $_[0] ne 'QUIT';
			my $pid = <$reader>;
			kill 'STOP', -$pid;
			cut_power();
			kill 'CONT', -$pid;
			return;
		});
		my $p = start({group => 1}, '-C', configure($port), 'queue', 'run', '--now');
		syswrite $writer, "$p->{pid}\n";
		close $_ for $reader, $writer;
		my $r = finish($p);
		cut_power() if !$at_quit;
		waitpid $server, 0;
		$good += $? == 0 && $r->{status} == 0;
		$cuts += restart($kind);
		$marked += files('queue');
		my ($mails, $left) = deliver();
		$twice += @$mails;
		diag("$kind, $name: $left left") if $left;
		unmount();
	}
	is($cuts, $runs, "$kind, sent, $name: what was not synced is gone in each of $runs cuts");
	is($good, $runs, "$kind, sent, $name: taken by the server");
	is($twice, 0, "$kind, sent, $name: twice 0 of $runs");
	note("$kind, sent, $name: the file was still there after $marked cuts, with its mark");
}

fetch();
for my $kind (sort keys %kinds) {
	SKIP: {
		my $tool = $kinds{$kind}{make}[0];
		skip "$kind: no $tool here (make deps-root)", 1 if !has($tool);
		skip "$kind: cannot be mounted here", 1 if !is_mountable($kind);
		fresh_image($kind, 0);
		kept($kind, 'first message ever', ['--when', 'queue']);
		fresh_image($kind, 1);
		kept($kind, 'queued', ['--when', 'queue']);
		kept($kind, 'put off by the server', ['--when', 'auto'], '--rcpt', '*=450 4.2.1 later');
		sent($kind, 0);
		sent($kind, 1);
	}
}
done_testing();
