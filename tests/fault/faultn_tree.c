/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "faultn_tree.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096u

/* As ptrace(2) tells it; the C libraries do not agree on a name. */
struct stop_info {
	uint8_t op; /* 1: entry, 2: exit */
	uint8_t pad[3];
	uint32_t arch;
	uint64_t ip, sp;
	union {
		struct {
			uint64_t nr, args[6];
		} entry;
		struct {
			int64_t value;
			uint8_t is_error;
		} exit;
	} u;
};

pid_t
tree_start(char **command)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
	    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(126);
		raise(SIGSTOP);
		execv(command[0], command);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	if (!WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, pid, 0, options) < 0 ||
	    ptrace(PTRACE_SYSCALL, pid, 0, 0) < 0) {
		kill(pid, SIGKILL);
		return -1;
	}
	return pid;
}

struct task *
tree_task(struct tree *tree, pid_t pid)
{
	struct task *room = NULL;

	for (size_t i = 0; i < TREE_MAX; i++) {
		if (tree->tasks[i].pid == pid)
			return &tree->tasks[i];
		if (tree->tasks[i].pid == 0 && room == NULL)
			room = &tree->tasks[i];
	}
	if (room == NULL) {
		fputs("faultn: too many processes\n", stderr);
		exit(2);
	}
	*room = (struct task){.pid = pid, .ordinal = tree->ntasks++};
	/* the command's own stop was waited for by tree_start */
	room->started = room->ordinal == 0;
	return room;
}

unsigned
tree_count(const struct tree *tree)
{
	unsigned n = 0;

	for (size_t i = 0; i < TREE_MAX; i++)
		n += tree->tasks[i].pid > 0;
	return n;
}

void
tree_forget(struct tree *tree, struct task *t)
{
	(void)tree;
	t->pid = 0;
}

void
tree_kill(struct tree *tree)
{
	tree->killed = true;
	for (size_t i = 0; i < TREE_MAX; i++)
		if (tree->tasks[i].pid > 0)
			kill(tree->tasks[i].pid, SIGKILL);
}

void
tree_go_on(const struct task *t, int sig)
{
	ptrace(PTRACE_SYSCALL, t->pid, 0, sig); /* one that was killed meanwhile does not mind */
}

/* ---- looking */

/* The path at that place, or "-". A page at a time: the next one may not be there. */
static void
read_path(const struct task *t, uint64_t at, char *out, size_t size)
{
	size_t got = 0;

	while (got < size - 1) {
		size_t want = PAGE - (size_t)((at + got) % PAGE);
		struct iovec mine, theirs;
		ssize_t n;

		if (want > size - 1 - got)
			want = size - 1 - got;
		mine = (struct iovec){out + got, want};
		theirs = (struct iovec){(void *)(uintptr_t)(at + got), want};
		n = process_vm_readv(t->pid, &mine, 1, &theirs, 1, 0);
		if (n <= 0)
			break;
		got += (size_t)n;
		if (memchr(out, '\0', got) != NULL)
			return;
	}
	out[got] = '\0';
	if (got == 0)
		snprintf(out, size, "-");
}

static void
read_fd(const struct task *t, uint64_t fd, char *out, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)t->pid, (int)fd);
	n = readlink(path, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	if (n <= 0)
		snprintf(out, size, "-");
}

static void
find_target(struct task *t)
{
	const struct call *c = t->call;

	snprintf(t->target, sizeof t->target, "-");
	if (c->path >= 0)
		read_path(t, t->args[c->path], t->target, sizeof t->target);
	else if (c->nr == __NR_connect && t->args[2] > sizeof(short))
		read_path(t, t->args[1] + sizeof(short), t->target, sizeof t->target);
	/* what connect(2) to an address of another kind leaves there is no path */
	if (t->target[0] != '/' && c->fd >= 0)
		read_fd(t, t->args[c->fd], t->target, sizeof t->target);
	/* fstat(3) is newfstatat of an empty path */
	if (t->target[0] == '\0' && c->path == 1)
		read_fd(t, t->args[0], t->target, sizeof t->target);
	if (t->target[0] == '\0')
		snprintf(t->target, sizeof t->target, "-");
}

enum tree_stop
tree_look(struct task *t, int64_t *result)
{
	struct stop_info info = {.op = 0};

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof info, &info) < 0)
		return TREE_NEITHER;
	if (info.op == 1) {
		t->call = call_find((long)info.u.entry.nr);
		memcpy(t->args, info.u.entry.args, sizeof t->args);
		find_target(t);
		return TREE_ENTRY;
	}
	if (info.op != 2)
		return TREE_NEITHER;
	*result = info.u.exit.value;
	return TREE_EXIT;
}

/* ---- changing */

bool
tree_poke(const struct task *t, uint64_t at, const char *data, size_t n)
{
	for (size_t i = 0; i < n; i += sizeof(long)) {
		size_t k = n - i < sizeof(long) ? n - i : sizeof(long);
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, t->pid, (void *)(uintptr_t)(at + i), 0);
		if (word == -1 && errno != 0)
			return false;
		memcpy(&word, data + i, k);
		if (ptrace(PTRACE_POKEDATA, t->pid, (void *)(uintptr_t)(at + i), word) < 0)
			return false;
	}
	return true;
}

#if defined(__x86_64__) || defined(__aarch64__)

static bool
registers(const struct task *t, bool set, struct user_regs_struct *r)
{
	struct iovec v = {r, sizeof *r};
	const long request = set ? PTRACE_SETREGSET : PTRACE_GETREGSET;

	return ptrace((unsigned)request, t->pid, NT_PRSTATUS, &v) == 0;
}

#endif

#if defined(__x86_64__)

bool
tree_skip_call(const struct task *t)
{
	struct user_regs_struct r;

	if (!registers(t, false, &r))
		return false;
	r.orig_rax = (unsigned long long)-1;
	return registers(t, true, &r);
}

bool
tree_set_arg(const struct task *t, int index, uint64_t value)
{
	struct user_regs_struct r;

	if (index != 2 || !registers(t, false, &r))
		return false;
	r.rdx = value;
	return registers(t, true, &r);
}

bool
tree_set_result(const struct task *t, int64_t value)
{
	struct user_regs_struct r;

	if (!registers(t, false, &r))
		return false;
	r.rax = (unsigned long long)value;
	return registers(t, true, &r);
}

#elif defined(__aarch64__)

bool
tree_skip_call(const struct task *t)
{
	int nr = -1;
	struct iovec v = {&nr, sizeof nr};

	return ptrace(PTRACE_SETREGSET, t->pid, NT_ARM_SYSTEM_CALL, &v) == 0;
}

bool
tree_set_arg(const struct task *t, int index, uint64_t value)
{
	struct user_regs_struct r;

	if (!registers(t, false, &r))
		return false;
	r.regs[index] = value;
	return registers(t, true, &r);
}

bool
tree_set_result(const struct task *t, int64_t value)
{
	struct user_regs_struct r;

	if (!registers(t, false, &r))
		return false;
	r.regs[0] = (unsigned long long)value;
	return registers(t, true, &r);
}

#else

bool
tree_skip_call(const struct task *t)
{
	(void)t;
	errno = ENOSYS;
	return false;
}

bool
tree_set_arg(const struct task *t, int index, uint64_t value)
{
	(void)index;
	(void)value;
	return tree_skip_call(t);
}

bool
tree_set_result(const struct task *t, int64_t value)
{
	(void)value;
	return tree_skip_call(t);
}

#endif
