#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Which messages a word of `postrider queue` means, and what is shown of them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fcntl ':flock';
use Rider;
use Spool;
use Test::More;

my $server = server('--rcpt', 'later@*=450 4.2.1 Greylisted');
configure($server);
my $root = spool();

sub keep {
	my ($subject, $body, @to) = @_;
	my $r = rider({stdin => $body}, 'send', '--when', 'queue', '-s', $subject, @to);
	my ($id) = $r->{err} =~ /kept in the queue as ([0-9A-Z]{6})/ or die $r->{err};
	return $id;
}

sub queue { return rider({}, 'queue', @_) }
sub text { open my $f, '<', $_[0] or die "$_[0]: $!"; local $/; return scalar <$f> }
sub rooms { return join ' ', map { scalar files($_) } qw(queue hold dead corrupt) }

my $body = "From here\n>From there\n>>From\tthere\nfrom me\nFromage\n>\n\n.\n\e[31mred\e[0m\n\x{c3}\x{a9}\n";
my $one = keep('one', $body, 'bob@x.test', 'amy@y.test');
my $two = keep('two', "no line end", 'carol@x.test', '-f', 'other@test.example');

# ---- show

like(queue('show', $one)->{out}, qr/^  pending   amy\@y\.test/m, 'what becomes of each recipient');
my $r = queue('show', $one, '--headers');
like($r->{out}, qr/\ADate: .*^Subject: one\n/ms, 'the header');
unlike($r->{out}, qr/\r|^\n|here/m, 'with line ends of ours, and nothing behind it');
is(queue('show', $one, '--body')->{out}, $body, 'the text as it was given');
my $raw = queue('show', $one, '--raw')->{out};
like($raw, qr/\r\n\r\nFrom here\r\n>From there\r\n/, 'the message, octet for octet');
(my ($path) = grep { /\Q@{[lc $one]}\E$/ } files('queue')) or die;
isnt(index(text($path), $raw), -1, 'as it lies there');
is(queue('show', $one, '--raw', '--body')->{status}, 64, 'one of them at a time');
like(queue('show', $one, '--history')->{out}, qr/no server has said anything about it yet\n\z/, 'no history so far');
is(queue('show', 'nosuch')->{status}, 64, 'an id that is none');
like(queue('show')->{err}, qr/'queue show' wants the id of a message: postrider queue list/, 'or missing');
is(queue('list', $one)->{status}, 64, 'list takes none');
like(queue('shwo', $one)->{err}, qr/did you mean 'show'\?/, 'words are not guessed');

# ---- export, read by a parser that is not ours

sub mbox {
	my $file = put('mbox', queue('export', @_)->{out});
	open my $py, '-|', '/usr/bin/python3', '-c', <<'PY', $file or die $!;
import mailbox, re, sys
for m in mailbox.mbox(sys.argv[1]):
    text = re.sub(rb"(?m)^>(>*From )", rb"\1", m.get_payload(decode=True))
    print(m["Subject"], m.get_unixfrom() or m.get_from(), text.hex(), sep="|")
PY
	return map { chomp; [split /\|/] } <$py>;
}

my @mails = mbox();
is(join(' ', map { $_->[0] } @mails), 'one two', 'the whole queue');
like($mails[0][1], qr/^me\@test\.example \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/, 'whom it is from, and when it came');
like($mails[1][1], qr/^other\@test\.example /, 'by its envelope');
is(pack('H*', $mails[0][2]) =~ s/\n+\z/\n/r, $body, 'the text comes back as it was');
is(join(' ', map { $_->[0] } mbox($two)), 'two', 'one message');
is(join(' ', map { $_->[0] } mbox('--rcpt', 'AMY@*')), 'one', 'those to somebody');
is(join(' ', map { $_->[0] } mbox('--sender', 'other@*')), 'two', 'those from somebody');
is(join(' ', map { $_->[0] } mbox('--sender', 'other@*', '--rcpt', '*@y.test')), '', 'both have to fit');
is(queue('export', $one, '--rcpt', '*')->{status}, 64, 'ids or patterns');
SKIP: {
	skip 'no /dev/full here', 5 if !-c '/dev/full';
	is(run({stdout => '/dev/full'}, $_)->{status}, 74, "$_: so it is") for '--help', 'help';
	is(rider({stdout => '/dev/full'}, 'queue', @$_)->{status}, 74, "@$_: what cannot be written is told") for ['list'], ['--help'];
	isnt(rider({stdout => '/dev/full'}, 'queue', 'export')->{status}, 0, 'what cannot be written is told');
}

# ---- hold, release, remove

is(queue('hold', $one, 'nosuch', $two)->{status}, 64, 'an id that is none');
is(rooms(), '0 2 0 0', 'keeps nobody else from being held');
like(queue('hold', '--rcpt', '*@nowhere.test')->{err}, qr/no message fits, nothing was changed/, 'a pattern that fits nothing');
queue('release', '--sender', 'other@*');
is(rooms(), '1 1 0 0', 'release by a pattern');
like(queue('release', lc $one)->{err}, qr/^postrider: message $one: due now$/m, 'by an id in any case');
my $three = keep('three', 'x', 'dora@z.test');
queue('remove', '--rcpt', '*@z.test');
is(rooms(), '2 0 0 0', 'remove by a pattern');

# A message that is being sent is waited for; the lock comes free while somebody waits.
open my $lock, '+<', $path or die $!;
flock $lock, LOCK_EX or die $!;
pipe my $heard, my $say or die $!;
my $p = start({stderr => $say}, '-C', tmp('conf'), 'queue', 'hold', $one);
close $say;
like(scalar <$heard>, qr/is being sent now: waiting up to 10 seconds/, 'one that is being sent');
is(rooms(), '2 0 0 0', 'is not moved');
close $lock;
is(finish($p)->{status}, 0, 'before that has ended');
is(rooms(), '1 1 0 0', 'then it is');

# Gone while it was waited for: sent, in the meantime.
queue('release', $one);
open $lock, '+<', $path or die $!;
flock $lock, LOCK_EX or die $!;
pipe $heard, $say or die $!;
$p = start({stderr => $say}, '-C', tmp('conf'), 'queue', 'remove', $one);
close $say;
scalar <$heard>;
rename $path, tmp('aside') or die $!;
close $lock;
like(join('', <$heard>), qr/is not in the queue any more/, 'one that was sent meanwhile');
isnt(finish($p)->{status}, 0, 'is told by the exit status, too');
rename tmp('aside'), $path or die $!;

# ---- run and retry of some

my $later = keep('later', 'x', 'later@x.test');
queue('run', $two);
is(rooms(), '2 0 0 0', 'run ID sends this one');
ok(!(grep { /\Q@{[lc $two]}\E$/ } files('queue')), 'and no other');
queue('run', $later);
like(queue('show', $later, '--history')->{out},
	qr/not yet  127\.0\.0\.1:\d+  450 4\.2\.1 Greylisted\n\s+later\@x\.test\n\z/, 'what the server said is its history');
queue('retry', $later);
is(scalar(my @tries = queue('show', $later, '--history')->{out} =~ /Greylisted/g), 2, 'each time');
is(rider({}, '-C', tmp('conf'), 'queue', 'retry', '--rcpt', '*')->{status}, 0, 'retry by a pattern');
is(rooms(), '1 0 0 0', 'sends what can go');
is(subjects($server), 'one two', 'and that arrived');

done_testing();
