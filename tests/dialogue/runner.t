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

# What the runner prints about a dialogue, with a program in place of ours when one is given.
sub outcome {
	my ($dialogue, $program) = @_;
	local $ENV{POSTRIDER} = $ENV{POSTRIDER};

	open my $f, '>', "$dir/a.dialogue" or die "$dir/a.dialogue: $!\n";
	print $f $dialogue;
	close $f;
	if (defined $program) {
		open $f, '>', "$dir/program" or die "$dir/program: $!\n";
		print $f "#!/bin/sh\n$program\n";
		close $f;
		chmod 0755, "$dir/program";
		$ENV{POSTRIDER} = "$dir/program";
	}
	return scalar `$runner $dir/a.dialogue 2>&1`;
}

# Each word with a value that does not fit a plain delivery.
my $plain = "claim: x\nargs: %SEND% --json bob\@test.example\n";
for my $wrong ('exit: 1', 'stdout~ nowhere', 'stdout!~ "event"', 'stderr~ nowhere', 'last~ nowhere',
    'json: to=bob@test.example status=refused', 'json: status~^ref', 'recv: RCPT TO:<eve*',
    'recv-not: RCPT TO:<bob*', 'clear-only: EHLO* QUIT', 'turns: 1', 'waits: greeting',
    'messages: 2', 'connections: 2', 'body~ nowhere', 'body!~ ^Subject: hi', 'record~ nowhere',
    'reads-max: 1', 'faults~ nowhere') {
	my ($key) = $wrong =~ /^([a-z-]+)/;
	my $out = outcome($plain . ($wrong =~ /^exit/ ? '' : "exit: 0\n") . "$wrong\n");
	ok($out =~ /^not ok 1/m && $out =~ /^#   \Q$key\E: /m && $out !~ /fault of the program/,
	    "'$wrong' is seen not to be so", $out);
}
my $out = outcome($plain . "exit: 0\n");
ok($out =~ /^ok 1/m, 'without it all is well', $out);

$out = outcome($plain . "exit: 0\n\nS 220 hi\nC HELO *\n");
ok($out =~ /a\.dialogue:6: wanted 'HELO \*', got 'EHLO client\.test' \(in clear\)/,
    'a script that is not followed: line, wanted, got', $out);

my $silent = "claim: x\nexit: 0\nconnections: 0\n";
$out = outcome($silent, 'exit 0');
ok($out =~ /^ok 1/m, 'a program that does nothing, as asked', $out);
for (['a control character', 'printf "\033[31mred\n"', 'stdout: a control character'],
    ['a C1 control character', 'printf "\302\233\n" >&2', 'stderr: C1 control'],
    ['the secret', 'cat "$HOME/secret"', 'stdout: the secret'],
    ['the secret in base64', 'tr -d "\n" <"$HOME/secret" | base64 >&2', 'stderr: the secret'],
    ['a child left behind', 'sleep 30 >/dev/null 2>&1 &', 'left children behind'],
    ['a signal', 'kill -SEGV $$', 'wanted 0, got signal 11']) {
	my ($claim, $program, $complaint) = @$_;
	$out = outcome($silent, $program);
	ok($out =~ /^not ok 1/m && $out =~ /\Q$complaint\E/, "seen: $claim", $out);
}
{
	local $ENV{SANITIZE} = '';
	$out = outcome("${silent}within: 0.5s\n", 'exec sleep 30');
	ok($out =~ /not over within 0\.5 s/, 'seen: a program that takes too long', $out);
}
for (['claim: x', "no 'exit:'"], ["claim: x\nexit: 0\nexit: 1", 'twice'],
    ["claim: x\nexit: 0\nnonsense: 1", 'no word here'], ["claim: x\nexit: 0\nhello", 'not \'word'],
    ["claim: x\nexit: 0\nargs: %NOTHING%", 'no such word'],
    ["claim: x\nexit: 0\n\nX 220", 'no such word']) {
	my ($dialogue, $complaint) = @$_;
	$out = outcome("$dialogue\n", 'exit 0');
	ok($out =~ /^not ok 1/m && $out =~ /\Q$complaint\E/, "refused: $complaint", $out);
}
print "1..$tests\n";
