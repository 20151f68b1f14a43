/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* A child that has closed its output but lives on is given this long. */
#define REAP_MS 1000

static _Noreturn void
child(const char *const *argv, int out)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	/* a group of its own, so that the time limit reaches whatever it starts */
	setpgid(0, 0);
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0)
		_exit(127);
	closefrom(3);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static bool
trouble(struct err *e, const char *what, const char *words)
{
	return err_set(e, ERR_CONFIG, STAGE_SECRET, "", "%s %s", what, words);
}

/* Its whole output into text[0..SECRET_MAX]; false: trouble, told in *words. */
static bool
collect(int fd, int64_t deadline, char *text, size_t *len, const char **words)
{
	*len = 0;
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int r = poll(&p, 1, clock_left_ms(deadline));
		ssize_t n;

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			*words = "did not finish in time and was killed";
			return false;
		}
		n = read(fd, text + *len, SECRET_MAX + 1 - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			*words = "cannot be read from";
			return false;
		}
		if (n == 0)
			return true;
		*len += (size_t)n;
		if (*len > SECRET_MAX) {
			*words = "printed more than 64 KiB, which is no password";
			return false;
		}
	}
}

/* Its status; killed with its group when it does not end. */
static int
reap(pid_t pid, bool kill_now)
{
	int64_t deadline = clock_mono_ms() + REAP_MS;
	int status = 0;

	while (!kill_now) {
		pid_t r = waitpid(pid, &status, WNOHANG);
		if (r == pid)
			return status;
		if (r < 0 && errno != EINTR)
			return 0;
		if (clock_left_ms(deadline) == 0)
			break;
		poll(NULL, 0, 5);
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static bool
judge(const char *what, int status, size_t len, struct err *e)
{
	if (WIFSIGNALED(status))
		return err_set(e, ERR_CONFIG, STAGE_SECRET, "", "%s was ended by signal %d (%s)",
		    what, WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) == 127)
		return trouble(e, what,
		    "cannot be started (exit status 127: is the program installed and in PATH?)");
	if (WEXITSTATUS(status) != 0)
		return err_set(e, ERR_CONFIG, STAGE_SECRET, "", "%s exited with status %d", what,
		    WEXITSTATUS(status));
	return len > 0 || trouble(e, what, "printed nothing");
}

bool
proc_secret_exec(const char *what, const char *const *argv, int64_t timeout_ms, struct secret *out,
    struct err *e)
{
	struct secret text = {NULL, 0};
	char buffer[SECRET_MAX + 1];
	const char *words = "";
	struct sigaction dfl = {.sa_handler = SIG_DFL}, old;
	int fds[2], status;
	size_t len;
	bool good;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(e, ERR_CONFIG, STAGE_SECRET, "", "%s cannot be started: %s", what,
		    strerror(errno));
	/* with SIGCHLD ignored the kernel would keep its exit status from us */
	sigaction(SIGCHLD, &dfl, &old);
	pid = fork();
	if (pid == 0)
		child(argv, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		err_set(e, ERR_CONFIG, STAGE_SECRET, "", "%s cannot be started: %s", what,
		    strerror(errno));
		close(fds[0]);
		sigaction(SIGCHLD, &old, NULL);
		return false;
	}
	good = collect(fds[0], clock_mono_ms() + timeout_ms, buffer, &len, &words);
	close(fds[0]);
	status = reap(pid, !good);
	sigaction(SIGCHLD, &old, NULL);
	good = good ? judge(what, status, len, e) : trouble(e, what, words);
	if (good) {
		secret_set(&text, buffer, len);
		secret_chomp(&text);
		good = text.len > 0 ? secret_set(out, text.data, text.len)
				    : trouble(e, what, "printed an empty line");
	}
	secret_wipe(&text);
	secret_zero(buffer, sizeof buffer);
	return good;
}

bool
proc_secret_shell(const char *what, const char *command, int64_t timeout_ms, struct secret *out,
    struct err *e)
{
	const char *argv[] = {"/bin/sh", "-c", command, NULL};

	return proc_secret_exec(what, argv, timeout_ms, out, e);
}
