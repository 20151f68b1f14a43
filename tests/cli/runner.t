#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# queue runner: a person's timer or crontab line is shown, put in place, found, and taken away.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;

# For root the files belong to the system, where a test has no business.
BEGIN {
	if ($> == 0) {
		($(, $)) = (65534, '65534 65534');
		($<, $>) = (65534, 65534);
		$ENV{GCOV_PREFIX} = '/nonexistent';
	}
}
use Rider;
use Test::More;

plan skip_all => 'the program cannot be run by somebody who is not root' if !-x $ENV{POSTRIDER};

my $queue = tmp('queue');
my $units = "$ENV{HOME}/.config/systemd/user";
my ($service, $timer) = map { "$units/postrider-queue.$_" } 'service', 'timer';
config("[account t]\nhost = 127.0.0.1\nport = 1\ntls = off\nfrom = me\@test.example\n[queue]\ndirectory = $queue\n");

sub rider { return run({}, 'queue', 'runner', @_) }

sub text {
	open my $f, '<', $_[0] or return '';
	local $/;
	return scalar <$f>;
}

# Programs of the system; what they were told is in a file each.
mkdir tmp('bin');
$ENV{PATH} = tmp('bin') . ":$ENV{PATH}";
sub tool {
	my ($name, $script) = @_;
	chmod 0755, put("bin/$name", "#!/bin/sh\n$script");
}
sub crontab {
	my ($list) = @_;
	tool('crontab', "case \$1 in\n-l) $list ;;\n-) cat >'" . tmp('table') . "' ;;\nesac\n");
}
sub systemctl {
	my ($state) = @_;
	my ($told, $link) = (tmp('told'), "$units/timers.target.wants");
	tool('systemctl', <<"SH");
echo "\$*" >>'$told'
case "\$*" in
*is-system-running) echo $state; [ $state = running ] ;;
*enable*) mkdir -p '$link' && ln -sf '$timer' '$link/postrider-queue.timer' ;;
*disable*) rm -f '$link/postrider-queue.timer' ;;
esac
SH
	unlink $told;
}
sub told { return join '; ', grep { !/is-system-running/ } split /\n/, text(tmp('told')) }

my $none = 'echo "no crontab for me" >&2; exit 1';

# ---- nothing is there, and nothing can be done

crontab($none);
systemctl('offline');
my $r = rider();
is($r->{status}, 1, 'there is none');
like($r->{out}, qr/^nothing runs the queue.*\n  postrider queue runner install --write\n\z/, 'and what to do is said');
is(rider('--quiet')->{out}, '', '--quiet says nothing');
$r = rider('remove', '--write');
is("$r->{status} $r->{err}", "0 postrider: there is none, so nothing was changed\n", 'none can be removed');
is(rider('dance')->{status}, 64, 'no such verb');
{
	local $ENV{PATH} = tmp('empty');
	$r = rider('install');
	is($r->{status}, 69, 'neither systemd nor cron');
	like($r->{err}, qr/neither systemd nor crontab is here: .*postrider queue run --quiet/, 'is said with the way out');
}

# ---- a crontab

$r = rider('install');
like($r->{out}, qr{^\*/5 \* \* \* \* /\S+ queue run --quiet >/dev/null 2>&1 # postrider queue runner$}m,
	'without systemd it is cron; the line is silent, for cron mails what is printed');
like($r->{err}, qr/nothing was written: add --write/, 'shown and not done');
ok(!-e tmp('table'), 'really not');
is(rider('install', '--write')->{status}, 0, '--write does it');
is(scalar(my @n = text(tmp('table')) =~ /\n/g), 1, 'one line, whose end is there');
crontab("cat '" . tmp('table') . "'");
$r = rider('--json');
is($r->{status}, 0, 'it is found');
my ($o) = json_lines($r->{out});
is_deeply([@$o{qw(v runner works)}], [1, 'crontab', JSON::PP::true()], 'as an object, too');
like(rider('install')->{err}, qr/there is one already: crontab/, 'there is no second one');

# One person's lines; ours of an older place; no line end at the end.
put('table', "MAILTO=me\n*/9 * * * * /old/postrider queue run # postrider queue runner\n0 1 * * * a % b");
is(rider('-C', put('a b%c.conf', text("$ENV{HOME}/.config/postrider/postrider.conf")), 'install', '--cron', '--write')->{status},
	0, 'with a configuration of its own');
my @lines = split /\n/, text(tmp('table'));
is_deeply([@lines[0, 1]], ['MAILTO=me', '0 1 * * * a % b'], 'other lines stay as they are');
is(scalar @lines, 3, 'ours is replaced');
like($lines[2], qr{ -C '/\S+/a b\\%c\.conf' queue run }, 'words are quoted for cron and the shell');
# What the shell makes of it once cron has taken the backslashes away.
my ($command) = $lines[2] =~ /^(?:\S+ ){5}(.*?) >/;
$command =~ s/\\%/%/g;
is(`/bin/sh -c "$command"` . $?, '0', 'and this line runs the queue');

is(rider('remove')->{status}, 0, 'removing is shown');
is(scalar(split /\n/, text(tmp('table'))), 3, 'before it is done');
rider('remove', '--write');
is(text(tmp('table')), "MAILTO=me\n0 1 * * * a % b\n", 'then only ours is gone');

crontab('echo "you are not allowed to use this program" >&2; exit 1');
unlink tmp('table');
$r = rider('install', '--cron', '--write');
isnt($r->{status}, 0, 'a crontab that cannot be read');
like($r->{err}, qr/the crontab cannot be read: crontab exited with 1: you are not allowed/, 'is no empty one');
ok(!-e tmp('table'), 'and is not replaced');
crontab($none);

# ---- a timer of systemd

systemctl('running');
$r = rider('install');
like($r->{out}, qr/^### \Q$service\E\n.*^ExecStart=\/\S+ queue run --quiet$/ms, 'with systemd it is a timer');
like($r->{out}, qr/^### \Q$timer\E\n.*^OnBootSec=2min\nOnUnitInactiveSec=5min$/ms, 'every five minutes');
unlike($r->{out}, qr/Persistent/, 'Persistent= would do nothing here');
like($r->{err}, qr/enable-linger/, 'that it ends with the last login is said');
ok(!-e $units, 'nothing is written');
is(told(), '', 'nor done');
$r = rider('install', '--write');
is($r->{status}, 0, '--write');
is(told(), '--user daemon-reload; --user enable --now postrider-queue.timer', 'has it enabled');
is(join(' ', map { sprintf '%o', (stat)[2] & 07777 } $service, $timer), '644 644', 'files for systemd to read');
is(scalar(() = glob "$units/*.new"), 0, 'nothing half made is left');
$r = rider();
is($r->{status}, 0, 'it is found');
like($r->{out}, qr{^systemd user timer: \Q$units\E/timers\.target\.wants/}, 'and named');
systemctl('degraded');
is(rider('install', '--systemd', '--write')->{status}, 0, 'again, on a system where some other unit has failed');
$r = rider('remove');
like($r->{out}, qr/^systemctl --user disable --now postrider-queue\.timer\nrm \S+ \S+\nsystemctl --user daemon-reload\n\z/,
	'removing is shown');
ok(-e $timer, 'and not done');
systemctl('running');
is(rider('remove', '--write')->{status}, 0, 'until --write');
ok(!-e $timer && !-e $service, 'the files are gone');
is(told(), '--user disable --now postrider-queue.timer; --user daemon-reload', 'and systemd knows');
is(rider()->{status}, 1, 'there is none any more');

# A unit of that name that somebody else has written.
put('home/.config/systemd/user/postrider-queue.service', "[Service]\nExecStart=/bin/mine\n");
$r = rider('install', '--write');
isnt($r->{status}, 0, 'a unit of another hand');
like($r->{err}, qr/was not written by postrider: it is left alone/, 'is left alone');
is(text($service), "[Service]\nExecStart=/bin/mine\n", 'as it is');
isnt(rider('remove', '--write')->{status}, 0, 'when removing, too');
ok(-e $service, 'it is still there');
unlink $service, $timer;

systemctl('offline');
$r = rider('install', '--systemd', '--write');
is($r->{status}, 0, 'where no systemd runs, as in an image that is being built');
like($r->{err}, qr/still to be done, where systemd runs: systemctl --user enable --now postrider-queue\.timer/,
	'what is left to do is said');
is(told(), '', 'and systemctl is not asked to');

# What cron and systemd do not know of the person's shell is written down.
mkdir tmp('state of %things');
$ENV{XDG_STATE_HOME} = tmp('state of %things');
$r = rider('install', '--systemd');
like($r->{out}, qr/^Environment="XDG_STATE_HOME=\S+\/state of %%things"$/m, 'where the queue is, quoted for systemd');
like(rider('install', '--cron')->{out}, qr/ XDG_STATE_HOME='\S+\/state of \\%things' \//, 'and for cron');
delete $ENV{XDG_STATE_HOME};
is(run({}, '--server', 'smtp://127.0.0.1', 'queue', 'runner', 'install')->{status}, 64,
	'a server for one run cannot be kept');

# ---- a loop is a runner, too

unlink $timer, $service;
run({}, 'send', '--when', 'queue', '-m', 'x', 'bob@x.test');
open my $lock, '>', "$queue/loop.lock" or die $!;
is(rider()->{status}, 1, 'a loop that has ended is none');
flock $lock, 2 or die $!;
SKIP: {
	skip 'no /proc/locks here', 2 if text('/proc/locks') !~ / $$ /;
	$r = rider();
	is($r->{status}, 0, 'one that runs is one');
	is($r->{out}, "postrider -q loop: process $$\n", 'and named');
}

done_testing();
