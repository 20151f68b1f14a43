#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# postrider config: check, show, keys; and what a broken configuration does to a mail.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

my $bad = put('bad.conf', <<'END');
[account x]
host = smtp.example.org
prot = 587
port = 587 # STARTTLS
from = a@example.org
password-command secret-tool lookup host smtp.gmail.com
END
my $good = put('good.conf', <<'END');
[account work]
host = mail.example.org
from = ann@example.org
user = ann
password = s3cret-word
END

my $r = run({}, '-C', $bad, 'config', 'check');
is($r->{status}, 78, 'a broken configuration');
is($r->{out}, '', 'findings are messages, not data');
is($r->{err}, <<"END", 'all of them, with place, caret and hint');
postrider: $bad:3:1: unknown key 'prot' in section [account]
     3 | prot = 587
       | ^^^^
hint: did you mean 'port'?
postrider: $bad:4:8: '587 # STARTTLS' is not a port number
     4 | port = 587 # STARTTLS
       |        ^^^^^^^^^^^^^^
hint: comments stand on a line of their own
postrider: $bad:6:1: expected 'key = value'
     6 | password-command secret-tool lookup host smtp.gmail.com
       | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
hint: write: password-command = secret-tool lookup host smtp.gmail.com
END
$r = run({}, '--json', '-C', $bad, 'config', 'check');
is(join(' ', map { "$_->{line}:$_->{column}" } json_lines($r->{out})), '3:1 4:8 6:1', 'the same as JSON');

$r = run({}, '-C', $bad, 'send', 'bob@example.org', '-m', 'x');
is($r->{status}, 78, 'a mail cannot go then');
like($r->{err}, qr/\npostrider: nothing was sent\n\z/, 'which is said last');
$r = run({stdin => "To: a\@b\n\nx"}, '-C', $bad, '-t');
is(scalar(() = $r->{err} =~ /\n/g), 4, 'a log gets a line a finding and one for the fate');
$r = run({}, '--json', '-C', $bad, 'send', 'bob@example.org', '-m', 'x');
is((json_lines($r->{out}))[-1]{exit}, 78, 'JSON ends in a result');

$r = run({}, '-C', $good, 'config', 'check');
is($r->{status}, 0, 'a good one');
is($r->{out}, "$good: read, nothing wrong\naccount work: mail.example.org:465 as ann, from ann\@example.org\n",
    'is told in short');
$r = run({}, '-C', $good, 'config', 'show', '--origin');
like($r->{out}, qr/^host = mail\.example\.org\t# \Q$good\E:2$/m, 'each value with its origin');
like($r->{out}, qr/^password = \(hidden\)/m, 'secrets are hidden');
for (['show'], ['show', '--origin'], ['show', '--json'], ['check'], ['check', '--json']) {
	$r = run({}, '-C', $good, 'config', @$_);
	unlike("$r->{out}$r->{err}", qr/s3cret-word/, "config @$_ shows no secret");
}
$r = run({}, '-C', $good, '--set', 'account.work.port=2525', 'config', 'show');
like($r->{out}, qr/^port = 2525$/m, '--set holds');
$r = run({}, 'config', 'check');
is($r->{status}, 78, 'nothing configured is no good configuration');
unlike($r->{err}, qr/nothing was sent/, 'but no mail was at stake');

$r = run({}, '-C', $bad, 'config', 'keys');
is($r->{status}, 0, 'keys need no configuration');
like($r->{out}, qr/^account\s+tls\s+implicit\|starttls\|off\s/m, 'a key with its values');
$r = run({}, 'config', 'keys', '--json');
my %seen = map { ("$_->{section}.$_->{key}" => $_) } json_lines($r->{out});
ok($seen{'account.host'} && $seen{'defaults.domain'}{help}, 'the same as JSON');
for (['config', 'chek'], ['config'], ['config', 'check', 'show'], ['config', '--bogus', 'check']) {
	$r = run({}, @$_);
	is($r->{status}, 64, "@$_: usage");
	like($r->{err}, qr/^postrider: .*\n\z/, "@$_: one line");
}
$r = run({stdout => '/dev/full'}, 'config', 'keys');
is($r->{status}, 74, 'output that cannot be written is an error');

# ---- what needs no configuration at all

$r = run({}, '--version');
like($r->{out}, qr/\Apostrider \Q$ENV{VERSION}\E\nlibraries: GnuTLS [\d.]+, libgsasl [\d.]+, libidn2 [\d.]+, jansson [\d.]+\n/,
	'--version, and the libraries');
like($r->{out}, qr{^configuration: \S+/postrider\.conf \((?:read|absent)\)$}m, 'where the configuration is');
like($r->{out}, qr/^login: .*SCRAM-SHA-256/m, 'the ways to log in');
is(run({}, $_, '--version')->{out}, $r->{out}, "$_ --version says the same") for qw(send sendmail);
is(run({}, 'version')->{out}, $r->{out}, 'and so does version');
like(run({}, '-C', $bad, 'version')->{out}, qr/^configuration: \Q$bad\E \(read\)$/m, 'of a broken configuration, too');
for my $words (['version', '--json'], ['--json', '--version']) {
	my ($json) = json_lines(run({}, @$words)->{out});
	is($json->{version}, $ENV{VERSION}, "@$words");
	like($json->{libraries}{GnuTLS}, qr/^3\./, 'with the libraries');
}
$r = run({}, '--help');
like($r->{out}, qr/^Usage: postrider /, '--help');
is($r->{status}, 0, '--help is no error');
for my $command (qw(send sendmail config help version)) {
	like(run({}, 'help', $command)->{out}, qr/^Usage: postrider $command /, "help $command");
	my $flag = $command eq 'sendmail' ? '--help' : '-h';
	like(run({}, $command, $flag)->{out}, qr/^Usage: postrider $command /, "$command $flag");
}
for my $topic (qw(gmail microsoft365 certificates exit-codes errors)) {
	$r = run({}, 'help', $topic);
	is($r->{status}, 0, "help $topic");
	cmp_ok(length $r->{out}, '>', 300, "help $topic says something");
}
$r = run({}, 'help', 'gmal');
is("$r->{status} $r->{err}", "64 postrider: there is no help about 'gmal' (did you mean 'gmail'?)\n", 'help on nothing');
like(run({}, 'help', 'exit')->{err}, qr/about 'exit' \(did you mean 'exit-codes'\?\)$/, 'half a name is no name, but is understood');
like(run({}, 'help', 'xyzzy')->{err}, qr/about 'xyzzy'$/, 'and nothing is like nothing');
like(run({}, 'help', 'gmail-rate')->{out}, qr/\Agmail-rate\n    reply: .*\n    cause: .*\n    remedy: (?:.*\n)+\z/, 'help on one hint');
$r = run({}, 'quue');
is($r->{status}, 64, 'an unknown command');
$r = run({}, 'root');
like($r->{err}, qr/^hint: to mail the local user 'root': postrider sendmail root$/m, 'a local user is not mailed by chance');
$r = run({});
is("$r->{status} $r->{err}", "64 postrider: no recipients; nothing was sent\n", 'nothing at all, and nobody looks');
is(run({}, '-C', $good, '__complete', 'accounts')->{out}, "work\n", 'account names for completions');
is(run({}, '-C', $bad, '__complete', 'accounts')->{err}, '', 'which never complain');

done_testing();
