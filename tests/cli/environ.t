#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Whoever calls sendmail hands over what it has: somebody else's HOME, no name, a strange mask, ignored
# signals, two megabytes of arguments. The mail goes all the same, and in silence.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Copy 'copy';
use POSIX ();
use Rider;
use Test::More;
use Time::HiRes 'time';

my $sendmail = link_as('sendmail');
my $queue = tmp('queue');
my $text = "To: to\@x.test\nSubject: x\n\nhi\n";
my ($r, $s);

sub account {
	my ($server, $more) = @_;
	config("[account t]\nhost = 127.0.0.1\nport = $server->{port}\ntls = off\nfrom = me\@test.example\n"
		. ($more // '') . "\n[queue]\ndirectory = $queue\n");
}

sub goes {
	my ($claim, $res, $server, $n) = @_;
	is("$res->{status}/$res->{out}/$res->{err}", '0//', "$claim: in silence");
	is(scalar(map { @{$_->{messages}} } $server->record), $n // 1, "$claim: it is sent");
}

# ---- who are we

# For others to run: they may not enter our folders. The files of Rider are open by then.
my $copy = tmp('sendmail-copy');
copy($ENV{POSTRIDER}, $copy) or die $!;
chmod 0755, $copy or die $!;
chmod 0711, tmp('.');
my $drop = 'use POSIX; my ($id, $p) = splice @ARGV, 0, 2; POSIX::setgid($id); POSIX::setuid($id); '
	. '$> == $id or exit 125; exec { $p } "postrider", @ARGV; exit 126';

sub other { return run({program => $^X, stdin => $text, argv0 => 'perl'}, '-e', $drop, $_[0], $copy, @_[1 .. $#_]) }

# A home with a configuration that nobody can use.
sub home {
	my ($name, $owner) = @_;
	mkdir tmp("$name$_") or die $! for '', '/.config', '/.config/postrider';
	put("$name/.config/postrider/postrider.conf", "[nonsense\n");
	chown $owner, $owner, map { tmp("$name$_") } '', '/.config', '/.config/postrider',
		'/.config/postrider/postrider.conf';
	chmod 0700, tmp($name);
	return tmp($name);
}

SKIP: {
	skip 'only root can be somebody else', 14 if $> != 0;
	my ($nobody) = grep { !defined getpwuid $_ } 12345 .. 12400;
	my $roots = home('roots', 0);
	my ($reader, $group) = (getpwuid(65534) // 'uid 65534', scalar getgrgid 0);
	my $secret = put('closed.conf', "[account t]\nhost = x.test\n");
	my $who = "it belongs to root, group $group, with mode 600, and you are $reader";
	like(other(65534, '-C', $secret, 'config', 'check')->{err},
	    qr/closed\.conf: you may not read it: \Q$who\E\nhint: ask its owner/,
	    'a configuration that one may not read: who may');
	chmod 0640, $secret;
	chown 0, 12345, $secret;
	like(other(65534, '-C', $secret, 'config', 'check')->{err},
	    qr/mode 640, and you are $reader\nhint: join the group \S/, 'and how to');
	{
		delete local $ENV{HOME};
		$s = server();
		local $ENV{POSTRIDER_URL} = $s->{url};
		goes('no passwd entry, no HOME', other($nobody, '-t'), $s);
		like($s->mail(1), qr/^From: uid$nobody\@\S+\r$/m, 'no passwd entry: a name from the number');
		like(($s->record)[0]{messages}[0]{from}, qr/^uid$nobody\@./, 'no passwd entry: as the sender, too');
	}
	# cron runs people's jobs with root's HOME
	for my $var (qw(HOME XDG_CONFIG_HOME)) {
		local $ENV{$var} = $var eq 'HOME' ? $roots : "$roots/.config";
		$s = server();
		goes("$var of somebody else, who lets nobody in", other(65534, '--server', $s->{url}, '-f', 'a@x.test', '-t'), $s);
		chmod 0755, $roots;
		$s = server();
		goes("$var of somebody else", other(65534, '--server', $s->{url}, '-f', 'a@x.test', '-t'), $s);
		chmod 0700, $roots;
	}
	# and sudo root with a person's
	local $ENV{HOME} = home('theirs', 65534);
	$s = server();
	goes("root with a person's HOME", run({stdin => $text}, '--server', $s->{url}, '-f', 'a@x.test', '-t'), $s);
}
for (['empty', ''], ['relative', 'home'], ['not there', '/nowhere'], ['a file', $sendmail]) {
	local $ENV{HOME} = $_->[1];
	$s = server();
	goes("HOME is $_->[0]", run({stdin => $text}, '--server', $s->{url}, '-f', 'a@x.test', '-t'), $s);
}
$s = server();
goes('an empty environment', run({stdin => $text, before => sub { %ENV = () }}, '--server', $s->{url},
	'-f', 'a@x.test', '-t'), $s);
{
	local @ENV{qw(LC_ALL LANG TZ TERM TMPDIR LOGNAME USER EMAIL MAILCONF COLUMNS)} =
		('xx_XX.nonsense', '%s%n', ':/etc/shadow', '%n', '/nowhere', "root\nBcc: x\@y", 'evil', 'evil@x.test', '/x', '-1');
	$s = server();
	goes('nonsense in the environment', run({stdin => $text}, '--server', $s->{url}, '-f', 'a@x.test', '-t'), $s);
	unlike($s->mail(1), qr/evil|^Bcc/m, 'nonsense in the environment: nothing of it in the mail');
}

# ---- masks, terminals, logs

account({port => 1});
$r = run({program => $sendmail, stdin => $text, before => sub { umask 0177 }}, '-odq', '-t');
is("$r->{status}/$r->{out}/$r->{err}", '0//', 'umask 0177 (logwatch): kept in silence');
is_deeply([map { sprintf '%o', (stat)[2] & 0777 } $queue, "$queue/queue", glob "$queue/queue/*"], ['700', '700', '600'],
	'umask 0177 (logwatch): nobody else may look, and we may');
unlink glob "$queue/queue/*";
$s = server();
account($s);
goes('umask 0177 (logwatch), in a session without a terminal', run({program => $sendmail, stdin => $text,
	before => sub { umask 0177; POSIX::setsid() }}, '-t'), $s);
SKIP: {
	skip 'the system has a log', 2 if -e '/dev/log';
	my $began = time;
	$s = server();
	account($s);
	goes('no /dev/log', run({program => $sendmail, stdin => $text}, '-L', 'tag', '-t'), $s);
	cmp_ok(time - $began, '<', 5, 'no /dev/log: nobody waits for one');
}

# ---- signals that the caller ignores, sent to all of our processes

$SIG{ALRM} = sub { die "the program does not end\n" };
sub ignoring {
	my ($signals) = @_;
	my $server = server('--delay', 'ehlo=200');
	account($server);
	pipe my $read, my $write or die $!;
	my $p = start({program => $sendmail, stdin => $text, stderr => $write, group => 1,
		before => sub { $SIG{$_} = 'IGNORE' for @$signals }}, '-vv', '-t');
	close $write;
	alarm 30;
	while (my $l = <$read>) {
		next if $l !~ /->  EHLO/;
		kill $_, -$p->{pid} for @$signals;
		# and nobody reads on
		last;
	}
	close $read;
	my $res = finish($p);
	alarm 0;
	is($res->{status}, 0, "@$signals ignored");
	is(scalar(map { @{$_->{messages}} } $server->record), 1, "@$signals ignored: the mail goes on");
}
ignoring(['HUP']);
ignoring([qw(PIPE HUP INT QUIT)]);
ignoring([qw(PIPE HUP INT QUIT CHLD USR1 USR2 ALRM)]);

# ---- ten thousand recipients

# Of each message the recipients that were accepted. The record is megabytes: no parser of JSON.
sub accepted {
	my ($server) = @_;
	$server->stop;
	open my $f, '<', $server->{file} or die $!;
	local $/;
	return map { [/"([^"]+)"/g] } <$f> =~ /"to":\s*\[([^\]]*)\]/g;
}

sub many {
	my ($claim, $res, $server, $slices, @want) = @_;
	my @got = accepted($server);
	is("$res->{status}/$res->{out}/$res->{err}", '0//', "$claim: in silence");
	is(join(' ', map { scalar @$_ } @got), $slices, "$claim: in so many pieces");
	ok(join(' ', sort map { @$_ } @got) eq join(' ', sort @want), "$claim: all of them, once");
}

my @many = map { sprintf 'r%05d%s@%s.example', $_, 'x' x 50, join '.', ('y' x 50) x 2 } 1 .. 10_000;
$s = server();
account($s, "max-recipients = 3000\n");
$r = run({program => $sendmail, stdin => $text}, '-i', @many);
many('two megabytes of arguments', $r, $s, '3000 3000 3000 1000', @many);
@many = map { "r$_\@x.example" } 10_000 .. 19_999;
$s = server('--ext', 'LIMITS RCPTMAX=4000');
account($s);
$r = run({program => $sendmail, stdin => 'To: ' . join(",\n ", @many) . "\n$text"}, '-ti', "$many[7],$many[9]");
many('ten thousand in a field', $r, $s, '4000 4000 2001', @many, 'to@x.test');

done_testing();
