#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The runner of dialogues: does each expectation fail when it is not met?
use strict;
use warnings;

use File::Basename qw(dirname);
use File::Temp qw(tempdir);

my $dir = tempdir(CLEANUP => 1);
my $runner = dirname($0) . '/run';
my $tests = 0;

sub ok {
	my ($good, $claim, $detail) = @_;
	printf "%s %d - %s\n", $good ? 'ok' : 'not ok', ++$tests, $claim;
	print map { "# $_\n" } split /\n/, $detail if !$good;
}

sub spew {
	my ($path, $text, $mode) = @_;
	open my $f, '>', $path or die "$path: $!\n";
	print $f $text;
	close $f;
	chmod $mode, $path;
}

# What the runner prints about each dialogue, all in one run of it. Each is [dialogue, program]: a
# program stands in place of ours, which is the case when no program is given. The third argument
# of ours tells it who it is.
sub outcomes {
	my (@dialogues) = @_;
	my $cases = '';

	unlink glob("$dir/*.dialogue");
	for my $i (0 .. $#dialogues) {
		my ($dialogue, $program) = @{$dialogues[$i]};
		spew(sprintf('%s/%03d.dialogue', $dir, $i), $dialogue . (defined $program ? "\nargs: case$i\n" : ''), 0644);
		$cases .= "case$i) $program ;;\n" if defined $program;
	}
	spew("$dir/program", "#!/bin/sh\ncase \$3 in\n$cases*) exec $ENV{POSTRIDER} \"\$@\" ;;\nesac\n", 0755);
	local $ENV{POSTRIDER} = "$dir/program";
	my $all = qx($runner $dir/*.dialogue 2>&1);
	my @each = split /^(?=(?:not )?ok \d+ - )/m, $all;
	shift @each; # the plan
	return (@each, ($all) x (@dialogues - @each));
}

# Each word with a value that does not fit a plain delivery.
my $plain = "claim: x\nargs: %SEND% --json bob\@test.example\n";
my @wrong = ('exit: 1', 'stdout~ nowhere', 'stdout!~ "event"', 'stderr~ nowhere', 'last~ nowhere',
    'json: to=bob@test.example status=refused', 'json: status~^ref', 'recv: RCPT TO:<eve*',
    'recv-not: RCPT TO:<bob*', 'clear-only: EHLO* QUIT', 'turns: 1', 'waits: greeting',
    'messages: 2', 'connections: 2', 'body~ nowhere', 'body!~ ^Subject: hi', 'record~ nowhere',
    'reads-max: 1', 'faults~ nowhere');
my @out = outcomes((map { [$plain . (/^exit/ ? '' : "exit: 0\n") . "$_\n"] } @wrong),
    ["${plain}exit: 0\n"], ["${plain}exit: 0\n\nS 220 hi\nC HELO *\n"]);
for my $wrong (@wrong) {
	my ($key) = $wrong =~ /^([a-z-]+)/;
	my $out = shift @out;
	ok($out =~ /^not ok/m && $out =~ /^#   \Q$key\E: /m && $out !~ /fault of the program/,
	    "'$wrong' is seen not to be so", $out);
}
my $out = shift @out;
ok($out =~ /^ok/m, 'without it all is well', $out);
$out = shift @out;
ok($out =~ /020\.dialogue:6: wanted 'HELO \*', got 'EHLO client\.test' \(in clear\)/,
    'a script that is not followed: line, wanted, got', $out);

# Programs that do what none should.
my $silent = "claim: x\nexit: 0\nconnections: 0\n";
my @programs = (['a control character', 'printf "\033[31mred\n"', 'stdout: a control character'],
    ['a C1 control character', 'printf "\302\233\n" >&2', 'stderr: C1 control'],
    ['the secret', 'cat "$HOME/secret"', 'stdout: the secret'],
    ['the secret in base64', 'tr -d "\n" <"$HOME/secret" | base64 >&2', 'stderr: the secret'],
    ['a child left behind', 'sleep 30 >/dev/null 2>&1 &', 'left children behind'],
    ['a signal', 'kill -SEGV $$', 'wanted 0, got signal 11']);
@out = outcomes([$silent, 'exit 0'], map { [$silent, $_->[1] =~ /&\z/ ? "$_->[1]\nexit 0" : $_->[1]] } @programs);
$out = shift @out;
ok($out =~ /^ok/m, 'a program that does nothing, as asked', $out);
for (@programs) {
	my ($claim, undef, $complaint) = @$_;
	$out = shift @out;
	ok($out =~ /^not ok/m && $out =~ /\Q$complaint\E/, "seen: $claim", $out);
}
{
	local $ENV{SANITIZE} = '';
	($out) = outcomes(["${silent}within: 0.5s\n", 'exec sleep 30']);
	ok($out =~ /not over within 0\.5 s/, 'seen: a program that takes too long', $out);
}

my @refused = (['claim: x', "no 'exit:'"], ["claim: x\nexit: 0\nexit: 1", 'twice'],
    ["claim: x\nexit: 0\nnonsense: 1", 'no word here'], ["claim: x\nexit: 0\nhello", 'not \'word'],
    ["claim: x\nexit: 0\nargs: %NOTHING%", 'no such word'],
    ["claim: x\nexit: 0\n\nX 220", 'no such word']);
@out = outcomes(map { ["$_->[0]\n"] } @refused);
for (@refused) {
	my ($dialogue, $complaint) = @$_;
	$out = shift @out;
	ok($out =~ /^not ok/m && $out =~ /\Q$complaint\E/, "refused: $complaint", $out);
}
print "1..$tests\n";
