/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"
#include "deliver/logbook.h"
#include "deliver/runner.h"

/* Nothing of the caller's is left: who reads a pipe of ours to its end would wait for us. */
static void
let_go(void)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	log_close();
	proc_close_others();
	if (chdir("/") < 0)
		logbook_id(LOG_LEVEL_WARNING, NULL, "failed", "cannot leave the current folder");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

static void
run(const struct config *config, const char *directory)
{
	struct runner r = {.config = config};
	struct runner_result out;
	struct err e;

	r.spool = spool_open(directory, false, &e);
	if (r.spool == NULL || !runner_run(&r, &out, &e))
		logbook_id(LOG_LEVEL_ERR, NULL, "failed", "the run in the background failed: %s",
		    e.text);
	spool_close(r.spool);
}

bool
detach_run(const struct config *config, const char *directory)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		/* the one in between ends at once, so that nobody has to wait for the other */
		if (setsid() < 0 || (pid = fork()) < 0)
			_exit(1);
		if (pid > 0)
			_exit(0);
		let_go();
		run(config, directory);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
