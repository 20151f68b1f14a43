#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# lookup: what the DNS says about a mail domain, judged, against a name server of our own.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Rider;
use Test::More;

my $dns = dns(<<'END');
good.example MX 20 mx2.good.example
good.example MX 10 mx1.good.example
mx1.good.example A 192.0.2.1
mx1.good.example AAAA 2001:db8::1
mx2.good.example A 192.0.2.2
_25._tcp.mx1.good.example TLSA 3 1 1 abcdef0123
_25._tcp.mx1.good.example !ad
_25._tcp.mx2.good.example TLSA 3 1 1 abcdef0123
_submissions._tcp.good.example SRV 0 1 465 smtp.good.example
_submission._tcp.good.example SRV 0 0 0 .
smtp.good.example A 192.0.2.3
good.example TXT "v=spf1 include:spf.good.example" " ip4:192.0.2.0/24 -all"
good.example TXT other=1
spf.good.example TXT v=spf1 a mx ~all
_dmarc.good.example TXT v=DMARC1; p=reject; rua=mailto:d@good.example
s1._domainkey.good.example TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
old._domainkey.good.example TXT v=DKIM1; p=
two._domainkey.good.example TXT v=DKIM1; p=
two._domainkey.good.example TXT v=DKIM1; p=x
_mta-sts.good.example TXT v=STSv1; id=20260101
_smtp._tls.good.example TXT v=TLSRPTv1; rua=mailto:t@good.example
bad.example MX 10 alias.bad.example
bad.example MX 20 gone.bad.example
alias.bad.example CNAME mx1.good.example
bad.example TXT v=spf1 include:nothing.bad.example ipx:1 -all
bad.example !truncated
_dmarc.bad.example TXT v=DMARC1; rf=afrf
_mta-sts.bad.example TXT v=STSv1
_submission._tcp.bad.example SRV 0 1 587 gone.bad.example
nothing.bad.example A 192.0.2.9
deep.a.example A 192.0.2.9
_dmarc.a.example TXT v=DMARC1; p=reject; sp=quarantine; t=y
_dmarc.example TXT v=DMARC1; p=none; psd=y
deep.a.example TXT v=spf1 include:x.example include:x.example +all
x.example TXT v=spf1 a a a a a a a a -all
loop.example MX 0 .
loop.example TXT v=spf1 redirect=loop.example
two.example A 192.0.2.9
two.example TXT v=spf1 -all
two.example TXT v=spf1 ~all
silent.example MX 10 mx1.good.example
silent.example TXT "v=spf1 -all" "\x1b[31m"
_dmarc.silent.example !servfail
_mta-sts.silent.example !garbage
_mta-sts.silent.example TXT v=STSv1; id=1
broken.example !servfail
END

# The findings of a domain: KIND/VERDICT, and the texts.
sub look {
	my ($domain, @args) = @_;
	my $r = run({}, 'lookup', '--json', '--resolver', $dns->{url}, @args, $domain);
	my @found = grep { $_->{event} eq 'record' } json_lines($r->{out});
	return ($r, \@found, join(' ', map { "$_->{kind}:$_->{verdict}" } @found), join("\n", map { $_->{text} } @found));
}

my ($r, $found, $verdicts, $texts) = look('ann@Good.Example.', map { ('--selector', $_) } qw(s1 old two none));
is($r->{status}, 0, 'a domain where nearly all is well') or diag $r->{err};
is($verdicts, 'mx:ok tlsa:ok mx:ok tlsa:warn srv:ok srv:info spf:ok dkim:ok dkim:wrong dkim:wrong dkim:missing dmarc:ok '
	. 'mta-sts:ok tls-rpt:ok', 'each record with its verdict');
is($found->[0]{value}, '10 mx1.good.example', 'the MX of the lowest number first');
is($found->[0]{text}, '1 IPv4, 1 IPv6', '... with its addresses');
like($texts, qr/not validated by DNSSEC/, 'a TLSA record counts only when it is validated');
is((grep { $_->{kind} eq 'spf' } @$found)[0]{text},
    'other hosts may not send (-all); 3 of 10 lookups', 'SPF is counted with what it includes');
like((grep { $_->{kind} eq 'spf' } @$found)[0]{value}, qr/^v=spf1 include:spf\.good\.example ip4:192/, '... its strings joined');
like($texts, qr/ed25519 of 256 bits\nthis key is revoked.*\n2 records: there must be one\nno key of that selector/, 'DKIM');
like($texts, qr/forged mail: refused \(reject\); reports are sent/, 'DMARC');

($r, $found, $verdicts, $texts) = look('bad.example');
is($verdicts, 'mx:wrong tlsa:info mx:wrong tlsa:info '
    . 'srv:info srv:wrong spf:wrong dkim:info dmarc:wrong mta-sts:wrong tls-rpt:info',
    'one where nothing is (answers by TCP)');
like($texts, qr/alias\.bad\.example is an alias \(CNAME\)/, 'an MX that is an alias');
like($texts, qr/gone\.bad\.example has no address/, 'one without an address');
like($texts, qr/publish: _submissions\._tcp\.bad\.example\. SRV 0 1 465 smtp\.bad\.example\./, 'what to publish');
like($texts, qr/'ipx:1' is no term of SPF/, 'a slip in SPF');
like($texts, qr/it has no policy: add p=none/, 'DMARC without a policy');

($r, $found, $verdicts, $texts) = look('deep.a.example');
like($verdicts, qr/^mx:warn .*spf:wrong .*dmarc:ok/, 'a domain below another');
like($texts, qr/it costs 18 lookups, and only 10 are made/, 'SPF with too many lookups');
like($texts, qr/quarantine\), as a\.example says for what is below it; only a test \(t=y\); no reports \(rua\); /,
	'DMARC by the tree walk');

($r, $found, $verdicts, $texts) = look('loop.example');
like($texts, qr/takes no mail, and says so/, 'a null MX');
like($verdicts, qr/spf:wrong .*dmarc:ok/, 'a record that leads to itself comes to an end; the suffix has a policy');
($r, $found, $verdicts, $texts) = look('two.example');
like($texts, qr/2 records: there must be one, or all of them fail/, 'two records of SPF');

($r, $found, $verdicts, $texts) = look('silent.example');
is($r->{status}, 0, 'a server that fails for some names');
like($verdicts, qr/dmarc:unknown mta-sts:unknown/, '... is not taken for "there is none"');
unlike($r->{out}, qr/\x1b/, 'no control character of a record reaches the terminal');

for (['nowhere.test', 68, qr/there is no domain nowhere\.test/], ['broken.example', 75, qr/no answer for broken\.example/],
    ['word', 64, qr/not a mail domain/], ['a..b', 64, qr/not a mail domain/]) {
	my ($domain, $status, $words) = @$_;
	$r = run({}, 'lookup', '--resolver', $dns->{url}, $domain);
	is($r->{status}, $status, "$domain: $status");
	like($r->{err}, $words, '... and why');
}
is(run({}, 'lookup', '--resolver', 'dns', 'a.example')->{status}, 64, 'a resolver that is no address');
is(run({}, 'lookup')->{status}, 64, 'no domain');

$r = run({}, 'lookup', '--resolver', $dns->{url}, 'good.example', '--color', 'always');
like($r->{out}, qr/^mx       \e\[[0-9;]*mok\e\[0?m        10 mx1\.good\.example\n {19}1 IPv4, 1 IPv6\n/m, 'for people');
like($r->{out}, qr/^good\.example: 0 wrong, 0 missing, 1 warning\n\z/m, '... with the sums last');

# ---- probe DOMAIN

my $certs = certs();
my $s = server('--tls', 'implicit', '--cert', "$certs/good", '--auth', 'PLAIN');
my $pwned = tmp('pwned');
my $srv = dns("_submissions._tcp.mail.example SRV 0 1 $s->{port} localhost\nplain.example A 192.0.2.1\n"
	. "_submissions._tcp.off.example SRV 0 0 0 .\n"
	. "_submissions._tcp.evil.example SRV 0 0 465 localhost?port=$s->{port}&user=a.b&password-command=touch%20$pwned%20%23\n");
$r = run({}, 'probe', 'mail.example', '--resolver', $srv->{url}, '--tls-ca', "$certs/ca.pem", '--stop-after', 'ehlo');
is($r->{status}, 0, 'probe DOMAIN finds the server by SRV') or diag $r->{out}, $r->{err};
like($r->{out}, qr/connect +127\.0\.0\.1:$s->{port} \(localhost\)/, '... and looks at it');
for (['plain.example', qr/names no server for sending/], ['off.example', qr/offers no server for sending/]) {
	$r = run({}, 'probe', $_->[0], '--resolver', $srv->{url});
	is($r->{status}, 68, "$_->[0] has none");
	like($r->{err}, $_->[1], '... and says so');
}
$r = run({}, 'probe', 'mail.example', '--resolver', $srv->{url}, '--tls-ca', "$certs/ca.pem", '--user', 'ann', '--password-command',
    "touch $pwned");
is($r->{status}, 64, 'no login where only the DNS leads, in another domain');
like($r->{err}, qr{leads to smtps://localhost:$s->{port}, which is not in mail\.example}, '... and where that is, is said');
ok(!-e $pwned, '... before any password is read');
$r = run({}, 'probe', 'evil.example', '--resolver', $srv->{url}, '--tls-ca', "$certs/ca.pem");
ok(!-e $pwned, 'nothing that the DNS says is run as a command');
is($r->{status}, 68, '... a target that is no name of a host is refused') or diag $r->{out}, $r->{err};
like($r->{err}, qr/no name of a host/, '... and said to be none');
done_testing();
