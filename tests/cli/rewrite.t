#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Senders that a relay would refuse become the account's address, and only those.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use POSIX ();
use Rider;
use Test::More;

my $sendmail = link_as('sendmail');
my $host = (POSIX::uname())[1];
(my $short = $host) =~ s/\..*//;
my $s;

sub serve {
	my ($account, $defaults) = @_;
	$s = server();
	config("[defaults]\ndomain = home.example\n" . ($defaults // '')
		. "[account lab]\nhost = 127.0.0.1\nport = $s->{port}\ntls = off\nauth = off\n$account");
}

# Envelope sender and header of what arrived.
sub arrived {
	my ($text, @args) = @_;
	my $r = run({program => $sendmail, stdin => $text}, @args, 'bob@example.net');
	is("$r->{status}$r->{out}$r->{err}", '0', 'sent in silence');
	my $mail = $s->mail(1);
	my ($c) = $s->record;
	is_deeply($c->{faults} // [], [], 'no fault of ours');
	$mail =~ s/\r\n\r\n.*//s;
	return ($c->{messages}[0]{from}, $mail);
}

my $own = "from = ann\@example.org, *\@lists.example.org\n";
for (['cron', '', $own, ['-i'], 'From: root (Cron Daemon)', 'ann@example.org', 'From: Cron Daemon <ann@example.org>', 'root (Cron Daemon)'],
    ['a bare name', '', $own, [], 'From: root', 'ann@example.org', "From: root on $short <ann\@example.org>", 'root'],
    ['at localhost', '', $own, ['-f', 'root@localhost'], 'From: Ann L. <ann@localhost>', 'ann@example.org',
    	'From: "Ann L." <ann@example.org>', 'Ann L. <ann@localhost>'],
    ['at the machine', '', $own, ['-f', "root\@$host"], "From: x\@$host", 'ann@example.org', "From: x on $short <ann\@example.org>", "x\@$host"],
    ['at domain', '', $own, ['-f', 'x@home.example'], 'From: x@HOME.example', 'ann@example.org',
    	"From: x on $short <ann\@example.org>", 'x@HOME.example'],
    ['at a domain named local', "local-domains = old.example\n", $own, [],
    	'From: x@old.example', 'ann@example.org', "From: x on $short <ann\@example.org>", 'x@old.example'],
    ['a foreign one stays', '', $own, ['-f', 'x@foreign.example'], 'From: x@foreign.example',
    	'x@foreign.example', 'From: x@foreign.example', undef],
    ['one of its own stays', '', $own, ['-f', 'b@lists.example.org'], 'From: b@lists.example.org',
    	'b@lists.example.org', 'From: b@lists.example.org', undef],
    ['the null sender stays', '', $own, ['-f', '<>'], 'From: root', '', "From: root on $short <ann\@example.org>", 'root'],
    ['always', '', "${own}rewrite-from = always\n", ['-f', 'x@foreign.example'],
    	'From: X <x@foreign.example>', 'ann@example.org', 'From: X <ann@example.org>', 'X <x@foreign.example>'],
    ['never', '', "${own}rewrite-from = never\n", ['-f', 'x@localhost'], 'From: x@localhost', 'x@localhost', 'From: x@localhost', undef],
    ['never, for all accounts', "rewrite-from = never\n", $own, [], 'From: root', 'ann@example.org', 'From: root@home.example', undef],
    ['without addresses of its own', '', '', ['-f', 'root'], 'From: root', 'root@home.example', 'From: root@home.example', undef],
    ['two authors', '', $own, [], 'From: root, x@foreign.example', 'ann@example.org',
    	"From: root on $short <ann\@example.org>,\r\n x\@foreign.example", 'root, x@foreign.example'],
    ['an 8-bit name', '', $own, [], "From: J\xc3\xbcrgen <root>", 'ann@example.org',
    	'From: =?UTF-8?Q?J=C3=BCrgen?= <ann@example.org>', '=?UTF-8?B?SsO8cmdlbiA8cm9vdD4=?=']) {
	my ($claim, $defaults, $account, $args, $field, $from, $want, $original) = @$_;
	serve($account, $defaults);
	my ($sender, $header) = arrived("$field\nSubject: x\n\nhi\n", @$args);
	is($sender, $from, "$claim: the envelope");
	like($header, qr/^\Q$want\E(\r|\z)/m, "$claim: From");
	if (defined $original) {
		like($header, qr/^X-Original-From: \Q$original\E(\r|\z)/m, "$claim: what it was");
	} else {
		unlike($header, qr/^X-Original/m, "$claim: nothing to note");
	}
}

serve($own, "undisclosed-recipients = yes\n");
my (undef, $header) = arrived("Subject: x\n\nhi\n");
like($header, qr/^To: undisclosed-recipients:;(\r|\z)/m, 'undisclosed recipients, on request');
serve($own, "undisclosed-recipients = yes\n");
(undef, $header) = arrived("Cc: c\@example.org\nTo:\n\nhi\n");
unlike($header, qr/^To:/m, 'not beside a Cc');

# A From that is added to mail of nobody.
serve($own);
(my $from, $header) = arrived("Subject: x\n\nhi\n", '-f', '<>');
is($from, '', 'mail of nobody');
like($header, qr/^From: .* <ann\@example\.org>\r/m, 'has an author that the relay takes');

# More than one of what may be there once: as it came, and a note for who asks.
$s = server();
config("[account lab]\nhost = 127.0.0.1\nport = $s->{port}\ntls = off\nauth = off\n");
my $r = run({program => $sendmail, stdin => "From: a\@example.org\nSubject: x\nSubject: y\n\nhi\n"}, '-v', '--', 'bob@example.net');
is($r->{status}, 0, 'a field twice');
like($r->{err}, qr/more than one Subject field/, 'is noted with -v');

done_testing;
