#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Mail for users of this machine: by aliases, by local-to, by domain, and never to root@localhost.
use strict;
use warnings;

use FindBin;
use POSIX ();
use lib $FindBin::Bin;
use Rider;
use Test::More;

my $sendmail = link_as('sendmail');
my $newaliases = link_as('newaliases');
my $host = (POSIX::uname())[1];
my $text = "From: me\@test.example\nSubject: x\n\nhi\n";
my $s;

# A server, the account at it, an alias file of that text, more keys of [defaults].
sub serve {
	my ($aliases, $defaults, $queue) = @_;
	$s = server('--rcpt', 'no*=550 5.1.1 No');
	my $file = put('aliases', $aliases);
	config("[defaults]\naliases = $file\n" . ($defaults // '') . "[account t]\nhost = 127.0.0.1\n"
		. "port = $s->{port}\ntls = off\nauth = off\nfrom = me\@test.example\n" . ($queue // ''));
}

sub call { return run({program => $sendmail, stdin => $text}, @_) }

# Who got it; the connection's RCPT lines with their parameters.
sub got {
	my ($c) = $s->record;
	return ([map { @{$_->{to}} } @{$c->{messages} // []}],
	    [map { $_->{line} =~ /^(RCPT.*)/ ? $1 : () } @{$c->{commands} // []}]);
}

my $file = "root: ann\@x.example, bob\nbob: bob\@y.example, Ann\@X.example\npipe: |/bin/false, c\@x.example\n"
    . "a: b\nb: a\nself: \\self\n";
my $to = "local-to = inbox\@z.example\n";
for (['an alias of several', '', ['root'], [qw(ann@x.example bob@y.example Ann@X.example)]],
    ['at localhost', '', ['root@localhost'], [qw(ann@x.example bob@y.example Ann@X.example)]],
    ['at the machine', '', ["root\@$host"], [qw(ann@x.example bob@y.example Ann@X.example)]],
    ['beside others, each once', '', ['bob@y.example', 'bob', 'c@x.example'], [qw(bob@y.example Ann@X.example c@x.example)]],
    ['nobody in particular', $to, ['carl', 'carl@localhost', 'self'], ['inbox@z.example']],
    ['by domain', "domain = home.example\n", ['carl', 'self@localhost'], [qw(carl@home.example self@home.example)]],
    ['no alias for an address elsewhere', $to, ['root@x.example'], ['root@x.example']],
    ['-n follows none', $to, ['-n', 'root'], ['inbox@z.example']],
    ['local domains', "${to}local-domains = old.example\n", ['bob@old.example', 'x@OLD.example'],
	[qw(bob@y.example Ann@X.example inbox@z.example)]]) {
	my ($claim, $defaults, $args, $want) = @$_;
	serve($file, $defaults);
	my $r = call(@$args);
	is("$r->{status}$r->{out}$r->{err}", '0', "$claim: in silence");
	is_deeply((got())[0], $want, "$claim: its recipients");
}

# -t: from the header, Bcc too
serve($file, $to);
my $r = run({program => $sendmail, stdin => "To: root\nCc: carl\@localhost\nBcc: bob\n$text"}, '-t');
is($r->{status}, 0, '-t');
is_deeply((got())[0], [qw(ann@x.example bob@y.example Ann@X.example inbox@z.example)], '-t: all of them');
like($s->mail(1), qr/^To: root\@\Q$host\E\r$/m, 'the header names nobody without a domain');

# RFC 3461 5.2.7.1
serve($file);
call('-N', 'failure', 'root@localhost');
is((got())[1][0], 'RCPT TO:<ann@x.example> NOTIFY=FAILURE ORCPT=rfc822;root@localhost', 'a report names who was asked for');

# ---- what cannot be

serve($file, $to);
$r = call('pipe', 'bob');
is($r->{status}, 65, 'a command is refused');
like($r->{err}, qr/aliases:3: alias 'pipe': '\|\/bin\/false' is a command.*\n.*sent to 3 of 4 recipients, 1 refused\n\z/, 'with its place');
is_deeply((got())[0], [qw(c@x.example bob@y.example Ann@X.example)], 'and the others have the mail');
serve($file, $to);
$r = call('a');
is($r->{status}, 65, 'a loop');
like($r->{err}, qr/aliases:4 and .*aliases:5: the aliases 'a' and 'b' lead to each other/, 'is told with both lines');
serve($file);
$r = call('carl@localhost');
is($r->{status}, 78, 'a name that leads nowhere');
like($r->{err}, qr/'carl' has no domain, and the configuration has neither `local-to` nor `domain` for it/, 'says what is missing');

# ---- routes see where it goes

$s = server();
my $other = server();
put('aliases', "root: ann\@routed.example\n");
config("[defaults]\naliases = " . tmp('aliases') . "\naccount = t\n[account t]\nhost = 127.0.0.1\nport = $s->{port}\ntls = off\nauth = off\n"
	. "[account u]\nhost = 127.0.0.1\nport = $other->{port}\ntls = off\nauth = off\n[route]\nmatch-to = *\@routed.example\naccount = u\n");
call('root');
is_deeply([map { @{$_->{to}} } map { @{$_->{messages}} } $other->record], ['ann@routed.example'], 'a route is for where mail goes');

# ---- kept until it can be understood

my $queue = "[queue]\ndirectory = " . tmp('queue') . "\n";
serve($file, '', $queue);
unlink tmp('aliases');
$r = call('bob');
is($r->{status}, 0, 'an alias file that is gone: kept');
like($r->{err}, qr/cannot read the aliases in .*aliases: No such file.*kept/s, 'and said');
put('aliases', $file);
run({}, 'queue', 'run', '--now');
is_deeply((got())[0], [qw(bob@y.example Ann@X.example)], 'then it goes where it was meant to');

# ---- who reads the mail of a local sender is told what became of it

my $conf = "$ENV{HOME}/.config/postrider/postrider.conf";
sub rewrite_conf {
	my ($change) = @_;
	open my $f, '<', $conf or die $!;
	my $all = join '', <$f>;
	close $f;
	$change->() for $all;
	open $f, '>', $conf or die $!;
	print $f $all;
	close $f;
}
for (['root@localhost', '', 'ann@x.example', 'a sender of this machine'],
    ['a@y.example', "bounce-to = root\@localhost\n", 'ann@x.example', 'bounce-to on this machine']) {
	my ($from, $more, $to, $claim) = @$_;
	serve("root: ann\@x.example\n", '', $queue . $more);
	rewrite_conf(sub { s/^from = .*\n//m }); # an account that cannot tell which senders are its own
	call('-odq', '-f', $from, 'no@x.example');
	run({}, 'queue', 'run', '--now');
	run({}, 'queue', 'run', '--now');
	my @to = map { @{$_->{to}} } map { @{$_->{messages} // []} } $s->record;
	is_deeply(\@to, [$to], "$claim: the notice goes where its mail is read");
}

# ---- newaliases and -bv

serve("root: ann\@x.example\n\n# c\nbob: root\n");
for ([$newaliases], [$sendmail, '-bi'], [$sendmail, '-I']) {
	my ($program, @args) = @$_;
	$r = run({program => $program}, @args);
	is("$r->{status} $r->{out}$r->{err}", '0 ' . tmp('aliases') . ": 2 aliases\n", "newaliases (@args)");
}
put('aliases', "root ann\nann: |x\nbob: b\@x\nBOB: c\@x\n");
$r = run({program => $newaliases});
is($r->{status}, 78, 'faults');
like($r->{err}, qr/aliases:1:1: expected.*aliases:2:1: '\|x' is a command.*aliases:4:1: 'bob' is there already/s,
	'all of them, with their places');
put('aliases', "a: b\nb: a\nc: :include:/nonexistent\n");
$r = run({program => $newaliases});
is($r->{status}, 78, 'what shows when they are followed');
like($r->{err}, qr/lead to each other.*cannot read the list/s, 'is found, too');

serve($file, $to);
$r = run({program => $sendmail, stdin => ''}, '-bv', 'root', 'x@y.example', 'carl');
is($r->{status}, 0, '-bv');
is($r->{out}, "root: to ann\@x.example, through account t\nroot: to bob\@y.example, through account t\n"
    . "root: to Ann\@X.example, through account t\nx\@y.example: to x\@y.example, through account t\n"
    . "carl: to inbox\@z.example, through account t\n", 'tells where each goes');
$r = run({program => $sendmail}, '-bv', 'pipe', 'c@@d');
is($r->{status}, 65, '-bv of what cannot be');
like("$r->{out}$r->{err}", qr/pipe: refused: .*is a command/, 'says why');
is($s->record + 0, 0, 'and never connects');
is(run({program => $sendmail}, '-bv')->{status}, 64, '-bv of nothing');

done_testing;
