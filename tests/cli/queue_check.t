#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# queue check names whatever is wrong with a queue, says what to do, and changes nothing itself.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Fcntl ':flock';
use Rider;
use Spool;
use Test::More;

configure(1);
my $root = spool();
# What the queue lies on is found, too: a warning that belongs to this machine, not to the test.
my $volatile = `stat -f -c %T '$ENV{HOME}'` =~ /^(tmpfs|ramfs)/;

# What it found, as "LEVEL WHERE"; the result as an object.
my ($result, %what);
sub check {
	my (@found, %seen);
	%what = ();
	for (json_lines(rider({}, 'queue', 'check', '--json')->{out})) {
		$result = $_ if $_->{event} eq 'result';
		next if $_->{event} ne 'finding' || $_->{what} =~ /volatile/;
		push @found, "$_->{level} $_->{where}";
		$what{$_->{where}} = "$_->{what}; " . ($_->{todo} // '-');
	}
	return join ', ', sort @found;
}

sub text { open my $f, '<', $_[0] or die "$_[0]: $!"; local $/; return scalar <$f> }
sub fill { open my $f, '>', "$root/$_[0]" or die "$_[0]: $!"; print $f $_[1] // ''; close $f; chmod 0600, "$root/$_[0]" }

like(rider({}, 'queue', 'check')->{err}, qr/the queue is empty: .* is not there/, 'no queue yet');
queue_up('one');
queue_up('two');
my ($one, $two) = map { m{([^/]+)$} } files('queue');
is(check(), '', 'a sound queue');
is($result->{files}, 2, 'of two files');
is($result->{exit}, $volatile ? 1 : 0, 'needs nobody');
like(rider({}, 'queue', 'check')->{out}, qr{^\Q$root\E: 2 files looked at, }m, 'as is said');

# ---- messages

my $good = text("$root/queue/$one");
for (
	['cut short', sub { substr $_[0], 0, -30 }, qr/cut short/],
	['a flipped octet of the text', sub { $_[0] =~ s/^hi/ho/mr }, qr/the message does not fit its sum/],
	['a flipped octet of the head', sub { $_[0] =~ s/bob\@x/bab\@x/r }, qr/the head does not fit its sum/],
	['empty', sub { '' }, qr/cut short/],
	['something else', sub { 'x' x 400 }, qr/does not begin as a queue file does/],
) {
	my ($name, $damage, $re) = @$_;
	my $bad = $damage->($good);
	isnt($bad, $good, "$name: it is damaged");
	fill("queue/$one", $bad);
	is(check(), "error queue/$one", "$name: found");
	like($what{"queue/$one"}, qr/$re.*; it is never sent; the next run moves it to corrupt\//, "$name: why and what follows");
	is(text("$root/queue/$one"), $bad, "$name: left as it is");
}
is($result->{exit}, 1, 'the exit status tells');
unlink "$root/queue/$one";
fill("corrupt/$one", 'x');
is(check(), "error corrupt/$one", 'what was moved aside waits for a person');
like($what{"corrupt/$one"}, qr/queue show $one --raw, then: postrider queue remove $one$/, 'who is told how');
is(rider({}, 'queue', 'show', $one, '--raw')->{out}, 'x', 'the first command works');
is(rider({}, 'queue', 'remove', $one)->{status}, 0, 'the second, too');
is(check(), '', 'then all is well');

# ---- names and modes

my $path = "$root/queue/$two";
chmod 0644, $path;
is(check(), "warning queue/$two", 'others may read it');
like($what{"queue/$two"}, qr/; chmod 600 \Q$path\E$/, 'the command that helps');
chmod 0600, $path;
link $path, "$root/queue/zzzz";
is(check(), "warning queue/$two, warning queue/zzzz", 'one message with two names');
unlink "$root/queue/zzzz";
mkdir "$root/hold/$one";
is(check(), "error hold/$one", 'a directory in place of a message');
rmdir "$root/hold/$one";
symlink '/etc/passwd', "$root/dead/$one";
like(check(), qr{^error dead/$one\b}, 'a link in place of a message');
unlink "$root/dead/$one";
my $long = 'a' x 60;
fill($_) for 'queue/alien name', "queue/$long", 'queue/.nfs0001', 'README';
is(check(), "note README, note queue/.nfs0001, warning queue/$long, warning queue/alien name",
	'names that are not ours, those too long for ours among them') or diag(join "\n", %what);
unlink map { "$root/$_" } 'queue/alien name', "queue/$long", 'queue/.nfs0001', 'README';
chmod 0755, "$root/hold", $root;
is(check(), 'warning ., warning hold', 'directories that others may look into');
chmod 0700, "$root/hold", $root;

# ---- leftovers

fill("$_-gone") for 'relay';
fill('slot-gone-0');
fill('relay-t');
is(check(), 'note relay-gone, note slot-gone-0', 'what is known of an account that is not there any more');
is($result->{exit}, $volatile ? 1 : 0, 'is nothing that matters');
unlink "$root/relay-gone", "$root/slot-gone-0";
fill('queue/.t-young');
fill('queue/.t-old');
fill('queue/.t-busy');
utime time - 7200, time - 7200, "$root/queue/.t-old", "$root/queue/.t-busy";
open my $busy, '<', "$root/queue/.t-busy" or die $!;
flock $busy, LOCK_EX or die $!;
is(check(), 'note queue/.t-busy, note queue/.t-young', 'what a crash left');
is($result->{swept}, 1, 'is taken away when it is old and nobody holds it');
ok(!-e "$root/queue/.t-old", 'really');
unlink glob "$root/queue/.t-*";
close $busy;

# ---- an account that is not there any more

put('conf', text(tmp('conf')) =~ s/^\[account t\]/[account other]/mr);
is(check(), "note relay-t, warning queue/$two", 'a message nobody sends');
like($what{"queue/$two"}, qr/its account 't' is not in the configuration, so it is not sent/, 'is told');
configure(1);

SKIP: {
	my ($shm) = grep { -w $_ && `stat -f -c %T $_` =~ /^tmpfs/ } '/dev/shm';
	skip 'no tmpfs here', 2 if !defined $shm;
	my $place = "$shm/postrider-test-$$";
	$root = spool($place);
	configure(1);
	queue_up('three');
	my $r = rider({}, 'queue', 'check');
	is($r->{status}, 1, 'a queue in memory');
	like($r->{out}, qr/^warning: \.: it is volatile .*\n  set directory in \[queue\] to a place on a disk$/m, 'is warned of');
	system 'rm', '-r', $place;
}

done_testing();
