/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "strict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/clock.h"
#include "peer.h"

struct strict {
	struct peer peer;
	struct session *session;
	struct sink_seen *seen;
	unsigned offers;
};

/* Of the server's process. */
static struct strict *serving;

static const char *
serve(int fd)
{
	sink_serve(fd, serving->offers, serving->seen);
	return NULL;
}

struct strict *
strict_open(unsigned offers)
{
	struct strict *s = calloc(1, sizeof(*s));
	struct server srv = {.tls = SESSION_TLS_OFF, .ehlo_name = "me.example"};
	static const struct trace silent;
	struct err e;

	assert_non_null(s);
	s->offers = offers;
	s->seen = mmap(NULL, sizeof(*s->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	assert_true(s->seen != MAP_FAILED);
	serving = s;
	peer_listen_run(&s->peer, serve);
	srv.socket = s->peer.path;
	srv.timeout_ms = srv.reply_timeout_ms = srv.final_timeout_ms = 15000;
	s->session = session_open(&srv, clock_mono_ms() + 15000, &silent, &e);
	if (s->session == NULL)
		fail_msg("no session: %s", e.text);
	return s;
}

void
strict_close(struct strict *s)
{
	session_close(s->session);
	peer_finish(&s->peer);
	(void)munmap(s->seen, sizeof(*s->seen));
	free(s);
}

struct session *
strict_session(struct strict *s)
{
	return s->session;
}

const struct sink_seen *
strict_seen(const struct strict *s)
{
	return s->seen;
}
