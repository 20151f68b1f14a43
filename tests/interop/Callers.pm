# SPDX-License-Identifier: GPL-3.0-or-later
#
# Callers.pm - the stage of callers.t: programs, one account, a strict server, what arrived.
package Callers;
use strict;
use warnings;

use Exporter qw(import);
use File::Path qw(make_path remove_tree);
use JSON::PP;
use POSIX ();
use Rider;
use Test::More;

our @EXPORT = qw(as background config_for down fate mails package put_in show_table stage subject tmp);

my $src = $ENV{SRC} // '.';
my $here = "$src/tests/interop";
my $unpacked = "$src/build/interop/callers";
my $own = 'ann@example.org';
my $calls = '/run/calls';
my ($server, $read, $called, @rows, @children, @aside) = (undef, 0, 0);

# ---- the stage

# Gets the packages, and begins anew in a namespace where they are in place.
sub stage {
	my (@packages) = @_;
	return inside() if $ENV{POSTRIDER_STAGE};
	plan(skip_all => 'a mount namespace needs root') if $> != 0;
	plan(skip_all => 'no mount namespace with an overlay is to be had here')
	    if system("unshare -m sh -c 'mount -t tmpfs x /mnt && mkdir /mnt/u /mnt/w && "
		. "mount -t overlay -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w x /etc' 2>/dev/null") != 0;
	plan(skip_all => 'the packages of the callers cannot be fetched')
	    if system("$here/fetch-all", $unpacked, @packages) != 0;
	my $ours = tmp('ours');
	make_path("$ours/usr/sbin", "$ours/usr/lib", "$ours/usr/bin");
	for my $path (qw(usr/sbin/sendmail usr/lib/sendmail)) {
		put_in("$ours/$path", <<"END");
#!/bin/bash
{ printf '%s' "\$0"; for a; do printf " '%s'" "\$a"; done; echo; } 2>/dev/null >>$calls
exec -a "\$0" $ENV{POSTRIDER} "\$@"
END
		chmod 0755, "$ours/$path";
	}
	symlink $ENV{POSTRIDER}, "$ours/usr/bin/$_" for qw(mailq newaliases postrider);
	mkdir tmp('stage');
	$ENV{POSTRIDER_STAGE} = $ours;
	system('unshare', '-m', "$here/stage", $unpacked, $ours, tmp('stage'), $^X, $0);
	# not ours to run END blocks for: the namespace has printed the whole test
	POSIX::_exit($? >> 8 || $? & 127);
}

sub inside {
	system('useradd -m -s /bin/sh -c "Alice Liddell" alice >/dev/null 2>&1');
	put_in($calls, '');
	chmod 0666, $calls;
	chmod 0755, tmp('.');
	$server = server('--limit', 900, '--rcpt', 'no*=550 5.1.1 No such user', '--rcpt', 'later*=450 4.2.1 Come back');
	config_for($server->{port});
	return;
}

END { kill 'TERM', @children if @children; }

sub put_in {
	my ($path, $text) = @_;
	open my $f, '>', $path or die "$path: $!";
	print $f $text;
	close $f or die "$path: $!";
	return $path;
}

# One account, one key for the mail of local users.
sub config_for {
	my ($port) = @_;
	make_path('/etc/postrider');
	put_in('/etc/postrider/postrider.conf', "[defaults]\nlocal-to = inbox\@example.net\n"
		. "[account lab]\nhost = 127.0.0.1\nport = $port\ntls = off\nauth = off\nfrom = $own\n");
	return;
}

# Runs the code with a server that is not there.
sub down {
	my ($code) = @_;
	config_for(1);
	my $got = $code->();
	config_for($server->{port});
	return $got;
}

# ---- running

sub enter {
	my ($user) = @_;
	my (undef, undef, $uid, $gid, undef, undef, undef, $home) = getpwnam $user;
	POSIX::setsid();
	if ($uid != 0) {
		$( = $gid;
		$) = "$gid $gid";
		POSIX::setuid($uid);
	}
	chdir $home or chdir '/';
	%ENV = (HOME => $home, USER => $user, LOGNAME => $user, LANG => 'C.UTF-8', TERM => 'dumb',
	    PATH => '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin');
	return;
}

# The command as that user, in his home, without a terminal. Its status, or a signal below 0.
sub as {
	my ($user, $stdin, @command) = @_;
	put_in(tmp('typed'), $stdin // '');
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', tmp('typed') or POSIX::_exit(126);
		open STDOUT, '>', tmp('said') or POSIX::_exit(126);
		open STDERR, '>&', \*STDOUT or POSIX::_exit(126);
		enter($user);
		exec @command or POSIX::_exit(127);
	}
	local $SIG{ALRM} = sub { kill 'KILL', $pid };
	alarm 60;
	waitpid $pid, 0;
	alarm 0;
	return $? & 127 ? -($? & 127) : $? >> 8;
}

# A daemon of root, ended with the test.
sub background {
	my (@command) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', tmp('daemon');
		enter('root');
		exec @command or POSIX::_exit(127);
	}
	push @children, $pid;
	return;
}

# ---- what arrived

sub lines_behind {
	my ($path, $from) = @_;
	open my $f, '<', $path or return ('', $from);
	seek $f, $from, 0;
	local $/;
	my $text = <$f> // '';
	$text =~ s/[^\n]*\z//; # what is being written is read the next time
	return ($text, $from + length $text);
}

# The messages since the last look, once there are n of them, or $seconds are over. What daemons
# send in their own time is put aside until it is asked for.
sub arrived {
	my ($n, $seconds, $late) = @_;
	my @got = $late ? splice(@aside) : ();
	my @faults;
	for (my $ticks = 20 * $seconds; $ticks > 0 && @got < $n; $ticks--) {
		(my $text, $read) = lines_behind($server->{file}, $read);
		for my $c (grep { $_->{event} eq 'connection' } json_lines($text)) {
			for my $m (grep { $_->{complete} && ($_->{reply} // '') =~ /^2/ } @{$c->{messages}}) {
				my $by_cron = raw($m->{file}) =~ /^Subject: Cron </m;
				push @{($by_cron xor $late) ? \@aside : \@got}, $m;
			}
			push @faults, @{$c->{faults}};
		}
		select undef, undef, undef, 0.05 if @got < $n;
	}
	return ([@got], [@faults]);
}

sub argv {
	(my $text, $called) = lines_behind($calls, $called);
	return join ' ; ', split /\n/, $text;
}

sub read_mail {
	my ($path) = @_;
	my $json = qx(/usr/bin/python3 $here/read_mail.py $path);
	return decode_json($json);
}

sub raw {
	my ($path) = @_;
	open my $f, '<', $path or return '';
	local $/;
	return scalar <$f>;
}

sub package {
	my ($name) = @_;
	open my $f, '<', "$unpacked/.packages/versions" or return '';
	my ($line) = grep { /^\Q$name\E_/ } <$f>;
	return defined $line && $line =~ /^[^_]*_([^_]*)_/ ? $1 =~ s/%3a/:/r : '';
}

sub subject { return "Gr\xc3\xbc\xc3\x9fe from $_[0]" }

# One caller, whose messages are here or come within $o{seconds}:
#   to (all its recipients, Bcc too), subject, body (undef: whatever), messages (1),
#   status (of the code), late (a daemon's)
sub mails {
	my ($name, $version, $code, %o) = @_;
	my $want = $o{messages} // 1;
	my $status = $code->();
	my ($got, $faults) = arrived($want, $o{seconds} // 10, $o{late} // 0);
	$#$got = 0 if $o{late} && @$got; # one a minute
	my %to = map { $_ => 1 } map { @{$_->{to}} } @$got;
	my $argv = argv();
	is($status, $o{status} // 0, "$name: its status") or diag(raw(tmp('said')));
	is(scalar @$got, $want, "$name: messages") or diag("called as $argv; ", raw(tmp('said')), raw(tmp('daemon')));
	is_deeply([sort keys %to], [sort @{$o{to}}], "$name: the recipients, all of them");
	is_deeply($faults, [], "$name: nothing that a strict server minds");
	check_mail($name, $_, \%o) for @$got;
	push @rows, [$name, $version, $argv, scalar(@$got) . ' for ' . join(' ', sort keys %to)];
	return;
}

sub check_mail {
	my ($name, $m, $o) = @_;
	my $raw = raw($m->{file});
	my $mail = read_mail($m->{file});
	is($m->{from}, $own, "$name: a sender that the account may use");
	like($mail->{from}, qr/\Q$own\E>?\z/, "$name: From as well");
	unlike($raw, qr/bcc/i, "$name: nothing tells of Bcc");
	unlike($raw =~ s/\r\n\r\n.*//sr, qr/[^\x00-\x7f]/, "$name: a header of ASCII");
	is_deeply([@{$mail->{counts}}{qw(from date message-id)}], [1, 1, 1], "$name: From, Date and Message-ID once");
	is_deeply($mail->{defects}, [], "$name: MIME as it should be");
	is($mail->{subject} . '', Encode::decode('UTF-8', $o->{subject}), "$name: the subject") if defined $o->{subject};
	if (ref $o->{body}) {
		like($mail->{body}, $o->{body}, "$name: the body");
	} elsif (defined $o->{body}) {
		# some add an empty line at the end
		is($mail->{body} =~ s/\n+\z/\n/r, Encode::decode('UTF-8', $o->{body}), "$name: the body");
	}
	return;
}

# ---- fates

# What waits in the queue of that user, and then no more.
sub kept {
	my ($user) = @_;
	as($user, '', '/usr/bin/postrider', '--json', 'queue', 'list');
	my @list = grep { /^\{/ } split /\n/, raw(tmp('said'));
	my $home = (getpwnam $user)[7];
	remove_tree("$home/.local/state/postrider") if $user ne 'root';
	remove_tree('/var/spool/postrider') if $user eq 'root';
	return @list;
}

# $send is called with the recipients: success is seen exactly when the mail is safe.
sub fate {
	my ($name, $user, $send) = @_;
	kept($user);
	my $status = $send->('to@example.net', 'no@example.net');
	my ($got) = arrived(2, 10);
	is($status, 0, "$name: one of two refused is success") or diag(raw(tmp('said')));
	is_deeply([map { join ' ', $_->{from}, @{$_->{to}} } @$got], ["$own to\@example.net", " $own"],
	    "$name: the other one has it, and its sender a notice");
	kept($user);

	$status = $send->('later@example.net');
	is("$status " . kept($user), '0 1', "$name: put off is kept, and success");
	$status = down(sub { $send->('to@example.net') });
	is("$status " . kept($user), '0 1', "$name: no server: kept, and success") or diag(raw(tmp('said')));
	$status = $send->('no@example.net', 'nobody@example.net');
	isnt($status, 0, "$name: all refused is no success");
	is(scalar kept($user), 0, "$name: and nothing is kept");
	($got) = arrived(1, 0.3);
	is(scalar @$got, 0, "$name: nor sent");
	argv();
	return;
}

sub show_table {
	diag(sprintf '%-14s %-24s %s', 'caller', 'version', 'called as -> arrived');
	diag(sprintf '%-14s %-24s %s -> %s', @$_) for @rows;
	return;
}

1;
