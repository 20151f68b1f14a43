/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sandbox.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#endif

void
sandbox_no_core(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
#ifdef __linux__
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

#if defined(__linux__) && defined(__NR_landlock_create_ruleset)

/* Debian 12's header ends at ABI 2; the kernel's numbers do not change. */
#define ACCESS_FS_TRUNCATE (1u << 14)
#define ACCESS_NET_CONNECT_TCP (1u << 1)
#define RULE_NET_PORT 2

struct ruleset_attr {
	uint64_t fs, net;
};

struct port_attr {
	uint64_t access, port;
};

#define READ_FILE (uint64_t) LANDLOCK_ACCESS_FS_READ_FILE
#define READ_DIR (uint64_t) LANDLOCK_ACCESS_FS_READ_DIR
#define WRITE_FILE (uint64_t) LANDLOCK_ACCESS_FS_WRITE_FILE
#define ALL_ABI1 ((uint64_t)((1u << 13) - 1))

static void
allow_path(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};
	struct stat st;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return; /* what is not there need not be allowed */
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= READ_FILE | WRITE_FILE;
	syscall(__NR_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}

static int
make_ruleset(long abi)
{
	struct ruleset_attr attr = {.fs = ALL_ABI1};
	size_t size = abi >= 4 ? sizeof attr : sizeof attr.fs;

	if (abi >= 3)
		attr.fs |= ACCESS_FS_TRUNCATE;
	if (abi >= 4)
		attr.net = ACCESS_NET_CONNECT_TCP;
	return (int)syscall(__NR_landlock_create_ruleset, &attr, size, 0);
}

bool
sandbox_enter(const struct sandbox *s)
{
	long abi = syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset;
	bool good;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	ruleset = abi >= 1 ? make_ruleset(abi) : -1;
	if (ruleset < 0)
		return false;
	for (size_t i = 0; i < s->nreadable; i++)
		allow_path(ruleset, s->readable[i], READ_FILE | READ_DIR);
	if (s->writable != NULL)
		allow_path(ruleset, s->writable, READ_FILE | WRITE_FILE);
	for (size_t i = 0; i < s->nports && abi >= 4; i++) {
		struct port_attr rule = {ACCESS_NET_CONNECT_TCP, s->ports[i]};
		syscall(__NR_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0);
	}
	good = syscall(__NR_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return good;
}

#elif defined(__OpenBSD__)

bool
sandbox_enter(const struct sandbox *s)
{
	return pledge(s->writable != NULL ? "stdio rpath wpath inet unix dns flock"
					  : "stdio rpath inet unix dns",
		   NULL) == 0;
}

#else

bool
sandbox_enter(const struct sandbox *s)
{
	(void)s;
	return false;
}

#endif
