#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The examples of --help, of the topics of help, of the manual pages and of README work as written.
#
# Each command line goes to a shell in a folder where the files that it names lie, with a
# configuration of accounts named as in the examples, whose servers are ours. What has to be changed
# to run it here stands in @changes, and what cannot be run in @unrun, each with the reason; a row of
# either that no example needs is a failure, so the lists cannot outgrow the texts.
# Blocks of configuration are loaded; blocks of output are held against what the program says.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;
use JSON::PP;
use Rider;
use Test::More;

my ($src, $program) = @ENV{qw(SRC POSTRIDER)};
my $ca = certs() . '/ca.pem';
my @login = ('--auth', 'PLAIN', '--user', 'ann:secret', '--require-auth');
my $tls = server('--tls', 'implicit', '--cert', certs() . '/good', @login);
my $clear = server();
my $dns = dns("example.org MX 10 mx.example.org\nmx.example.org A 192.0.2.1\n"
	. "p2026._domainkey.example.org TXT v=DKIM1; p=\n");

# ---- the examples: [where, line]

sub slurp {
	open my $f, '<', $_[0] or die "$_[0]: $!";
	local $/;
	return scalar <$f>;
}

sub said { my $r = run({}, @_); return $r->{out} . $r->{err} }
sub column { map { (split /\t/)[0] } split /\n/, said('__complete', $_[0]) }

# A line that begins with the program, perhaps behind a pipe.
my $begins = qr/^(?:sudo |[a-z][\w \/-]*\| )?(?:postrider|sendmail|newaliases|mailq)(?= -| [a-z-]+| *$)/;
my (@commands, @blocks, @lines);

sub from_help {
	my ($where, $text) = @_;
	my ($examples) = $text =~ /^Examples:\n(.*?)\n\n/ms or return 0;
	push @commands, map { [$where, s/^ +//r] } split /\n/, $examples;
	return 1;
}

# Their configurations are loaded by pages.t.
sub from_topic {
	my ($where, $text) = @_;
	push @commands, map { [$where, s/ {2,}.*//r] } grep { $_ =~ $begins } split /\n/, $text;
}

sub from_page {
	my ($where, $text) = @_;
	$text =~ s/\\-/-/g;
	$text =~ s/\\e/\\/g;
	my @parts = $text =~ /^\.Bd -literal[^\n]*\n(.*?)^\.Ed|^((?:\.Dl [^\n]*\n)+)/msg;
	for my $part (grep { defined } @parts) {
		my @dl = $part =~ /^\.Dl (.*)/mg;
		if (grep { $_ =~ $begins } @dl) {
			push @commands, map { [$where, $_] } grep { $_ =~ $begins } @dl;
		} elsif (@dl && !grep { !/^[a-z-]+ = / } @dl) {
			push @blocks, [$where, join "\n", '[account x]', 'host = h.example', 'from = x@h.example', 'user = x', @dl];
		} elsif ($part =~ /^\[\w+.*\]$/m) {
			push @blocks, [$where, $part];
		} else {
			push @lines, [$where, @dl ? join("\n", @dl) . "\n" : $part];
		}
	}
}

from_help('postrider --help', said('--help'));
for my $command (grep { $_ ne 'version' } column('commands')) {
	ok(from_help("$command --help", said($command, '--help')), "$command --help has examples");
}
from_topic("help $_", said('help', $_)) for grep { !/^(?:errors|queue|sendmail)$/ } column('topics');
from_page($_, slurp("$src/man/$_")) for map { s{.*/}{}r } glob "$src/man/*.[1578]";
my $readme = slurp("$src/README");
push @commands, map { ['README', s/^ +//r] } grep { /^ {4}\S/ && s/^ +//r =~ $begins } split /\n/, $readme;
push @blocks, map { ['README', $_] } $readme =~ /^( {4}\[.*?)\n\n/msg;

# ---- where they run

my $home = $ENV{HOME};
my $bin = tmp('bin');
my $work = tmp('work');
mkdir $_ for $bin, $work;
symlink $program, "$bin/$_" for 'sendmail', 'newaliases', 'mailq';
$ENV{PATH} = "$bin:$ENV{PATH}";

sub write_file {
	my ($path, $text) = @_;
	open my $f, '>', $path or die "$path: $!";
	print $f $text;
	close $f;
	chmod 0600, $path;
}

my $mail = "From: ann\@example.org\nTo: bob\@example.org\nSubject: ready\n\ntext\n";
write_file("$work/$_", $mail) for 'message', 'message.eml', 'ready.eml';
write_file("$work/$_", "text of $_\n") for 'minutes.txt', 'agenda.pdf', 'a.pdf', 'logo.png';
write_file("$work/news.html", '<p><img src="cid:logo.png"></p>');
write_file("$work/corp-ca.pem", slurp($ca));
write_file("$work/pw", "secret\n");
write_file("$work/aliases", '');
write_file("$home/.msmtprc", "account default\nhost smtp.example.org\nfrom ann\@example.org\n");
write_file("$work/ssmtp.conf", "mailhub=smtp.example.org:465\nUseTLS=YES\nroot=ann\@example.org\n");

my @names = qw(home gmail work);

# A configuration and a password for each example: none finds what another changed.
sub configuration {
	my ($n, $queue) = @_;
	my $text = "[defaults]\naccount = home\nlocal-to = ann\@example.org\naliases = $work/aliases\n"
	    . "[queue]\ndirectory = $work/$queue\n[log]\nfile = $work/log\n";
	$text .= "[account $_]\nhost = localhost\nport = $tls->{port}\ntls = implicit\ntls-ca = $ca\n"
	    . "from = ann\@example.org, *\@example.org\nuser = ann\npassword-file = $work/secret$n\n" for @names;
	write_file("$work/secret$n", "secret\n");
	write_file("$work/conf$n", $text);
	mkdir "$home/.config";
	mkdir "$home/.config/postrider";
	write_file("$home/.config/postrider/postrider.conf", $text);	# for sendmail, which takes no -C
	return "$work/conf$n";
}

# ---- what is changed before it runs: [pattern, replacement, why]

my $pin = slurp(certs() . '/good.pin') =~ s/\s+$//r;
my $url = "smtps://localhost:$tls->{port}";
my $answers = "--no-input --password-file pw --user ann --tls-ca $ca --server $url";
my @changes = (
	[qr/ +#.*/, sub { '' }, 'remarks need no shell'],
	[qr/\bNAME\b/, sub { 'gmail' }, 'a name to be filled in'],
	[qr/account login \K(?:fastmail|icloud|mailgun|relay|ses|yahoo)$/, sub { 'gmail' }, 'once is enough'],
	[qr/\b3KF9Q2\b/, sub { 'ID' }, 'the id of a message that the queue holds'],
	[qr/sha256:\.\.\./, sub { $pin }, 'a pin to be filled in'],
	[qr{/path/ca\.pem|/etc/ssl/corp-ca\.pem}, sub { "$work/corp-ca.pem" }, 'a file to be filled in'],
	[qr{smtps://(?:smtp\.example\.org|HOST)(?= |$)}, sub { "$url --tls-ca $ca" }, 'the server'],
	[qr{smtp://(?:HOST:587|mx\.example\.org:25)}, sub { "smtp://127.0.0.1:$clear->{port} --tls off" }, 'the server'],
	[qr{smtps://you\@smtp\.example\.org \.\.\.},
	    sub { "'smtps://ann\@localhost:$tls->{port}?tls-ca=$ca&password-file=$work/pw' -m x bob\@example.org" },
	    'the server, and what is to be filled in'],
	[qr/^(postrider setup \S+@\S+)(?= *$| *#)/, sub { "$1 $answers" }, 'answers in place of a person'],
	[qr/^(postrider setup \S+@\S+) --server \S+( --tls-ca \S+)/,
	    sub { "$1$2 --no-input --password-file pw --user ann --server $url" }, 'the server, and answers'],
	[qr/^(pass show mail \| postrider setup .*)/, sub { "$1 --user ann --tls-ca $ca --server $url" }, 'the server'],
	[qr/^(postrider account login \w+)$/, sub { "$1 --password-file pw" }, 'the answer in place of a person'],
	[qr/^(postrider lookup [^#]*)/, sub { "$1 --resolver $dns->{url} " }, 'the name server'],
	[qr/(import ssmtp)/, sub { "$1 ssmtp.conf" }, 'the file, which lies in /etc'],
	[qr/(queue runner install) --write/, sub { "$1 --cron" }, 'whoever runs the tests keeps his timers'],
	[qr/^(postrider log --follow)/, sub { "timeout -s INT 0.3 $1" }, 'it would not end'],
);

# What can only be seen to be understood: [pattern, why].
my @parsed = (
	[qr/--as www-data/, 'only for root, and www-data may not read this configuration'],
	[qr/queue runner(?= *$| *#| {2})/, 'status 1, for nothing runs this queue'],
);
my %used;

sub changed {
	my ($line) = @_;
	for my $change (@changes) {
		my ($pattern, $to) = @$change;
		$used{$pattern}++ if $line =~ s/$pattern/$to->()/e;
	}
	return $line;
}

# ---- the command lines

my %stub = (
	postrider => 'exec "$POSTRIDER" -C "$CONF" "$@"',
	sudo => 'exec "$@"',
	pass => 'echo secret',
	crontab => 'echo "no crontab for me" >&2; exit 1',
);
for my $name (keys %stub) {
	write_file("$bin/$name", "#!/bin/sh\n$stub{$name}\n");
	chmod 0755, "$bin/$name";
}

# With a shell where the line needs one: that costs more than what it starts.
sub example {
	my ($args) = @_;
	my %there = (before => sub { chdir $work }, stdin => $mail);
	return run({%there, program => '/bin/sh'}, '-c', $args) if $args =~ /[<>|;'*~]/ || $args !~ /^postrider/;
	my (undef, @words) = split ' ', $args;
	return run(\%there, '-C', $ENV{CONF}, @words);
}

my ($n, %seen) = (0);
for my $example (@commands) {
	my ($where, $line) = @$example;
	my $args = changed($line);
	next if $seen{$args}++;
	my $waits = $args =~ /postrider (?:queue|log)\b/;
	$ENV{CONF} = configuration(++$n, $waits ? 'queue' : 'empty');
	$ENV{CONF} = "$work/new$n" if $args =~ /postrider (?:setup|import)/;
	if ($waits) {
		my ($file) = glob "$work/queue/queue/*";
		run({}, '-C', "$work/conf$n", 'send', '--when', 'queue', '-m', 'x', 'bob@example.org') if !$file;
		($file) = glob "$work/queue/queue/*";
		$args =~ s/\bID\b/substr $file, -6/e;
	}
	my $r = example($args);
	my ($parsed) = grep { $args =~ $_->[0] } @parsed;
	if ($parsed) {
		$used{$parsed->[0]}++;
		isnt($r->{status}, 64, "$where: $line (only parsed: $parsed->[1])") or diag($args, "\n", $r->{err});
	} else {
		my $good = $r->{status} == 0 || ($args =~ /^timeout/ && $r->{status} == 124);
		ok($good && $r->{err} !~ /kept in the queue/, "$where: $line") or diag("$args\n[$r->{status}] $r->{err}$r->{out}");
	}
}
cmp_ok($n, '>', 60, 'there are examples');

# ---- the blocks

for my $block (@blocks) {
	my ($where, $text) = @$block;
	my ($first) = $text =~ /(\[.*\])/;
	$text =~ s/^ {4}//mg if $where eq 'README';
	$text .= "\n[account x]\nhost = h.example\nfrom = x\@h.example" if $text !~ /\[account/;
	my $r = run({}, '-C', put('block.conf', "$text\n"), 'config', 'check');
	is($r->{status}, 0, "$where: $first and what follows loads") or diag($text, $r->{err});
}

my $conf = configuration(++$n, 'empty');
my $report = run({}, '-C', $conf, 'send', '--json', '-m', 'x', 'bob@example.org');
my %event = map { $_->{event} => $_ } json_lines($report->{out});
my $log = slurp("$work/log");

# Output: each key that is shown is one that there is.
sub unknown_keys {
	my ($text) = @_;
	if ($text =~ /^\{/) {
		return map { my $o = $_; grep { !exists $event{$o->{event}}{$_} } keys %$o } JSON::PP->new->incr_parse($text);
	}
	return grep { $log !~ /\b\Q$_\E=/ } $text =~ /(?:^|\s)([a-z-]+)=/g;
}

my @prose = (
	[qr/^postrider: .*refused the login/, 'an error as it may look; the hint of a provider needs its host'],
	[qr/^1\. turn on/, 'what to do in a browser'],
	[qr/^Set-CASMailbox/, 'a command of Exchange'],
	[qr/^\@1795745938/, 'a line of the journal, which tests of its parser hold'],
);
for my $part (@lines) {
	my ($where, $text) = @$part;
	my ($first) = $text =~ /(.*)/;
	my ($prose) = grep { $text =~ $_->[0] } @prose;
	if ($prose) {
		pass("$where: $first (not run: $prose->[1])");
		$used{$prose->[0]}++;
	} elsif ($text =~ /^\w+: /m && $text =~ /:include:/) {
		$text =~ s{/etc/mail/team}{put('team', "dave\@example.net\n")}e;
		my $aliases = put('aliases', $text);
		my $r = run({}, '-C', $conf, '--set', "defaults.aliases=$aliases", 'sendmail', '-bv', 'postmaster');
		is($r->{status}, 0, "$where: these aliases can be used") or diag($r->{err});
	} else {
		is(join(' ', unknown_keys($text)), '', "$where: keys of $first") or diag($text, $log);
	}
}
$_->stop for $tls, $clear;	# while their folder is there
ok($used{$_->[0]}, "needed: $_->[-1]") for @changes, @parsed, @prose;
done_testing();
