#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# postrider-errors(7), postrider-queue(7) and the topics of help say what the program does.
use strict;
use warnings;
use Digest::SHA 'sha256_hex';
use File::Path 'make_path';
use File::Temp 'tempdir';
use FindBin;
use lib $FindBin::Bin;
use Pages;
use Test::More;

my ($src, $program) = @ENV{qw(SRC POSTRIDER)};

# Hints: postrider-errors(7) has those of the table, in its order, with cause and remedy.
my (%table, @ids);
for (said('help', 'errors')) {
	if (/^(\S+)$/) {
		push @ids, $1;
	} elsif (/^    (?:cause|remedy): +(.*)/) {
		$table{$ids[-1]} .= ($table{$ids[-1]} ? ' Remedy: ' : '') . $1;
	} elsif (/^ {12}(.*)/) {
		$table{$ids[-1]} .= " $1";
	}
}
my $errors = slurp('man/postrider-errors.7');
my (%written, @written);
for my $item ($errors =~ /^\.It Sy (.*?)(?=^\.It |^\.El)/msg) {
	my ($id, $text) = $item =~ /^(\S+)\n(.*)/s;
	$text =~ s/^\.Dl //mg;
	$text =~ s/\\-/-/g;
	$text =~ s/\\&//g;
	push @written, $id;
	$written{$id} = join ' ', split ' ', $text;
}
cmp_ok(scalar @ids, '>', 40, 'there are hints');
is("@written", "@ids", 'postrider-errors(7) has each hint, in the order of the table');
is($written{$_}, $table{$_}, "and says of $_ what the table says") for @ids;

# Topics: listed, and their examples load.
my $overview = join "\n", said('help');
my $has_tokens = grep { /\btoken-command\t/ } said('__complete', 'keys');
my $examples = 0;
for my $topic (map { (split /\t/)[0] } said('__complete', 'topics')) {
	like($overview, qr/^  \Q$topic\E  /m, "help lists $topic");
	my @example = grep { /^\[[a-z]/ } split /\n\n/, join "\n", said('help', $topic);
	for my $text (grep { /^\[\w+.*\]$/m } @example) {
		$text =~ s/^(?:token-command|auth = xoauth2).*\n?//mg if !$has_tokens;
		my $dir = tempdir(CLEANUP => 1);
		open my $f, '>', "$dir/postrider.conf" or die $!;
		print $f "$text\n";
		close $f;
		my @found = said_all('-C', "$dir/postrider.conf", 'config', 'check');
		is($? >> 8, 0, "an example of $topic loads") or diag($text, @found);
		$examples++;
	}
}
my ($help) = slurp('man/postrider.1') =~ /^\.Ss postrider help\n(.*?)^\.Ss /ms;
is(join(' ', map { grep { /^\w/ } split / ?[,.] ?|^\.Cm /m } $help =~ /^\.Cm (.*)$/mg),
	join(' ', map { (split /\t/)[0] } said('__complete', 'topics')), 'postrider(1) lists them');
cmp_ok($examples, '>=', 12, 'there are examples');

# The queue: letters, keys and places are those of the program.
my $queue_page = slurp('man/postrider-queue.7');
my ($cells) = $queue_page =~ /^\.Ss Cells\n(.*?)^\.Ss /ms;
is(join('', sort $cells =~ /^\.It Sy (\w)$/mg), join('', sort +(slurp('src/queue/cell.h') =~ /CELL_\w+ = '(\w)'/g)),
	'postrider-queue(7) has the letters of the cells');
my ($heads) = $queue_page =~ /^\.Ss Head lines\n(.*?)^\.Ss /ms;
is(join(' ', sort map { split / , / } $heads =~ /^\.It Cm (.*)$/mg),
	join(' ', sort 'rcpt', slurp('src/queue/entry_parse.c') =~ /str_eq\(key, "(\w+)"\)/g), 'and the keys of the head');
my ($rooms) = $queue_page =~ /^\.Sh DIRECTORIES AND FILES\n(.*?)^\.Sh /ms;
my ($names) = slurp('src/queue/spool.c') =~ /room_names\[.*?\] = \{(.*?)\}/s;
is(join(' ', $rooms =~ m{^\.It Pa (\w+)/$}mg), join(' ', $names =~ /"(\w+)"/g), 'and the directories');

my $dir = tempdir(CLEANUP => 1);
$ENV{HOME} = $dir;
make_path("$dir/.config/postrider");
open my $conf_file, '>', "$dir/.config/postrider/postrider.conf" or die $!;
print $conf_file "[account t]\nhost = 127.0.0.1\nfrom = me\@test.example\n[queue]\ndirectory = $dir/queue\n";
close $conf_file;
said('send', '--quiet', '--when', 'queue', '-m', 'one', 'one@x.test');
# Without an account: the ways out, and what other programs left here.
sub put {
	open my $f, '>', $_[0] or die "$_[0]: $!";
	print $f $_[1];
	close $f;
}
put("$dir/empty.conf", '');
sub advice { join '', said_all('-C', "$dir/empty.conf", 'send', 'one@x.test', '-m', 'x') }
my $without = advice();
like($without, qr/looked in: \Q$dir\E\/empty\.conf \(there\)\nhint: set one up .*\n +postrider setup you\@/,
    'no account: where was looked, and setup');
unlike($without, qr/import msmtp/, 'what is not there is not offered');
put("$dir/.msmtprc", "account default\nhost smtp.example.org\n");
like(advice(), qr/^ +or .*\(found \Q$dir\E\/\.msmtprc\):\n +postrider import msmtp --write$/m, 'what is there is');

# A file of the queue is as the page says: its fixed line tells where the parts are.
my ($file) = sort glob "$dir/queue/queue/*";
open my $entry, '<:raw', $file or die $!;
my $octets = do { local $/; <$entry> };
my ($fixed) = $queue_page =~ /^\.Ss Fixed line\n(.*?)^\.Ss /ms;
my %field = map { /^\.It (\d+) Ta (\d+) Ta (.*)$/ ? ($3 => substr $octets, $1, $2) : () } split /\n/, $fixed;
my ($magic, $head_len, $body_len, $count, $when, $flags, $longest, $head_sum, $body_sum) =
	map { my $want = $_; $field{(grep { index($_, $want) == 0 } sort keys %field)[0]} } 'the letters', 'octets of the head',
	'octets of the message', 'recipients', 'arrival', 'flags', 'octets of the longest', 'sum of fixed', 'sum of the message';
my $text = substr $octets, 128 + 64 + $count + 1 + $head_len, $body_len;
is($magic, 'PRQ1', 'the file of a message begins as postrider-queue(7) says');
is(substr($octets, 192, $count + 1), "P\n", 'its cells are where the page has them');
like(substr($octets, 194, $head_len), qr/^from me\@test\.example\n(?:\w+ .*\n)*\n\z/, 'then the head');
like($text, qr/\r\n\r\none\r\n\z/, 'then the message');
like($flags, qr/^[h-][b-][u-][s-]$/, 'the flags');
cmp_ok(abs($when / 1000 - time), '<', 300, 'the arrival');
is($longest + 0, (sort { $b <=> $a } map { length } split /\r\n/, $text)[0], 'the longest line');
is($body_sum, substr(sha256_hex($text), 0, 8), 'the sum of the message');
is($head_sum, substr(sha256_hex(substr($octets, 0, 65) . substr($octets, 194, $head_len)), 0, 8), 'the sum of the head');

done_testing();
