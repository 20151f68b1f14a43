#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Real programs call us as their /usr/sbin/sendmail, on a machine with one account and
# `local-to`: what each of them sends arrives whole at a strict server, from a sender that the
# account may use, without a trace of Bcc; and they see success exactly when the mail is safe.
#
# The programs are unpacked Debian packages in a mount namespace (stage), so nothing is installed
# and nothing of the machine changes.
use strict;
use warnings;

use Encode ();
use File::Path qw(make_path);
use FindBin;
use lib "$FindBin::Bin/../cli", $FindBin::Bin;
use Test::More;
use Callers;

my @packages = qw(bsd-mailx s-nail mailutils mutt neomutt git-email php8.2-cli libphp-phpmailer
	php-symfony-mailer cron at logwatch libemail-sender-perl libmime-lite-perl libmailtools-perl ruby
	ruby-mail procmail sudo anacron nmh);
if (@ARGV && $ARGV[0] eq '--packages') {
	print "@packages\n";
	exit;
}
stage(@packages);

my $text = "Gr\xc3\xbc\xc3\x9fe,\n.\n..two dots\n\tand a tab\n";
my @all = qw(to@example.net cc@example.net bcc@example.net);
my ($to, $cc, $bcc) = @all;

sub alice { return as('alice', @_) }

# A script of that user, in a file of its own.
sub script {
	my ($name, $lines) = @_;
	my $path = put_in("/home/alice/$name", $lines);
	chmod 0755, $path;
	return $path;
}

# ---- daemons first: they take their time

unlink glob '/etc/cron.d/*';
put_in('/etc/crontab', "MAILTO=root\n* * * * * alice echo cron says hello\n");
background('cron', '-f');
put_in('/etc/at.deny', '');
put_in('/var/spool/cron/atjobs/.SEQ', "0\n");
system(
	'chown daemon:daemon /var/spool/cron/atjobs/.SEQ /var/spool/cron/atjobs /var/spool/cron/atspool; '
	. 'chmod 1770 /var/spool/cron/atjobs /var/spool/cron/atspool');

# ---- people's programs

my %plain = (to => \@all, body => $text);
# mail.mailutils reads a lone dot as the end, whatever it reads from
for (['bsd-mailx', 'bsd-mailx', 'bsd-mailx', '-s', subject('bsd-mailx'), '-c', $cc, '-b', $bcc, $to],
    ['s-nail', 's-nail', 's-nail', '-:/', '-Ssendwait', '-s', subject('s-nail'), '-c', $cc, '-b', $bcc, $to],
    ['mailutils', 'mailutils', 'mail.mailutils', '-a', "Cc: $cc", '-a', "Bcc: $bcc", '-s', subject('mailutils'), $to],
    ['mutt', 'mutt', 'mutt', '-n', '-F', '/dev/null', '-s', subject('mutt'), '-c', $cc, '-b', $bcc, '--', $to],
    ['neomutt', 'neomutt', 'neomutt', '-n', '-F', '/dev/null', '-s', subject('neomutt'), '-c', $cc, '-b', $bcc, '--', $to]) {
	my ($name, $package, @command) = @$_;
	my $body = $name eq 'mailutils' ? $text =~ s/^\.\n//mr : $text;
	mails($name, Callers::package($package), sub { alice($body, @command) }, %plain, body => $body, subject => subject($name));
}

my $patch = put_in('/home/alice/0001.patch', "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
	. "From: Alice <alice\@localhost>\nDate: Mon, 2 Nov 2026 10:00:00 +0000\nSubject: [PATCH] dots\n\n"
	. "Lines of dots.\n---\n a | 1 +\n\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+.\n--\n2.39\n");
my @git = ('git', '-c', 'user.name=Alice', '-c', 'user.email=alice@localhost', 'send-email', '--quiet', '--confirm=never',
	'--suppress-cc=all');
mails('git send-email', Callers::package('git-email'), sub { alice('', @git, "--to=$to", "--cc=$cc", "--bcc=$bcc", $patch) },
    to => \@all, subject => '[PATCH] dots', body => qr/^\+\.\n--\n2\.39\n\z/m);

mails('procmail', Callers::package('procmail'), sub {
	alice("From x\@y Mon Nov  2 10:00:00 2026\nFrom: alice\@localhost\nSubject: " . subject('procmail') . "\n\n$text",
	    'procmail', '-m', put_in('/home/alice/procmailrc', ":0\n! $to $cc\n"));
}, to => [$to, $cc], subject => subject('procmail'), body => $text);

make_path('/home/alice/Mail');
put_in('/home/alice/.mh_profile', "Path: Mail\n");
for my $mts (qw(sendmail/pipe sendmail/smtp)) {
	my $name = "nmh $mts";
	my $blind = $mts eq 'sendmail/smtp' ? "Dcc: $bcc\n" : '';
	put_in('/home/alice/Mail/draft', "From: alice\nTo: $to\nCc: $cc\n${blind}Subject: nmh\n\nhello\n.\nthere\n");
	system('chown -R alice /home/alice');
	mails($name, Callers::package('nmh'), sub { alice('', '/usr/lib/mh/post', '-mts', $mts, '/home/alice/Mail/draft') },
	    to => $blind ? \@all : [$to, $cc], subject => 'nmh', body => "hello\n.\nthere\n");
}

# ---- languages

my $head = 'array("Cc" => "cc@example.net", "Bcc" => "bcc@example.net")';
my $php = script('mail.php', '<?php exit(mail(implode(", ", array_slice($argv, 2)), $argv[1], file_get_contents("php://stdin"), '
	. "array('X-From' => 'php')) ? 0 : 1);\n");
my $full = script('full.php', "<?php exit(mail('$to', \$argv[1], file_get_contents('php://stdin'), $head, '-falice\@localhost') ? 0 : 1);\n");
my @php = ('php8.2', '-d', 'sendmail_path=/usr/sbin/sendmail -t -i', '-d', 'extension=mbstring', '-d', 'extension=intl',
	'-d', 'extension=ctype', '-d', 'extension=iconv', '-d', 'display_startup_errors=0', '-d', 'display_errors=stderr');
mails('php mail()', Callers::package('php8.2-cli'), sub { alice($text, @php, $full, subject('php')) }, %plain, subject => subject('php'));

my $mailer = script('mailer.php', <<'END');
<?php
require '/usr/share/php/libphp-phpmailer/autoload.php';
$m = new PHPMailer\PHPMailer\PHPMailer(true);
$m->isSendmail();
$m->CharSet = 'utf-8';
$m->setFrom('alice@localhost.localdomain', 'Älice');
$m->addAddress('to@example.net'); $m->addCC('cc@example.net'); $m->addBCC('bcc@example.net');
$m->Subject = $argv[1];
$m->Body = file_get_contents('php://stdin');
$m->send();
END
mails('PHPMailer', Callers::package('libphp-phpmailer'), sub { alice($text, @php, $mailer, subject('PHPMailer')) },
    %plain, subject => subject('PHPMailer'));

for my $dsn ('sendmail://default', 'sendmail://default?command=/usr/sbin/sendmail%20-t%20-i') {
	my $symfony = script('symfony.php', <<'END');
<?php
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';
$t = Symfony\Component\Mailer\Transport::fromDsn($argv[2]);
$m = (new Symfony\Component\Mime\Email())->from('alice@localhost')->to('to@example.net')->cc('cc@example.net')
    ->bcc('bcc@example.net')->subject($argv[1])->text(file_get_contents('php://stdin'));
(new Symfony\Component\Mailer\Mailer($t))->send($m);
END
	my $name = $dsn =~ /command/ ? 'Symfony -t' : 'Symfony -bs';
	mails($name, Callers::package('php-symfony-mailer'), sub { alice($text, @php, $symfony, subject($name), $dsn) },
	    %plain, subject => subject($name));
}

my $sender = script('sender.pl', <<'END');
use Email::Sender::Simple qw(sendmail);
use Email::Sender::Transport::Sendmail;
use Email::Simple;
my ($subject, @to) = @ARGV;
my $mail = Email::Simple->create(header => [From => 'alice@localhost', To => $to[0], Subject => $subject],
    body => do { local $/; <STDIN> });
sendmail($mail, {from => 'alice@localhost', to => [@to], transport => Email::Sender::Transport::Sendmail->new});
END
mails('Email::Sender', Callers::package('libemail-sender-perl'), sub {
	alice($text, '/usr/bin/perl', $sender, subject('Email::Sender'), @all) },
    %plain, subject => subject('Email::Sender'));

my $lite = script('lite.pl', <<'END');
use MIME::Lite;
my ($subject, $to, $cc, $bcc) = @ARGV;
MIME::Lite->new(From => 'alice@localhost', To => $to, Cc => $cc, Bcc => $bcc, Subject => $subject, Type => 'text/plain; charset=utf-8',
    Encoding => '8bit', Data => do { local $/; <STDIN> })->send or exit 1;
END
mails('MIME::Lite', Callers::package('libmime-lite-perl'), sub { alice($text, '/usr/bin/perl', $lite, subject('MIME::Lite'), @all) },
    %plain, subject => subject('MIME::Lite'));

my $tools = script('tools.pl', <<'END');
use Mail::Mailer;
my ($subject, $to, $cc, $bcc) = @ARGV;
my $m = Mail::Mailer->new('sendmail');
$m->open({From => 'alice@localhost', To => $to, Cc => $cc, Bcc => $bcc, Subject => $subject});
print $m do { local $/; <STDIN> };
$m->close or exit 1;
END
mails('Mail::Mailer', Callers::package('libmailtools-perl'), sub { alice($text, '/usr/bin/perl', $tools, subject('Mail::Mailer'), @all) },
    %plain, subject => subject('Mail::Mailer'));

my $ruby = script('mail.rb', <<'END');
require 'mail'
Mail.defaults { delivery_method :sendmail }
subject, to, cc, bcc = ARGV
Mail.deliver do
  from 'alice@localhost'
  to to
  cc cc
  bcc bcc
  subject subject
  charset = 'UTF-8'
  body STDIN.read
end
END
mails('ruby mail', Callers::package('ruby-mail'), sub {
	alice($text, 'ruby', '-Ku', $ruby, subject('ruby'), @all) }, %plain, subject => subject('ruby'));

SKIP: {
	my $modules = "$ENV{SRC}/build/interop/node";
	skip('no node and npm here', 1) if system('command -v node >/dev/null && command -v npm >/dev/null') != 0;
	skip('nodemailer cannot be had', 1)
	    if !-d "$modules/node_modules/nodemailer" &&
	    	system("npm install --silent --no-fund --no-audit --prefix $modules nodemailer\@6 >/dev/null 2>&1") != 0;
	chomp(my $node = qx(sh -c 'readlink -f \$(command -v node)'));
	my ($version) = qx(node -p "require('$modules/node_modules/nodemailer/package.json').version") =~ /(\S+)/;
	my $js = script('mail.js', <<"END");
const [subject, to, cc, bcc] = process.argv.slice(2);
require('$modules/node_modules/nodemailer').createTransport({sendmail: true, path: '/usr/sbin/sendmail'}).sendMail(
    {from: 'alice\@localhost', to, cc, bcc, subject, text: require('fs').readFileSync(0, 'utf8')},
    (err) => process.exit(err ? 1 : 0));
END
	mails('nodemailer', $version, sub { alice($text, $node, $js, subject('nodemailer'), @all) },
	    %plain, subject => subject('nodemailer'));
}

# ---- the system's programs: their mail is for root

my @inbox = (to => ['inbox@example.net']);
put_in('/etc/sudoers', "Defaults mailto=root, !authenticate\nroot ALL=(ALL) ALL\n");
chmod 0440, '/etc/sudoers';
mails('sudo', Callers::package('sudo'), sub { alice('', 'sudo', '-n', 'true') }, @inbox, status => 1,
    body => qr/alice : user NOT in sudoers/);

make_path('/run/anacron');
put_in('/run/anacrontab', "MAILTO=root\n1 0 job echo anacron says hello\n");
mails('anacron', Callers::package('anacron'), sub {
	as('root', '', 'anacron', '-f', '-n', '-s', '-d', '-t', '/run/anacrontab', '-S', '/run/anacron') },
    @inbox, body => qr/anacron says hello/);

put_in('/var/log/auth.log', "Nov  2 10:00:00 nas sudo:    alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/true\n");
mails('logwatch', Callers::package('logwatch'), sub {
	as('root', '', 'logwatch', '--output', 'mail', '--mailto', 'root', '--range', 'all', '--service', 'sudo', '--detail', 'high');
}, @inbox, body => qr/Logwatch/);

background('atd', '-f', '-b', '1', '-l', '100');
mails('at', Callers::package('at'), sub { alice("echo at says hello\n", 'at', 'now') }, @inbox, body => qr/at says hello/, seconds => 70);

# Of the clock: the first whole minute since the beginning is past or comes soon.
mails('cron', Callers::package('cron'), sub { 0 }, @inbox, body => qr/cron says hello/, seconds => 70, late => 1);
unlink '/etc/crontab';

# ---- fates

fate('bsd-mailx', 'alice', sub { alice($text, 'bsd-mailx', '-s', 'fate', @_) });
fate('mutt', 'alice', sub { alice($text, 'mutt', '-n', '-F', '/dev/null', '-s', 'fate', '--', @_) });
fate('git send-email', 'alice', sub { alice('', @git, (map { "--to=$_" } @_), $patch) });
fate('php mail()', 'alice', sub { alice($text, @php, $php, 'fate', @_) });
fate('Email::Sender', 'alice', sub { alice($text, '/usr/bin/perl', $sender, 'fate', @_) });

show_table();
done_testing;
