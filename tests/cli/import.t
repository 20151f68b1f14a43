#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Configurations of other programs: printed without their secrets, loaded, written, and a message sent
# with what came of each.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

my $certs = certs();
my $data = "$ENV{SRC}/tests/data/import";

sub slurp {
	open my $f, '<', $_[0] or return;
	local $/;
	return scalar <$f>;
}

# folder or file, kind, account, TLS of the server, user, password, who the envelope says it is from
my @all = (
	['msmtp-gmail', 'msmtp', 'gmail', 'starttls', 'ann.example', 'abcd #;= \\efgh', 'ann.example@gmail.com'],
	['msmtp-several', 'msmtp', 'freemail', 'starttls', 'joe.smith', 'free mail', 'joe_smith@freemail.example'],
	['msmtp-several', 'msmtp', 'work', 'implicit', 'jsmith', 'corp$ecret', 'bob@corp.example'],
	['msmtp-system', 'msmtp', 'default', 'implicit', '0815-ann', 's3cret:with"quote', 'root@nas.home.example'],
	['msmtp-plain', 'msmtp', 'lan', 'off', undef, undef, 'backup@lan.example'],
	['ssmtp-gmail/ssmtp.conf', 'ssmtp', 'relay', 'starttls', 'ann.example@gmail.com', 'abcdefghijklmnop',
		'ann.example@gmail.com'],
	['ssmtp-isp/ssmtp.conf', 'ssmtp', 'relay', 'implicit', '0815', 'pa$$ #word', 'ann@home.example'],
	['ssmtp-isp/ssmtp.conf', 'ssmtp', 'smtp2.isp.example', 'implicit', '0815', 'pa$$ #word', 'ann@home.example'],
	['ssmtp-lan/ssmtp.conf', 'ssmtp', 'relay', 'off', undef, undef, 'cron@db1.lan.example'],
	['nullmailer-provider', 'nullmailer', 'relay', 'starttls', 'ann@home.example', 'it\'s "quoted" #1', 'a@home.example'],
	['nullmailer-chain', 'nullmailer', 'relay', 'implicit', 'ann', 'two words', 'cron@home.example'],
	['nullmailer-chain', 'nullmailer', 'relay-2', 'implicit', 'ann', 'two words', 'cron@home.example'],
	['nullmailer-lan', 'nullmailer', 'relay', 'off', undef, undef, 'x@db1.lan.example'],
	['dma-provider', 'dma', 'relay', 'starttls', 'ann@home.example', 'colon:and|bar', 'ann@home.example'],
	['dma-debian', 'dma', 'relay', 'implicit', '0815', 's3cret', 'ann@home.example'],
);

my $n = 0;
for my $row (@all) {
	my ($file, $kind, $account, $tls, $user, $secret, $from) = @$row;
	my $dir = tmp('conf' . ++$n);
	my $conf = "$dir/postrider/postrider.conf";
	my $claim = "$file, $account";

	my $printed = run({}, '-C', $conf, 'import', $kind, "$data/$file");
	is($printed->{status}, 0, "$claim: is printed");
	ok(!-e $dir, "$claim: and nothing written");
	my @leaks = grep { $secret && $user && $secret ne 'free mail' && index("$printed->{out}$printed->{err}", $_) >= 0 }
		$secret;
	is("@leaks", '', "$claim: without its secret");
	like($printed->{err}, qr/postrider check --all\n\z/, "$claim: the last line says what to do");

	my $r = run({}, '-C', $conf, 'import', $kind, "$data/$file", '--write');
	is($r->{status}, 0, "$claim: is written");
	is(slurp($conf), $printed->{out}, "$claim: as it was printed");
	is(sprintf('%o', (stat "$dir/postrider")[2] & 0777), '700', "$claim: in a folder of its owner's");
	is(join(' ', map { sprintf '%o', (stat)[2] & 0777 } glob "$dir/postrider/*"),
		join(' ', ('600') x (() = glob "$dir/postrider/*")), "$claim: and files of mode 600");
	is(run({}, '-C', $conf, 'config', 'check')->{status}, 0, "$claim: what is printed and written loads");

	open my $f, '>>', $conf or die $!;
	print $f "\n[queue]\nenabled = no\ndirectory = $dir/queue\n";
	close $f;
	my @server = ('--tls', $tls);
	push @server, '--cert', "$certs/good" if $tls ne 'off';
	push @server, '--auth', 'PLAIN,LOGIN', '--user', "$user:$secret", '--require-auth' if $user;
	my $s = server(@server);
	my @set = map { ('--set', "account.$account.$_") } 'host=localhost', "port=$s->{port}", "tls-ca=$certs/ca.pem";
	if ($printed->{out} =~ /^\[account \Q$account\E\]\n(?:.+\n)*?tls-verify = no$/m) {
		# A password that would be shown to anybody stays here, which the remark says.
		$r = run({}, '-C', $conf, @set, 'send', '-a', $account, '--when', 'now', '-f', $from, '-m', 'x', 'bob@example.org');
		is($r->{status}, 77, "$claim: without a verified server there is no login");
		like($printed->{out}, qr/^# a server that is not verified gets no password .*\ntls-verify = no$/m, "$claim: as is said");
		push @set, '--set', "account.$account.tls-verify=yes";
	}
	$r = run({}, '-C', $conf, @set, 'send', '-a', $account, '--when', 'now', '-f', $from, '-m', 'x', 'bob@example.org');
	is($r->{status}, 0, "$claim: a message goes") or diag($r->{err});
	my ($c) = grep { @{$_->{messages} // []} } $s->record;
	is($c->{messages}[0]{from}, $from, "$claim: from whom it should");
}

# ---- --write

my $conf = tmp('w/postrider.conf');
my @import = ('-C', $conf, 'import', 'ssmtp', "$data/ssmtp-gmail/ssmtp.conf", '--write');
is(run({}, @import)->{status}, 0, 'the first time');
my $before = slurp($conf);
my $r = run({}, '-C', $conf, 'import', 'msmtp', "$data/msmtp-gmail", '--write');
is($r->{status}, 64, 'a second configuration is refused');
like($r->{err}, qr/\Q$conf\E is there already.*--force/, 'and told how to have it');
is(slurp($conf), $before, 'and the first one stays');
ok(!-e tmp('w/gmail.password'), 'no password is written then');
unlink $conf;
$r = run({}, @import);
is($r->{status}, 64, 'a password file that is there is refused, too');
ok(!-e $conf, 'and nothing else is written');
is(run({}, @import, '--force')->{status}, 0, '--force replaces');
is(slurp($conf), $before, 'all of it');
is(slurp(tmp('w/relay.password')), "abcdefghijklmnop\n", 'the password as it is');
is(join(' ', map { s{.*/}{}r } sort glob tmp('w/*')), 'postrider.conf relay.password', 'no temporary file is left');
is(run({}, '-C', tmp('in0/x/p.conf'), @import[2 .. 5])->{status}, 74, 'a folder that cannot be made')
	if 0 == system('touch', tmp('in0'));

# ---- what is wrong

$r = run({}, 'import', 'msmpt');
is($r->{status}, 64, 'an unknown program');
like($r->{err}, qr/did you mean 'msmtp'/, 'with the one that is meant');
is(run({}, 'import')->{status}, 64, 'none at all');
is(run({}, 'import', 'dma', 'a', 'b')->{status}, 64, 'two files');
is(run({}, 'import', 'dma', '--force')->{status}, 64, '--force alone');
$r = run({}, 'import', 'msmtp', tmp('absent'));
is($r->{status}, 66, 'a file that is not there');
like($r->{err}, qr/cannot read .*absent/, 'by its name');
$r = run({}, 'import', 'msmtp');
is($r->{status}, 66, 'no file in the usual places');
like($r->{err}, qr{looked for: \S+/\.msmtprc, \S+/\.config/msmtp/config, /etc/msmtprc}, 'which are named');
put('home/.msmtprc', slurp("$data/msmtp-plain"));
$r = run({}, 'import', 'msmtp');
is($r->{status}, 0, 'the usual place');
like($r->{out}, qr{^# from \S+/\.msmtprc \(msmtp\), 1 account\n}, 'is named');
$r = run({}, 'import', 'msmtp', put('bad', "host early\nacount x\naccount a\nhost h.example\nport none\npasword geheim\n"));
is($r->{status}, 0, 'bad lines do not stop the rest');
like($r->{err}, qr{bad:2: unknown command \(is 'account' meant\?\)\n.*bad:6: unknown command \(is 'password'}s,
	'they are told with their numbers');
unlike("$r->{err}$r->{out}", qr/geheim/, 'and never shown');
like($r->{err}, qr/bad:5: left out 'port': 'none' is not a port number/, 'nor is a value that would not load');
$r = run({}, 'import', 'msmtp', put('useless', "# nothing\ntls on\n"));
is($r->{status}, 65, 'nothing useful in it');
is($r->{out}, '', 'and nothing printed');

done_testing();
