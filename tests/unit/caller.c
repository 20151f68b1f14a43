/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "caller.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define LIMIT_MS 15000
#define TIMEOUT_MS 10000

struct watch caller_watch;
struct err caller_err;

static bool
give_password(void *arg, struct secret *out, struct err *e)
{
	(void)arg;
	(void)e;
	return secret_set(out, CALLER_PASSWORD, strlen(CALLER_PASSWORD));
}

struct server
caller_server(enum session_tls tls, bool auth)
{
	return (struct server){
	    .tls = tls,
	    .ehlo_name = "me.example",
	    .auth = auth,
	    .user = "user",
	    .password = give_password,
	    .timeout_ms = TIMEOUT_MS,
	    .reply_timeout_ms = TIMEOUT_MS,
	    .final_timeout_ms = TIMEOUT_MS,
	};
}

struct session *
caller_open(const struct server *srv)
{
	watch_init(&caller_watch);
	err_clear(&caller_err);
	return session_open(srv, clock_mono_ms() + LIMIT_MS, &caller_watch.trace, &caller_err);
}

const char *
caller_stages(void)
{
	static const char failed[] = " failed";
	static char out[256];
	const char *p = caller_watch.text, *end;
	size_t n = 0, len = sizeof(failed) - 1;

	out[0] = '\0';
	for (; *p != '\0'; p = end + 1) {
		end = strchr(p, '\n');
		if (*p != '=')
			continue;
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%.*s%s", n > 0 ? " " : "",
		    (int)strcspn(p + 1, " "), p + 1,
		    (size_t)(end - p) > len && memcmp(end - len, failed, len) == 0 ? "!" : "");
	}
	return out;
}
