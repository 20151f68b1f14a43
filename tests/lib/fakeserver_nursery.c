/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fakeserver_text.h"

struct child {
	pid_t pid;
	unsigned number;
};

static struct {
	struct child *children;
	size_t nchildren;
	unsigned calls;
	char line[65536]; /* what is read and not yet obeyed */
	size_t n;
	char **argv, *call; /* of a child; they live as long as it does */
} nursery;

static void
wake(int sig)
{
	(void)sig;
}

static void
signals(bool wanted)
{
	struct sigaction sa = {.sa_handler = wanted ? wake : SIG_DFL};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaction(SIGCHLD, &sa, NULL);
	sigprocmask(wanted ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static void
reap(void)
{
	for (size_t i = 0; i < nursery.nchildren;) {
		struct child *c = &nursery.children[i];
		int status;

		if (waitpid(c->pid, &status, WNOHANG) <= 0) {
			i++;
			continue;
		}
		printf("END %u %d\n", c->number,
		    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		fflush(stdout);
		*c = nursery.children[--nursery.nchildren];
	}
}

static void
open_as(int fd, const char *path, int flags)
{
	int got = open(path, flags, 0600);

	if (got < 0 || dup2(got, fd) < 0)
		text_die("%s: %s", path, strerror(errno));
	close(got);
}

/* The next word of a call, *call behind it; NULL: there are no more. */
static char *
next_word(char **call)
{
	char *word = *call, *tab = word != NULL ? strchr(word, '\t') : NULL;

	*call = tab != NULL ? tab + 1 : NULL;
	if (tab != NULL)
		*tab = '\0';
	return word;
}

/* In the child: FIFO, STDERR and the options of the call. */
static char **
become_server(char *program, const char *line)
{
	char *call = nursery.call = text_dup(line, strlen(line)), *fifo, *err;
	char **argv = nursery.argv = text_grow(NULL, strlen(call) + 3, sizeof(*argv));
	size_t n = 1;

	signals(false);
	free(nursery.children);
	fifo = next_word(&call);
	err = next_word(&call);
	if (err == NULL)
		text_die("a call is FIFO and STDERR at least");
	if (err[0] != '\0')
		open_as(STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC);
	open_as(STDIN_FILENO, fifo, O_RDONLY);
	argv[0] = program;
	while (call != NULL)
		argv[n++] = next_word(&call);
	argv[n] = NULL;
	return argv;
}

/* The whole lines read so far; not NULL: a child's arguments. */
static char **
obey(char *program)
{
	char *lf;

	while ((lf = memchr(nursery.line, '\n', nursery.n)) != NULL) {
		size_t used = (size_t)(lf - nursery.line) + 1;
		pid_t pid = fork();

		*lf = '\0';
		if (pid < 0)
			text_die("fork: %s", strerror(errno));
		if (pid == 0)
			return become_server(program, nursery.line);
		nursery.children = text_grow(nursery.children, nursery.nchildren + 1,
		    sizeof(*nursery.children));
		nursery.children[nursery.nchildren++] = (struct child){pid, ++nursery.calls};
		nursery.n -= used;
		memmove(nursery.line, nursery.line + used, nursery.n);
	}
	return NULL;
}

char **
nursery_run(char *program)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char **argv = NULL;
	sigset_t none;
	ssize_t got = 1;

	sigemptyset(&none);
	signals(true);
	while (argv == NULL && got > 0) {
		bool ready = ppoll(&p, 1, NULL, &none) > 0;

		reap();
		if (!ready)
			continue;
		got = read(STDIN_FILENO, nursery.line + nursery.n,
		    sizeof(nursery.line) - nursery.n);
		if (got > 0)
			nursery.n += (size_t)got;
		argv = obey(program);
	}
	if (argv == NULL)
		free(nursery.children);
	return argv;
}
