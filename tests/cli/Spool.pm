# SPDX-License-Identifier: GPL-3.0-or-later
#
# Spool.pm - a queue of its own for tests, beside what Rider.pm has.
#
#   configure($server)      writes the configuration for this server (or port); more may follow: a
#                           list with other lines of the account, lines of [queue]
#   rider($opts, @args)     runs the program with it
#   queue_up('a')           queues a message with this subject, to bob or who follows
#   files(), files('hold')  what lies in the rooms of the queue
#   subjects($server)       'a b c', sorted: what it took; it ends
#   delivered('a b', NAME)  tests: a clean run delivers exactly this and leaves nothing
#   neither($r, RE, NAME)   tests: 75 for this reason, and nothing is kept
#   faketime()              why there is no other time here, '' when there is
#   at('+10y', @args)       rider at that time: '-90m', '@1970-01-01 00:00:10'
#   puppet(CODE)            a server that asks CODE: its port and process
package Spool;
use strict;
use warnings;

use Exporter qw(import);
use IO::Socket::INET;
use POSIX ();
use Rider;
use Test::More;

our @EXPORT = qw(at configure delivered faketime files neither puppet queue_up rider spool subjects);

my ($root, $conf) = (tmp('spool'));
my ($fake) = glob '/usr/lib/*/faketime/libfaketime.so.1 /usr/lib/faketime/libfaketime.so.1';

# Where it lies; with an argument: from now on.
sub spool {
	$root = $_[0] if @_;
	return $root;
}

sub configure {
	my ($server, @more) = @_;
	my $port = ref $server ? $server->{port} : $server;
	my @account = ref $more[0] ? @{shift @more} : ('host = 127.0.0.1', 'tls = off');
	$conf = put('conf', join "\n", '[account t]', "port = $port", 'from = me@test.example',
		@account, '[queue]', "directory = $root", @more, '');
	return $conf;
}

sub rider {
	my ($opts, @args) = @_;
	return run($opts, '-C', $conf, @args);
}

sub faketime {
	return 'no libfaketime here (make deps)' if !defined $fake || !-e $fake;
	return 'a sanitizer wants to be loaded first' if $ENV{SANITIZE} ne '';
	return '';
}

# The monotonic clock and the times of files stay what they are.
sub at {
	my ($when, @args) = @_;
	local @ENV{qw(LD_PRELOAD FAKETIME)} = ($fake, $when);
	local @ENV{qw(DONT_FAKE_MONOTONIC FAKETIME_DONT_FAKE_MONOTONIC NO_FAKE_STAT)} = (1, 1, 1);
	return rider({}, @args);
}

sub queue_up {
	my ($subject, $rcpt) = @_;
	return rider({}, 'send', '--when', 'queue', '-s', $subject, '-m', 'hi', $rcpt // 'bob@x.test');
}

sub files {
	my @rooms = @_ ? @_ : qw(queue hold dead corrupt);
	return map { glob "$root/$_/*" } @rooms;
}

# A body that nobody was accepted for may have come in the same window: it is no mail.
sub subjects {
	my ($server) = @_;
	my @found;
	for my $m (grep { @{$_->{to}} } map { @{$_->{messages}} } $server->record) {
		open my $f, '<', $m->{file} or die "$m->{file}: $!";
		push @found, map { /^Subject: (.*?)\r$/ ? $1 : () } <$f>;
	}
	return join ' ', sort @found;
}

sub delivered {
	my ($wanted, $name) = @_;
	my $server = server();
	configure($server);
	my $r = rider({}, 'queue', 'run', '--now');
	is($r->{status}, 0, "$name: a clean run") or diag($r->{err});
	is(subjects($server), $wanted, "$name: and all of it arrives");
	is(scalar files(), 0, "$name: nothing is left");
	return $server;
}

sub neither {
	my ($r, $re, $name) = @_;
	is($r->{status}, 75, "$name: 75");
	like($r->{err}, $re, "$name: why");
	is(scalar files(), 0, "$name: nothing is kept");
}

# CODE gets each command, and "." behind a body; what it returns is said, undef: what is usual. The
# server ends with its first connection, with status 0 when there was a QUIT.
sub puppet {
	my ($code) = @_;
	my $listen = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die $!;
	my $port = $listen->sockport;
	my $pid = fork // die $!;
	return ($port, $pid) if $pid > 0;
	alarm 60;
	my $c = $listen->accept or POSIX::_exit(1);
	$c->autoflush(1);
	print $c "220 puppet.test\r\n";
	while (defined(my $line = <$c>)) {
		$line =~ s/\r\n\z//;
		my $said = $code->($line);
		POSIX::_exit(0) if $line eq 'QUIT';
		print $c $said // ($line eq 'DATA' ? '354 go' : '250 fine'), "\r\n";
		next if $line ne 'DATA';
		1 while defined($line = <$c>) && $line ne ".\r\n";
		print $c $code->('.') // '250 taken', "\r\n";
	}
	POSIX::_exit(1);
}

1;
