#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# postrider send: what a person types, what is said of it, what a script gets.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

my @three = qw(bob@example.org nobody@example.org later@example.net);
my @answers = ('--rcpt', 'nobody@*=550 5.1.1 No such user',
    '--rcpt', 'later@*=450 4.2.1 Come back in 5 minutes');
my @hello = qw(-f ann@example.org -s Minutes -m hello);

sub is_silent {
	my ($r, $claim) = @_;
	is("$r->{status}/$r->{out}/$r->{err}", '0//', $claim);
}

# ---- the three answers of the acceptance test

my $s = server(@answers);
my $r = run({}, 'send', '--server', $s->{url}, @three, @hello);
is($r->{status}, 1, 'sent, refused and put off: partial');
is($r->{out}, '', 'a pipe gets no table');
like($r->{err}, qr/^postrider: nobody\@example\.org: refused: 550 5\.1\.1 No such user$/m,
    'the refused one, with the server\'s words');
like($r->{err}, qr/^postrider: later\@example\.net: deferred: 450 4\.2\.1 Come back in 5 minutes$/m,
    'the one put off, too');
unlike($r->{err}, qr/bob/, 'not the one that went well');
like($r->{err}, qr/\npostrider: sent to 1 of 3 recipients, 1 refused, 1 put off and not kept.*\n\z/,
    'the fate comes last');
my ($c) = $s->record;
is_deeply($c->{messages}[0]{to}, ['bob@example.org'], 'and the first one has the message');

$s = server(@answers);
$r = run({}, 'send', '--json', '--server', $s->{url}, @three, @hello);
my @lines = json_lines($r->{out});
is($r->{err}, '', 'with --json nothing stands on stderr');
is_deeply([map { "$_->{to} $_->{status} $_->{code} $_->{enhanced}" } @lines[0 .. 2]], [
	'bob@example.org sent 250 2.0.0', 'nobody@example.org refused 550 5.1.1',
	'later@example.net deferred 450 4.2.1'], 'a line a recipient');
ok(!$lines[2]{kept}, 'what is put off is not kept');
is("@{$lines[3]}{qw(event sent refused deferred queued unknown exit)}", 'result 1 1 1 0 0 1',
    'and the result');
is($r->{status}, $lines[3]{exit}, 'the status is the one told');

$s = server('--rcpt', '*=550 5.1.1 No');
$r = run({}, 'send', '--server', $s->{url}, @three, @hello);
is($r->{status}, 67, 'all refused as unknown');
like($r->{err}, qr/\npostrider: nothing was sent\n\z/, 'nothing was sent');
($c) = $s->record;
is_deeply($c->{messages}[0]{to} // [], [], 'nobody has it');

# ---- success

$s = server();
is_silent(run({}, 'send', '--server', $s->{url}, 'bob@example.org', @hello), 'success is silent on a pipe');
my $mail = $s->mail(1);
like($mail, qr/^From: ann\@example\.org\r$/m, 'From');
like($mail, qr/^To: bob\@example\.org\r$/m, 'To');
like($mail, qr/^Subject: Minutes\r$/m, 'Subject');
like($mail, qr/^Date: /m, 'Date');
like($mail, qr/^Message-ID: </m, 'Message-ID');
like($mail, qr/\r\n\r\nhello\r\n\z/, 'and the text');

$s = server();
is_silent(run({}, '--server', $s->{url}, 'send', '--to', 'To <to@example.org>', '-c', 'cc@example.org, c2@example.org',
	'-b', 'bcc@example.org', '--header', 'X-Tag: 1', '--header', 'Subject: other', '-s', 'x',
	'--envelope-from', 'bounce@example.org', '-f', 'Ann <ann@example.org>', '-m', 'x'),
    'recipients of all kinds');
($c) = $s->record;
is_deeply($c->{messages}[0]{to}, [map { "$_\@example.org" } qw(to cc c2 bcc)], 'each is in the envelope');
is($c->{messages}[0]{from}, 'bounce@example.org', 'the envelope has its own sender');
$mail = $s->mail(1);
like($mail, qr/^From: Ann <ann\@example\.org>\r$/m, 'From keeps its name');
like($mail, qr/^Cc: cc\@example\.org, c2\@example\.org\r$/m, 'Cc is there');
unlike($mail, qr/bcc/, 'Bcc is not');
like($mail, qr/^X-Tag: 1\r$/m, 'a field of one\'s own');
is(scalar(() = $mail =~ /^Subject:/mg), 1, 'one that replaces ours');
like($mail, qr/^Subject: other\r$/m, 'stands in its place');

# ---- where the text comes from

my $file = put('text', "from a file\n");
for (['@' . $file, '', 'from a file', 'a file'], ['@@home', '', '@home', 'a text that begins with @'],
    ['-', "from stdin\n", 'from stdin', 'standard input'], ['', '', '', 'nothing']) {
	my ($body, $stdin, $text, $claim) = @$_;
	$s = server();
	is_silent(run({stdin => $stdin}, 'send', '--server', $s->{url}, 'bob@example.org', '-f', 'a@example.org',
		'-m', $body, '-s', '@home', '--header', 'X-Tag: -'), "text: $claim");
	like($s->mail(1), qr/^Subject: \@home\r\nX-Tag: -\r$/m, "text: $claim, while fields are taken as they are");
	like($s->mail(1), qr/\r\n\r\n\Q$text\E/, "text: $claim, as it arrived");
}
$s = server();
is_silent(run({stdin => "piped\n"}, 'send', '--server', $s->{url}, 'bob@example.org', '-f', 'a@example.org'),
    'without -m it is standard input');
like($s->mail(1), qr/\r\n\r\npiped\r\n/, 'that arrived');

my $ready = "From: a\@example.org\nTo: x\@example.org\nBcc: secret\@example.org\nSubject: ready\n\n.\nbody\n";
for my $how ('-', put('ready.eml', $ready)) {
	$s = server();
	is_silent(run({stdin => $ready}, 'send', '--server', $s->{url}, '--message', $how, 'bob@example.org'),
	    "a ready message from $how");
	($c) = $s->record;
	is_deeply($c->{messages}[0]{to}, ['bob@example.org'], 'goes to those of the command line');
	like($s->mail(1), qr/^Subject: ready\r\n(?:.*\r\n)*\r\n\.\r\nbody\r\n\z/m, 'as it is, dots and all');
	unlike($s->mail(1), qr/secret/, 'save Bcc');
}

# ---- no sending

$s = server(@answers);
$r = run({}, 'send', '-n', '--server', $s->{url}, @three, @hello);
is($r->{status}, 1, 'a dry run has the status of the real one');
like($r->{err}, qr/dry run, nothing was sent: the server would take it for 1 of 3\n\z/, 'and tells');
$r = run({}, 'send', '-n', '--json', '--server', $s->{url}, 'bob@example.org', @hello);
is((json_lines($r->{out}))[0]{status}, 'skipped', 'in JSON nobody is "sent"');
is((json_lines($r->{out}))[1]{sent}, 0, 'nor counted so');
is(scalar(map { @{$_->{messages}} } $s->record), 0, 'no body was sent');

$s = server();
$r = run({}, 'send', '--print', '--server', $s->{url}, 'bob@example.org', @hello);
is($r->{status}, 0, '--print');
like($r->{out}, qr/^Subject: Minutes\r$/m, 'shows the message');
like($r->{out}, qr/\r\n\r\nhello\r\n\z/, 'to its end');
is(scalar($s->record), 0, 'without any connection');
$r = run({stdout => '/dev/full'}, 'send', '--print', '--server', 'smtp://127.0.0.1:9', 'bob@example.org', @hello);
is($r->{status}, 74, 'output that cannot be written is an error there');

# ---- what is wrong with the request

for (['no recipients', 64, [], qr/no recipients; nothing was sent$/],
    ['an unknown option', 64, ['--subjct', 'x', 'bob@example.org'], qr/did you mean '--subject'\?\); nothing was sent$/],
    ['an address that is none stops it all', 64, ['bob@example.org', 'c@@d', '-m', 'x'], qr/'c\@\@d' is not a mail address/],
    ['an empty one', 64, ['', '-m', 'x'], qr/the recipient '' holds no address/],
    ['two senders', 64, ['bob@example.org', '-f', 'a@x, b@x', '-m', 'x'], qr/is not one address/],
    ['a sender that is none', 64, ['bob@example.org', '-f', '', '-m', 'x'], qr/--envelope-from '<>'/],
    ['a subject beside a ready message', 64, ['bob@example.org', '--message', '-', '-s', 'x'],
	qr/--subject has no place beside --message/],
    ['a password', 64, ['bob@example.org', '--password', 'geheim'], qr/not taken from the command line/],
    ['a field that would be two', 64, ['bob@example.org', '--header', "X: a\nBcc: evil\@example.org", '-m', 'x'],
	qr/nothing was sent/],
    ['a subject that would be a field', 64, ['bob@example.org', '-s', "a\nBcc: evil\@example.org", '-m', 'x'],
	qr/nothing was sent/],
    ['a file that is not there', 66, ['bob@example.org', '-m', '@/nowhere'], qr{cannot read /nowhere}],
    ['a message that is not there', 66, ['bob@example.org', '--message', '/nowhere'], qr{cannot read /nowhere}],
    ['an account that is not there', 78, ['bob@example.org', '-a', 'nope', '-m', 'x'], qr/no account 'nope'/],
    ['a notice that is none', 64, ['bob@example.org', '--notify', 'never,delay', '-m', 'x'], qr/--notify is never, or some of/],
    ['a part that is none', 64, ['bob@example.org', '--return', 'hdr', '-m', 'x'], qr/--return is headers or full/],
    ['a transcript without a file', 64, ['bob@example.org', '--transcript', '-', '-m', 'x'], qr/--transcript wants a file/],
    ['a wait for nothing', 64, ['bob@example.org', '--wait', '5m', '--hold', '-m', 'x'], qr/nothing to wait for with --hold/],
    ['a time that is none', 64, ['bob@example.org', '--timeout', 'soon', '-m', 'x'], qr/--timeout wants a time/],
    ['a name without a domain', 78, ['root', '-m', 'x'], qr/'root' has no domain/]) {
	my ($claim, $status, $args, $says) = @$_;
	$s = server();
	$r = run({}, 'send', '--server', $s->{url}, @$args);
	is($r->{status}, $status, $claim);
	like($r->{err}, $says, "$claim: the reason");
	unlike($r->{err}, qr/geheim/, "$claim: no secret");
	is(scalar($s->record), 0, "$claim: no connection");
}

$r = run({close => [0]}, 'send', '--server', 'smtp://127.0.0.1:9', 'bob@example.org', '-s', 'x');
is($r->{status}, 66, 'a closed stdin is no empty text');
$r = run({}, 'send', 'bob@example.org', '-m', 'x');
is($r->{status}, 78, 'no configuration');
like($r->{err}, qr{looked in: \S+/postrider\.conf \(absent\)}, 'where was looked');
like($r->{err}, qr/^hint: .*\n(?:.*\n)*postrider: nothing was sent\n\z/m, 'what to do, and the fate');

# ---- servers that are not there, or not as expected

$s = server();
my $port = $s->{port};
$s->stop;
$r = run({}, 'send', '--server', "smtp://127.0.0.1:$port?tls=off", @three, @hello);
is($r->{status}, 75, 'nobody listens');
is(scalar(() = $r->{err} =~ /cannot reach/g), 1, 'one cause is told once, not three times');
like($r->{err}, qr/nothing was sent, and nothing is kept: send it again later\n\z/, 'and what follows from it');
$s = server();
$r = run({}, 'send', '--server', "smtp://127.0.0.1:$s->{port}", @three, @hello);
is($r->{status}, 76, 'no STARTTLS: nothing in clear');
is(scalar(map { @{$_->{messages}} } $s->record), 0, 'indeed not');
$s = server('--reply', 'mail=550 5.7.1 You may not');
$r = run({}, 'send', '--server', $s->{url}, @three, @hello);
is($r->{status}, 77, 'a refused sender');
like($r->{err}, qr/refused the sender <ann\@example\.org>: 550 5\.7\.1 You may not/, 'is named');

# ---- an empty text

$s = server();
for ([['-m', ''], ''], [['-m', '-'], ''], [[], ''], [['--message', '-'], '']) {
	my ($args, $in) = @$_;
	$r = run({stdin => $in}, 'send', '--server', $s->{url}, '-f', 'ann@example.org', '--require-body', 'bob@example.org', @$args);
	is($r->{status}, 65, "--require-body @$args: refused");
	like($r->{err}, qr/: the (?:text is empty|message is empty: neither header nor body)\n/, "--require-body @$args: why");
}
$r = run({}, 'send', '--server', $s->{url}, '-f', 'ann@example.org', 'bob@example.org', '-m', '');
is($r->{status}, 0, 'without it an empty text is sent');
$r = run({}, 'send', '--server', $s->{url}, '-f', 'ann@example.org', '--require-body', 'bob@example.org', '-m', 'x');
is($r->{status}, 0, '--require-body with a text');
is(scalar(map { @{$_->{messages}} } $s->record), 2, 'the others were not');

# ---- more to see

$s = server();
$r = run({}, 'send', '-vv', '--server', $s->{url}, 'bob@example.org', @hello);
like($r->{err}, qr/^ +\d+ ms  ->  EHLO /m, 'the conversation in clear');
like($r->{err}, qr/^ +\d+ ms  <-  250-.*\n {16}250/m, 'replies of several lines');
is($r->{out}, '', 'on stderr alone');
$r = run({}, 'send', '--json', '--timing', '--server', $s->{url}, 'bob@example.org', @hello);
is_deeply([map { $_->{stage} } grep { $_->{event} eq 'stage' } json_lines($r->{out})],
    [qw(connect greeting ehlo final)], 'stages as JSON');
my $wire = tmp('wire');
my $copy = put('copy', 'an older one');
$r = run({}, 'send', '--server', $s->{url}, '--transcript', $wire, '--report-to', $copy, '--notify', 'failure,DELAY',
    '--return', 'headers', 'bob@example.org', @hello);
is_silent($r, 'a transcript and a report in files leave the terminal alone');
is((stat $wire)[2] & 0777, 0600, 'the transcript is nobody else\'s');
is((stat $copy)[2] & 0777, 0600, 'nor is the report');
my $log = Rider::slurp($wire);
like($log, qr/\A--- postrider, \d{4}-.*Z\n +\d+ ms  connect .*\n +\d+ ms  <-  220 /, 'it has stages and lines');
like($log, qr/->  MAIL FROM:<ann\@example\.org>.* RET=HDRS/, '--return reaches MAIL');
like($log, qr/->  RCPT TO:<bob\@example\.org> NOTIFY=FAILURE,DELAY$/m, '--notify reaches RCPT');
is_deeply([map { $_->{to} // $_->{exit} } json_lines(Rider::slurp($copy))], ['bob@example.org', 0], 'the report is that of --json');
my $plain = server('--no-ext', 'DSN', @answers);
$r = run({}, 'send', '--server', $plain->{url}, '--transcript', $wire, '--report-to', '/nowhere/x', '--notify', 'never',
    '--return', 'full', @three, @hello);
is($r->{status}, 1, 'a report that cannot be written changes no status');
like($r->{err}, qr/^postrider: 127\.0\.0\.1:\d+ does not offer DSN: it is not told which notices are wanted$/m,
    'a server without DSN is named');
unlike(substr(Rider::slurp($wire), length $log), qr/NOTIFY|RET=/, 'and not asked for it');
is(index(Rider::slurp($wire), $log), 0, 'a second conversation stands behind the first');
like($r->{err}, qr{^postrider: the report cannot be written to /nowhere/x: No such file.*\npostrider: sent to .*\n\z}ms,
    'the report is one warning, and the fate stands last');
$r = run({}, 'send', '--json', '--server', $plain->{url}, '--return', 'full', 'bob@example.org', @hello);
like((json_lines($r->{out}))[0]{text}, qr/does not offer DSN/, 'as JSON, too');
$r = run({}, 'send', '--server', $s->{url}, '--transcript', '/nowhere/x', 'bob@example.org', @hello);
is($r->{status}, 74, 'a transcript that cannot be written is known before anything is sent');
like($r->{err}, qr{cannot write /nowhere/x: .*\npostrider: nothing was sent\n\z}, 'and said');
$r = run({}, 'send', '--server', 'smtp://127.0.0.1:1', '--report-to', $copy, 'bob@example.org', @hello, '-f', 'two@x, addresses@x');
is((json_lines(Rider::slurp($copy)))[0]{event}, 'error', 'what stops it before is in the report');
$r = run({}, 'send', '-v', '--server', $s->{url}, 'bob@example.org', @hello);
like("$r->{out}$r->{err}", qr/^postrider: sent to bob\@example\.org\n\z/m, '-v: the fate is last, in a pipe, too');
$r = run({stdout => '/dev/full'}, 'send', '--json', '--server', $s->{url}, 'bob@example.org', @hello);
is($r->{status}, 0, 'a report that is lost does not change the fate');

like(run({}, '--subject', 'x', 'send', 'bob@example.org')->{err},
    qr/^postrider: unknown option '--subject'; nothing was sent\nhint: .* postrider send --help$/,
    'options before the command: which one was meant');

done_testing();
