/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

/*
 * How often the command is looked at while its output stays open: a daemon that it
 * started may hold it for ever.
 */
#define LOOK_MS 20
#define RUNNING (-1) /* no status that waitpid gives */

/* closefrom(3) is not in musl, nor close_range in older systems. */
void
proc_close_others(void)
{
	long max = sysconf(_SC_OPEN_MAX);

#ifdef SYS_close_range
	if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
		return;
#endif
	for (int fd = 3; fd < (max > 0 && max < 65536 ? (int)max : 65536); fd++)
		(void)close(fd);
}

/* out, err -1: the user's own. */
static _Noreturn void
run_child(const char *const *argv, int in, int out, int err)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	if (in < 0)
		in = open("/dev/null", O_RDONLY);

	for (int i = 1; i < NSIG; i++)
		sigaction(i, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (in < 0 || dup2(in, 0) < 0 || (out >= 0 && dup2(out, 1) < 0) ||
	    (err >= 0 && dup2(err, 2) < 0))
		_exit(127);
	proc_close_others();
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static _Noreturn void
child(const char *const *argv, int in, int out, int err)
{
	/* a group of its own, so that the time limit reaches whatever it starts */
	setpgid(0, 0);
	run_child(argv, in, out, err);
}

static bool
trouble(struct err *e, const char *what, const char *words)
{
	return err_set(e, ERR_CONFIG, STAGE_SECRET, "", "%s %s", what, words);
}

/*
 * One look at what it prints: 1 something (or a signal came: look again), 0 the end,
 * -1 nothing within wait_ms, -2 trouble.
 */
static int
take(int fd, int wait_ms, char *text, size_t *len)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int r = poll(&p, 1, wait_ms);
	ssize_t n;

	if (r <= 0)
		return r < 0 && errno == EINTR ? 1 : -1;
	n = read(fd, text + *len, SECRET_MAX + 1 - *len);
	if (n < 0)
		return errno == EINTR ? 1 : -2;
	*len += (size_t)n;
	return n > 0;
}

static bool
has_ended(pid_t pid, int *status)
{
	return waitpid(pid, status, WNOHANG) == pid;
}

/*
 * Its whole output into text[0..SECRET_MAX] and its status; NULL, or what is wrong
 * with it while it still runs. Its end counts, not that of its output.
 */
static const char *
collect(int fd, pid_t pid, int64_t deadline, char *text, size_t *len, int *status)
{
	bool ended = false, open = true;

	*len = 0;
	while (open || !ended) {
		int left = clock_left_ms(deadline), got = -1;

		if (!ended && left == 0)
			return "did not finish in time and was killed";
		if (left > LOOK_MS)
			left = LOOK_MS;
		if (open)
			got = take(fd, ended ? 0 : left, text, len);
		else
			(void)poll(NULL, 0, left < 2 ? left : 2);
		if (got == -2)
			return "cannot be read from";
		if (*len > SECRET_MAX)
			return "printed more than 64 KiB, which is no password";
		/* ended before the look that found nothing: nothing more will come */
		open = open && got != 0 && !(ended && got == -1);
		ended = ended || has_ended(pid, status);
	}
	return NULL;
}

static void
kill_family(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
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
	const char *words;
	struct sigaction dfl = {.sa_handler = SIG_DFL}, old;
	int fds[2], status = RUNNING;
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
		child(argv, -1, fds[1], -1);
	close(fds[1]);
	if (pid < 0) {
		err_set(e, ERR_CONFIG, STAGE_SECRET, "", "%s cannot be started: %s", what,
		    strerror(errno));
		close(fds[0]);
		sigaction(SIGCHLD, &old, NULL);
		return false;
	}
	words = collect(fds[0], pid, clock_mono_ms() + timeout_ms, buffer, &len, &status);
	close(fds[0]);
	/* once waited for, its number may be somebody else's */
	if (words != NULL && status == RUNNING)
		kill_family(pid);
	sigaction(SIGCHLD, &old, NULL);
	good = words == NULL ? judge(what, status, len, e) : trouble(e, what, words);
	if (good && memchr(buffer, '\0', len) != NULL)
		good = trouble(e, what, "printed a NUL, which no password holds");
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

/* ---- programs of the system, whose output is no secret */

#define TOOL_OUTPUT_MAX ((size_t)4 << 20)

/* A file without a name: no pipe can fill up, and nothing has to be read while it runs. */
static int
nameless(void)
{
	FILE *f;
	int fd = -1;

#ifdef MFD_CLOEXEC
	fd = memfd_create("postrider", MFD_CLOEXEC);
#endif
	if (fd >= 0)
		return fd;
	f = tmpfile();
	fd = f != NULL ? fcntl(fileno(f), F_DUPFD_CLOEXEC, 3) : -1;
	if (f != NULL)
		(void)fclose(f);
	return fd;
}

static bool
wait_for(pid_t pid, int64_t timeout_ms, int *status)
{
	int64_t deadline = clock_mono_ms() + timeout_ms;

	while (!has_ended(pid, status)) {
		if (clock_left_ms(deadline) == 0) {
			kill_family(pid);
			return false;
		}
		(void)poll(NULL, 0, 2);
	}
	return true;
}

static void
take_back(int fd, struct buf *out)
{
	if (out != NULL && lseek(fd, 0, SEEK_SET) == 0)
		(void)file_slurp(fd, out);
}

static bool
run_on_files(const char *const *argv, const int fds[3], int64_t timeout_ms, int *status,
    struct err *e)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL}, old;
	bool good = true;
	int raw = 0;
	pid_t pid;

	sigaction(SIGCHLD, &dfl, &old);
	pid = fork();
	if (pid == 0) {
		/* what it says is looked into: in the language that we know */
		setenv("LC_ALL", "C", 1);
		child(argv, fds[0], fds[1], fds[2]);
	}
	if (pid < 0)
		good = err_set(e, ERR_LOCAL, STAGE_NONE, "", "%s cannot be started: %s", argv[0],
		    strerror(errno));
	else if (!wait_for(pid, timeout_ms, &raw))
		good = err_set(e, ERR_LOCAL, STAGE_NONE, "",
		    "%s did not finish in time and was killed", argv[0]);
	sigaction(SIGCHLD, &old, NULL);
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
	return good;
}

bool
proc_run(const char *const *argv, const char *input, int64_t timeout_ms, struct proc_result *out,
    struct err *e)
{
	int fds[3] = {-1, nameless(), nameless()};
	bool good = fds[1] >= 0 && fds[2] >= 0;

	if (good && input != NULL)
		good = (fds[0] = nameless()) >= 0 && file_write(fds[0], input, strlen(input)) &&
		    lseek(fds[0], 0, SEEK_SET) == 0;
	if (!good)
		err_set(e, ERR_LOCAL, STAGE_NONE, "", "%s cannot be started: %s", argv[0],
		    strerror(errno));
	good = good && run_on_files(argv, fds, timeout_ms, &out->status, e);
	if (good) {
		take_back(fds[1], &out->out);
		take_back(fds[2], &out->errors);
	}
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return good;
}

bool
proc_open(const char *const *argv, int *fd, pid_t *pid, struct err *e)
{
	int fds[2] = {-1, -1}, null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	*pid = null >= 0 && pipe2(fds, O_CLOEXEC) == 0 ? fork() : -1;
	if (*pid == 0) {
		setenv("LC_ALL", "C", 1);
		run_child(argv, -1, fds[1], null);
	}
	if (*pid < 0)
		err_set(e, ERR_LOCAL, STAGE_NONE, "", "%s cannot be started: %s", argv[0],
		    strerror(errno));
	if (null >= 0)
		close(null);
	if (fds[1] >= 0)
		close(fds[1]);
	if (*pid < 0 && fds[0] >= 0)
		close(fds[0]);
	*fd = fds[0];
	return *pid >= 0;
}

int
proc_close(pid_t pid, bool stop)
{
	int raw = 0;

	if (stop)
		kill(pid, SIGTERM);
	while (waitpid(pid, &raw, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
}

void
proc_result_init(struct proc_result *r)
{
	r->status = 0;
	buf_init(&r->out, TOOL_OUTPUT_MAX);
	buf_init(&r->errors, TOOL_OUTPUT_MAX);
}

void
proc_result_done(struct proc_result *r)
{
	buf_done(&r->out);
	buf_done(&r->errors);
}

/* The interrupt key is the program's own meanwhile, and it may end before it has read all. */
static int
feed(pid_t pid, int fd, const char *text, size_t n)
{
	static const int signals[] = {SIGINT, SIGQUIT, SIGPIPE};
	struct sigaction ign = {.sa_handler = SIG_IGN}, old[3];
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

/* It reads keys from our terminal: so it stays in our process group, and has no time limit. */
bool
proc_show(const char *command, const char *text, size_t n, int *status, struct err *e)
{
	const char *argv[] = {"/bin/sh", "-c", command, NULL};
	struct sigaction dfl = {.sa_handler = SIG_DFL}, old;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(e, ERR_LOCAL, STAGE_NONE, "", "'%s' cannot be started: %s", command,
		    strerror(errno));
	sigaction(SIGCHLD, &dfl, &old);
	pid = fork();
	if (pid == 0)
		run_child(argv, fds[0], -1, -1);
	if (pid < 0)
		err_set(e, ERR_LOCAL, STAGE_NONE, "", "'%s' cannot be started: %s", command,
		    strerror(errno));
	close(fds[0]);
	if (pid > 0)
		*status = feed(pid, fds[1], text, n);
	else
		close(fds[1]);
	sigaction(SIGCHLD, &old, NULL);
	return pid > 0;
}

bool
proc_terminal(const char *const *argv, int *status, struct err *e)
{
	struct sigaction ign = {.sa_handler = SIG_IGN}, dfl = {.sa_handler = SIG_DFL}, old[3];
	static const int signals[3] = {SIGINT, SIGQUIT, SIGCHLD};
	int raw = 0;
	pid_t pid;

	for (size_t i = 0; i < 3; i++)
		sigaction(signals[i], signals[i] == SIGCHLD ? &dfl : &ign, &old[i]);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < 3; i++)
			sigaction(signals[i], &old[i], NULL);
		proc_close_others();
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &raw, 0) < 0 && errno == EINTR)
		;
	for (size_t i = 0; i < 3; i++)
		sigaction(signals[i], &old[i], NULL);
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
	return pid > 0 ||
	    err_set(e, ERR_LOCAL, STAGE_NONE, "", "%s cannot be started: %s", argv[0],
		strerror(errno));
}

bool
proc_exists(const char *program)
{
	const char *p = getenv("PATH");
	char path[4096];

	for (p = p != NULL ? p : "/usr/bin:/bin"; *p != '\0';) {
		size_t n = strcspn(p, ":");
		int k = snprintf(path, sizeof path, "%.*s/%s", (int)n, p, program);

		if (n > 0 && k > 0 && (size_t)k < sizeof path && access(path, X_OK) == 0)
			return true;
		p += n;
		p += *p == ':';
	}
	return false;
}
