#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A full disk, one without inodes, a read-only one. What the queue cannot hold is sent all the same
# when the server takes it; else 75, and nothing is kept.
#
# The file systems are mounted in a user namespace of our own, so no root is needed; where there
# are no such namespaces the test is skipped.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Rider;
use Spool;
use Test::More;

if (!@ARGV) {
	my @unshare = $> == 0 ? qw(unshare -m) : qw(unshare -Urm);
	plan skip_all => 'no mount namespaces here (unshare -Urm)'
		if system("@unshare mount -t tmpfs none /mnt >/dev/null 2>&1") != 0;
	exec @unshare, $^X, "$FindBin::Bin/$FindBin::Script", 'inside' or die $!;
}

my $top = tmp('top');
mkdir $top or die $!;
spool("$top/spool");
my $big = "Subject: big\n\n" . join '', map { sprintf "%-99d\n", $_ } 1 .. 1000;

# With TMPDIR on the same file system: what has no room in the queue has none there either.
sub mount_tmpfs {
	system('mount', '-t', 'tmpfs', '-o', $_[0], 'none', $top) == 0 or die 'mount';
	$ENV{TMPDIR} = $top;
	configure(1);
}

sub remount {
	system('mount', '-o', "remount,$_[0]", $top) == 0 or die 'remount';
}

sub unmount {
	delete $ENV{TMPDIR};
	system('umount', $top) == 0 or die 'umount';
}

sub fill {
	open my $f, '>', "$top/filler" or die $!;
	1 while syswrite $f, "\0" x 4096;
	close $f;
}

sub submit {
	my ($when, $text) = @_;
	return rider({stdin => $text}, 'send', '--when', $when, '--message', '-', 'bob@x.test');
}

sub cannot_hold {
	my ($name, $text, $re) = @_;
	neither(submit('queue', $text), $re, "$name, --when queue");

	my $server = server();
	configure($server);
	my $r = submit('auto', $text);
	is($r->{status}, 0, "$name, the server takes it: 0") or diag($r->{err});
	my $wanted = $text =~ s/\n/\r\n/gr;
	$wanted = substr $wanted, index $wanted, "\r\n\r\n";
	$server->stop;
	like($server->mail(1) // '', qr/\Q$wanted\E\z/, "$name, the server takes it: whole");

	$server = server('--rcpt', '*=450 4.2.1 later');
	configure($server);
	neither(submit('auto', $text), $re, "$name, the server says later");
	is(subjects($server), '', "$name, the server says later: nothing is sent");
}

# ---- no room

my $full = qr/queue.*: No space left on device|less than 16 MiB are free/;

mount_tmpfs('size=64k');
cannot_hold('64 KiB for 100', $big, $full);
for (['DATA' => "DATA\n$big\n.\n"], ['BDAT' => 'BDAT ' . length($big) . " LAST\n$big"]) {
	my ($name, $text) = @$_;
	my $r = rider({stdin => "MAIL FROM:<me\@test.example>\nRCPT TO:<bob\@x.test>\n${text}NOOP\nQUIT\n"}, '-bs');
	like($r->{out}, qr/\n451 4\.4\.1 .*; not kept: less than 16 MiB .*\r\n250 .*\r\n221 .*\r\n\z/,
	    "64 KiB for 100 by $name: 451 says both reasons, and the session goes on");
}
cannot_hold('64 KiB, a small one', "Subject: small\n\nhi\n", qr/less than 16 MiB are free/);
my $check = rider({}, 'check', '--only', 'queue');
like($check->{out}, qr/queue +FAIL +less than 16 MiB are free for the queue in \S+: nothing new is kept\n/, 'check sees it');
unmount();

mount_tmpfs('size=32m,nr_inodes=10');
queue_up('makes the directories');
rider({}, 'queue', 'remove', (files())[0] =~ m{([^/]+)\z});
for my $n (1 .. 10) { open my $f, '>', "$top/$n" or last }
cannot_hold('10 inodes', $big, $full);
unmount();

# ---- no writing

mount_tmpfs('size=32m');
queue_up('before');
remount('ro');
my $server = server();
configure($server);
my $r = rider({}, 'queue', 'run', '--now');
is($r->{status}, 75, 'read-only: a run is 75');
like($r->{err}, qr/Read-only file system/, 'read-only: why');
is(subjects($server), '', 'read-only: what cannot be marked as sent is not sent');
$server = server();
configure($server);
is(submit('auto', "Subject: direct\n\nhi\n")->{status}, 0, 'read-only, the server takes it: 0');
is(subjects($server), 'direct', 'read-only, the server takes it: it has it');
configure(1);
for my $when ('auto', 'queue') {
	$r = submit($when, "Subject: x\n\nhi\n");
	is($r->{status}, 75, "read-only, no server, --when $when: 75");
	like($r->{err}, qr/Read-only file system/, "read-only, no server, --when $when: why");
}
is(scalar files(), 1, 'read-only: what was there is there, and nothing else');
remount('rw');
delivered('before', 'writable again');
unmount();

# ---- marks are written over what is there: a full disk stops no delivery

mount_tmpfs('size=32m');
queue_up($_) for 'a', 'b', 'c';
fill();
$server = server('--rcpt', 'later*=450 4.2.1 later');
configure($server);
$r = rider({}, 'queue', 'run', '--now');
is($r->{status}, 0, 'full when it is run: 0') or diag($r->{err});
is(subjects($server), 'a b c', 'full when it is run: all are sent');
is(scalar files(), 0, 'full when it is run: nothing is left');
unmount();

done_testing();
