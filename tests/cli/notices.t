#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Who is told of what failed, and how: each notice is read by a parser that is not ours.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Rider;
use Test::More;

my $dir = tmp('q');

sub conf {
	my ($server, $more) = @_;
	return put('conf', "[account t]\nhost = 127.0.0.1\nport = $server->{port}\ntls = off\n"
		. "from = me\@test.example\nehlo-name = host.test.example\n[queue]\ndirectory = $dir\n" . ($more // ''));
}

sub rider { return run({stdin => ''}, '-C', tmp('conf'), @_) }

sub queued {
	my ($text, @args) = @_;
	my $r = run({stdin => $text}, '-C', tmp('conf'), @args);
	is($r->{status}, 0, 'queued') or diag $r->{err};
}

sub room { return map { s{.*/}{}r } sort glob "$dir/$_[0]/*" }

# What python's email makes of a notice: its parts, and the fields of each group of the status.
my $reader = put('read.py', <<'PY');
import email, email.policy, json, sys
raw = sys.stdin.buffer.read()
lines = raw.split(b"\r\n")
m = email.message_from_bytes(raw)
out = {"type": m.get_content_type(), "report": m.get_param("report-type"), "defects": [], "parts": [],
       "to": m["To"], "auto": m["Auto-Submitted"], "cte": m["Content-Transfer-Encoding"],
       "eight": any(b > 127 for b in raw), "bare": b"\r" in b"".join(lines) or b"\n" in b"".join(lines),
       "longest": max(map(len, lines)), "groups": [], "subject": m["Subject"]}
for part in m.walk():
    out["defects"] += [type(d).__name__ for d in part.defects]
for part in m.get_payload():
    t = part.get_content_type()
    body = part.get_payload(decode=True)
    p = {"type": t, "cte": part["Content-Transfer-Encoding"]}
    if t.startswith("text/"):
        p["text"] = body.decode(part.get_content_charset() or "ascii", "replace")
    elif t == "message/delivery-status":
        out["groups"] = [{k: v for k, v in g.items()} for g in part.get_payload()]
    elif t == "message/global-delivery-status":
        # python knows no such type: the groups by hand
        text = raw.split(b"message/global-delivery-status", 1)[1].split(b"\r\n\r\n", 1)[1]
        text = text.split(b"\r\n--", 1)[0].decode("utf-8")
        out["groups"] = [dict(l.split(": ", 1) for l in g.splitlines()) for g in text.strip().split("\r\n\r\n")]
    else:
        p["text"] = part.get_payload()[0].as_string() if part.is_multipart() else str(part.get_payload())
    out["parts"].append(p)
print(json.dumps(out))
PY

sub parsed {
	my ($mail) = @_;
	put('notice', $mail);
	open my $py, '-|', "/usr/bin/python3 $reader <" . tmp('notice') or die $!;
	local $/;
	my $m = eval { JSON::PP->new->utf8->decode(scalar <$py>) } // {};
	close $py;
	is_deeply($m->{defects}, [], 'the parser finds no defect');
	ok(!$m->{bare} && $m->{longest} <= 998, 'its lines are legal');
	return $m;
}

sub notices {
	my ($server) = @_;
	my @all;
	for (my $i = 1; defined(my $mail = $server->mail($i)); $i++) {
		push @all, $mail if $mail =~ /multipart\/report/;
	}
	return @all;
}

# ---- a bounce, as the sender wanted it

my $server = server('--rcpt', 'bad*=550 5.1.1 No such user', '--rcpt', 'never*=550 5.1.1 No');
conf($server);
queued("Subject: whole\n\nthe body\n", 'sendmail', '-odq', '-f', 'me@test.example', '-R', 'full', '-V', 'E=1+2',
	'-N', 'failure,delay', 'bad@x.test', 'bob@x.test');
queued("Subject: quiet\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example', '-N', 'never', 'never@x.test');
queued("Subject: late only\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example', '-N', 'delay', 'never2@x.test');
rider('queue', 'run');
is_deeply([room('queue'), room('dead')], [], 'nothing is left');
my @got = notices($server);
is(scalar @got, 1, 'who wants no notice gets none');
my $m = parsed($got[0] // '');
is("$m->{type} $m->{report} $m->{auto}", 'multipart/report delivery-status auto-replied', 'a report');
is_deeply([map { $_->{type} } @{$m->{parts}}], ['text/plain', 'message/delivery-status', 'message/rfc822'],
	'RET=FULL returns the message');
like($m->{parts}[2]{text}, qr/^Subject: whole\n.*the body/ms, 'all of it');
my ($message, @rcpts) = @{$m->{groups}};
is($message->{'Reporting-MTA'}, 'dns; host.test.example', 'Reporting-MTA');
is($message->{'Original-Envelope-Id'}, 'E=1+2', 'ENVID comes back');
like($message->{'Arrival-Date'}, qr/^\w{3}, \d/, 'Arrival-Date');
is(scalar @rcpts, 1, 'one recipient failed');
is($rcpts[0]{$_->[0]}, $_->[1], $_->[0]) for ['Final-Recipient', 'rfc822; bad@x.test'], ['Action', 'failed'],
	['Status', '5.1.1'], ['Remote-MTA', 'dns; 127.0.0.1'], ['Diagnostic-Code', 'smtp; 550 5.1.1 No such user'];
like($rcpts[0]{'Last-Attempt-Date'}, qr/^\w{3}, \d/, 'Last-Attempt-Date');
my ($sent) = grep { $_->{from} eq '' } map { @{$_->{messages}} } $server->record;
is_deeply($sent->{to}, ['me@test.example'], 'the notice has the null sender, and goes to the sender');

# ---- 8 bits: of the server's words, of names, of addresses

$server = server('--rcpt', 'bad*=550 5.1.1 Unbekannt: müller', '--rcpt', 'jü*=550 5.1.1 No such user');
conf($server);
queued("Subject: gr\xc3\xbc\xc3\x9fe\nTo: bad\@x.test\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example', 'bad@x.test');
rider('queue', 'run');
$m = parsed((notices($server))[0] // '');
ok(!$m->{eight} && !defined $m->{cte}, 'what can be said in 7 bits is');
like($m->{parts}[0]{text}, qr/550 5\.1\.1 Unbekannt: m\xfcller/, 'and is what it was') if !$m->{eight};
queued("Subject: gr\xc3\xbc\xc3\x9fe\nTo: j\xc3\xbc\@x.test\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example',
	"j\xc3\xbc\@x.test");
rider('queue', 'run');
$m = parsed((notices($server))[1] // '');
is("$m->{report} $m->{cte}", 'global-delivery-status 8bit', 'a recipient beyond ASCII: the types of RFC 6533');
is($m->{groups}[1]{'Final-Recipient'}, "utf-8; j\xfc\@x.test", 'with its address as it is');
is_deeply([grep { @$_ } map { $_->{faults} // [] } $server->record], [], 'the server finds no fault in any of it');

# ---- a relay without 8BITMIME and SMTPUTF8 can be told of what it refuses

$server = server('--no-ext', '8BITMIME', '--no-ext', 'SMTPUTF8');
conf($server);
queued("Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\xc3\xbc\n",
	'sendmail', '-odq', '-f', 'me@test.example', '-R', 'full', "bob\@x.test");
queued("Subject: x\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example', "j\xc3\xbc\@x.test");
rider('queue', 'run');
@got = notices($server);
is(scalar @got, 2, 'both notices arrive');
$m = parsed($got[1] // '');
ok(!$m->{eight}, 'without an octet of 8 bits');
is($m->{groups}[1]{'Final-Recipient'}, 'utf-8; j\x{FC}@x.test', 'addresses in the form for that');
is_deeply([room('queue'), room('dead')], [], 'nothing is left');
is_deeply([grep { @$_ } map { $_->{faults} // [] } $server->record], [], 'the server finds no fault in any of it');

# ---- late, and for how long it is tried

$server = server('--rcpt', 'later*=450 4.2.1 Greylisted');
conf($server, "warn-after = 1ms\n");
queued("Subject: late\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example', '-N', 'delay', 'later@x.test');
queued("Subject: late\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example', '-N', 'failure', 'later2@x.test');
rider('queue', 'run');
rider('queue', 'run', '--now');
@got = notices($server);
is(scalar @got, 1, 'who asked to hear of delays is warned, once');
$m = parsed($got[0] // '');
is($m->{groups}[1]{$_->[0]}, $_->[1], $_->[0]) for ['Final-Recipient', 'rfc822; later@x.test'],
	['Action', 'delayed'], ['Status', '4.2.1'], ['Diagnostic-Code', 'smtp; 450 4.2.1 Greylisted'];
like($m->{groups}[1]{'Will-Retry-Until'}, qr/^\w{3}, \d/, 'Will-Retry-Until');
is(scalar(() = room('queue')), 2, 'both messages wait');
rider('queue', 'remove', room('queue'));

# ---- half of many

$server = server('--rcpt', 'bad*=550 5.1.1 No such user');
conf($server);
queued("Subject: many\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example', map { ("bad$_\@x.test", "good$_\@x.test") } 1 .. 1500);
rider('queue', 'run');
$m = parsed((notices($server))[0] // '');
my %told;
$told{$_->{'Final-Recipient'}}++ for @{$m->{groups}}[1 .. 1500];
is_deeply(\%told, {map { ("rfc822; bad$_\@x.test", 1) } 1 .. 1500}, 'each that failed is named once');
like($m->{parts}[0]{text}, qr/^and to 500 more: /m, 'a person need not read all of it');

# ---- notices are never told of

$server = server('--rcpt', '*=550 5.1.1 No such user');
conf($server);
queued("Subject: x\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example', 'bad@x.test');
queued("Subject: x\n\nx\n", 'sendmail', '-odq', '-f', '<>', 'bad@x.test');
my $r = rider('queue', 'run');
is_deeply([room('queue')], [], 'the queue is empty');
my @dead = room('dead');
is(scalar @dead, 2, 'the notice that failed, and mail without a sender, are kept in dead/');
is(scalar(grep { /b0$/ } @dead), 1, 'one of them is the notice');
open my $f, '<', "$dir/dead/" . (grep { /b0$/ } @dead)[0] or die $!;
like(join('', <$f>), qr/^Final-Recipient: rfc822; bad\@x\.test/m, 'with all that is in it');
rider('queue', 'run');
is_deeply([room('dead')], \@dead, 'where they stay');
rider('queue', 'remove', @dead);

# ---- a relay that takes no null sender gets the account's address

$server = server('--script', put('null', <<'EOF'));
S 220 x.test
C EHLO *
S 250-x.test
S 250 8BITMIME
C MAIL FROM:<me@test.example>*
S 250 Ok
C RCPT TO:<bad@x.test>
S 550 5.1.1 No such user
CONNECTION
S 220 x.test
C EHLO *
S 250-x.test
S 250 8BITMIME
C MAIL FROM:<>*
S 550 5.7.1 No bounces here
C RSET
S 250 Ok
C MAIL FROM:<me@test.example>*
S 250 Ok
C RCPT TO:<me@test.example>
S 250 Ok
C DATA
S 354 Go
BODY
S 250 2.0.0 Ok
EOF
conf($server);
queued("Subject: x\n\nx\n", 'sendmail', '-odq', '-f', 'me@test.example', 'bad@x.test');
$r = rider('queue', 'run');
my @record = $server->record;
is($record[-1]{script}, 'ok', 'the second try has the account\'s address') or diag explain \@record;
is_deeply([room('queue'), room('dead')], [], 'and the notice is gone');

# ---- more than twenty an hour

$server = server('--rcpt', 'bad*=550 5.1.1 No such user');
conf($server);
unlink "$dir/notices";
for my $i (1 .. 23) {
	run({stdin => "Subject: $i\n\nx\n"}, '-C', tmp('conf'), 'sendmail', '-odq', '-f', 'me@test.example', "bad$i\@x.test");
}
rider('queue', 'run');
is(scalar(() = notices($server)), 20, 'twenty notices');
is(scalar(() = room('queue')), 3, 'three messages wait');
rider('queue', 'run', '--now');
is(scalar(() = notices($server)), 20, 'as long as the hour is not over, whoever asks');
unlink "$dir/notices";
rider('queue', 'run', '--now') for 1, 2;
@got = notices($server);
is(scalar @got, 21, 'then one more');
is_deeply([room('queue'), room('dead')], [], 'and nothing is left');
my ($digest) = grep { /Subject: 3 messages could not be delivered/ } @got;
$m = parsed($digest // '');
is(scalar @{$m->{groups}}, 1 + 3, 'which tells of the three');
my %named;
for my $notice (@got) {
	$named{$1}++ while $notice =~ /^Final-Recipient: rfc822; (\S+)\r?$/mg;
}
is_deeply(\%named, {map { ("bad$_\@x.test", 1) } 1 .. 23}, 'each recipient is named once');

done_testing();
