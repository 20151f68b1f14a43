#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A server that is down, and a password that is wrong, for six hours of a clock that is moved on:
# few connections, no message blamed, and all delivered by the first run that can.
#
#   OUTAGE='MESSAGES MINUTES'    (40 20): a run every so many minutes; `make check-long`: 1000 1
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Copy qw(copy);
use IO::Socket::INET;
use POSIX ();
use Rider;
use Spool;
use Test::More;

plan skip_all => faketime() if faketime();

my ($total, $step) = split ' ', $ENV{OUTAGE} // '40 20';
my $hours = 6;

# One is queued; the others are copies of its file.
sub fill_queue {
	queue_up('x');
	my ($first) = files('queue');
	copy($first, sprintf '%s/queue/0000000000%06d', spool(), $_) or die $! for 2 .. $total;
	chmod 0600, files('queue');
	is(scalar files('queue'), $total, "$total are queued");
}

# Of all queued files.
sub contents {
	return join '', map { open my $f, '<', $_ or die $!; local $/; <$f> } files('queue');
}

# Runs from minute $from on until the hours are over; the minutes at which $count() went up.
sub hours_pass {
	my ($count) = @_;
	my ($before, @at) = $count->();
	for (my $minute = 0; $minute < 60 * $hours; $minute += $step) {
		at("+${minute}m", 'queue', 'run');
		my $now = $count->();
		push @at, ($minute) x ($now - $before);
		$before = $now;
	}
	return @at;
}

sub seen {
	my ($server) = @_;
	my @connections = $server->record;
	my $mails = grep { @{$_->{to}} && $_->{complete} } map { @{$_->{messages}} } @connections;
	return ($mails, scalar grep { @{$_->{messages}} } @connections);
}

sub all_go {
	my ($server, $when, $name, @args) = @_;
	my $r = at($when, 'queue', 'run', @args);
	is($r->{status}, 0, "$name: a run") or diag($r->{err});
	my ($mails, $connections) = seen($server);
	is($mails, $total, "$name: all $total are sent");
	is($connections, POSIX::ceil($total / 100), "$name: 100 to a connection");
	is(scalar files(), 0, "$name: nothing is left");
}

# ---- down: connections are closed before a word is said

my $listen = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die $!;
my $down = fork // die $!;
if ($down == 0) {
	while (my $c = $listen->accept) {
		open my $f, '>>', tmp('connections') or POSIX::_exit(1);
		syswrite $f, '.';
		close $f;
		close $c;
	}
	POSIX::_exit(1);
}
configure($listen->sockport);
fill_queue();
my $octets = contents();
my @tries = hours_pass(sub { -s tmp('connections') // 0 });
kill 'KILL', $down;
waitpid $down, 0;
note "a run every $step minutes, connections at minute @tries";
cmp_ok(scalar @tries, '>=', $hours, 'down: tried at least once an hour');
cmp_ok(scalar @tries, '<=', 14, 'down: but seldom');
is(contents(), $octets, 'down: no message is touched');
my $server = server('--limit', 300);
configure($server);
all_go($server, '+6h', 'up again');

# ---- a wrong password

sub login_server {
	return server('--limit', 300, '--tls', 'implicit', '--cert', certs() . '/good', '--auth', 'PLAIN',
		'--user', 'me:right', '--require-auth');
}

my $secret = put('secret', "wrong\n");
my @account = ('host = localhost', 'tls-ca = ' . certs() . '/ca.pem', 'user = me',
	"password-file = $secret");

# How often PLAIN was tried: its record grows when a connection is over.
sub logins {
	my ($server) = @_;
	open my $f, '<', $server->{file} or return 0;
	return scalar map { @{$_->{auth} // []} } map { JSON::PP->new->decode($_) } <$f>;
}

# The same when it is $n, or is not for a while.
sub logins_now {
	my ($server, $n) = @_;
	for (1 .. 100) {
		last if logins($server) >= $n;
		select undef, undef, undef, 0.02;
	}
	return logins($server);
}

$server = login_server();
configure($server, \@account);
fill_queue();
$octets = contents();
@tries = hours_pass(sub { logins($server) });
note "a run every $step minutes, logins at minute @tries";
# The server's record may come a step late.
cmp_ok($tries[2], '<=', 3 * $step, 'wrong password: three tries');
is(join(' ', grep { abs($_ - 60) > $step } map { $tries[$_] - $tries[$_ - 1] } 3 .. $#tries), '',
	'wrong password: then one an hour');
cmp_ok(scalar @tries, '<=', 3 + $hours, 'wrong password: and no more');
is(contents(), $octets, 'wrong password: no message is touched');
is(scalar files('dead', 'hold'), 0, 'wrong password: and none is given up');
like(at('+355m', 'queue')->{out}, qr/535/, 'wrong password: the list says why');

put('secret', "also wrong\n");
my $before = logins($server);
at("+6h", 'queue', 'run');
is(logins_now($server, $before + 1), $before + 1, 'another wrong password: tried at once');
at("+361m", 'queue', 'run');
at("+362m", 'queue', 'run');
at("+363m", 'queue', 'run');
is(logins_now($server, $before + 3), $before + 3, 'another wrong password: three tries, and a pause');
put('secret', "right\n");
all_go($server, '+364m', 'the right password');

for my $how ('a changed configuration', '--now') {
	put('secret', "wrong\n");
	$server = login_server();
	configure($server, \@account);
	queue_up('x');
	at("+$_", 'queue', 'run') for '0m', '1m', '2m', '3m';
	is(logins_now($server, 3), 3, "$how: before it, the pause");
	configure($server, [@account, '# mended']) if $how ne '--now';
	at('+4m', 'queue', 'run', $how eq '--now' ? $how : ());
	is(logins_now($server, 4), 4, "$how: tried at once");
	rider({}, 'queue', 'remove', (files('queue'))[0] =~ m{([^/]+)\z});
}

done_testing();
