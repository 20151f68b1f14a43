#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Web forms hand strangers' words to PHP's mail(), whose fifth argument becomes words of our command
# line. Whatever stands there: no file is made, changed, read or run but the queue's own, and the
# message is kept whole or nothing is.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use POSIX ();
use Rider;
use Test::More;

my $sendmail = link_as('sendmail');
my $queue = tmp('queue');
# Nobody listens at port 1, so that all of it stays in the queue.
config("[defaults]\ndomain = site.example\n[account t]\nhost = 127.0.0.1\nport = 1\ntls = off\nauth = off\nfrom = www\@site.example\n"
	. "[queue]\ndirectory = $queue\n");

# The folder where the web server stands: what may be read there, run, waited for.
my $box = tmp('box');
mkdir $box;
mkdir "$box/web";
my $secret = 'canary of the secret file';
my $time = time - 1000;
for (['secret', "$secret\@site.example\n"], ['page.php', "<?php echo 1; ?>\n"],
    ['evil.conf', "[account evil]\nhost = 127.0.0.1\nport = 1\nfrom = $secret\@site.example\n"
	. "user = x\npassword-command = touch $box/executed\n[queue]\ndirectory = $box/web\n"],
    ['evil.sh', "#!/bin/sh\ntouch $box/executed\n"]) {
	put("box/$_->[0]", $_->[1]);
	chmod 0755, "$box/$_->[0]";
}
POSIX::mkfifo("$box/fifo", 0600) or die $!;

# Read files show it by their times, where the file system keeps those of access: tried out first.
my @watched = map { "$box/$_" } qw(secret page.php evil.conf evil.sh);
sub age { utime $time - 86400, $time, $_ for @_ }
sub when_read { return join ' ', map { (stat)[8] } @watched }
age(@watched);
{
	open my $f, '<', "$box/secret" or die $!;
	my $line = <$f>;
}
my $shows_reads = (stat "$box/secret")[8] != $time - 86400;
age(@watched);
my $unread = when_read();

# Everything below a folder but what is read-only history: name, kind, size, change.
sub look {
	my ($dir) = @_;
	return map { my @s = lstat; my $n = $_; "$n $s[2] $s[7] $s[9]", -d _ ? look($n) : () }
		sort grep { !m{/\.\.?$} } glob "$dir/* $dir/.*";
}
my @before = (look($box), look($ENV{HOME}));

sub waits { return scalar grep { !m{/\.} } glob "$queue/queue/*" }

my $text = "From: Web <www\@site.example>\nTo: to\@site.example\nBcc: hidden\@site.example\nSubject: form\n\n"
	. "<?php system('touch $box/executed'); ?>\n";

# [words behind "-t -i", exit status, messages more in the queue]
my @vectors = (
	# the sender and nothing else
	[['-fuser@site.example'], 0, 1],
	[['-fuser@site.example', '-r', 'other@site.example'], 0, 1],
	# logs
	[["-X$box/web/a.php"], 0, 1], [['-X', "$box/web/a.php"], 0, 1], [['-X', "$box/fifo"], 0, 1],
	[["-X$box/page.php"], 0, 1],
	[['-X', '|touch executed'], 0, 1],
	[['-fx@site.example', "-OQueueDirectory=$box", "-X$box/web/a.php"], 0, 1],
	[['-fx@site.example', '-oQ', "-X$box/web/a.php"], 0, 1],
	[['-vX', "$box/web/a.php"], 0, 1],
	# configurations
	[["-C$box/evil.conf"], 0, 1], [['-C', "$box/evil.conf"], 0, 1], [['-C', "$box/fifo"], 0, 1],
	[['-C', 'secret', '-X', 'web/a.txt'], 0, 1], [['-Cevil.conf', '-q'], 0, 0],
	[['--config', "$box/evil.conf"], 64, 0], [["--config=$box/evil.conf"], 64, 0],
	[['--set', "account.t.password-command=touch $box/executed"], 64, 0],
	[["--set=defaults.password-command=touch $box/executed"], 64, 0],
	[['--server', "smtp://127.0.0.1:1?password-file=$box/secret"], 64, 0],
	[["--server=lmtp://$box/fifo"], 64, 0],
	[["--message=$box/secret"], 64, 0], [["--body=\@$box/secret"], 64, 0],
	[['--passwordeval=touch executed'], 64, 0],
	[["--logfile=$box/web/a.php"], 64, 0],
	# options of sendmail.cf
	[["-oQ$box/web"], 0, 1], [['-oQ/tmp', "-oA$box/secret"], 0, 1], [["-oA$box/fifo"], 0, 1],
	[["-OAliasFile=$box/fifo"], 0, 1],
	[["-OQueueDirectory=$box/web", '-odq'], 0, 1], [["-OStatusFile=$box/web/a.php"], 0, 1],
	[["-OForwardPath=$box/evil.sh"], 0, 1],
	[["-OSafeFileEnvironment=$box", "-OPidFile=$box/web/pid"], 0, 1], [['-odb'], 0, 1],
	[["-oH$box/web/help"], 0, 1],
	# debugging
	[['-D', "$box/web/a.php"], 0, 1], [["-D$box/page.php"], 0, 1], [["-D$box/fifo", '-d0.1'], 0, 1],
	[["-p$box/fifo"], 0, 1], [["-A$box/evil.conf"], 0, 1],
	# Exim: expansions, filters, its queue
	[['-be', "\${run{/bin/sh -c 'touch $box/executed'}}"], 64, 0],
	[["-bf$box/secret"], 64, 0],
	[['-bF', "$box/evil.sh"], 64, 0], [["-bP"], 0, 0],
	[['-bt', 'x@site.example'], 64, 0], [['-bS'], 64, 0],
	[['-Mrm', 'all'], 64, 0], [['-MC', 'smtp', 'h', '1', '2', '3'], 64, 0],
	[['-Mg', '1abc'], 64, 0], [["-oP$box/web/pid"], 0, 1],
	# modes
	[['-bd'], 64, 0], [['-bD', '-oX', '2525'], 64, 0],
	[['-bp'], 0, 0], [['-q'], 0, 0], [['-qf', '-X', "$box/web/a.php"], 0, 0], [['-q30m'], 0, 0],
	[['--help'], 0, 0],
	# several in one word, with quotes, with line ends
	[["-fx -X$box/web/a.php"], 64, 0], [["-f x -X $box/web/a.php"], 64, 0],
	[["-f\"a b\"\@site.example -oQ/tmp -X$box/web/a.php"], 64, 0],
	[['-f"a -Xweb/a.php"@site.example'], 0, 1],
	[['-f"attacker\" -oQ/tmp/ -Xweb/a.php some"@site.example'], 0, 1],
	[["-fx\@site.example\nRCPT TO:<evil\@site.example>"], 64, 0],
	[["-F\$(touch executed)"], 0, 1], [['-F', "Web`touch executed`\nBcc: evil\@site.example"], 0, 1],
	[['-L', "x\n\$(touch executed)/../../web/a"], 0, 1], [["-L/../$box/web/log"], 0, 1],
	[['-V', "id\r\nDATA"], 0, 1], [['-N', "$box/secret"], 0, 1], [["-R\@$box/secret"], 0, 1],
	[['-B', "$box/secret"], 0, 1], [["-e$box/secret"], 0, 1],
	[['-exec', 'touch', "$box/executed"], 0, 1],
	# recipients that are none
	[['-t', "|touch $box/executed"], 65, 1], [['web/a.php'], 0, 1],
	[[":include:$box/secret"], 65, 1], [["\@$box/secret"], 65, 1], [["\"|touch executed\"\@site.example"], 0, 1],
	[['x@site.example', "-X$box/web/a.php"], 64, 0], [['--', '-Xweb/a.php'], 0, 1], [['--', '-Cx@site.example'], 0, 1],
);
cmp_ok(scalar @vectors, '>=', 60, 'vectors');

$SIG{ALRM} = sub { die "somebody waits for the pipe\n" };
my $kept = 0;
for (@vectors) {
	my ($words, $status, $more) = @$_;
	my $claim = join ' ', map { s/\Q$box\E/BOX/gr =~ s/[\r\n]/\\n/gr } @$words;
	alarm 30;
	my $r = run({program => $sendmail, stdin => $text, before => sub { chdir $box }}, '-t', '-i', @$words);
	alarm 0;
	my $now = waits();
	is("$r->{status} " . ($now - $kept), "$status $more", "$claim: status, and messages kept") or diag($r->{err});
	my $told = $r->{out} . $r->{err};
	my @after = (look($box), look($ENV{HOME}));
	ok("@after" eq "@before" && $told !~ /\Q$secret\E/, "$claim: no file is made, changed or shown")
		or diag("$told\n@after");
	@before = @after;
	$kept = $now;
}

SKIP: {
	skip 'times of access are not kept here', 1 if !$shows_reads;
	is(when_read(), $unread, 'nothing there was read');
}
my $all = join "\n", map { open my $f, '<', $_ or die $!; local $/; <$f> } glob "$queue/queue/*";
unlike($all, qr/\Q$secret\E/, 'nor came into a message');
unlike($all, qr/^Bcc:/m, 'and nobody made a Bcc');
is(scalar(() = $all =~ /^Subject: form\r?$/mg), $kept, 'each is the message that was handed over');

done_testing();
