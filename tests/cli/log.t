#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Where the log goes, and `postrider log`, which finds it there.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

my $server = server('--rcpt', 'no*=550 5.1.1 No such user', '--rcpt', 'later*=450 4.2.1 Later');
my $text = "From: me\@test.example\nMessage-ID: <m\@test.example>\nSubject: x\n\nhi\n";
my $file = tmp('log');

sub account {
	my ($port, $log) = @_;
	config("[account t]\nhost = 127.0.0.1\nport = $port\ntls = off\nfrom = me\@test.example\n"
		. "[queue]\ndirectory = " . tmp('queue') . "\n[log]\n$log\n");
}

# The log as it is printed, without its times and ids.
sub told {
	my ($run) = @_;
	return join '|', map { s/^[-\d]+ [\d:]+  .{6}  //r =~ s/ +/ /gr } grep { !/^TIME/ } split /\n/, $run->{out};
}

# ---- a file

account($server->{port}, "file = $file");
my $none = run({}, 'log');
is($none->{status}, 66, 'a log that is not there');
like($none->{err}, qr/^postrider: \Q$file\E is not there: nothing was logged yet/, 'is said to be so');

run({stdin => $text}, 'send', '--message', '-', 'bob@x.test', 'no@x.test', 'later@x.test');
is(sprintf('%o', (stat $file)[2] & 07777), '600', 'the file is its owner\'s alone');
my $log = Rider::slurp($file);
is(scalar(() = $log =~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ postrider\[\d+\]: message-id=<m\@test\.example> /mg), 4,
    'a line a message and a line a recipient');
my $shown = run({}, 'log');
is($shown->{status}, 0, 'it is shown');
my @told = split /\|/, told($shown);
like($told[0], qr/^received 3 recipients from me\@test\.example, 1 KB, by \S+$/, 'what came in');
like($told[1], qr/^sent bob\@x\.test 250 2\.0\.0 /, 'and what became of it: sent');
is($told[2], 'refused no@x.test 550 5.1.1 No such user', 'refused');
like($told[3], qr/^queued later\@x\.test 450 4\.2\.1 Later/, 'queued');
is(scalar(@told), 4, 'no more');

# The network process may open no files: its lines get there all the same.
my $size = -s $file;
run({}, 'queue', 'run', '--now');
like(substr(Rider::slurp($file), $size),
    qr/ to=<later\@x\.test> status=queued code=450 enhanced=4\.2\.1 text="Later" server=127\.0\.0\.1:\d+ ms=\d+ /,
    'a run of the queue logs there, too');
my ($id) = Rider::slurp($file) =~ / id=(\S+) .* to=<later/;
run({}, 'queue', $_, $id) for qw(hold release remove);
like(told(run({}, 'log', '--id', uc substr($id, -6), '-n', 3)),
    qr/^held later\@x\.test by \S+: 450 4\.2\.1 Later\|released later[^|]*\|removed later[^|]*$/,
    'what a person did');

is(told(run({}, 'log', '--to', 'no@*')), 'refused no@x.test 550 5.1.1 No such user', '--to');
like(told(run({}, 'log', '--failed')), qr/^refused no\@x\.test [^|]*\|held later[^|]*$/, '--failed');
my $other = run({}, 'log', '--from', 'you@*');
is("$other->{status}$other->{out}", 0, '--from another finds none');
like($other->{err}, qr/nothing that fits/, 'and says so');
is(told(run({}, 'log', '--until', '1h')), '', '--until');
is(scalar(() = told(run({}, 'log', '--since', '1h', '--id', 'm@test.example')) =~ /\|/g), 7, '--since, --id of the whole message');
my @objects = json_lines(run({}, 'log', '--json', '--to', 'bob@*')->{out});
is(scalar(@objects), 1, 'an object');
is_deeply([@{$objects[0]}{qw(v event program message-id from to status code enhanced)}],
    [1, 'log', 'postrider', '<m@test.example>', 'me@test.example', 'bob@x.test', 'sent', 250, '2.0.0'], 'with its members');
like($objects[0]{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'and its time');

my @wrong = ([['--since', 'soon'], qr/--since is a time like 2h/], [['--until', '5'], qr/--until is a time/],
    [['-n', '0'], qr/--lines is a number from 1/], [['bob'], qr/'log' takes options, not 'bob'/]);
for (@wrong) {
	my $r = run({}, 'log', @{$_->[0]});
	is($r->{status}, 64, "wrong: @{$_->[0]}");
	like($r->{err}, $_->[1], 'and why');
}

# A program that calls sendmail hears by mail what was refused.
run({stdin => $text}, 'sendmail', '-i', 'bob@x.test', 'no@x.test');
like(told(run({}, 'log', '--to', 'no@*', '--failed')), qr/\bbounced no\@x\.test me\@test\.example was told: 550 5\.1\.1 No such user/,
    'who was told of it');

# ---- followed

rename $file, "$file.1";
my $follow = start({}, 'log', '--follow', '--json', '-n', 1, '--id', $id);
sub wait_for {
	my ($want) = @_;
	for (1 .. 100) {
		return 1 if (Rider::slurp($follow->{out}) // '') =~ $want;
		select undef, undef, undef, 0.05;
	}
	return 0;
}
ok(wait_for(qr/"status":"removed"/), 'the last one, of the file that was moved away');
put('new', Rider::slurp("$file.1") =~ /^(.* status=removed .*\n)/m ? $1 =~ s/later\@/carl\@/r : '');
rename tmp('new'), $file;
ok(wait_for(qr/"to":"carl\@x\.test","status":"removed"/), 'and what comes into the new one');
kill 'TERM', $follow->{pid};
is(finish($follow)->{status}, -15, 'until a signal ends it');

# ---- what cannot be written

account($server->{port}, 'file = ' . tmp('none/log'));
my $r = run({stdin => $text}, 'sendmail', '-i', 'bob@x.test');
is("$r->{status}$r->{err}", '0', 'a log that cannot be written stops no mail, and nobody hears of it');
$r = run({stdin => $text}, '-v', 'sendmail', '-i', 'bob@x.test');
is($r->{status}, 0, 'with -v');
is(scalar(() = $r->{err} =~ /^postrider: cannot log to \S+none\/log: No such file/mg), 1, 'it is said once');
$r = run({stdin => $text}, '-v', 'send', '--message', '-', 'no@x.test');
like($r->{err}, qr/^postrider: cannot log to .*\npostrider: nothing was sent\n\z/ms, 'before the fate of the mail');
symlink tmp('elsewhere'), tmp('link') or die $!;
account($server->{port}, 'file = ' . tmp('link'));
is(run({stdin => $text}, 'sendmail', '-i', 'bob@x.test')->{status}, 0, 'a link');
ok(!-e tmp('elsewhere'), 'is not followed');

# ---- elsewhere

account($server->{port}, 'target = stderr');
$r = run({stdin => $text}, 'sendmail', '-i', 'bob@x.test');
like($r->{err}, qr/^postrider\[\d+\]: message-id=\S+ .* status=received .*\npostrider\[\d+\]: .* to=<bob\@x\.test> status=sent /, 'stderr');
is(run({}, 'log')->{status}, 78, 'which nobody keeps');
account($server->{port}, "target = stderr\nlevel = err");
$r = run({stdin => $text}, 'send', '--message', '-', 'bob@x.test', 'no@x.test');
is(join(' ', $r->{err} =~ /to=(\S+) status=(\S+)/g), '<no@x.test> refused', 'only what is wrong');
account($server->{port}, "target = stderr\nlevel = debug");
like(run({}, 'queue', 'run')->{err}, qr/^postrider\[\d+\]: status=run text="\d+ messages/m, 'each run');
account($server->{port}, "target = none\nfile = " . tmp('unused'));
$r = run({stdin => $text}, 'sendmail', '-i', 'bob@x.test');
is($r->{err} . (-e tmp('unused') ? 'file' : ''), '', 'none');
like(run({}, 'log')->{err}, qr/there is no log: target = none/, 'is said by log');
$r = run({}, '--set', "log.file=$file.set", '--set', 'log.target=file', 'sendmail', '-i');
like(Rider::slurp("$file.set") // '', qr/postrider\[\d+\]: status=failed class=usage stage=input text="no recipients"$/m,
    'a usage error goes where the configuration says, too');
account($server->{port}, 'target = file');
like(run({}, 'config', 'check')->{err}, qr/:\d+:10: the log is to go to a file, and none is named/, 'a file has a name');

# A configuration that is broken: its [log] counts all the same.
account($server->{port}, "file = $file.broken\n[account u]\nhost = x\ntls = on");
$r = run({stdin => $text}, 'sendmail', '-i', 'bob@x.test');
like(Rider::slurp("$file.broken"), qr/ to=<bob\@x\.test> status=held reason=configuration text="\S+:\d+:\d+: 'on' is not a value of 'tls'"/,
    'broken: held, with file, line and column');
like(told(run({}, 'log', '--failed')), qr/held bob\@x\.test configuration: /, 'which log finds');

# ---- the system's

account($server->{port}, 'level = info');
put('bin-journalctl', <<"SH");
#!/bin/sh
echo "\$*" >>@{[tmp('asked')]}
echo '2026-11-23T14:07:10+0100 nas postfix/smtp[7]: 4F3: to=<x\@y>, status=sent (250 OK)'
echo '2026-11-23T14:07:10+0100 nas sendmail/cron[811]: id=3KF9Q2 from=<a\@b.test> to=<c\@d.test> status=refused code=550 text="No"'
echo '-- cursor: s=1'
SH
mkdir tmp('bin');
rename tmp('bin-journalctl'), tmp('bin/journalctl');
chmod 0755, tmp('bin/journalctl');
{
	local $ENV{PATH} = tmp('bin') . ":$ENV{PATH}";
	local $ENV{TZ} = 'UTC0';
	is(run({}, 'log')->{out}, "TIME                 ID      STATUS    TO                            REASON\n"
		. "2026-11-23 13:07:10  3KF9Q2  refused   c\@d.test                      550 No\n", 'the journal');
	is(told(run({}, 'log', '--since', '2026-11-23T13:08')), '', 'from then on');
	like(Rider::slurp(tmp('asked')), qr/ --since=\@1795439280 SYSLOG_FACILITY=2\n/, 'as it is asked');
}

# A long address leaves its column, and not into the next one.
put('long', '2026-11-23T13:07:10Z postrider[1]: id=3KF9Q2 from=<a@b.test> '
	. qq(to=<somebody.of.a.long.name\@mail.test> status=refused code=550 text="No"\n));
account(1, 'file = ' . tmp('long'));
like(run({}, 'log')->{out}, qr/ somebody\.of\.a\.long\.name\@mail\.test  550 No$/m, 'a long address');
put('broken', "[account t]\nprot = 1\nhost = x.test\nhst = x\n[log]\nfile = " . tmp('broken.log') . "\n");
run({}, '-C', tmp('broken'), 'send', '-m', 'x', 'bob@x.test');
like(Rider::slurp(tmp('broken.log')) // '', qr/broken:2:1: unknown key 'prot'[^\n]* \(and 1 more finding\)/,
    'a broken configuration is logged, and counted');

done_testing;
