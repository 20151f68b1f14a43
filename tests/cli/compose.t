#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What `postrider send` composes, as another program's parser reads it: structure, names, charsets.
use strict;
use warnings;
use utf8;

use Encode qw(decode encode);
use FindBin;
use lib $FindBin::Bin;
use Rider;
use Test::More;

binmode(Test::More->builder->$_, ':utf8') for qw(output failure_output todo_output);
delete @ENV{qw(LC_ALL LC_CTYPE LANG)};

sub octets { return map { utf8::is_utf8($_) ? encode('UTF-8', $_) : $_ } @_ }

# One of that content in a folder of its own; returns its path.
my $folder = tmp('files');
mkdir $folder or die $!;
sub file {
	my ($name, $content) = octets(@_);
	open my $f, '>:raw', "$folder/$name" or die "$name: $!";
	print $f $content;
	close $f or die $!;
	return decode('UTF-8', $folder, Encode::FB_CROAK) . '/' . $_[0] if utf8::is_utf8($_[0]);
	return "$folder/$name";
}

my $all = join '', map { chr } 0 .. 255;
my $big = $all x 1000;
my $bin = file('all.bin', $all);
my $logo = file('logo.png', "\x89PNG\r\n\x1a\n");
my $page = file('page.html', "<p>grün</p>\n");
my $long = 'ein Betreff mit Wörtern, der weit über eine Zeile hinausgeht ' x 5;
my $longname = 'Übersicht der größten Lücken und Brüche im Überblick über alle Jahre seit 1999.pdf';
my @plain = ('-m', "hi\n");
my $hi = {type => 'text/plain', charset => 'us-ascii', encoding => '7bit', content => "hi\n"};

# claim, arguments, what the parser must find: of the message, then of each part (what is not named
# there is not looked at), and options of run().
my @cases = (
    ['a text', [@plain], {tree => 'plain'}, [{%$hi, disposition => undef, name => undef}]],
    ['an 8-bit text', ['-m', "größer\n"], {tree => 'plain'},
	[{charset => 'utf-8', encoding => '8bit', content => "größer\n"}]],
    ['a long line', ['-m', 'ü' x 1200], {tree => 'plain', longest => 78},
	[{charset => 'utf-8', encoding => 'quoted-printable'}]],
    ['HTML alone', ['--html', '<b>x</b>'], {tree => 'html'}, [{type => 'text/html', charset => 'us-ascii'}]],
    ['HTML of a file beside text', [@plain, '--html', '@' . $page], {tree => 'alternative(plain,html)'},
	[$hi, {charset => 'utf-8', content => "<p>grün</p>\n"}]],
    ['HTML with a picture', ['--html', '<img src="cid:logo.png">', '--inline', $logo],
	{tree => 'related(html,image/png)'},
	[{}, {disposition => 'inline', name => 'logo.png', cid => '<logo.png>', content => "\x89PNG\r\n\x1a\n"}]],
    ['all levels', [@plain, '--html', '@' . $page, '--inline', "$logo,cid=x\@y", '--inline', "$bin,cid=2", '--attach', $bin],
	{tree => 'mixed(alternative(plain,related(html,image/png,application/octet-stream)),application/octet-stream)'},
	[$hi, {}, {cid => '<x@y>'}, {cid => '<2>'}, {disposition => 'attachment', cid => undef, content => $all}]],
    ['HTML with a picture, and a file', ['--html', 'x', '--inline', $logo, '--attach', $bin],
	{tree => 'mixed(related(html,image/png),application/octet-stream)'}, []],
    ['all octets', [@plain, '--attach', $bin], {tree => 'mixed(plain,application/octet-stream)'},
	[$hi, {encoding => 'base64', disposition => 'attachment', name => 'all.bin', content => $all}]],
    ['an empty file', [@plain, '--attach', file('empty.txt', '')], {tree => 'mixed(plain,plain)'},
	[$hi, {name => 'empty.txt', charset => 'us-ascii', content => ''}]],
    ['an empty text', ['-m', '', '--attach', $bin], {}, [{content => ''}, {content => $all}]],
    ['a name and a type', [@plain, '--attach', "$bin,name=a, b.tar,type=application/x-thing; a=b"], {},
	[$hi, {type => 'application/x-thing', params => 'a', name => 'a, b.tar'}]],
    ['the type from the given name', [@plain, '--attach', "$bin,name=Minutes.PDF"], {}, [$hi, {type => 'application/pdf'}]],
    ['an 8-bit name', [@plain, '--attach', "$bin,name=größe.pdf"], {}, [$hi, {name => 'größe.pdf'}]],
    ['an 8-bit name of a file', [@plain, '--attach', file("Übermut.png", 'x')], {},
	[$hi, {name => 'Übermut.png', type => 'image/png'}]],
    ['a long name', [@plain, '--attach', "$bin,name=$longname"], {}, [$hi, {name => $longname}]],
    ['a long name in ASCII', [@plain, '--attach', "$bin,name=" . 'word ' x 40 . '.zip'], {},
	[$hi, {name => 'word ' x 40 . '.zip', type => 'application/zip'}]],
    ['quotes in a name', [@plain, '--attach', file('a"b\\c;d.gz', 'x')], {}, [$hi, {name => 'a"b\\c;d.gz'}]],
    ['a newline in a name', [@plain, '--attach', file("a\nb.gz", 'x')], {}, [$hi, {name => "a\nb.gz"}]],
    ['texts keep their octets', [@plain, '--attach', file('crlf.txt', "a\r\nb\n\0\r\xfc")], {},
	[$hi, {type => 'text/plain', charset => 'unknown-8bit', encoding => 'base64'}]],
    ['a text in UTF-8', [@plain, '--attach', file('u.csv', "a;€\n")], {},
	[$hi, {type => 'text/csv', charset => 'utf-8', content => "a;€\n"}]],
    ['a charset that is given', [@plain, '--attach', "$bin,type=text/plain;charset=cp437"], {}, [$hi, {charset => 'cp437'}]],
    ['a message', [@plain, '--attach', file('m.eml', "Subject: ü\n\nin\n")], {tree => 'mixed(plain,rfc822())'},
	[$hi, {type => 'message/rfc822', encoding => '8bit'}]],
    ['a message that mail cannot carry', [@plain, '--attach', file('n.eml', "Subject: x\n\n" . 'x' x 999)],
	{tree => 'mixed(plain,application/octet-stream)'}, [$hi, {encoding => 'base64', name => 'n.eml'}]],
    ['standard input as a file', ['--attach', '-,name=dump.sql.gz'], {tree => 'mixed(application/gzip)'},
	[{name => 'dump.sql.gz', content => $all}], {stdin => $all}],
    ['a pipe in a charset with a colon', ['--charset', 'ISO_8859-1:1987', '--attach', '-,name=a.txt'], {},
	[{charset => 'ISO_8859-1:1987', content => "ü\n"}], {stdin => "\xfc\n"}],
    ['several pieces', [@plain, '--attach', file('big', $big)], {}, [$hi, {content => undef}]],
    ['words of another charset', ['--charset', 'iso-8859-1', '-m', "gr\xfcn", '-s', "Gr\xfc\xdfe"], {subject => 'Grüße'},
	[{charset => 'utf-8', content => "grün\n"}]],
    ['UTF-16', ['--charset', 'utf-16le', '-m', '@' . file('u16', encode('UTF-16LE', "grün €\n"))], {},
	[{charset => 'utf-8', content => "grün €\n"}]],
    ['no charset known', ['-m', "gr\xfcn\n"], {}, [{charset => 'unknown-8bit', encoding => '8bit'}]],
    ['a long subject', [@plain, '-s', $long], {subject => $long, longest => 78}, [$hi]],
    ['a subject of four-octet characters', [@plain, '-s', '😀' x 60], {subject => '😀' x 60}, [$hi]],
    ['a subject that looks encoded', [@plain, '-s', 'what =?utf-8?q?is?= this'],
	{subject => 'what =?utf-8?q?is?= this'}, [$hi]],
    ['a subject of blanks around words', [@plain, '-s', 'a  ü  b'], {subject => 'a  ü  b'}, [$hi]],
    ['names', [@plain, '-f', 'Jürgen Groß <j@example.org>', '--reply-to', '"Größe, GmbH" <r@example.org>'],
	{from => [['Jürgen Groß', 'j@example.org']], 'reply-to' => [['Größe, GmbH', 'r@example.org']]}, [$hi]],
    ['priority', [@plain, '--priority', 'low', '--header', 'Importance: high'],
	{fields => {Importance => 'high', 'X-Priority' => '5'}}, [$hi]],
    ['fields added and replaced', [@plain, '-s', 'one', '--header', 'Subject: two', '--add-header', 'X-A: ü'],
	{subject => 'two', fields => {'X-A' => 'ü'}}, [$hi]],
    ['flowed', ['--format', 'flowed', '-m', "word " x 40 . "\n" . " indented  \n> quoted\nFrom me\n-- \nAnn\n"],
	{longest => 78}, [{params => 'format',
		content => ('word ' x 14 . "\n") x 2 . 'word ' x 11 . "word\n  indented\n> quoted\n From me\n-- \nAnn\n"}]],
    ['format=text', ['--format', 'text', '-m', " x \n"], {}, [{params => '', content => " x \n"}]],
);

my @messages;
for my $case (@cases) {
	my ($claim, $args, undef, undef, $how) = @$case;
	my @from = (grep { $_ eq '-f' } @$args) ? () : ('-f', 'ann@example.org');
	my $r = run($how // {}, 'send', '--server', 'smtp://127.0.0.1:9', '--print', 'bob@example.org', @from, octets(@$args));
	diag("$claim: $r->{err}") if $r->{status} != 0;
	push @messages, put('m' . @messages, $r->{out});
}
open my $py, '-|', "$ENV{SRC}/tests/lib/readmail", @messages or die $!;
my @read = json_lines(join '', <$py>);
close $py;
is(scalar(@read), scalar(@cases), 'all of them can be read');

# Those keys of got that want has.
sub some {
	my ($got, $want) = @_;
	return {map { $_ => $got->{$_} } keys %$want};
}

for my $i (0 .. $#cases) {
	my ($claim, undef, $want, $parts) = @{$cases[$i]};
	my $got = $read[$i] // {parts => []};
	my $longest = delete $want->{longest};
	is_deeply(some($got, $want), $want, "$claim: the message");
	cmp_ok($got->{longest}, '<=', $longest, "$claim: its lines") if $longest;
	my @wanted = map { defined $_->{content} || !exists $_->{content} ? $_ : {} } @$parts;
	is_deeply([map { some($got->{parts}[$_], $wanted[$_]) } 0 .. $#wanted], \@wanted, "$claim: its parts");
	# a name in ASCII beside the whole one is meant for other readers
	my @minded = grep { !/unknown-8bit|duplicate parameter name/ } @{$got->{defects}};
	is_deeply(\@minded, [], "$claim: nothing the parser minds");
	my @twice = grep { $got->{counts}{$_} > 1 } sort keys %{$got->{counts}};
	is("@twice", '', "$claim: no field is there twice");
}
my ($pieces) = grep { $cases[$_][0] eq 'several pieces' } 0 .. $#cases;
like($read[$pieces]{parts}[1]{content}, qr/^256000 /, 'several pieces: all of it');

# ---- what is no message

mkdir "$folder/dir";
my $unreadable = tmp('nowhere');
for (['a directory', 66, ['--attach', "$folder/dir"], qr/cannot attach .*: it is a directory/],
    ['a file that is not there', 66, ['--attach', $unreadable], qr/cannot attach .*: No such file/],
    ['a device', 66, ['--attach', '/dev/zero'], qr/neither a file nor a pipe/],
    ['a type that is none', 64, ['--attach', "$bin,type=png"], qr/type= wants/],
    ['a type with a line break', 64, ['--attach', "$bin,type=a/b\nBcc: x\@y"], qr/type= wants/],
    ['a type in parts', 64, ['--attach', "$bin,type=multipart/mixed"], qr/boundaries of their own/],
    ['no name', 64, ['--attach', "$bin,name="], qr/name= wants/],
    ['a cid for --attach', 64, ['--attach', "$bin,cid=x"], qr/cid= is a matter of --inline/],
    ['a cid that is none', 64, ['--html', 'x', '--inline', "$bin,cid=a>b"], qr/cid= wants/],
    ['a name that is no cid', 64, ['--html', 'x', '--inline', "$bin,name=a b"], qr/give it one with ,cid=ID/],
    ['--inline without HTML', 64, ['--inline', $logo], qr/there is none/],
    ['stdin twice', 64, ['--attach', '-', '--html', '-'], qr/can be read once/],
    ['an unknown charset', 64, ['--charset', 'klingon'], qr/'klingon' is not known/],
    ['flags of iconv', 64, ['--charset', 'ascii//IGNORE'], qr/is not known/],
    ['another charset than said', 65, ['--charset', 'utf-8', '--html', "a\xfc"], qr/octet 2 of the text is not utf-8/],
    ['a type of one\'s own beside files', 64, ['--attach', $bin, '--header', 'Content-Type: text/x'], qr/has no place beside/],
    ['a format that is none', 64, ['--format', 'fixed'], qr/--format is text or flowed/],
    ['a priority that is none', 64, ['--priority', '1'], qr/--priority is high, normal or low/],
    ['two addresses, one of them none', 64, ['--reply-to', 'a b'], qr/nothing was sent/],
    ['files beside a ready message', 64, ['--message', '-', '--attach', $bin], qr/--attach has no place beside --message/],
    ['a message that cannot be one', 65, ['--attach', "$bin,type=message/rfc822"], qr/could not carry it/]) {
	my ($claim, $status, $args, $says) = @$_;
	my @body = (grep { $_ eq '--message' } @$args) ? () : ('-m', 'x');
	my $r = run({}, 'send', '--server', 'smtp://127.0.0.1:9', '--print', 'bob@example.org', @body, @$args);
	is("$r->{status}:$r->{out}", "$status:", $claim);
	like($r->{err}, $says, "$claim: the reason");
}

# ---- files that change, pipes, and a server

my $fifo = tmp('fifo.log');
system('mkfifo', $fifo) == 0 or die;
my $p = start({}, 'send', '--server', 'smtp://127.0.0.1:9', '--print', 'bob@example.org', '-f', 'a@example.org', '-m', 'x',
    '--attach', $fifo);
open my $w, '>', $fifo or die $!;
print $w "through a pipe\n";
close $w;
my $r = finish($p);
like($r->{out}, qr/Content-Type: text\/plain; charset=utf-8;\r\n name="fifo\.log".*\r\n\r\ndGhyb3VnaCBhIHBpcGUK\r\n/s, 'a pipe');

# A file before a pipe and behind it: one of the two is open, and not read, when it is changed.
for my $change (sub { truncate $_[0], 10 }, sub { open my $f, '>>', $_[0] or die $!; print $f 'x'; close $f }) {
	my $s = server();
	my $victim = file('victim', 'x' x 1000);
	$p = start({}, 'send', '--server', $s->{url}, 'bob@example.org', '-f', 'a@example.org', '-m', 'x',
	    '--attach', $victim, '--attach', $fifo, '--attach', $victim);
	open $w, '>', $fifo or die $!;
	$change->($victim);
	close $w;
	$r = finish($p);
	is($r->{status}, 74, 'a file that is changed meanwhile');
	like($r->{err}, qr/cannot attach .*victim: it was changed while it was read\n.*nothing was sent/s, 'is told');
	is(scalar($s->record), 0, 'and nothing was sent');
}

my $s = server();
$r = run({}, 'send', '-n', '--server', $s->{url}, 'bob@example.org', '-f', 'a@example.org', @plain, '--attach', $bin);
is($r->{status}, 0, 'a dry run');
$r = run({}, 'send', '--server', $s->{url}, 'bob@example.org', '-f', 'a@example.org', @plain, '--attach', $bin);
is("$r->{status}$r->{err}", '0', 'and a real one');
like($s->mail(1), qr/boundary="(=_[0-9a-f]{32})".*\r\n--\1--\r\n\z/s, 'arrives to its last line');

done_testing();
