/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/proc.h"

/* It shares our terminal, so it stays in our process group: another one could not read keys. */
static _Noreturn void
child(const char *command, int in)
{
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, 0) < 0)
		_exit(127);
	proc_close_others();
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* The interrupt key is the program's own meanwhile, and it may end before it has read all. */
static int
feed(pid_t pid, int fd, const char *text, size_t n)
{
	struct sigaction ign = {.sa_handler = SIG_IGN}, old[3];
	static const int signals[] = {SIGINT, SIGQUIT, SIGPIPE};
	int raw = 0;

	for (int i = 0; i < 3; i++)
		sigaction(signals[i], &ign, &old[i]);
	(void)file_write(fd, text, n);
	close(fd);
	while (waitpid(pid, &raw, 0) < 0 && errno == EINTR)
		;
	for (int i = 0; i < 3; i++)
		sigaction(signals[i], &old[i], NULL);
	return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

bool
proc_show(const char *command, const char *text, size_t n, int *status, struct err *e)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL}, old;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot start '%s': %s", command,
		    strerror(errno));
	sigaction(SIGCHLD, &dfl, &old);
	pid = fork();
	if (pid == 0)
		child(command, fds[0]);
	close(fds[0]);
	if (pid > 0)
		*status = feed(pid, fds[1], text, n);
	else
		close(fds[1]);
	sigaction(SIGCHLD, &old, NULL);
	return pid > 0 ||
	    err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot start '%s': %s", command,
		strerror(errno));
}
