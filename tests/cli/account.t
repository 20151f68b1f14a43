#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# account and the writing verbs of config: files are changed where they should be and nowhere else,
# a password is tried before it is stored, and is shown nowhere.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

my $certs = certs();
my $secret = 'Tr0ub4dor-and-3';
my $s = server('--tls', 'implicit', '--cert', "$certs/good", '--auth', 'SCRAM-SHA-256,PLAIN', '--user', "ann:$secret",
    '--require-auth');
my $conf = tmp('etc/postrider.conf');
my $text = <<"END";
# mine
[account lab]
host = localhost
port = $s->{port}
tls-ca = $certs/ca.pem
# who I am
from = ann\@test.example
user = ann

[account other]
like = lab
from = bob\@test.example
[defaults]
account = lab
[queue]
directory = @{[tmp('queue')]}
END

sub begin {
	mkdir tmp('etc');
	open my $f, '>', $conf or die $!;
	print $f $_[0] // $text;
	close $f;
	chmod 0600, $conf;
}

sub rider {
	my ($opts, @args) = @_;
	my $r = run($opts, '-C', $conf, @args);
	is(scalar(() = "$r->{out}$r->{err}" =~ /\Q$secret\E|VHIwdWI0ZG9y/g), 0, "no secret is shown by @args[0, 1]");
	return $r;
}

sub mode { return sprintf '%03o', (stat $_[0])[2] & 0777 }

begin();
my $r = rider({}, 'account', 'list');
like($r->{out}, qr/^\* lab    localhost:\d+  ann   ann\@test\.example  netrc\n  other  /m, 'list: the default one is marked');
is_deeply([map { "$_->{name} $_->{default} $_->{from}[0]" } json_lines(rider({}, 'account', 'list', '--json')->{out})],
    ['lab 1 ann@test.example', 'other 0 bob@test.example'], 'list --json');
like(rider({}, 'account', 'show', 'other')->{out}, qr/^\[account other\]\nlike = lab\nhost = localhost\n.*^# password: account/ms, 'show');

# ---- login

$r = rider({stdin => "wrong\n"}, 'account', 'login', 'lab', '--password-file', '-');
is($r->{status}, 77, 'a wrong password');
like($r->{err}, qr/535.*nothing was stored\n\z/s, '... is not stored');
is(Rider::slurp($conf), $text, '... and nothing is changed');
$r = rider({stdin => "$secret\n"}, 'account', 'login', 'lab', '--password-file', '-');
is($r->{status}, 0, 'the right one') or diag $r->{err};
like($r->{err}, qr/login ok: SCRAM-SHA-256 as ann\n.*is stored/s, '... was tried');
my $file = tmp('etc/secret/lab');
is(Rider::slurp($file), "$secret\n", '... and stands in a file');
is(mode($file) . mode(tmp('etc/secret')) . mode($conf), '600700600', '... that others cannot read');
(my $after = $text) =~ s/(user = ann\n)/$1password-file = $file\n/;
is(Rider::slurp($conf), $after, '... which the account names now');
is(rider({}, 'check', 'lab', '--only', 'auth')->{status}, 0, '... with which it can log in');
like(rider({}, 'account', 'list')->{out}, qr/lab .* password-file\n/, '... as the list says');

my $r2 = rider({stdin => "new\n"}, 'account', 'login', 'lab', '--no-check', '--password-file', '-');
is($r2->{status}, 0, '--no-check stores what it is given');
is(Rider::slurp($file), "new\n", '... in the place of the old one');
$r = rider({}, 'account', 'logout', 'lab');
ok($r->{status} == 0 && !-e $file, 'logout removes it');
is(rider({}, 'account', 'logout', 'lab')->{status}, 0, '... twice is no error');
is(run({}, '-C', $conf, 'account', 'login', 'lab', '--password-command', 'cat ' . put('pw', "$secret\n"))->{status}, 0, 'from a command');
is(Rider::slurp($file), "$secret\n", '... it is stored');

# The keyring, by a program of that name.
my $bin = tmp('bin');
mkdir $bin;
put('bin/secret-tool', "#!/bin/sh\nd=" . tmp('ring') . "\ncase \$1 in\nstore) cat >\$d; echo \"\$*\" >\$d.args ;;\nlookup) cat \$d ;;\nclear) rm -f \$d ;;\nesac\n");
chmod 0755, "$bin/secret-tool";
begin($text =~ s/user = ann\n/user = ann\npassword-keyring = yes\n/r);
local $ENV{PATH} = "$bin:$ENV{PATH}";
local $ENV{XDG_RUNTIME_DIR} = tmp('');
is(rider({stdin => "$secret\n"}, 'account', 'login', 'lab', '--password-file', '-')->{status}, 0, 'into the keyring');
is(Rider::slurp(tmp('ring')), $secret, '... by its standard input, without a line end');
unlike(Rider::slurp(tmp('ring.args')), qr/\Q$secret/, '... never by an argument');
is(rider({}, 'check', 'lab', '--only', 'auth')->{status}, 0, '... and it is found there');
ok(rider({}, 'account', 'logout', 'lab')->{status} == 0 && !-e tmp('ring'), 'and out of it');

for (['password-command = true', qr/comes from a command/], ['password-credential = x', qr/credential of systemd/]) {
	begin($text =~ s/user = ann\n/user = ann\n$_->[0]\n/r);
	$r = rider({stdin => "x\n"}, 'account', 'login', 'lab', '--no-check', '--password-file', '-');
	is($r->{status}, 78, "a source that cannot be written: $_->[0]");
	like($r->{err}, $_->[1], '... and why');
}
begin();
is(rider({}, 'account', 'login', 'lab', '--no-input')->{status}, 64, 'nobody to ask');
$r = rider({}, 'account', 'login', '--password', $secret);
is($r->{status}, 64, 'a password as an argument');
like($r->{err}, qr/not taken from the command line/, '... and what to do');

# ---- default

is(rider({}, 'account', 'default', 'other')->{status}, 0, 'default');
is(Rider::slurp($conf), $text =~ s/account = lab/account = other/r, '... is one line in its place');
like(rider({}, 'account', 'list')->{out}, qr/^\* other/m, '... and holds');
$r = rider({}, 'account', 'default', 'othe');
is($r->{status}, 78, 'an unknown account');
like($r->{err}, qr/did you mean 'other'/, '... and which is meant');
is(rider({}, 'account', 'lst')->{status}, 64, 'an unknown verb');

# ---- config get, set, unset, path

begin();
is(rider({}, 'config', 'get', 'account.lab.host')->{out}, "localhost\n", 'get');
is(rider({}, 'config', 'get', 'account.lab.timeout')->{out}, "30s\n", 'get: a default');
is(rider({}, 'config', 'get', 'account.lab.rate')->{status}, 1, 'get: what is not set');
$r = rider({}, 'config', 'set', 'account.other.port', '25');
is($r->{status}, 0, 'set');
like($r->{err}, qr/^postrider: \Q$conf\E: account\.other\.port is 25 \(was \d+\)\n\z/, '... says what it was');
is(Rider::slurp($conf), $text =~ s/(from = bob\@test\.example\n)/$1port = 25\n/r, '... and changes one line');
is(rider({}, 'config', 'unset', 'account.other.port')->{status}, 0, 'unset');
is(Rider::slurp($conf), $text, '... takes it out again');
for (['account.lab.port', 'no', 78, qr/is not a port/], ['account.lab.prot', '1', 64, qr/did you mean 'port'/],
    ['account.lap.user', 'x', 78, qr/did you mean 'lab'/], ['lab.port', '1', 64, qr/account\.NAME\.KEY/],
    ['account.lab.password', $secret, 64, qr/account login lab/], ['account.lab.like', 'lab', 78, qr/like/],
    ['account.lab.user', "a\nb", 78, qr/line breaks/]) {
	my ($key, $value, $status, $words) = @$_;
	$r = rider({}, 'config', 'set', $key, $value);
	is($r->{status}, $status, "set $key is refused");
	like($r->{err}, $words, '... and why');
	is(Rider::slurp($conf), $text, '... nothing is changed');
}
is(rider({}, 'config', 'path')->{out}, "$conf\n", 'path');
chmod 0640, $conf;
symlink $conf, tmp('link.conf');
is(run({}, '-C', tmp('link.conf'), 'config', 'set', 'queue.lifetime', '3d')->{status}, 0, 'through a link');
ok(-l tmp('link.conf'), '... which stays one');
is(mode($conf), '640', '... and the mode stays');
like(Rider::slurp($conf), qr/directory = .*\nlifetime = 3d\n\z/, '... the file is changed');
is(scalar(grep { !/secret|postrider\.conf$/ } glob tmp('etc/*')), 0, 'no temporary file is left');
begin('');
is(rider({}, 'config', 'set', 'account.new.host', 'mail.test.example')->{status}, 0, 'the first account of all');
is(Rider::slurp($conf), "[account new]\nhost = mail.test.example\n", '... is there');
is(rider({}, 'config', 'edit')->{status}, 64, 'edit without a terminal');
# ---- what a password cannot be, and where it must not come

begin();
rider({}, 'config', 'set', 'account.lab.password-file', tmp('etc/pw'));
put('nul', "a\0b\n");
$r = rider({}, 'account', 'login', '--no-check', '--password-file', tmp('nul'));
is($r->{status}, 78, 'a password with a NUL is none');
ok(!-e tmp('etc/pw'), '... and is not stored');
SKIP: {
	skip 'no core dumps here at all', 1 if `sh -c "ulimit -H -c"` =~ /^0$/;
	rider({}, 'account', 'login', '--no-check', '--password-command', 'ulimit -S -c; ulimit -H -c');
	is(`cat @{[tmp('etc/pw')]}`, "0\n0\n", 'no core is dumped where a password is read');
}
# ---- a password file that is a link

put('elsewhere', "old\n");
unlink tmp('etc/pw');
symlink tmp('elsewhere'), tmp('etc/pw');
put('new', "$secret\n");
rider({}, 'account', 'login', '--no-check', '--password-file', tmp('new'));
ok(-l tmp('etc/pw') && -s tmp('elsewhere') == length "$secret\n", 'login stores behind it');
rider({}, 'account', 'logout');
ok(!-e tmp('elsewhere'), '... and logout removes it there');
done_testing();
