#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What could not go is kept, listed, tried again, told to its sender, held, released, removed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Temp 'tempdir';
use IPC::Open3;
use JSON::PP;
use Test::More;

my ($src, $program, $build, $fake) = @ENV{qw(SRC POSTRIDER BUILD FAKESERVER)};
my $dir = tempdir(CLEANUP => 1);
chmod 0700, $dir;

# A server of the given manners; its port.
my @servers;
sub server {
	my $pid = open3(my $in, my $out, undef, $fake, '--mail-dir', "$dir/mail", '--limit', 50, @_);
	my $said = <$out>;
	push @servers, [$pid, $in, $out];
	return $said =~ /PORT (\d+)/ ? $1 : die "no server: $said";
}

sub conf {
	my ($port, $more) = @_;
	open my $f, '>', "$dir/conf" or die $!;
	print $f "[account t]\nhost = 127.0.0.1\nport = $port\ntls = off\nfrom = me\@test.example\n",
		"[queue]\ndirectory = $dir/queue\n", $more // '';
	close $f;
	chmod 0600, "$dir/conf";
}

my $status;
sub rider {
	my $pid = open3(my $in, my $out, undef, $program, '-C', "$dir/conf", @_);
	close $in;
	local $/;
	my $said = <$out>;
	waitpid $pid, 0;
	$status = $? >> 8;
	return $said // '';
}

sub listed {
	return map { JSON::PP->new->decode($_) } grep { /^\{/ } split /\n/, rider('queue', 'list', '--json');
}

sub mails {
	my @found;
	for my $file (sort glob "$dir/mail/*.eml") {
		open my $f, '<', $file or die $!;
		local $/;
		push @found, scalar <$f>;
	}
	return @found;
}

sub forget { unlink glob "$dir/mail/*.eml" }

mkdir "$dir/mail";
my $port = server('--rcpt', 'later@*=450 4.2.1 Greylisted', '--rcpt', 'bad@*=550 5.1.1 No such user');
conf($port);

# ---- kept

my $said = rider('send', '--when', 'auto', '-s', 'x', '-m', 'one', 'bob@x.test', 'later@x.test');
is($status, 0, 'sent or kept is success');
like($said, qr/^postrider: later\@x\.test: queued: 450 4\.2\.1 Greylisted$/m, 'who is kept, and why');
like($said, qr/kept in the queue as [0-9A-Z]{6}, next try/, 'the last line tells the id');
my @list = listed();
is(scalar @list, 1, 'one message is kept');
is($list[0]{state}, 'deferred', 'it waits for its next try');
is($list[0]{attempts}, 1, 'it was tried once');
is_deeply([map { $_->{status} } @{$list[0]{to}}], ['sent', 'pending'], 'for each recipient the state');
like(rider('queue'), qr/later\@x\.test .* 450 4\.2\.1 Greylisted/, 'the table names who is waited for');
like(rider('queue', 'show', lc $list[0]{short}), qr/^  pending   later\@x\.test  450/m,
	'show takes the short id in any case');
like(rider('queue', 'show', $list[0]{id}), qr/^Subject: x$/m, 'and the whole id');

# ---- tried again

forget();
rider('queue', 'run');
is_deeply([listed()]->[0]{attempts}, 1, 'what is not due is left alone');
$port = server();
conf($port);
rider('queue', 'run', '--now');
is($status, 0, 'a run');
is(scalar listed(), 0, 'and the queue is empty');
my @got = mails();
is(scalar @got, 1, 'one mail arrived');
like($got[0], qr/one\r?\n\z/, 'the one that was kept');

# ---- kept without trying, held, released, removed

forget();
rider('send', '--when', 'queue', '-s', 'x', '-m', 'two', 'bob@x.test');
rider('send', '--hold', '-s', 'x', '-m', 'three', 'bob@x.test');
rider('send', '--when', 'queue', '-s', 'x', '-m', 'four', 'bob@x.test');
is(scalar mails(), 0, 'nothing was sent');
my %by = map { rider('queue', 'show', $_->{id}) =~ /Message-ID: (\S+)/; ($_->{state} => $_) } listed();
is_deeply([sort keys %by], ['due', 'held'], 'two are due, one is held');
rider('queue', 'remove', [grep { $_->{state} eq 'due' } listed()]->[1]{short});
is($status, 0, 'one is removed');
rider('queue', 'run');
is(scalar mails(), 1, 'one is sent');
@list = listed();
is_deeply([map { $_->{state} } @list], ['held'], 'the held one stays');
rider('queue', 'release', $list[0]{short});
rider('queue', 'run');
@got = mails();
is(scalar @got, 2, 'released, it is sent');
is(scalar listed(), 0, 'and nothing is left');
like(rider('queue', 'remove', 'zzzzzz'), qr/no message 'zzzzzz' in the queue/, 'an unknown id is told');
is($status, 64, 'by exit status too');

# ---- a refusal when nobody waits is told by a bounce

forget();
$port = server('--rcpt', 'bad@*=550 5.1.1 No such user');
conf($port);
rider('send', '--when', 'queue', '-s', 'x', '-m', 'five', 'bob@x.test', 'bad@x.test');
rider('queue', 'run');
is(scalar listed(), 0, 'the message and its bounce are gone');
my ($bounce) = grep { /multipart\/report/ } mails();
ok(defined $bounce, 'a bounce arrived');
like($bounce // '', qr/^To: me\@test\.example\r?$/m, 'at the sender');
like($bounce // '', qr/^Final-Recipient: rfc822; bad\@x\.test\r?$/m, 'about the refused one');
unlike($bounce // '', qr/Final-Recipient: rfc822; bob/, 'and nobody else');
open my $py, '|-', '/usr/bin/python3', '-c', <<'PY' or die $!;
import email, sys
m = email.message_from_bytes(sys.stdin.buffer.read())
assert m.get_content_type() == "multipart/report" and m.get_param("report-type") == "delivery-status"
text, status, header = m.get_payload()
assert status.get_content_type() == "message/delivery-status"
per_message, *recipients = status.get_payload()
assert per_message["Reporting-MTA"].startswith("dns;"), per_message
assert len(recipients) == 1 and recipients[0]["Action"] == "failed" and recipients[0]["Status"] == "5.1.1"
assert header.get_content_type() == "text/rfc822-headers" and b"five" not in header.as_bytes()
PY
print $py $bounce // '';
close $py;
is($?, 0, 'an independent parser reads it as a delivery status notification');

# ---- told once: by the exit status here, so by no bounce later

forget();
$port = server('--rcpt', 'later*=450 4.2.1 Greylisted', '--rcpt', 'bad@*=550 5.1.1 No such user');
conf($port);
$said = rider('send', '--when', 'auto', '-s', 'x', '-m', 'told', 'later1@x.test', 'bad@x.test',
	'later2@x.test');
like($said, qr/^postrider: bad\@x\.test: refused: 550/m, 'a refusal told at once');
rider('queue', 'run', '--now');
@list = listed();
is(scalar @list, 1, 'is not told again when the others are tried again');
is($list[0]{attempts}, 2, 'as they were');
rider('queue', 'remove', $list[0]{id});

# ---- a server that is down is nobody's fault

forget();
conf(1);
$said = rider('send', '--when', 'auto', '-s', 'x', '-m', 'six', 'bob@x.test');
is($status, 0, 'kept is success when the server cannot be reached');
like($said, qr/cannot reach 127\.0\.0\.1/, 'and why is said');
rider('send', '--when', 'auto', '-s', 'x', '-m', 'seven', 'bob@x.test');
@list = listed();
is_deeply([map { $_->{attempts} } @list], [0, 0], 'no message is blamed');
is_deeply([map { $_->{state} } @list], ['held', 'held'], 'both wait for the server');
conf($port);
rider('queue', 'run', '--now');
is(scalar mails(), 2, 'and both are sent when it is back');

# ---- what one server could not be asked about goes to the next one, in the same run

forget();
conf(1, "parallel = 4\n[account t]\nfailover = u\n[account u]\nhost = 127.0.0.1\nport = $port\ntls = off\n" .
    "from = me\@test.example\n");
rider('send', '-a', 't', '--when', 'queue', '-s', 'x', '-m', $_, 'bob@x.test') for 1 .. 6;
rider('queue', 'run');
is(scalar mails(), 6, 'four workers found one server down: all mails went by the other one');
is(scalar listed(), 0, 'and each once');
unlink "$dir/queue/relay-t";

# ---- a rate limit holds across runs

forget();
conf($port, "[account t]\nrate = 1/hour\n");
rider('send', '--when', 'queue', '-s', 'x', '-m', $_, 'bob@x.test') for 'a', 'b';
$said = rider('queue', 'run');
is(scalar mails(), 1, 'one an hour: one is sent');
like($said, qr/rate of an account is used up: the rest may go at/, 'and the other one waits, as is said');
rider('queue', 'run', '--now');
is(scalar mails(), 1, 'another run does not know better');
conf($port);
rider('queue', 'run');
is(scalar mails(), 2, 'without the limit it goes');

# ---- no queue to be had

rename "$dir/queue", "$dir/aside" or die $!;
open my $in_the_way, '>', "$dir/queue" or die $!;
close $in_the_way;
conf(1);
$said = rider('send', '--when', 'auto', '-s', 'x', '-m', 'nine', 'bob@x.test');
is($status, 75, 'neither sent nor kept is a temporary failure');
like($said, qr/queue directory/, 'and why is said');
unlink "$dir/queue";
rename "$dir/aside", "$dir/queue" or die $!;
conf($port);

# ---- what is no queue file

open my $f, '>', "$dir/queue/queue/0000000000garbage" or die $!;
print $f "x" x 300;
close $f;
rider('send', '--when', 'queue', '-s', 'x', '-m', 'eight', 'bob@x.test');
forget();
$said = rider('queue', 'run');
is(scalar mails(), 1, 'a broken file stops nobody');
ok(-e "$dir/queue/corrupt/0000000000garbage", 'it is moved aside');
like($said, qr/0000000000garbage/, 'and named');

for (@servers) {
	close $_->[1];
	waitpid $_->[0], 0;
}
done_testing();
