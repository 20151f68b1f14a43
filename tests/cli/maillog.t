#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What stands in the system's log: a line a recipient, whoever sent, with the same keys.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use IO::Select;
use IO::Socket::UNIX;
use Rider;
use Socket qw(SOCK_DGRAM);
use Test::More;

# Who connects to /dev/log gets to our socket.
my $faultn = "$ENV{BUILD}/fault/faultn";
plan skip_all => 'nothing leads /dev/log elsewhere here' if !-x $faultn;
plan skip_all => 'a process may not be traced here' if system($faultn, 'count', '/bin/true') != 0;
my $log = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => tmp('log')) or die $!;
my $select = IO::Select->new($log);

my $server = server('--rcpt', 'no*=550 5.1.1 No such user', '--rcpt', 'later*=450 4.2.1 Later');
my $text = "From: me\@test.example\nMessage-ID: <m\@test.example>\nSubject: x\n\nhi\n";
sub account {
	my ($port) = @_;
	config("[account t]\nhost = 127.0.0.1\nport = $port\ntls = off\nfrom = me\@test.example\n"
		. "[queue]\ndirectory = " . tmp('queue') . "\n");
}

# The lines that a call leaves there, as hashes by their keys.
sub logged {
	my (@args) = @_;
	run({program => $faultn, stdin => $text}, '--log', tmp('log'), 'count', $ENV{POSTRIDER}, @args);
	my @lines;
	while ($select->can_read(0.1)) {
		$log->recv(my $line, 8192);
		my %key = $line =~ /([a-z-]+)=("(?:[^"\\]|\\.)*"|\S*)/g;
		push @lines, \%key;
	}
	return @lines;
}

account(1);
my ($in, @lines) = logged('sendmail', '-i', 'bob@x.test', 'no@x.test', 'later@x.test');
is("$in->{status} $in->{nrcpt} $in->{uid}", "received 3 $>", 'a message that comes in is a line');
is(join(' ', map { "$_->{to}$_->{status}" } @lines), '<bob@x.test>queued <no@x.test>queued <later@x.test>queued',
    'kept: a line a recipient');
my $id = $lines[0]{id};
is_deeply([@{$lines[0]}{qw(from account message-id)}], ['<me@test.example>', 't', '<m@test.example>'], 'with its parts');

account($server->{port});
@lines = grep { $_->{to} && $_->{id} } logged('queue', 'run', '--now');
is(join(' ', map { "$_->{to}$_->{status}$_->{code}" } @lines[0 .. 2]),
    '<bob@x.test>sent250 <no@x.test>refused550 <later@x.test>queued450', 'a run of the queue tells the same');
is(substr($lines[0]{id}, -6), substr($id, -6), 'of the same message');
is($lines[1]{text}, '"No such user"', 'in the words of the server');
like($lines[0]{ms}, qr/^\d+$/, 'with how long it took');
like($lines[0]{server}, qr/^127\.0\.0\.1:\d+$/, 'which it names');
@lines = grep { $_->{to} && $_->{to} =~ /x\.test/ } logged('queue', 'run', '--now');
is(join(' ', map { "$_->{to}$_->{status}" } @lines), '<later@x.test>queued', 'the next one only of those who were left');

done_testing;
