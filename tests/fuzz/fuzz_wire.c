/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What any program writes, taken in and sent to a server that minds everything: by BDAT, by DATA,
 * and to one that offers nothing. No fault is found on the wire, what arrives is what the
 * manual makes of the input, and nothing is refused but for a NUL that no encoding helps, or what
 * the server lacks. The first octet chooses the server; each is a process that stays.
 */
#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../unit/sink.h"
#include "../unit/wanted.h"
#include "base/clock.h"
#include "deliver/intake.h"
#include "fuzz.h"
#include "smtp/transaction.h"

#define PATIENCE_MS 8000

struct sink {
	struct session *session;
	struct sink_seen *seen;
};

static char folder[] = "/tmp/postrider-wire-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[sizeof(folder) + 16];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static struct config *
load(void)
{
	static const char text[] = "[account a]\nhost = h.example\nfrom = me@a.example\n";
	struct config_request req;
	struct diags d = {.n = 0};
	struct config *c;
	int fd;

	assert(mkdtemp(folder) != NULL);
	assert(setenv("HOME", folder, 1) == 0);
	fd = open(path_of("conf"), O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert(write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1 && close(fd) == 0);
	req = (struct config_request){.file = path_of("conf")};
	c = config_load(&req, &d);
	assert(c != NULL);
	diags_done(&d);
	(void)unlink(path_of("conf"));
	return c;
}

static _Noreturn void
serve(int listener, unsigned offers, struct sink_seen *seen)
{
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);
	fd = accept(listener, NULL, NULL);
	sink_serve(fd, offers, seen);
	_exit(0);
}

static void
start(struct sink *k, unsigned offers)
{
	static const struct trace silent;
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct server srv = {.socket = sun.sun_path,
	    .tls = SESSION_TLS_OFF,
	    .ehlo_name = "me.example",
	    .timeout_ms = PATIENCE_MS,
	    .reply_timeout_ms = PATIENCE_MS,
	    .final_timeout_ms = PATIENCE_MS};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct err e;
	pid_t pid;

	k->seen = mmap(NULL, sizeof(*k->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	assert(k->seen != MAP_FAILED);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path_of("socket"));
	assert(bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 && listen(fd, 1) == 0);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0)
		serve(fd, offers, k->seen);
	(void)close(fd);
	k->session = session_open(&srv, clock_mono_ms() + PATIENCE_MS, &silent, &e);
	assert(k->session != NULL);
	(void)unlink(sun.sun_path);
}

static const struct sink *
sink(unsigned number)
{
	static const unsigned offers[] = {SINK_ALL, SINK_ALL & ~(unsigned)SINK_CHUNKING, 0};
	static struct sink sinks[3];
	struct sink *k = &sinks[number % 3];

	if (k->session == NULL)
		start(k, offers[number % 3]);
	return k;
}

static ssize_t
read_entry(void *arg, void *data, size_t n, uint64_t off)
{
	return entry_read(arg, data, n, off);
}

/* false: the server lacks what it needs. */
static bool
send_it(const struct sink *k, struct entry *en)
{
	struct envelope *env = entry_envelope(en);
	struct transaction t = {.env = env,
	    .n = env->nrcpts,
	    .body = {read_entry, en, env->facts.size},
	    .started = clock_mono_ms()};
	static const struct transaction_hooks none;
	struct err e;

	session_limit(k->session, clock_mono_ms() + PATIENCE_MS);
	if (!session_reset(k->session) || !transaction_run(k->session, &t, &none, &e)) {
		(void)fprintf(stderr, "%s; %s\n", e.text, k->seen->fault);
		abort();
	}
	if (env->rcpts[0].state == RCPT_SENT)
		return true;
	assert(strncmp(env->rcpts[0].why->status, "5.6.", 4) == 0);
	return false;
}

static void
check(const struct sink *k, const char *input, size_t n)
{
	const char *said = k->seen->fault[0] != '\0'
	    ? k->seen->fault
	    : wanted_compare(k->seen->text, k->seen->size, input, n);

	if (said == NULL)
		return;
	(void)fprintf(stderr, "%s\n%.*s\n", said, (int)k->seen->size, k->seen->text);
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const to[] = {"bob@b.example"};
	static struct config *config;
	const char *input = (const char *)data + 1;
	struct intake in = {.rcpts = to, .nrcpts = 1, .text = input, .text_len = n - 1};
	struct intake_result out;
	const struct sink *k;
	struct err e;
	bool sent;

	if (n == 0)
		return 0;
	if (config == NULL)
		config = load();
	in.config = config;
	k = sink(data[0]);
	if (!intake_run(&in, &out, &e)) {
		assert(e.class == ERR_MESSAGE);
		/* 5.4.6: it has come around too often */
		assert(wanted_is_refused(input, n - 1) || strcmp(e.status, "5.4.6") == 0);
		return 0;
	}
	assert(!wanted_is_refused(input, n - 1));
	sent = send_it(k, out.entry);
	entry_close(out.entry);
	if (sent)
		check(k, input, n - 1);
	return 0;
}
