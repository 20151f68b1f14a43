# SPDX-License-Identifier: GPL-3.0-or-later
#
# Rider.pm - runs the program as its callers do, against servers of fakeserver.
#
#   my $server = server('--rcpt', 'no*=550 5.1.1 no');      ends with its variable
#   my $r = run({stdin => $text}, 'send', '--server', $server->{url}, ...);
#   $r->{status}, $r->{out}, $r->{err};  status is negative for a signal
#   $server->mail(1)                    the first message it got, headers and all
#   $server->record                     stops it; what it saw, a hash a connection
#
# The programs find an empty HOME of this test alone.
#
# No sleeps: the server says when it listens, and programs are waited for.
package Rider;
use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX ();
use Test::More;

require(dirname(abs_path(__FILE__)) . '/../lib/Nursery.pm');

our @EXPORT = qw(dns certs config finish json_lines link_as put run server start tmp);

my $dir = tempdir(CLEANUP => 1);
my $count = 0;
$SIG{PIPE} = 'IGNORE';
# Tests run side by side, and some write a configuration.
mkdir "$dir/home" or die $!;
$ENV{HOME} = "$dir/home";

sub tmp { return "$dir/$_[0]" }

sub put {
	my ($name, $text) = @_;
	open my $f, '>', tmp($name) or die "$name: $!";
	print $f $text;
	close $f or die "$name: $!";
	chmod 0600, tmp($name);
	return tmp($name);
}

sub slurp {
	my ($path) = @_;
	open my $f, '<', $path or return;
	local $/;
	return scalar <$f>;
}

sub certs {
	system("$ENV{SRC}/tests/lib/certs", "$ENV{BUILD}/certs") == 0 or die 'no certificates';
	return "$ENV{BUILD}/certs";
}

# The person's configuration, for programs that take no --server. Without a queue of its own in it,
# nothing is kept: the tests of root would fill the system's.
sub config {
	my ($text) = @_;
	$text .= "\n[queue]\nenabled = no\ndirectory = $dir/queue\n" if $text !~ /^\[queue\]/m;
	mkdir "$ENV{HOME}/.config";
	mkdir "$ENV{HOME}/.config/postrider";
	open my $f, '>', "$ENV{HOME}/.config/postrider/postrider.conf" or die $!;
	print $f $text;
	close $f;
}

# The program under another name, as /usr/sbin/sendmail is.
sub link_as {
	my ($name) = @_;
	symlink $ENV{POSTRIDER}, tmp($name);
	return tmp($name);
}

sub json_lines { return map { JSON::PP->new->decode($_) } split /\n/, $_[0] }

# Starts it with stdin, stdout and stderr in files, or handles of pipes. Returns what finish needs.
# group: in a process group of its own; before: called in the child; limit: words of ulimit.
sub start {
	my ($opts, @args) = @_;
	my $n = ++$count;
	my $program = $opts->{program} // $ENV{POSTRIDER};
	put("in$n", $opts->{stdin} // '');
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		$SIG{PIPE} = $SIG{INT} = 'DEFAULT';
		POSIX::setpgid(0, 0) if $opts->{group};
		$opts->{before}->() if $opts->{before};
		if ($opts->{pipe}) {
			open STDIN, '<&', $opts->{pipe} or POSIX::_exit(126);
		} else {
			open STDIN, '<', tmp("in$n") or POSIX::_exit(126);
		}
		open STDOUT, '>', $opts->{stdout} // tmp("out$n") or POSIX::_exit(126);
		if ($opts->{stderr}) {
			open STDERR, '>&', $opts->{stderr} or POSIX::_exit(126);
		} else {
			open STDERR, '>', tmp("err$n") or POSIX::_exit(126);
		}
		POSIX::close($_) for @{$opts->{close} // []};
		exec '/bin/sh', '-c', "ulimit $opts->{limit} && exec \"\$@\"", 'sh', $program, @args
		    if $opts->{limit};
		exec { $program } $opts->{argv0} // $program, @args or POSIX::_exit(127);
	}
	POSIX::setpgid($pid, 0) if $opts->{group};
	return {pid => $pid, out => tmp("out$n"), err => tmp("err$n")};
}

# Status, output and errors of what start() gave.
sub finish {
	my ($p) = @_;
	waitpid $p->{pid}, 0;
	my $status = $? & 127 ? -($? & 127) : $? >> 8;
	return {status => $status, out => slurp($p->{out}) // '', err => slurp($p->{err}) // ''};
}

sub run { return finish(start(@_)) }

# ---- servers

sub server {
	my (@options) = @_;
	my $n = ++$count;
	mkdir tmp("mail$n");
	my $s = Nursery::open(tmp("life$n"), '', '--record', tmp("record$n"), '--mail-dir',
	    tmp("mail$n"), '--grace', 100, @options);
	my ($port) = $s->{line} =~ /^PORT (\d+)/ or die "fakeserver: $s->{line}";
	return bless {
		server => $s,
		port => $port,
		url => "smtp://127.0.0.1:$port?tls=off",
		mail => tmp("mail$n"),
		file => tmp("record$n"),
	}, 'Rider';
}

# A name server with these records (tests/lib/dnsserver); {url} is fit for --resolver.
sub dns {
	my ($zone) = @_;
	my $n = ++$count;
	put("zone$n", $zone);
	pipe my $life, my $hold or die $!;
	my $pid = open(my $said, '-|') // die "fork: $!";
	if ($pid == 0) {
		close $hold;
		open STDIN, '<&', $life or POSIX::_exit(126);
		exec '/usr/bin/python3', "$ENV{SRC}/tests/lib/dnsserver", tmp("zone$n") or POSIX::_exit(127);
	}
	close $life;
	my ($port) = (<$said> // '') =~ /^PORT (\d+)/ or die 'dnsserver did not start';
	return bless {pid => $pid, hold => $hold, said => $said, url => "127.0.0.1:$port"}, 'Rider::Names';
}

# It ends with its stdin.
sub Rider::Names::DESTROY {
	my ($self) = @_;
	local $?;
	close $self->{hold};
	waitpid $self->{pid}, 0;
}

sub mail {
	my ($self, $n) = @_;
	for my $path (glob "$self->{mail}/*-*.eml") {
		return slurp($path) if --$n == 0;
	}
	return;
}

sub stop {
	my ($self) = @_;
	Nursery::close(delete $self->{server}) if $self->{server};
	# The name server ends with this pipe, and perl waits for it when it closes the other one.
	close delete $self->{hold} if $self->{hold};
}

sub record {
	my ($self) = @_;
	$self->stop;
	return grep { $_->{event} eq 'connection' } json_lines(slurp($self->{file}) // '');
}

sub DESTROY { $_[0]->stop }

1;
