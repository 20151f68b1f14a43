/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * faultn - runs a command and strikes it and all it starts at their Nth system call.
 *
 *   faultn [OPTION]... MODE COMMAND [ARG]...
 *
 *   count                  strike nowhere; how many points there are, and which
 *   kill N                 SIGKILL for the whole tree when any of it enters its Nth call
 *   kill-one N             SIGKILL for the one process that makes the Nth call of those while
 *                          there are several
 *   fail N ERRNO CLASS     the Nth call of the class is not made and fails with ERRNO
 *   short N half|one CLASS the Nth call of the class that moves octets moves so many at most
 *
 * Classes: storage, socket, process, all of these; space, those that may find a disk full; opens,
 * those that want a new descriptor.
 *
 *   --from TEXT            count from the first opening of a path with TEXT in it
 *   --under DIR            only calls to files there, and to what is no file, fail, are short, or
 *                          kill one
 *   --trace FILE           what happened, see below
 *   --log PATH             who connects to /dev/log gets to this socket instead
 *   --no-tmpfile           O_TMPFILE is not supported
 *   --limit SECONDS        kill all and call it a hang (20)
 *
 * The trace has a line for each event, blanks between words, P being the ordinal of a process:
 *
 *   E N P NAME TARGET      entered           X N P RESULT     left
 *   K N P NAME TARGET      struck here       D P SIGNAL       a process died of a signal
 *   M STATUS N             the command itself has ended, by exit, behind N calls
 *   M -SIGNAL N            or by a signal    H                the time was over
 *   T N                    points in all
 *
 * Counted is over the tree in the order in which the kernel stops it, on one processor; where two
 * processes run at once the order may differ between runs, so a sweep goes on until nothing
 * is struck any more. Everything goes through ptrace(2), so the command must not be traced already.
 */
#include "faultn_calls.h"
#include "faultn_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum mode { COUNT, KILL, KILL_ONE, FAIL, SHORT };

struct plan {
	enum mode mode;
	unsigned long nth;
	int error;
	bool one; /* short: one octet, else the half */
	enum call_class class;
	const char *from, *log, *under;
	bool no_tmpfile;
	unsigned limit_s;
};

struct run {
	struct plan plan;
	struct tree tree;
	FILE *trace;
	unsigned long points, eligible;
	bool counting, struck;
	pid_t main_pid;
};

static const struct {
	const char *name;
	int number;
} errors[] = {
    {"EACCES", EACCES},
    {"EAGAIN", EAGAIN},
    {"EDQUOT", EDQUOT},
    {"EINTR", EINTR},
    {"EIO", EIO},
    {"EMFILE", EMFILE},
    {"ENOMEM", ENOMEM},
    {"ENOSPC", ENOSPC},
    {"EPERM", EPERM},
    {"EROFS", EROFS},
};

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "faultn: %s: %s\n", what, strerror(errno));
	exit(2);
}

static _Noreturn void
usage(void)
{
	fputs("usage: faultn [OPTION]... count|kill N|kill-one N|fail N ERRNO CLASS|"
	      "short N half|one CLASS COMMAND...\n",
	    stderr);
	exit(2);
}

/* ---- what is done to a call */

/* The call is not made; result is what its caller sees. */
static void
skip(struct task *t, int64_t result)
{
	if (!tree_skip_call(t))
		die("cannot skip a system call");
	t->forced = true;
	t->result = result;
}

static void
shorten(const struct run *run, struct task *t)
{
	uint64_t n = t->args[t->call->count];

	if (!tree_set_arg(t, t->call->count, run->plan.one ? 1 : n / 2))
		die("cannot shorten a system call");
}

/* The C library's own path of the socket is overwritten in the process, which may log then. */
static void
redirect_log(const struct run *run, const struct task *t)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	if (run->plan.log == NULL || t->call->nr != __NR_connect ||
	    strcmp(t->target, "/dev/log") != 0)
		return;
	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", run->plan.log);
	if (!tree_poke(t, t->args[1] + offsetof(struct sockaddr_un, sun_path), sun.sun_path,
		strlen(sun.sun_path) + 1))
		die("cannot redirect the log");
}

static void
strike(struct run *run, struct task *t)
{
	run->struck = true;
	fprintf(run->trace, "K %lu %u %s %s\n", run->points, t->ordinal, t->call->name, t->target);
	switch (run->plan.mode) {
	case KILL:
		tree_kill(&run->tree);
		break;
	case KILL_ONE:
		kill(t->pid, SIGKILL);
		break;
	case FAIL:
		skip(t, -run->plan.error);
		break;
	case SHORT:
		shorten(run, t);
		break;
	case COUNT:
		break;
	}
}

/* A file of the system, where files of the test alone were wanted? */
static bool
is_elsewhere(const struct run *run, const struct task *t)
{
	return t->target[0] == '/' &&
	    strncmp(t->target, run->plan.under, strlen(run->plan.under)) != 0;
}

static bool
is_eligible(const struct run *run, const struct task *t, bool arranged)
{
	const struct plan *p = &run->plan;

	/* with one process it would be the whole tree */
	if (p->mode == KILL_ONE)
		return tree_count(&run->tree) > 1 && !is_elsewhere(run, t);
	if (p->mode == KILL)
		return true;
	/* what is arranged for cannot fail otherwise */
	if (arranged || is_elsewhere(run, t) || !call_is_in(t->call, t->target, t->args, p->class))
		return false;
	/* half of one octet is none: that would be the end of a file */
	return p->mode != SHORT || (t->call->count >= 0 && t->args[t->call->count] > 1);
}

/* Is this call the one? */
static bool
is_due(struct run *run, const struct task *t, bool arranged)
{
	if (run->struck || run->plan.mode == COUNT || !is_eligible(run, t, arranged))
		return false;
	return ++run->eligible == run->plan.nth;
}

/* What makes the surroundings, whatever the plan. true: the call is not made. */
static bool
is_arranged(const struct run *run, struct task *t)
{
	/* a process that is not dumpable is closed to a tracer that is not root */
	if (t->call->nr == __NR_prctl && t->args[0] == PR_SET_DUMPABLE) {
		skip(t, 0);
		return true;
	}
	if (run->plan.no_tmpfile && t->call->nr == __NR_openat &&
	    (t->args[2] & O_TMPFILE) == O_TMPFILE) {
		skip(t, -EOPNOTSUPP);
		return true;
	}
	redirect_log(run, t);
	return false;
}

static void
on_entry(struct run *run, struct task *t)
{
	bool arranged = is_arranged(run, t);

	if (!run->counting && t->call->path >= 0 && strstr(t->target, run->plan.from) != NULL)
		run->counting = true;
	if (!run->counting)
		return;
	run->points++;
	t->point = run->points;
	if (is_due(run, t, arranged))
		strike(run, t);
	else
		fprintf(run->trace, "E %lu %u %s %s\n", run->points, t->ordinal, t->call->name,
		    t->target);
}

static void
on_exit_of_call(struct run *run, struct task *t, int64_t result)
{
	if (t->forced && !tree_set_result(t, t->result))
		die("cannot set the result of a system call");
	if (t->point > 0)
		fprintf(run->trace, "X %lu %u %lld\n", t->point, t->ordinal,
		    (long long)(t->forced ? t->result : result));
	t->forced = false;
	t->point = 0;
}

/* ---- the tree */

static void
on_end(struct run *run, struct task *t, int status)
{
	if (WIFSIGNALED(status))
		fprintf(run->trace, "D %u %d\n", t->ordinal, WTERMSIG(status));
	if (t->pid == run->main_pid)
		fprintf(run->trace, "M %d %lu\n",
		    WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status), run->points);
	tree_forget(&run->tree, t);
}

static void
on_stop(struct run *run, struct task *t, int status)
{
	int sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80)) {
		int64_t result = 0;
		switch (tree_look(t, &result)) {
		case TREE_ENTRY:
			on_entry(run, t);
			break;
		case TREE_EXIT:
			on_exit_of_call(run, t, result);
			break;
		case TREE_NEITHER:
			break;
		}
		sig = 0;
	} else if (status >> 16 != 0 || (sig == SIGSTOP && !t->started)) {
		t->started = t->started || sig == SIGSTOP;
		sig = 0;
	}
	tree_go_on(t, sig);
}

static volatile sig_atomic_t time_is_over;

static void
on_alarm(int sig)
{
	(void)sig;
	time_is_over = 1;
}

static void
watch(struct run *run)
{
	bool hung = false;

	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);
		struct task *t;

		if (time_is_over && !hung) {
			hung = true;
			fputs("H\n", run->trace);
			tree_kill(&run->tree);
		}
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			break;
		t = tree_task(&run->tree, pid);
		if (WIFSTOPPED(status) && !run->tree.killed)
			on_stop(run, t, status);
		else if (WIFSTOPPED(status))
			kill(pid, SIGKILL); /* forked while the others were killed */
		else
			on_end(run, t, status);
	}
	fprintf(run->trace, "T %lu\n", run->points);
}

static void
begin(struct run *run, char **command)
{
	struct sigaction sa = {.sa_handler = on_alarm};
	cpu_set_t one;
	int cpu = sched_getcpu();

	CPU_ZERO(&one);
	CPU_SET((size_t)(cpu >= 0 ? cpu : 0), &one);
	sched_setaffinity(0, sizeof one, &one);
	run->main_pid = tree_start(command);
	if (run->main_pid < 0)
		die("cannot trace");
	sigaction(SIGALRM, &sa, NULL);
	alarm(run->plan.limit_s);
}

/* ---- the command line */

static unsigned long
number(const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (*s == '\0' || *end != '\0')
		usage();
	return n;
}

static int
error_number(const char *name)
{
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	usage();
}

static char **
parse_options(struct plan *p, const char **trace, char **argv)
{
	for (; *argv != NULL && strncmp(*argv, "--", 2) == 0; argv++) {
		if (strcmp(*argv, "--no-tmpfile") == 0) {
			p->no_tmpfile = true;
			continue;
		}
		if (argv[1] == NULL)
			usage();
		if (strcmp(*argv, "--from") == 0)
			p->from = argv[1];
		else if (strcmp(*argv, "--under") == 0)
			p->under = argv[1];
		else if (strcmp(*argv, "--trace") == 0)
			*trace = argv[1];
		else if (strcmp(*argv, "--log") == 0)
			p->log = argv[1];
		else if (strcmp(*argv, "--limit") == 0)
			p->limit_s = (unsigned)number(argv[1]);
		else
			usage();
		argv++;
	}
	return argv;
}

static char **
parse_mode(struct plan *p, char **argv)
{
	static const struct {
		const char *name;
		enum mode mode;
		size_t words;
	} modes[] = {{"count", COUNT, 1}, {"kill", KILL, 2}, {"kill-one", KILL_ONE, 2},
	    {"fail", FAIL, 4}, {"short", SHORT, 4}};
	size_t i = 0, n = 0;

	while (argv[n] != NULL)
		n++;
	while (i < 5 && (n == 0 || strcmp(argv[0], modes[i].name) != 0))
		i++;
	if (i == 5 || n <= modes[i].words)
		usage();
	p->mode = modes[i].mode;
	if (modes[i].words > 1)
		p->nth = number(argv[1]);
	if (p->mode == FAIL)
		p->error = error_number(argv[2]);
	p->one = p->mode == SHORT && strcmp(argv[2], "one") == 0;
	if (modes[i].words == 4 && !call_class_parse(argv[3], &p->class))
		usage();
	return argv + modes[i].words;
}

int
main(int argc, char **argv)
{
	struct run run = {.plan = {.from = "", .under = "", .limit_s = 20}};
	const char *trace = "/dev/null";
	char **command;

	(void)argc;
	command = parse_mode(&run.plan, parse_options(&run.plan, &trace, argv + 1));
	run.counting = run.plan.from[0] == '\0';
	run.trace = fopen(trace, "we");
	if (run.trace == NULL)
		die(trace);
	begin(&run, command);
	watch(&run);
	if (fclose(run.trace) != 0)
		die(trace);
	return 0;
}
