#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Is all well? status, queue check, and what runs the queue; what is kept as an mbox.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

my $queue = tmp('queue');

sub account {
	my ($port, $more) = @_;
	config("[account t]\nhost = 127.0.0.1\nport = $port\ntls = off\nfrom = me\@test.example\n" .
	    ($more // '') . "\n[queue]\ndirectory = $queue\n");
}

sub rider { return run({stdin => ''}, @_) }

sub object { return [json_lines($_[0]{out})]->[0] }

sub problems { return join ' ', map { $_->{id} } @{object(rider('status', '--json'))->{problems} // []} }

# Programs of the system, as they are called: what they were told is in files.
mkdir tmp('bin');
sub tool {
	my ($name, $script) = @_;
	chmod 0755, put("bin/$name", "#!/bin/sh\n$script");
}
$ENV{PATH} = tmp('bin') . ":$ENV{PATH}";
my $table = tmp('crontab');
tool('crontab', <<"SH");
case \$1 in
-l) [ -e $table ] || { echo "no crontab for \$LOGNAME" >&2; exit 1; }; cat $table ;;
-) cat >$table ;;
esac
SH

# ---- all is well

account(1);
my $r = rider('status');
is($r->{status}, 0, 'an empty queue needs nobody');
like($r->{out}, qr/^account   t, 127\.0\.0\.1:1: not used yet$/m, 'the account is shown');
like($r->{out}, qr/^nothing needs you$/m, 'as is said');

# ---- something waits, and nothing runs the queue

$r = rider('send', 'bob@x.test', '-s', 'first', '-m', "From me\n>From you");
like($r->{err}, qr/next try \S+ or later: nothing runs the queue \(see: postrider queue runner\)/,
    'a try that nobody makes is not promised');
$r = rider('status');
is($r->{status}, 1, 'that needs somebody');
like($r->{out}, qr/^account   t, 127\.0\.0\.1:1: down, 1 failure in a row, next try /m, 'the account is down');
like($r->{out}, qr/messages wait, and nothing runs the queue\n\s+postrider queue runner install --write/,
    'what to do');
is(rider('status', '--quiet')->{out}, '', '--quiet says nothing');
is(rider('status', '--quiet')->{status}, 1, 'but by its status');
my $o = object(rider('status', '--json'));
is_deeply([@$o{qw(waiting due held dead corrupt exit)}], [1, 0, 0, 0, 0, 1], 'the same as an object');
is($o->{accounts}[0]{state}, 'down', 'with the account');
is(problems(), 'runner', 'and a stable name for what is wrong');

# ---- a runner

is(rider('queue', 'runner')->{status}, 1, 'there is none');
$r = rider('queue', 'runner', 'install', '--cron');
is($r->{status}, 0, 'what would be installed');
like($r->{out}, qr{^\*/5 \* \* \* \* .*/postrider queue run --quiet .*# postrider queue runner$}m, 'is shown');
ok(!-e $table, 'and not done');
put('crontab', "# mine\n0 1 * * * backup\n");
is(rider('queue', 'runner', 'install', '--cron', '--write')->{status}, 0, '--write does it');
is(rider('queue', 'runner', 'install', '--cron', '--write')->{status}, 0, 'a second time changes nothing');
open my $f, '<', $table or die $!;
my @lines = <$f>;
is_deeply([@lines[0, 1]], ["# mine\n", "0 1 * * * backup\n"], 'what was there stays');
is(scalar @lines, 3, 'and one line is ours');
is(rider('queue', 'runner')->{status}, 0, 'now there is one');
is(problems(), '', 'and nobody is needed');
$r = rider('send', 'bob@x.test', '-s', 'second', '-m', 'x');
like($r->{err}, qr/next try \S+$/m, 'and the next try is promised');
rider('queue', 'runner', 'remove', '--write');
is(rider('queue', 'runner')->{status}, 1, 'taken away, it is gone');
open $f, '<', $table or die $!;
is(join('', <$f>), "# mine\n0 1 * * * backup\n", 'and nothing else is');
$r = rider('queue', 'runner', 'install', '--systemd');
like($r->{out}, qr/^OnUnitInactiveSec=5min$/m, 'a timer');
like($r->{out}, qr/^ExecStart=\S+postrider .*queue run --quiet$/m, 'and what it starts');
like($r->{out}, qr/^systemctl( --user)? enable --now postrider-queue\.timer$/m, 'and how it is enabled');

# ---- the queue as an mbox

$r = rider('queue', 'export');
is($r->{status}, 0, 'export');
is(scalar(() = $r->{out} =~ /^From me\@test\.example /mg), 2, 'two messages');
like($r->{out}, qr/^>From me\n>>From you\n/m, 'lines that look like the beginning of another one are quoted');
unlike($r->{out}, qr/\r/, 'lines end as files have them');

# ---- waiting for 10 s is for a person; a lock that is free is taken at once

my ($first) = map { $_->{short} } json_lines(rider('queue', 'list', '--json')->{out});
is(rider('queue', 'hold', $first)->{status}, 0, 'hold');
is(object(rider('status', '--json'))->{held}, 1, 'it is held');
is(problems(), 'runner', 'by a person, who knows it');
is(rider('queue', 'release', $first)->{status}, 0, 'release');
like(rider('queue', 'show', $first, '--history')->{out}, qr/cannot reach 127\.0\.0\.1 port 1/, 'its history');
is(rider('queue', 'hold', '--rcpt', '*@x.test')->{status}, 0, 'hold by a pattern');
is(object(rider('status', '--json'))->{held}, 2, 'holds all that fit');
rider('queue', 'release', '--sender', 'me@*');
is(object(rider('status', '--json'))->{held}, 0, 'so does release');

# ---- check

is(rider('queue', 'check')->{status}, 0, 'a sound queue');
my ($path) = glob "$queue/queue/*";
open $f, '+<', $path or die $!;
seek $f, -200, 2;
print $f 'flipped';
close $f;
put('queue/queue/alien name', 'x');
$r = rider('queue', 'check');
isnt($r->{status}, 0, 'a damaged one');
my ($name) = $path =~ m{(queue/[^/]+)$};
like($r->{out}, qr{^error: \Q$name\E: }m, 'the file is named');
like($r->{out}, qr/alien name/, 'and what does not belong there');
ok(-e $path, 'nothing is changed');
my @found = json_lines(rider('queue', 'check', '--json')->{out});
ok(scalar(grep { ($_->{level} // '') eq 'error' } @found) >= 1, 'the same as objects');
unlink $path, tmp('queue/queue/alien name');

# ---- what a person has to look at

my $certs = certs();
my $server = server('--tls', 'implicit', '--cert', "$certs/good", '--user', 'ann:right', '--auth', 'PLAIN',
    '--require-auth');
config("[account t]\nhost = localhost\nport = $server->{port}\ntls-ca = $certs/ca.pem\nfrom = me\@test.example\n" .
    "user = ann\npassword-file = " . put('secret', "wrong\n") . "\n[queue]\ndirectory = $queue\n");
rider('queue', 'run', '--now') for 1 .. 3;
like(problems(), qr/\blogin\b/, 'a login that was refused three times');
my @listed = json_lines(rider('queue', 'list', '--json')->{out});
is_deeply([map { "$_->{state} $_->{attempts}" } @listed], ['held 0'], 'no message is blamed for it');
put('secret', "right\n");
unlike(problems(), qr/\blogin\b/, 'until something was changed');
is(rider('queue', 'run')->{status}, 0, 'then it is tried at once');
is(scalar json_lines(rider('queue', 'list', '--json')->{out}), 0, 'and all is sent');

config("[account t]\nhost = 127.0.0.1\ntls = perhaps\n[queue]\ndirectory = $queue\n");
$r = rider('status');
is($r->{status}, 1, 'a configuration that cannot be used');
like($r->{out}, qr/the configuration cannot be used, and nothing is sent until it is/, 'is one, too');

config("[queue]\ndirectory = $queue\n");
like(rider('status')->{out}, qr/no account is configured.*\n +postrider setup ADDRESS makes one$/m, 'without an account setup is named');

# ---- completions

account(1);
rider('send', 'bob@x.test', '-s', 'third', '-m', 'x');
my ($id) = map { $_->{short} } json_lines(rider('queue', 'list', '--json')->{out});
like(rider('__complete', 'ids')->{out}, qr/^\Q$id\E\tto bob\@x\.test$/m, 'ids for the shell');

done_testing();
