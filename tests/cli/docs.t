#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The option tables, the table of keys, the manual pages and the completions say the same.
use strict;
use warnings;
use File::Path 'make_path';
use File::Temp 'tempdir';
use Test::More;

my ($src, $program) = @ENV{qw(SRC POSTRIDER)};
my $build = $ENV{BUILD};

sub slurp {
	open my $f, '<', "$src/$_[0]" or die "$_[0]: $!";
	local $/;
	return scalar <$f>;
}

sub said {
	open my $f, '-|', $program, @_ or die "$program: $!";
	my @lines = <$f>;
	close $f;
	chomp @lines;
	return @lines;
}

# With what is said on stderr, and nothing to read.
sub said_all {
	my $pid = open(my $f, '-|') // die $!;
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		open STDERR, '>&', \*STDOUT;
		exec $program, @_ or die $!;
	}
	my @lines = <$f>;
	close $f;
	return @lines;
}

my $page = slurp('man/postrider.1');
my ($send) = $page =~ /\.Ss postrider send\n(.*?)\n\.Ss /s;
my $other = slurp('man/postrider-sendmail.8');
my ($sendmail, $letters) = $other =~ /\.Sh OPTIONS\n(.*?)\n\.Ss All letters\n(.*?)\n\.Sh /s;
my ($shared) = $page =~ /\.Ss Shared options\n(.*?)\n\.Ss /s;
my ($check) = $page =~ /\.Ss postrider check\n(.*?)\n\.Ss /s;
my ($queue) = $page =~ /\.Ss postrider queue\n(.*?)\n\.Ss /s;
my ($import) = $page =~ /\.Ss postrider import\n(.*?)\n\.Ss /s;
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
    [check => $check], [import => $import], [version => $shared]) {
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

my $bash = shell('bash', '--norc', '-c', <<"SH");
. '$src/completions/postrider.bash'
try() { COMP_WORDS=("\$@"); COMP_CWORD=\$((\${#COMP_WORDS[@]} - 1)); _postrider; echo "\${COMPREPLY[*]}"; }
try postrider se
try postrider send --subj
try postrider --color ''
try postrider config ''
try postrider -v send --dry
try postrider import ''
try postrider queue r
try postrider queue runner ''
try postrider queue show ''
cd '$dir' && touch agenda.pdf
try postrider send --attach age
try postrider send --attach = age
try postrider send --format ''
try postrider send --return ''
try postrider send --report-to age
SH
SKIP: {
	skip 'bash is not here', 1 if !defined $bash;
	is($bash, "send sendmail\n--subject\nauto always never\ncheck show keys\n--dry-run\nmsmtp ssmtp nullmailer dma\n"
		. "run retry release remove runner\ninstall remove status\n$ids\n"
		. "agenda.pdf\nagenda.pdf\ntext flowed\nheaders full\nagenda.pdf\n", 'bash completes');
}
my $fish = shell('fish', '--no-config', '-c', <<"SH");
source '$src/completions/postrider.fish'
complete -C 'postrider se' | string split -f1 \\t
complete -C 'postrider send --subj' | string split -f1 \\t
complete -C 'postrider config ch' | string split -f1 \\t
complete -C 'postrider import null' | string split -f1 \\t
complete -C 'postrider queue runner in' | string split -f1 \\t
complete -C 'postrider queue show ' | string split -f1 \\t
cd '$dir'; touch agenda.pdf
complete -C 'postrider send --attach age' | string split -f1 \\t
complete -C 'postrider send --attach=age' | string split -f1 \\t
complete -C 'postrider send --priority h' | string split -f1 \\t
SH
SKIP: {
	skip 'fish is not here', 1 if !defined $fish;
	is($fish, "send\nsendmail\n--subject\ncheck\nnullmailer\ninstall\n" . join('', map { "$_\n" } split(/ /, $ids),
		qw(agenda.pdf --attach=agenda.pdf high)), 'fish completes');
}
my $zsh = shell('zsh', '-f', '-c', "zmodload zsh/zpty 2>/dev/null; fpath=('$src/completions' \$fpath); autoload -Uz compinit && compinit -u -D && whence -w _postrider && autoload +X _postrider && echo loaded");
SKIP: {
	skip 'zsh is not here', 1 if !defined $zsh;
	like($zsh, qr/_postrider: function\nloaded/, 'zsh loads its completion');
}
done_testing();
