/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mailer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

struct mailer fx;

static ssize_t
read_body(void *arg, void *out, size_t n, uint64_t off)
{
	const struct mailer *f = arg;

	if (f->fails > 0 && off + n > f->fails) {
		errno = EIO;
		return -1;
	}
	if (off + n > f->t.body.size)
		n = (size_t)(f->t.body.size - off);
	if (f->body != NULL)
		memcpy(out, f->body + off, n);
	else
		memset(out, 'x', n);
	return (ssize_t)n;
}

static bool
on_sending(void *arg, size_t first, size_t n, struct err *e)
{
	struct mailer *f = arg;

	assert_int_equal(first, f->t.first);
	assert_int_equal(n, f->t.n);
	f->hooks[strlen(f->hooks)] = 's';
	if (f->refuse_sending)
		return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "no space");
	return true;
}

const char *
mailer_fates(void)
{
	static const char states[] = "PSQRU", classes[] = "nugrmcl";
	static char out[512];
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < fx.env.nrcpts && i < 8; i++) {
		const struct rcpt *r = &fx.env.rcpts[i];

		if (r->why == NULL)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%c--", i > 0 ? " " : "",
			    states[r->state]);
		else
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%c%d%c",
			    i > 0 ? " " : "", states[r->state], r->why->code,
			    classes[r->why->class]);
	}
	return out;
}

static void
on_settled(void *arg, size_t first, size_t n)
{
	struct mailer *f = arg;

	assert_int_equal(first, f->t.first);
	assert_int_equal(n, f->t.n);
	f->hooks[strlen(f->hooks)] = 'd';
	(void)snprintf(f->settled, sizeof(f->settled), "%s", mailer_fates());
	f->settled_len = f->w.len;
}

static const struct transaction_hooks hooks = {on_sending, on_settled, &fx};

void
mailer_set_up(const char *caps, bool lmtp, const char *const *script)
{
	static const char *lines[MAILER_LINES + 8];
	static char answer[1024];
	struct server srv = {
	    .tls = SESSION_TLS_OFF,
	    .ehlo_name = "me.example",
	    .lmtp = lmtp,
	    .timeout_ms = 10000,
	    .reply_timeout_ms = 10000,
	    .final_timeout_ms = 10000,
	};
	size_t n = 0;

	memset(&fx, 0, sizeof(fx));
	(void)snprintf(answer, sizeof(answer), "R 250-x\r\n%s250 HELP\r\n", caps);
	lines[n++] = "S 220 hello";
	lines[n++] = lmtp ? "C LHLO me.example" : "C EHLO me.example";
	lines[n++] = answer;
	for (size_t i = 0; script[i] != NULL; i++)
		lines[n++] = script[i];
	lines[n] = NULL;
	peer_listen(&fx.peer, lines);
	srv.socket = fx.peer.path;
	watch_init(&fx.w);
	fx.session = session_open(&srv, clock_mono_ms() + 15000, &fx.w.trace, &fx.e);
	if (fx.session == NULL)
		fail_msg("no session: %s", fx.e.text);
	err_clear(&fx.e);
	envelope_init(&fx.env);
	fx.env.from = "s@a.example";
	fx.body = MAILER_MESSAGE;
	fx.t = (struct transaction){.env = &fx.env,
	    .body = {read_body, &fx, strlen(MAILER_MESSAGE)}};
	fx.t.started = clock_mono_ms();
	fx.w.len = 0;
}

void
mailer_add_rcpts(size_t n)
{
	char addr[64];

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(addr, sizeof(addr), "r%zu@b.example", i);
		(void)envelope_add(&fx.env, addr);
	}
	fx.t.n = fx.env.nrcpts;
}

bool
mailer_run(void)
{
	bool good;

	peer_sends = 0;
	good = transaction_run(fx.session, &fx.t, &hooks, &fx.e);
	fx.sends = peer_sends;
	return good;
}

void
mailer_tear_down(void)
{
	session_close(fx.session);
	envelope_done(&fx.env);
	peer_finish(&fx.peer);
}
