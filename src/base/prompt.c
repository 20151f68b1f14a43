/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"

#define LINE_SIZE 1024
#define SECRET_SIZE 4097 /* more than a terminal hands on in one line */
#define NSIGNALS 4

static const int signals[NSIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static struct termios saved;
static int terminal = -1;
static volatile sig_atomic_t stopped;

/* Ctrl-C at the prompt must not leave a terminal without echo; the second one ends us at once. */
static void
on_signal(int sig)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};

	tcsetattr(terminal, TCSAFLUSH, &saved);
	if (stopped == 0) {
		stopped = sig;
		return;
	}
	sigaction(sig, &dfl, NULL);
	raise(sig);
}

static int
open_terminal(void)
{
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

bool
prompt_possible(void)
{
	int fd = open_terminal();
	bool good = fd >= 0 && isatty(fd) == 1;

	if (fd >= 0)
		close(fd);
	return good;
}

/* With mask the signals can come, and only here: none slips in between the look and the wait. */
static bool
wait_for_key(int fd, const sigset_t *mask)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (stopped == 0)
		if (ppoll(&p, 1, NULL, mask) >= 0 || errno != EINTR)
			return true;
	return false;
}

/* A line without its end; *whole: it had one. */
static size_t
read_line(int fd, char *line, size_t size, const sigset_t *mask, bool *whole)
{
	size_t n = 0;
	char c = '\0';

	while (n + 1 < size && wait_for_key(fd, mask)) {
		ssize_t got = read(fd, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1 || c == '\n' || c == '\r')
			break;
		line[n++] = c;
	}
	*whole = n > 0 || c == '\n' || c == '\r';
	return n;
}

/* With the echo off from before the question to behind the answer. */
static size_t
ask_quietly(int fd, const char *question, char *line, size_t size)
{
	struct sigaction act = {.sa_handler = on_signal}, old[NSIGNALS];
	struct termios quiet = saved;
	sigset_t ours, mask;
	bool whole;
	size_t n;

	terminal = fd;
	stopped = 0;
	sigemptyset(&ours);
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaddset(&ours, signals[i]);
	sigprocmask(SIG_BLOCK, &ours, &mask);
	for (size_t i = 0; i < NSIGNALS; i++) {
		sigaction(signals[i], &act, &old[i]);
		if (old[i].sa_handler == SIG_IGN) /* nohup: it stays ignored */
			sigaction(signals[i], &old[i], NULL);
	}
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	tcsetattr(fd, TCSAFLUSH, &quiet);
	file_write(fd, question, strlen(question));
	n = read_line(fd, line, size, &mask, &whole);
	tcsetattr(fd, TCSAFLUSH, &saved);
	if (stopped != 0)
		file_write(fd, "\n", 1);
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaction(signals[i], &old[i], NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return n;
}

bool
prompt_secret(const char *question, struct secret *out, struct err *e)
{
	char line[SECRET_SIZE];
	int fd = open_terminal();
	size_t n = 0;

	if (fd >= 0 && tcgetattr(fd, &saved) == 0) {
		n = ask_quietly(fd, question, line, sizeof line);
		close(fd);
		if (stopped != 0) {
			int sig = stopped;

			secret_zero(line, sizeof line);
			stopped = 0;
			/* to whoever is in charge of it: without one we end here */
			raise(sig);
			return err_set(e, ERR_LOCAL, STAGE_NONE, "4.3.0", "interrupted");
		}
		secret_set(out, line, n);
		secret_zero(line, sizeof line);
		return n > 0 || err_set(e, ERR_CONFIG, STAGE_SECRET, "", "no password was given");
	}
	if (fd >= 0)
		close(fd);
	return err_set(e, ERR_CONFIG, STAGE_SECRET, "",
	    "there is no terminal to ask for a password on");
}

bool
prompt_line(const char *question, struct buf *out)
{
	char line[LINE_SIZE];
	int fd = open_terminal();
	size_t n = 0, from = 0;
	bool whole = false;
	sigset_t mask;

	if (fd >= 0) {
		file_write(fd, question, strlen(question));
		sigprocmask(SIG_BLOCK, NULL, &mask);
		n = read_line(fd, line, sizeof line, &mask, &whole);
		close(fd);
	}
	while (from < n && str_is_space((unsigned char)line[from]))
		from++;
	while (n > from && str_is_space((unsigned char)line[n - 1]))
		n--;
	buf_clear(out);
	(void)buf_add(out, line + from, n - from);
	return whole;
}
