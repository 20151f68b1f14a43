# SPDX-License-Identifier: GPL-3.0-or-later
#
# Fault.pm - a queue is made, struck once while something works on it, run clean, and counted.
#
#   my $f = Fault->new;                     servers, folders
#   $f->sweep_kills('run', 'kill');         at each point; returns the row of a table
#   $f->sweep_errors('run', ['fail', 'EIO']);
#   $f->table(@rows);  done_testing
#
# What must hold behind each case:
#
#   lost      nothing that was in the queue before, or was promised by exit status 0, may be without
#             fate: at the server, told to its sender by a bounce, or in hold/ or dead/
#   twice     a recipient gets it twice only when the file said "in doubt" after the blow, at most
#             three calls after the read of the final reply; and the log says so
#   litter    behind a clean run an hour later the queue holds nothing that was not there to stay
#   whole     what the server took is the message to its last octet
#
# The fake servers run outside the traced tree. "first" has three manners (later@ 450, bad@ 550, all
# else 250), "clean" takes everything. Their records come by a FIFO each: a connection of our own
# behind all others tells when they are complete, so nobody waits for a fixed time.
package Fault;
use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use Fcntl qw(:flock);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX ();
use Socket qw(SOCK_DGRAM);
use Test::More;
use Time::HiRes ();

my $faultn = "$ENV{BUILD}/fault/faultn";
my @ROOMS = qw(queue hold dead corrupt);
my $CELLS_AT = 192;
my $json = JSON::PP->new;

# ---- small things

sub slurp {
	my ($path) = @_;
	open my $f, '<', $path or return;
	local $/;
	return scalar(<$f>) // '';
}

sub put {
	my ($path, $text) = @_;
	open my $f, '>', $path or die "$path: $!";
	print $f $text;
	close $f or die "$path: $!";
	chmod 0600, $path;
	return $path;
}

sub names {
	my ($dir) = @_;
	opendir my $d, $dir or return;
	return sort grep { !/^\.\.?$/ } readdir $d;
}

# Times too: they are the queue's schedule.
sub copy_tree {
	my ($from, $to) = @_;
	mkdir $to, 0700;
	for my $name (names($from)) {
		my ($a, $b) = ("$from/$name", "$to/$name");
		if (-d $a) {
			copy_tree($a, $b);
			next;
		}
		put($b, slurp($a));
		my @st = Time::HiRes::stat($a);
		Time::HiRes::utime($st[8], $st[9], $b);
	}
}

# Where ptrace(2) does what is wanted; otherwise the reason.
sub cannot {
	return 'no faultn on this system' if !-x $faultn;
	my $said = qx($faultn fail 1 EIO all /bin/true 2>&1);
	return $? == 0 ? '' : "no ptrace here: $said";
}

# ---- servers

sub start_server {
	my ($self, $name, @options) = @_;
	my $dir = "$self->{dir}/$name";
	mkdir $dir;
	mkdir "$dir/mail";
	POSIX::mkfifo("$dir/record", 0600) or die $!;
	# both ends, so that neither side ever waits for the other to open it
	open my $record, '+<', "$dir/record" or die $!;
	pipe my $life, my $hold or die $!;
	pipe my $said, my $say or die $!;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		close $hold;
		open STDIN, '<&', $life or POSIX::_exit(126);
		open STDOUT, '>&', $say or POSIX::_exit(126);
		exec $ENV{FAKESERVER}, '--record', "$dir/record", '--mail-dir', "$dir/mail", '--grace', 100,
		    '--limit', 3000, @options or POSIX::_exit(127);
	}
	close $life;
	close $say;
	my ($port) = (<$said> // '') =~ /^PORT (\d+)/ or die 'no fakeserver';
	return {pid => $pid, hold => $hold, port => $port, record => $record, mail => "$dir/mail",
		buffer => '', seen => 0, waiting => {}};
}

sub next_line {
	my ($server) = @_;
	for (;;) {
		return $json->decode($1) if $server->{buffer} =~ s/^(.*)\n//;
		IO::Select->new($server->{record})->can_read(10) or die "a server's record does not come";
		sysread $server->{record}, $server->{buffer}, 65536, length $server->{buffer} or die "record: $!";
	}
}

# All messages the server took since the last call: of all connections before ours, which is the last.
sub taken {
	my ($server) = @_;
	my $probe = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$server->{port}", Timeout => 10) or die "probe: $@";
	print $probe "EHLO fault-probe\r\nQUIT\r\n";
	my ($last, @connections) = (0);
	until ($last && $server->{seen} == $last) {
		my $c = next_line($server);
		$server->{waiting}{$c->{connection}} = $c;
		$last = $c->{connection} if grep { $_->{line} =~ /fault-probe/ } @{$c->{commands}};
		while (my $next = delete $server->{waiting}{$server->{seen} + 1}) {
			$server->{seen}++;
			push @connections, $next;
		}
	}
	my @mails;
	for my $m (map { @{$_->{messages}} } @connections) {
		my $path = $m->{file} && ($m->{file} =~ m{^/} ? $m->{file} : "$server->{mail}/$m->{file}");
		push @mails, {to => $m->{to}, text => slurp($path)} if $m->{complete} && $m->{reply} =~ /^2/;
		unlink $path if $path;
	}
	return @mails;
}

# ---- messages

# Their ends tell whether all of them has arrived.
sub message {
	my ($self, $n, $octets) = @_;
	my $line = "message $n " . ('x' x 60) . "\n";
	my $body = $line x int($octets / length($line) + 1);
	return put("$self->{dir}/m$n", "From: me\@test.example\nTo: you\@x.test\nSubject: $n\n" .
		"Date: Mon, 06 Jul 2026 10:00:00 +0000\nMessage-ID: <m$n\@fault.test>\n\n${body}THE END $n\n");
}

# [message id, what is wrong with it, who is told about: "id rcpt"...]
sub look_at {
	my ($self, $text) = @_;
	my ($id) = $text =~ /^Message-ID: <(.*)>\r$/m;
	return [$id // '?', 'no message id'] if !defined $id;
	if ($text =~ m{^Content-Type: multipart/report}mi) {
		my ($about) = $text =~ /^Message-ID: <(m\d+\@fault\.test)>\r$/m;
		my @told = map { "$about $_" } $text =~ /^Final-Recipient: rfc822; (\S+)\r$/mg;
		return [$id, $text =~ /--\r?\n\z/ ? '' : 'a bounce that is cut', @told];
	}
	my ($n) = $id =~ /^m(\d+)@/ or return [$id, 'an unknown message'];
	my ($got) = $text =~ /\r\n\r\n(.*)\z/s;
	my ($sent) = slurp("$self->{dir}/m$n") =~ /\n\n(.*)\z/s;
	$sent =~ s/\n/\r\n/g;
	return [$id, ($got // '') eq $sent ? '' : 'not the message that was sent'];
}

# ---- the program

sub command {
	my ($self, $conf, @args) = @_;
	return ($ENV{POSTRIDER}, '-C', "$self->{dir}/$conf", @args);
}

# Runs it with its output in a file; the exit status, negative for a signal.
sub run {
	my ($self, @command) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', '/dev/null';
		$ENV{PATH} = '/nonexistent'; # crontab's own calls are not to be struck
		open STDOUT, '>', "$self->{dir}/said";
		open STDERR, '>&', \*STDOUT;
		exec @command or POSIX::_exit(127);
	}
	waitpid $pid, 0;
	return $? & 127 ? -($? & 127) : $? >> 8;
}

# The same below faultn: what the trace tells.
sub strike {
	my ($self, $options, $plan, @command) = @_;
	my $status = $self->run($faultn, '--from', '/first.conf', '--trace', "$self->{dir}/trace",
		'--log', "$self->{dir}/log", '--under', $self->{dir}, @$options, @$plan, @command);
	die "faultn: $status: " . slurp("$self->{dir}/said") if $status != 0;
	my %t = (events => [], hang => 0, died => [], struck => undef, told => undef);
	for (split /\n/, slurp("$self->{dir}/trace")) {
		my ($kind, @w) = split / /, $_, 5;
		if ($kind eq 'E' || $kind eq 'X') {
			push @{$t{events}}, [$kind, @w];
		} elsif ($kind eq 'K') {
			push @{$t{events}}, [$kind, @w];
			$t{struck} = [@w];
		} elsif ($kind eq 'M') {
			$t{told} = $w[0];
		} elsif ($kind eq 'D') {
			push @{$t{died}}, $w[1];
		} elsif ($kind eq 'H') {
			$t{hang} = 1;
		} elsif ($kind eq 'T') {
			$t{points} = $w[0];
		}
	}
	return \%t;
}

sub log_lines {
	my ($self) = @_;
	my @lines;
	while (IO::Select->new($self->{log})->can_read(0)) {
		$self->{log}->recv(my $line, 4096);
		push @lines, $line;
	}
	return @lines;
}

# ---- the queue

sub entries {
	my ($self) = @_;
	my %e;
	for my $room (@ROOMS) {
		for my $name (grep { !/^\./ } names("$self->{dir}/q/$room")) {
			my $text = slurp("$self->{dir}/q/$room/$name") // next;
			my ($id) = $text =~ /^Message-ID: <(.*)>\r$/m;
			my @rcpts = $text =~ /^rcpt (\S+)/mg;
			my @cells = split //, substr $text, $CELLS_AT, scalar @rcpts;
			$e{$name} = {room => $room, message => $id // '?', cells => {map { $rcpts[$_] => $cells[$_] } 0 .. $#rcpts}};
		}
	}
	return \%e;
}

# What is left that should not be: nobody holds a lock, and nothing has a name of its own.
sub litter {
	my ($self) = @_;
	my $q = "$self->{dir}/q";
	my @found;
	if (my @temp = grep { /^\./ } names("$q/queue")) {
		utime time - 7200, time - 7200, map { "$q/queue/$_" } @temp;
		$self->run($self->command('clean.conf', 'queue', 'run', '--now'));
	}
	for my $room (@ROOMS) {
		push @found, map { "$room/$_" } grep { /^\./ } names("$q/$room");
	}
	for my $name (grep { !-d "$q/$_" } names($q)) {
		push @found, $name if $name !~ /^(?:drain\.lock|notices|relay-t|slot-t-\d+)$/;
		open my $f, '+<', "$q/$name" or next;
		push @found, "$name, which is locked" if !flock $f, LOCK_EX | LOCK_NB;
	}
	push @found, map { "TMPDIR/$_" } names("$self->{dir}/tmp");
	unlink map { "$self->{dir}/tmp/$_" } names("$self->{dir}/tmp");
	return @found;
}

# ---- scenarios

sub new {
	my ($class) = @_;
	my $shm = -d '/dev/shm' && -w '/dev/shm' ? '/dev/shm' : $ENV{BUILD};
	my $self = bless {dir => tempdir('faultXXXXXX', DIR => $shm, CLEANUP => 1), owner => $$}, $class;
	my $dir = $self->{dir};
	mkdir "$dir/tmp";
	$ENV{TMPDIR} = "$dir/tmp";
	($ENV{ASAN_OPTIONS} //= '') =~ s/detect_leaks=1/detect_leaks=0/; # it does not work below ptrace
	$self->{log} = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => "$dir/log") or die "log: $!";
	$self->{first} = $self->start_server('first', '--rcpt', 'later*=450 4.2.1 Later',
		'--rcpt', 'bad*=550 5.1.1 No such user');
	$self->{clean} = $self->start_server('clean');
	for my $name ('first', 'clean') {
		put("$dir/$name.conf", "[account t]\nhost = 127.0.0.1\nport = $self->{$name}{port}\ntls = off\n" .
			"from = me\@test.example\ntimeout = 5s\ndeadline = 10s\n" .
			"[queue]\ndirectory = $dir/q\nparallel = 1\n");
	}
	for my $name ('first', 'clean') {
		mkdir "$dir/hold";
		put("$dir/hold/$name.conf", slurp("$dir/$name.conf") . "in-doubt = hold\n");
	}
	$self->message(1, 300);
	$self->message(2, 150_000);
	$self->message(3, 300);
	return $self;
}

sub DESTROY {
	my ($self) = @_;
	return if $$ != $self->{owner};
	local $?;
	for my $server (grep { defined } @{$self}{'first', 'clean'}) {
		close $server->{hold};
		waitpid $server->{pid}, 0;
	}
}

my @TRIO = ('ok', 'later', 'bad');

sub queue_one {
	my ($self, $n, @rcpts) = @_;
	$self->run($self->command('clean.conf', 'send', '--when', 'queue', '--message', "$self->{dir}/m$n",
		@rcpts)) == 0 or die slurp("$self->{dir}/said");
}

# name => [what it is, maker of the queue, words of the command, its recipients, more]
my %SCENARIO = (
	enqueue => {
		args => ['send', '--when', 'queue', '--message', 'm1', 'ok@x.test', 'later@x.test'],
		sends => ['m1@fault.test ok@x.test', 'm1@fault.test later@x.test'],
		atomic => 1,
	},
	'enqueue, named' => {
		args => ['send', '--when', 'queue', '--message', 'm2', 'ok@x.test', 'later@x.test'],
		sends => ['m2@fault.test ok@x.test', 'm2@fault.test later@x.test'],
		options => ['--no-tmpfile'],
		atomic => 1,
	},
	'direct, kept' => {
		args => ['send', '--when', 'auto', '--message', 'm1', 'ok@x.test', 'later@x.test'],
		sends => ['m1@fault.test ok@x.test', 'm1@fault.test later@x.test'],
	},
	'direct, sent' => {
		args => ['send', '--when', 'auto', '--message', 'm2', 'ok@x.test', 'okay@x.test'],
		sends => ['m2@fault.test ok@x.test', 'm2@fault.test okay@x.test'],
	},
	run => {
		make => sub { my $self = shift; $self->queue_one($_, map { "$_\@x.test" } @TRIO) for 1 .. 3 },
		args => ['queue', 'run', '--now'],
	},
	'run, in-doubt=hold' => {
		make => sub { my $self = shift; $self->queue_one($_, map { "$_\@x.test" } @TRIO) for 1, 3 },
		args => ['queue', 'run', '--now'],
		hold => 1,
	},
	bounce => {
		make => sub {
			my $self = shift;
			$self->queue_one(1, 'bad@x.test', 'ok@x.test', 'bad2@x.test');
			my ($name) = names("$self->{dir}/q/queue");
			open my $f, '+<', "$self->{dir}/q/queue/$name" or die $!;
			seek $f, $CELLS_AT, 0;
			print $f 'NSN';
			close $f;
		},
		args => ['queue', 'run', '--now'],
		done => ['m1@fault.test ok@x.test'],
	},
	hold => {
		make => sub { $_[0]->queue_one($_, 'ok@x.test') for 1, 3 },
		args => ['queue', 'hold', 'ID'],
		room => 'hold',
	},
	release => {
		make => sub { my $self = shift; $self->queue_one($_, 'ok@x.test') for 1, 3; $self->change('hold') },
		args => ['queue', 'release', 'ID'],
		room => 'queue',
	},
	remove => {
		make => sub { $_[0]->queue_one($_, 'ok@x.test') for 1, 3 },
		args => ['queue', 'remove', 'ID'],
		room => '',
		removes => 'm1@fault.test',
	},
	retry => {
		make => sub { my $self = shift; $self->queue_one($_, map { "$_\@x.test" } @TRIO) for 1, 3 },
		args => ['queue', 'retry', 'ID'],
	},
);

sub scenarios { return sort keys %SCENARIO }

# The id of message 1.
sub first_id {
	my ($self) = @_;
	my $e = $self->entries;
	my ($id) = grep { $e->{$_}{message} eq 'm1@fault.test' } keys %$e;
	return $id;
}

sub change {
	my ($self, $verb) = @_;
	$self->run($self->command('clean.conf', 'queue', $verb, $self->first_id)) == 0 or die slurp("$self->{dir}/said");
}

# The queue as the scenario finds it, made once: $self->{dir}/template.
sub prepare {
	my ($self, $name) = @_;
	my $s = $SCENARIO{$name} or die "no scenario '$name'";
	my $dir = $self->{dir};
	remove_tree("$dir/q", "$dir/template");
	make_path(map { "$dir/q/$_" } @ROOMS);
	chmod 0700, "$dir/q", map { "$dir/q/$_" } @ROOMS;
	$s->{make}->($self) if $s->{make};
	my $e = $self->entries;
	my %done = map { $_ => 1 } @{$s->{done} // []};
	$self->{before} = [grep { !$done{$_} } map { my $m = $e->{$_}; map { "$m->{message} $_" } keys %{$m->{cells}} } keys %$e];
	my $id = $self->first_id // '';
	rename "$dir/q", "$dir/template" or die $!;
	$self->{confs} = $s->{hold} ? 'hold/' : '';
	$self->{options} = $s->{options} // [];
	$self->{command} = [$self->command("$self->{confs}first.conf", map { $_ eq 'ID' ? $id : /^m\d$/ ? "$dir/$_" : $_ } @{$s->{args}})];
	$self->{id} = $id;
	$self->{known} = {};
	return $s;
}

# Are there ever two processes?
sub forks {
	my ($self, $name) = @_;
	$self->prepare($name);
	copy_tree("$self->{dir}/template", "$self->{dir}/q");
	my $t = $self->strike($self->{options}, ['count'], @{$self->{command}});
	taken($self->{first});
	return scalar grep { $_->[0] eq 'E' && $_->[2] > 0 } @{$t->{events}};
}

# ---- one case

# Clean runs until nothing is in queue/; what they log, where it matters. The first is as a timer
# would do it, the next ones ask no more when somebody is due.
sub run_clean {
	my ($self, $doubtful) = @_;
	my $queue = "$self->{dir}/q/queue";
	my @command = $self->command("$self->{confs}clean.conf", 'queue', 'run');
	my @log;
	for (1 .. 6) {
		last if !grep { !/^\./ } names($queue);
		push @command, '--now' if $_ == 2;
		if ($doubtful) {
			$self->run($faultn, '--log', "$self->{dir}/log", 'count', @command) == 0 or die 'faultn';
			push @log, $self->log_lines;
		} else {
			$self->run(@command);
		}
	}
	return @log;
}

# All that decides what a clean run will do.
sub state_of_queue {
	my ($self) = @_;
	my @state;
	for my $dir ("$self->{dir}/q", "$self->{dir}/tmp", map { "$self->{dir}/q/$_" } @ROOMS) {
		for my $path (grep { !-d } map { "$dir/$_" } names($dir)) {
			push @state, $path, (Time::HiRes::stat($path))[9], md5_hex(slurp($path));
		}
	}
	return join "\n", @state;
}

# What clean runs make of the queue. Many blows leave it as others did, so each state is tried once.
sub clean {
	my ($self, $doubtful) = @_;
	my $state = $self->state_of_queue;
	return $self->{known}{$state} //= do {
		$self->log_lines;
		my @log = $self->run_clean($doubtful);
		my $left = $self->entries;
		my @litter = $self->litter;
		{log => \@log, left => $left, litter => \@litter, mails => [taken($self->{clean})]};
	};
}

# How many calls the network process had made since the last read that brought something, the struck
# one counted; undef: none since it last sent.
sub calls_since_reply {
	my ($t) = @_;
	my (%name, %since, $who);
	for (@{$t->{events}}) {
		my ($kind, $n, $p, $what, $target) = @$_;
		if ($kind eq 'X') {
			$since{$p} = 0 if ($name{$n} // '') =~ /^recvfrom/ && $what > 0;
			next;
		}
		$name{$n} = $what;
		$since{$p}++ if defined $since{$p};
		if ($what eq 'sendto' && ($target // '') =~ /^socket:/ && $kind eq 'E') {
			$who = $p;
			delete $since{$p};
		}
	}
	return defined $who ? $since{$who} : undef;
}

# Counts what became of everything; returns what is wrong, and the case's figures.
sub judge {
	my ($self, $s, $t, $struck_errors) = @_;
	my (%got, %told, @wrong, %fate);
	my $after = $self->entries;
	my %doubt = map { my $m = $after->{$_}; map { ("$m->{message} $_" => 1) } grep { $m->{cells}{$_} eq 'D' } keys %{$m->{cells}} }
		keys %$after;
	my $told = defined $t->{told} && $t->{told} == 0;
	my $connected = grep { $_->[0] eq 'E' && $_->[3] eq 'connect' && ($_->[4] // '') =~ /^socket:/ } @{$t->{events}};
	my @first = $connected ? taken($self->{first}) : ();
	my $clean = $self->clean(scalar %doubt);
	my ($left, @log) = ($clean->{left}, @{$clean->{log}});
	my @litter = @{$clean->{litter}};
	for my $mail (@first, @{$clean->{mails}}) {
		my ($id, $bad, @about) = @{$self->look_at($mail->{text})};
		push @wrong, "$id: $bad" if $bad;
		$told{$_}{$id} = 1 for @about;
		$got{"$id $_"}++ for @{$mail->{to}};
	}
	$fate{$_} = 'sent' for keys %got;
	$fate{$_} //= 'told' for keys %told;
	for my $m (values %$left) {
		$fate{"$m->{message} $_"} //= $m->{room} for grep { $m->{cells}{$_} !~ /[SBK]/ } keys %{$m->{cells}};
		push @wrong, "$m->{message} ended in $m->{room}/" if $m->{room} =~ /queue|corrupt/;
	}
	my @due = @{$self->{before}};
	push @due, @{$s->{sends}} if $s->{sends} && $told;
	my @lost = grep { !$fate{$_} && index($_, $s->{removes} // '?') != 0 } @due;
	my @twice = grep { $got{$_} > 1 } sort keys %got;
	push @twice, grep { keys %{$told{$_}} > 1 } sort keys %told;
	push @wrong, map { "lost: $_" } @lost;
	push @wrong, map { "litter: $_" } @litter;
	push @wrong, "a process died of signal $_" for grep { $_ != 9 } @{$t->{died}};
	push @wrong, 'it hung' if $t->{hang};
	my $calls = calls_since_reply($t);
	for (@twice) {
		push @wrong, "twice: $_" if !$doubt{$_} || $s->{hold};
		push @wrong, "twice and not said: $_" if !grep { /possible duplicate/ } @log;
		push @wrong, "twice, $calls calls behind the reply: $_" if !$struck_errors && ($calls // 0) > 3;
	}
	if ($s->{atomic} && !$told && !$struck_errors) {
		my $some = grep { $fate{$_} } @{$s->{sends}};
		push @wrong, 'half of it was kept' if $some && $some < @{$s->{sends}};
	}
	if ($s->{sends} && $struck_errors && !$told) {
		push @wrong, "exit status $t->{told}, and yet kept" if %$after;
		push @wrong, "exit status $t->{told}, and yet sent to all" if !grep { !$got{$_} } @{$s->{sends}};
	}
	if (defined $s->{room} && $told) {
		my $is = $after->{$self->{id}} ? $after->{$self->{id}}{room} : '';
		push @wrong, "said to be done, and yet in '$is/'" if $is ne $s->{room};
	}
	return {wrong => \@wrong, lost => scalar @lost, twice => scalar @twice, litter => scalar @litter, told => $told,
		kept => scalar keys %$after, calls => @twice ? $calls : undef};
}

sub describe {
	my ($t) = @_;
	my @k = @{$t->{struck} // []};
	return @k ? "point $k[0], process $k[1], $k[2] of $k[3]" : 'not struck';
}

sub case {
	my ($self, $s, $plan, $struck_errors) = @_;
	my $dir = $self->{dir};
	remove_tree("$dir/q");
	copy_tree("$dir/template", "$dir/q");
	my $t = $self->strike($self->{options}, $plan, @{$self->{command}});
	my $r = $self->judge($s, $t, $struck_errors);
	$r->{where} = describe($t);
	$r->{trace} = $t;
	# H11: what an fsync has failed for is not stored
	push @{$r->{wrong}}, 'kept behind a failed fsync'
		if $struck_errors && $s->{sends} && $t->{struck} && $t->{struck}[2] eq 'fsync' && $r->{kept};
	return $r;
}

# At each point from $offset in steps of $step (1, 1); the row of a table.
sub sweep {
	my ($self, $name, $what, $offset, $step) = @_;
	my $s = $self->prepare($name);
	my $errors = $what->[0] eq 'fail' || $what->[0] eq 'short';
	my %row = (name => $name, what => join(' ', @$what), map { $_ => 0 } qw(points told lost twice litter wrong behind));
	my $began = Time::HiRes::time();
	$step //= 1;
	for (my $n = $offset // 1; $n < 20_000; $n += $step) {
		my ($mode, @rest) = @$what;
		my $r = $self->case($s, [$mode, $n, @rest], $errors);
		my $struck = $r->{trace}{struck};
		$row{points}++ if $struck;
		$row{$_} += $r->{$_} for qw(told lost litter);
		$row{twice}++ if $r->{twice};
		$row{behind} = $r->{calls} if ($r->{calls} // 0) > $row{behind};
		push @{$row{windows}}, $r->{where} if $r->{twice};
		$row{wrong}++ if @{$r->{wrong}};
		diag("$name, @{[join ' ', $mode, $n, @rest]} ($r->{where}): ", join('; ', @{$r->{wrong}}))
			if @{$r->{wrong}} && $row{wrong} <= 40;
		put("$ENV{FAULT_KEEP}/trace-" . ($name =~ s/\W+/-/gr) . "-$mode-$n-" . join('-', @rest), slurp("$self->{dir}/trace"))
			if $ENV{FAULT_KEEP} && @{$r->{wrong}};
		last if !$struck; # the last one shows what comes of it without a blow
	}
	$row{ms} = 1000 * (Time::HiRes::time() - $began) / ($row{points} || 1);
	ok($row{points} > 0 && $row{wrong} == 0, "$name: $row{what}: $row{points} points");
	return \%row;
}

sub table {
	my ($self, @rows) = @_;
	diag(sprintf '%-20s %-20s %6s %6s %6s %6s %6s %6s %6s %6s', 'scenario', 'blow', 'points', 'told 0', 'lost', 'twice', 'behind',
		'litter', 'wrong', 'ms');
	diag(sprintf '%-20s %-20s %6d %6d %6d %6d %6s %6d %6d %6.1f', @{$_}{qw(name what points told lost twice behind litter wrong ms)})
		for @rows;
	if ($ENV{FAULT_WINDOWS}) {
		for my $row (@rows) {
			diag("$row->{name}: twice at: $_") for @{$row->{windows} // []};
		}
	}
}

1;
