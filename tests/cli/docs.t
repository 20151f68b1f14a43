#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The option tables, the table of keys, the manual pages and the completions say the same.
use strict;
use warnings;
use File::Path 'make_path';
use File::Temp 'tempdir';
use FindBin;
use lib $FindBin::Bin;
use Pages;
use Test::More;

my ($src, $program) = @ENV{qw(SRC POSTRIDER)};
my $build = $ENV{BUILD};

# A home and a queue of our own: root's would be the machine's.
my $home = tempdir(CLEANUP => 1);
$ENV{HOME} = $home;
make_path("$home/.config/postrider");
open my $own, '>', "$home/.config/postrider/postrider.conf" or die $!;
print $own "[queue]\ndirectory = $home/queue\n";
close $own;

my $page = slurp('man/postrider.1');
my ($send) = $page =~ /\.Ss postrider send\n(.*?)\n\.Ss /s;
my $other = slurp('man/postrider-sendmail.8');
my ($sendmail, $letters) = $other =~ /\.Sh OPTIONS\n(.*?)\n\.Ss All letters\n(.*?)\n\.Sh /s;
my ($shared) = $page =~ /\.Ss Shared options\n(.*?)\n\.Ss /s;
my ($check) = $page =~ /\.Ss postrider check\n(.*?)\n\.Ss /s;
my ($probe) = $page =~ /\.Ss postrider probe\n(.*?)\n\.Ss /s;
my ($lookup) = $page =~ /\.Ss postrider lookup\n(.*?)\n\.Ss /s;
my ($queue) = $page =~ /\.Ss postrider queue\n(.*?)\n\.Ss /s;
my ($log) = $page =~ /\.Ss postrider log\n(.*?)\n\.Ss /s;
my ($import) = $page =~ /\.Ss postrider import\n(.*?)\n\.Ss /s;
my ($setup) = $page =~ /\.Ss postrider setup\n(.*?)\n\.Ss /s;
my ($account) = $page =~ /\.Ss postrider account\n(.*?)\n\.Ss /s;
my ($config) = $page =~ /\.Ss postrider config\n(.*?)\n\.Ss /s;

# The options that the .It lines of a section document, as --long and -x.
sub documented {
	my %found;
	for my $line ($_[0] =~ /^\.It (.*)$/mg) {
		next if $line =~ /^Cm/;
		$line =~ s/\s+Ar\s.*?(?=,|$)//g;
		for my $word (split /\s*,\s*|\s+/, $line) {
			next if $word eq 'Fl' || $word eq '' || $word eq 'Ns';
			$found{$word =~ /^-(.+)/ ? "--$1" : $word eq '-' ? '--' : "-$word"} = 1;
		}
	}
	return \%found;
}

# The options of a command's own table (those it shares with all are in `version`'s).
sub offered {
	my %found;
	for (said('__options', $_[0])) {
		my ($long, $letter) = split /\t/;
		$found{"--$long"} = 1 if $long ne '-';
		$found{"-$letter"} = 1 if $letter ne '-';
	}
	return \%found;
}

my $common = offered('version');
for ([send => $send], [sendmail => $sendmail], [config => $config], [queue => $queue],
    [check => $check], [probe => $probe], [lookup => $lookup], [log => $log],
    [import => $import], [account => $account], [setup => $setup], [version => $shared]) {
	my ($command, $text) = @$_;
	my ($there, $told) = (offered($command), documented($text));
	my $where = $command eq 'sendmail' ? 'postrider-sendmail(8)' : 'postrider(1)';
	my @mute = sort grep { !$told->{$_} && ($command eq 'version' || !$common->{$_}) } keys %$there;
	is("@mute", '', "$where documents each option of $command");
	my @lies = sort grep { !$there->{$_} && !/^--?$|^-oi$|^-bm$/ } keys %$told;
	is("@lies", '', "$where documents none that $command lacks");
}

# The table of letters: all of them, and where their arguments stand.
my %row = map { /^\.It Sy (\w) Ta (\S+) Ta (.*)$/ ? ($1 => [$2, $3]) : () } split /\n/, $letters;
is(join('', sort keys %row), join('', 'A' .. 'Z', 'a' .. 'z'), 'postrider-sendmail(8) has a row for each letter');
my %takes = map { my (undef, $letter, $arg) = split /\t/; ($letter => $arg =~ /^\[/ ? 'glued' : $arg eq '-' ? '-' : 'word') }
	said('__options', 'sendmail');
my @unknown = grep { $row{$_}[1] eq 'unknown' } sort keys %row;
is(join(' ', grep { exists $takes{$_} } @unknown), '', 'it calls none unknown that there is');
is(join(' ', grep { exists $takes{$_} && $takes{$_} ne $row{$_}[0] } sort keys %row), '', 'and says where arguments stand');
my @heard = grep { join("\n", said_all('sendmail', "-$_")) =~ /unknown option/ } sort keys %row;
is("@heard", "@unknown", 'the program knows all others');

# Exit status: the codes of both pages.
for my $text ($page, $other) {
	my ($status) = $text =~ /\.Sh EXIT STATUS\n(.*?)\n\.Sh /s;
	my @codes = $status =~ /^\.It (\d+)$/mg;
	is_deeply([grep { $_ > 1 } @codes], [64 .. 71, 74 .. 78], 'all codes of sysexits.h that there are');
}

# Keys of the configuration.
my $conf = slurp('man/postrider.conf.5');
my %told = map { $_ => 1 } map { split /\s*,\s*/, s/ No \*//r } $conf =~ /^\.It Cm (.*)$/mg;
my %keys = map { (split /\./, (split /\t/)[0])[-1] => 1 } said('__complete', 'keys');
is(join(' ', sort grep { !$told{$_} } keys %keys), '', 'postrider.conf(5) documents each key');
is(join(' ', sort grep { !$keys{$_} } keys %told), '', 'postrider.conf(5) documents no other');

# Commands.
for my $command (map { (split /\t/)[0] } said('__complete', 'commands')) {
	like($page, qr/^\.Cm \Q$command\E\b/m, "postrider(1) names the command $command");
}

# Ids are completed from the queue itself, the newest first.
my $dir = tempdir(CLEANUP => 1);
$ENV{HOME} = $dir;
make_path("$dir/.config/postrider");
open my $conf_file, '>', "$dir/.config/postrider/postrider.conf" or die $!;
print $conf_file "[account t]\nhost = 127.0.0.1\nfrom = me\@test.example\n[queue]\ndirectory = $dir/queue\n";
close $conf_file;
said('send', '--when', 'queue', '-m', $_, "$_\@x.test") for 'one', 'two';
my $ids = join ' ', map { uc substr $_, -6 } reverse sort map { s{.*/}{}r } glob "$dir/queue/queue/*";
like(join("\n", said('__complete', 'ids')), qr/^[0-9A-Z]{6}\tto two\@x\.test\n[0-9A-Z]{6}\tto one\@x\.test$/,
	'ids, with whom they are for');

# Each shell loads its completions and offers what the program has.
sub shell {
	my ($shell, @args) = @_;
	my $found = grep { -x "$_/$shell" } split /:/, $ENV{PATH};
	return undef if !$found;
	local $ENV{PATH} = ($program =~ m{^(.*)/})[0] . ":$ENV{PATH}";
	open my $f, '-|', $shell, @args or die "$shell: $!";
	local $/;
	my $out = <$f>;
	close $f;
	return $out // '';
}


# What each shell offers for a line, one set of rows for all three.
my @rows = (
    ['postrider se', 'send sendmail setup'],
    ['postrider send --subj', '--subject'],
    ['postrider --color ', 'always auto never'],
    ['postrider config ', 'check edit get keys path set show unset'],
    ['postrider config get queue.life', 'queue.lifetime'],
    ['postrider -v send --dry', '--dry-run'],
    ['postrider import ', 'dma msmtp nullmailer ssmtp'],
    ['postrider queue r', 'release remove retry run runner'],
    ['postrider queue runner ', 'install remove status'],
    ['postrider queue show ', join ' ', sort split / /, $ids],
    ['postrider -a ', 't'],
    ['postrider account login ', 't'],
    ['postrider help gma', 'gmail'],
    ['postrider check --only tls,ce', 'tls,cert-expiry'],
    ['postrider send --attach age', 'agenda.pdf'],
    ['postrider send --format ', 'flowed text'],
    ['postrider send --return ', 'full headers'],
    ['postrider send --report-to age', 'agenda.pdf'],
    ['postrider send --notify failure,de', 'failure,delay'],
);
open my $pdf, '>', "$dir/agenda.pdf" or die $!;
close $pdf;

sub rows_for {
	my ($shell, @args) = @_;
	my $out = shell($shell, @args) // return undef;
	return map { join ' ', sort split ' ', $_ } split /\n/, $out, -1;
}

my %lines = (
    bash => sub {
	return ('--norc', '-c', "cd '$dir'; . '$src/completions/postrider.bash'\n"
		. "try() { COMP_WORDS=(\"\$@\"); COMP_CWORD=\$((\${#COMP_WORDS[@]} - 1)); _postrider; echo \"\${COMPREPLY[*]}\"; }\n"
		. join('', map { 'try ' . ($_->[0] =~ s/ $/ ''/r) . "\n" } @rows)
		. "try postrider send --attach = age\n");
    },
    fish => sub {
	return ('--no-config', '-c', "cd '$dir'; source '$src/completions/postrider.fish'\n"
		. join('', map { "echo (complete -C '$_->[0]' | string split -f1 \\t)\n" } @rows, ['postrider send --attach=age']));
    },
    # the functions that would show the candidates print them
    zsh => sub {
	return ('-f', '-c', "cd '$dir'; fpath=('$src/completions' \$fpath); autoload -Uz compinit && compinit -u -D\n"
		. "autoload +X _postrider\n"
		. "_describe() { local a=(\${(P)3}); got+=(\${a%%:*}); }; compadd() { shift 3; got+=(\$@); }\n"
		. "_files() { got+=(\$dir/\${PREFIX}*(N:t)); }; _users() { got+=(users); }; compset() { PREFIX=\${PREFIX##\$~2}; }\n"
		. "dir='$dir'\ntry() { local words=(\"\$@\") CURRENT=\$#; local PREFIX=\${words[-1]} got=(); _postrider; echo \$got; }\n"
		. join('', map { 'try ' . ($_->[0] =~ s/ $/ ''/r) . "\n" } @rows)
		. "try postrider send --attach=age\n");
    },
);
for my $shell (sort keys %lines) {
	SKIP: {
		my @got = rows_for($shell, $lines{$shell}->());
		skip "$shell is not here", scalar(@rows) + 1 if !defined $got[0];
		is($got[$_] // '(nothing)', $rows[$_][1], "$shell: $rows[$_][0]") for 0 .. $#rows;
		like($got[@rows] // '', qr/^(--attach=)?agenda\.pdf$/, "$shell: --attach=age");
	}
}
done_testing();
