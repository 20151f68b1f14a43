/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/confined.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/sandbox.h"
#include "deliver/ask.h"
#include "deliver/relay.h"
#include "deliver/worker.h"

#define GRACE_MS 2000

/* Answers for the password until the process ends, or has to be ended. */
static void
attend(const struct confined *c, int sock, pid_t pid)
{
	int64_t deadline = clock_mono_ms() + c->whole_ms + GRACE_MS;

	for (;;) {
		struct pollfd fd = {.fd = sock, .events = POLLIN};
		int n = poll(&fd, 1, clock_left_ms(deadline));

		if (n > 0 &&
		    !(c->secret != NULL ? ask_give(sock, c->secret)
					: ask_answer(sock, &c->account, 1, c->may_ask)))
			return;
		if (n == 0 || (n < 0 && errno != EINTR)) {
			(void)kill(pid, SIGKILL);
			return;
		}
	}
}

static bool
start(const struct confined *c, void *shared, pid_t *pid, int *sock)
{
	pid_t parent = getpid();
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return false;
	*pid = fork();
	if (*pid == 0) {
		close(fds[0]);
		worker_signals(parent);
		sandbox_no_core();
		relay_confine(&c->account, 1, NULL);
		c->run(c->arg, shared, fds[1]);
		_exit(0);
	}
	close(fds[1]);
	*sock = fds[0];
	if (*pid < 0)
		close(fds[0]);
	return *pid >= 0;
}

bool
confined_run(const struct confined *c, void *shared, struct err *e)
{
	void *memory = mmap(NULL, c->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
	    0);
	int status = 0, sock;
	pid_t pid;
	bool good;

	if (memory == MAP_FAILED)
		return err_set(e, ERR_LOCAL, STAGE_NONE, "", "no memory: %s", strerror(errno));
	good = start(c, memory, &pid, &sock);
	if (good) {
		attend(c, sock, pid);
		close(sock);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	} else {
		err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot start the network process: %s",
		    strerror(errno));
	}
	memcpy(shared, memory, c->size);
	(void)munmap(memory, c->size);
	if (good && WIFSIGNALED(status))
		return err_set(e, ERR_LOCAL, STAGE_NONE, "",
		    "the network process died of signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	return good;
}
