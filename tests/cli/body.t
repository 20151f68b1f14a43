#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Bodies that mail cannot carry as they came, from standard input to the server: what it gets is
# undone by another program's decoder.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

my $sendmail = link_as('sendmail');
my $runq = link_as('runq');
my $queue = tmp('queue');

sub account {
	my ($s, $broken) = @_;
	config("[account t]\nhost = 127.0.0.1\nport = $s->{port}\ntls = off\nfrom = me\@test.example\n" .
	    ($broken // '') . "\n[queue]\ndirectory = $queue\n");
}

# The body of a mail as Python decodes it.
sub decoded {
	my ($mail) = @_;
	my $path = put('mail.eml', $mail);
	open my $p, '-|', '/usr/bin/python3', '-c',
	    'import quopri, sys; body = open(sys.argv[1], "rb").read().split(b"\r\n\r\n", 1)[1];'
	    . 'sys.stdout.buffer.write(quopri.decodestring(body))', $path or die $!;
	binmode $p;
	local $/;
	return scalar <$p>;
}

sub crlf { return $_[0] =~ s/\r*\n/\r\n/gr }

my $long = join '', map { chr(97 + $_ % 26) } 1 .. 5000;
my $hostile = "a\0b = \t\n.\nFrom me\r\n\n$long\n" . 'x ' x 80 . "\nno end";
my $head = "To: bob\@x.test\nSubject: x\n";

# ---- a body that is encoded

my $server = server('--ext', 'SIZE 1000000');
account($server);
my $r = run({program => $sendmail, stdin => "$head\n$hostile"}, '-v', '-v', 'bob@x.test');
is($r->{status}, 0, 'a NUL and 5,000 octets in a line: sent');
my $mail = $server->mail(1);
like($mail, qr/^MIME-Version: 1\.0\r\nContent-Type: text\/plain; charset=us-ascii\r
Content-Transfer-Encoding: quoted-printable\r\n\r\n/m, 'as quoted-printable');
unlike($mail, qr/\0|[^\r\n]{999}/, 'without what mail cannot carry');
ok(decoded($mail) eq crlf("$hostile\n"), 'that decodes to what was written');
my ($c) = $server->record;
is_deeply($c->{faults} // [], [], 'no fault of ours');
my ($mailfrom) = $r->{err} =~ /(MAIL FROM.*)/;
like($mailfrom, qr/ SIZE=${\length $mail}\b/, 'SIZE is that of what leaves');
unlike($mailfrom, qr/8BITMIME/, 'and it is 7-bit');

# ---- a body that says what it is

$server = server();
account($server);
$r = run({program => $sendmail, stdin => "$head\ngr\xc3\xbc\xc3\x9fe\n"}, '-v', '-v', 'bob@x.test');
is($r->{status}, 0, 'UTF-8 without MIME');
$mail = $server->mail(1);
like($mail, qr/^MIME-Version: 1\.0\r\nContent-Type: text\/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r\n\r\ngr\xc3\xbc\xc3\x9fe\r\n\z/m, 'gets its fields');
($c) = $server->record;
is_deeply($c->{faults} // [], [], 'no fault of ours');
like($r->{err}, qr/MAIL FROM.* BODY=8BITMIME\b/, 'and is told to the server');

# ---- no body, and no header either

$server = server();
account($server);
is(run({program => $sendmail}, 'bob@x.test')->{status}, 0, 'empty input');
like($server->mail(1), qr/^(?:[A-Z][A-Za-z-]+: [^\r]+\r\n){3}\r\n\z/, 'is a message all the same');

# ---- what cannot be encoded

$server = server();
account($server);
my $parts = "${head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n";
$r = run({program => $sendmail, stdin => "${parts}a\0b\n--b--\n"}, 'bob@x.test');
is($r->{status}, 65, 'a NUL in a part is refused');
like($r->{err}, qr/a NUL octet in its body/, 'and that is said');
is(scalar(my @left = glob "$queue/queue/*"), 0, 'nothing is kept');
$r = run({program => $sendmail, stdin => "$parts$long--b\n--b--\n"}, 'bob@x.test');
is($r->{status}, 0, 'a long line in a part');
like($server->mail(1), qr/\r\n--b\r\n\r\n[a-z]{998}\r\n [a-z]{997}\r\n [^\0]*--b\r\n--b--\r\n\z/, 'is wrapped');
is(scalar($server->record), 1, 'and what was refused was not sent');

# ---- through the queue, and without a configuration that can be used

$server = server();
account($server, "tls-verify = perhaps\n");
$r = run({program => $sendmail, stdin => "$head\n$hostile"}, 'bob@x.test');
is($r->{status}, 0, 'a broken configuration: kept');
account($server);
$r = run({program => $sendmail, stdin => "$head\n$hostile"}, '-odq', 'bob@x.test');
is($r->{status}, 0, 'queued');
$r = run({program => $runq});
is("$r->{status}/$r->{err}", '0/', 'a run sends both');
for my $n (1, 2) {
	ok(decoded($server->mail($n)) eq crlf("$hostile\n"), "mail $n decodes to what was written");
	is(scalar(() = $server->mail($n) =~ /^(?:MIME-|Content-)/mg), 3, "mail $n has its fields once");
}
done_testing();
