/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "faultn_calls.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

#define CALL(name, class, fd, path, count) \
	{ \
		__NR_##name, #name, class, fd, path, count \
	}

static const struct call calls[] = {
    CALL(openat, CALL_STORAGE, -1, 1, -1),
    CALL(linkat, CALL_STORAGE, -1, 3, -1),
    CALL(unlinkat, CALL_STORAGE, -1, 1, -1),
    CALL(mkdirat, CALL_STORAGE, -1, 1, -1),
    CALL(fsync, CALL_STORAGE, 0, -1, -1),
    CALL(fdatasync, CALL_STORAGE, 0, -1, -1),
    CALL(ftruncate, CALL_STORAGE, 0, -1, -1),
    CALL(utimensat, CALL_STORAGE, 0, -1, -1),
    CALL(flock, CALL_STORAGE, 0, -1, -1),
    CALL(pread64, CALL_STORAGE, 0, -1, 2),
    CALL(pwrite64, CALL_STORAGE, 0, -1, 2),
    CALL(getdents64, CALL_STORAGE, 0, -1, -1),
    CALL(fstatfs, CALL_STORAGE, 0, -1, -1),
    CALL(memfd_create, CALL_STORAGE, -1, 0, -1),
    CALL(fstat, CALL_STORAGE, 0, -1, -1),
#ifdef __NR_newfstatat
    CALL(newfstatat, CALL_STORAGE, -1, 1, -1),
#endif
#ifdef __NR_fstatat
    CALL(fstatat, CALL_STORAGE, -1, 1, -1),
#endif
#ifdef __NR_renameat
    CALL(renameat, CALL_STORAGE, -1, 3, -1),
#endif
    CALL(renameat2, CALL_STORAGE, -1, 3, -1),
#ifdef __NR_open
    CALL(open, CALL_STORAGE, -1, 0, -1),
    CALL(stat, CALL_STORAGE, -1, 0, -1),
    CALL(lstat, CALL_STORAGE, -1, 0, -1),
    CALL(access, CALL_STORAGE, -1, 0, -1),
    CALL(mkdir, CALL_STORAGE, -1, 0, -1),
    CALL(rename, CALL_STORAGE, -1, 1, -1),
    CALL(link, CALL_STORAGE, -1, 1, -1),
    CALL(unlink, CALL_STORAGE, -1, 0, -1),
    CALL(rmdir, CALL_STORAGE, -1, 0, -1),
    CALL(readlink, CALL_STORAGE, -1, 0, -1),
#endif
    CALL(read, CALL_BY_FD, 0, -1, 2),
    CALL(write, CALL_BY_FD, 0, -1, 2),
    CALL(writev, CALL_BY_FD, 0, -1, -1),
    CALL(lseek, CALL_STORAGE, 0, -1, -1),
    CALL(close, CALL_BY_FD, 0, -1, -1),
    CALL(fcntl, CALL_BY_FD, 0, -1, -1),
    CALL(socket, CALL_SOCKET, -1, -1, -1),
    CALL(connect, CALL_SOCKET, 0, -1, -1),
    CALL(bind, CALL_SOCKET, 0, -1, -1),
    CALL(setsockopt, CALL_SOCKET, 0, -1, -1),
    CALL(getsockopt, CALL_SOCKET, 0, -1, -1),
    CALL(getsockname, CALL_SOCKET, 0, -1, -1),
    CALL(sendto, CALL_SOCKET, 0, -1, 2),
    CALL(recvfrom, CALL_SOCKET, 0, -1, 2),
    CALL(sendmsg, CALL_SOCKET, 0, -1, -1),
    CALL(recvmsg, CALL_SOCKET, 0, -1, -1),
    CALL(shutdown, CALL_SOCKET, 0, -1, -1),
#ifdef __NR_poll
    CALL(poll, CALL_SOCKET, -1, -1, -1),
#endif
    CALL(ppoll, CALL_SOCKET, -1, -1, -1),
    CALL(clone, CALL_PROCESS, -1, -1, -1),
#ifdef __NR_clone3
    CALL(clone3, CALL_PROCESS, -1, -1, -1),
#endif
#ifdef __NR_fork
    CALL(fork, CALL_PROCESS, -1, -1, -1),
    CALL(vfork, CALL_PROCESS, -1, -1, -1),
#endif
    CALL(socketpair, CALL_PROCESS, -1, -1, -1),
    CALL(pipe2, CALL_PROCESS, -1, -1, -1),
    CALL(wait4, CALL_PROCESS, -1, -1, -1),
    CALL(execve, CALL_OTHER, -1, 0, -1),
    CALL(exit_group, CALL_OTHER, -1, -1, -1),
    CALL(prctl, CALL_OTHER, -1, -1, -1),
    CALL(kill, CALL_OTHER, -1, -1, -1),
    CALL(getrandom, CALL_OTHER, -1, -1, -1),
    CALL(rt_sigaction, CALL_OTHER, -1, -1, -1),
    CALL(rt_sigprocmask, CALL_OTHER, -1, -1, -1),
    CALL(brk, CALL_OTHER, -1, -1, -1),
    CALL(mmap, CALL_OTHER, -1, -1, -1),
    CALL(munmap, CALL_OTHER, -1, -1, -1),
};

static const struct call unknown = {-1, "?", CALL_OTHER, -1, -1, -1};

const struct call *
call_find(long nr)
{
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (calls[i].nr == nr)
			return &calls[i];
	return &unknown;
}

static bool
is_listed(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

static enum call_class
class_of(const struct call *c, const char *target)
{
	if (c->class != CALL_BY_FD)
		return c->class;
	return strncmp(target, "socket:", 7) == 0 || strncmp(target, "pipe:", 5) == 0
	    ? CALL_SOCKET
	    : CALL_STORAGE;
}

bool
call_is_in(const struct call *c, const char *target, const uint64_t args[6], enum call_class wanted)
{
	static const char *const space[] = {"pwrite64", "write", "linkat", "link", "renameat",
	    "renameat2", "rename", "mkdirat", "mkdir", "fsync", "fdatasync", "ftruncate", NULL};
	static const char *const opens[] = {"openat", "open", "socket", "socketpair", "pipe2",
	    "memfd_create", NULL};
	enum call_class class = class_of(c, target);

	switch (wanted) {
	case CALL_ALL:
		return class != CALL_OTHER;
	case CALL_SPACE:
		if (strcmp(c->name, "openat") == 0)
			return (args[2] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) != 0;
		return class == CALL_STORAGE && is_listed(c->name, space);
	case CALL_OPENS:
		return is_listed(c->name, opens);
	default:
		return class == wanted;
	}
}

bool
call_class_parse(const char *name, enum call_class *out)
{
	static const struct {
		const char *name;
		enum call_class class;
	} names[] = {{"storage", CALL_STORAGE}, {"socket", CALL_SOCKET}, {"process", CALL_PROCESS},
	    {"all", CALL_ALL}, {"space", CALL_SPACE}, {"opens", CALL_OPENS}};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i].name, name) == 0) {
			*out = names[i].class;
			return true;
		}
	return false;
}
