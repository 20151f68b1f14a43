#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What is broken, or breaks who works on it, stops nobody else: a message over which the network
# process is killed three times, and files that are no mail.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Rider;
use Test::More;

my $dir = tmp('q');
my $count = 4; # good messages

sub conf {
	my ($server) = @_;
	return put('conf', "[account t]\nhost = 127.0.0.1\nport = $server->{port}\ntls = off\n"
		. "from = me\@test.example\nehlo-name = host.test.example\n[queue]\ndirectory = $dir\n");
}

sub rider { return run({stdin => ''}, '-C', tmp('conf'), @_) }
sub room { return map { s{.*/}{}r } sort glob "$dir/$_[0]/*" }

sub slurp {
	open my $f, '<', $_[0] or return '';
	local $/;
	return scalar <$f>;
}

# Tries begun, as the mutable line has them: spool's own format, not the program's word.
sub begun {
	my $text = slurp($_[0]);
	return length $text >= 192 ? 0 + substr($text, 128 + 7, 2) : -1;
}

sub child_of {
	my ($pid) = @_;
	for my $stat (glob '/proc/[0-9]*/stat') {
		return $1 if slurp($stat) =~ /^(\d+) \(.*\) \S $pid /s;
	}
	return;
}

# Waits until the try is begun, then kills the network process.
sub kill_worker {
	my ($runner, $file, $try) = @_;
	for (1 .. 1000) {
		my $worker = child_of($runner);
		if (begun($file) == $try && $worker) {
			kill 'KILL', $worker;
			return 1;
		}
		select undef, undef, undef, 0.01;
	}
	return 0;
}

my $silent = "CONNECTION\nS 220 x.test\nC EHLO *\nS 250 x.test\nC MAIL *\nSILENCE\n";
my $good = "C MAIL *\nS 250 Ok\nC RCPT TO:<good@*\nS 250 Ok\nC DATA\nS 354 Go\nBODY\nS 250 2.0.0 Ok\n";
my $script = $silent =~ s/^CONNECTION\n//r;
$script .= "CONNECTION\nS 220 x.test\nC EHLO *\nS 250 x.test\n" . $good x $count;
my $server = server('--script', put('script', $script . $silent . $silent));
conf($server);

rider('send', '--when', 'queue', '-s', 'poison', '-m', 'x', 'poison@x.test');
my ($poison) = room('queue');
rider('send', '--when', 'queue', '-s', "good $_", '-m', 'x', 'good@x.test') for 1 .. $count;
is(scalar(() = room('queue')), 1 + $count, 'all are queued');

my $p = start({stdin => ''}, '-C', tmp('conf'), 'queue', 'run');
ok(kill_worker($p->{pid}, "$dir/queue/$poison", $_), "the network process is killed over it, $_") for 1 .. 3;
my $r = finish($p);
is_deeply([room('queue')], [], 'the others are sent in the same run') or diag $r->{err};
is_deeply([room('hold')], [$poison], 'it is held');
like($r->{err}, qr/the network process died over it/, 'and why is said');
my @record = $server->record;
# the blow may come just before MAIL has left: then the script ends one line early
like($record[-1]{script}, qr/^ok$|wanted 'C MAIL \*', got: client closed$/,
    'the server was asked for it three times, and for each of the others once')
	or diag explain [map { $_->{script} } @record];

my $list = rider('queue', 'list')->{out};
like($list, qr/the network process died over it 3 times/, 'the list says why it is held') or diag $list;
my ($object) = json_lines(rider('queue', 'list', '--json')->{out});
is($object->{state}, 'held', 'so do programs hear');
like($object->{reason}, qr/the network process died over it 3 times/, 'and why');
like(rider('queue', 'show', $poison)->{out}, qr/^held: the network process died over it 3 times$/m, 'and who looks at it');
$server = server();
conf($server);
rider('queue', 'run', '--now');
is_deeply([room('hold')], [$poison], 'no run touches it');
rider('queue', 'release', $poison);
is(begun("$dir/queue/$poison"), 0, 'released, it has its three tries again');
rider('queue', 'run');
like($server->mail(1), qr/^Subject: poison\r?$/m, 'and is sent');
is_deeply([room('queue'), room('hold')], [], 'nothing is left');

# ---- files that are no mail

rider('send', '--when', 'queue', '-s', 'whole', '-m', 'x', 'a@x.test');
my ($whole) = room('queue');
my $text = slurp("$dir/queue/$whole");
my %broken = (
	'0000000000000000' => '',
	'0000000000000001' => substr($text, 0, 100),
	'0000000000000002' => substr($text, 0, length($text) - 1),
	'0000000000000003' => $text =~ s/Subject: whole/Subject: whale/r,
	'0000000000000004' => $text =~ s/a\@x\.test/b\@x.test/r,
	'0000000000000005' => "From me\nSubject: mbox\n\nx\n",
	'0000000000000006' => "\0" x 5000,
	'0000000000000007' => substr($text, 0, 192) . 'X' . substr($text, 193),
	'not-an-id' => $text,
);
for my $name (keys %broken) {
	open my $f, '>', "$dir/queue/$name" or die $!;
	print $f $broken{$name};
	close $f;
}
mkdir "$dir/queue/0000000000000010";
symlink "$dir/queue/$whole", "$dir/queue/0000000000000011";
mkdir "$dir/corrupt" if !-d "$dir/corrupt";
open my $f, '>', "$dir/corrupt/0000000000000005" or die $!;
print $f 'another one';
close $f;
$r = rider('queue', 'run');
like($server->mail(2), qr/^Subject: whole\r?$/m, 'the one that is whole is sent');
ok(!defined $server->mail(3), 'and nothing else');
is_deeply([grep { !/5$/ } room('corrupt')],
	[sort '0000000000000010', '0000000000000011', grep { !/5$/ } keys %broken], 'the others are in corrupt/');
is(slurp("$dir/corrupt/0000000000000005"), 'another one', 'where they replace nothing');
is_deeply([room('queue')], ['0000000000000005'], 'that one stays where it is');
is(slurp("$dir/corrupt/$_"), $broken{$_}, "$_ is what it was") for grep { !/5$/ } sort keys %broken;
like($r->{err}, qr/queue file 00000|no name of a queue file/, 'and it is said');
$r = rider('queue', 'run');
is($r->{status}, 75, 'as long as one is in the way');

done_testing();
