/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/ui.h"

#define BIG ((uint64_t)1024 * 1024) /* smaller messages are gone before one can look */
#define SLOW_MS 1000                /* a stage that is worth a word */
#define TELL_MS 100                 /* between two records of octets */
#define IDLE_MS 3000                /* no octet since: that is news */
#define ERASE "\r\033[K"

/* One write(2) and one read(2) each. */
_Static_assert(sizeof(struct progress_news) <= _POSIX_PIPE_BUF, "a record is written in one piece");

void
progress_init(struct progress *p, bool on)
{
	*p = (struct progress){.on = on, .pipe = {-1, -1}};
	/* nobody waits for the other side: what does not fit is old news */
	if (on && pipe2(p->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		p->on = false;
}

void
progress_done(struct progress *p)
{
	progress_clear(p);
	for (size_t i = 0; i < 2; i++)
		if (p->pipe[i] >= 0)
			close(p->pipe[i]);
	p->pipe[0] = p->pipe[1] = -1;
	p->on = false;
}

/* ---- the network process */

static void
tell(const struct progress *p)
{
	const struct progress_news record = p->news;
	/* not file_write, which waits until there is room */
	ssize_t n = p->on ? write(p->pipe[1], &record, sizeof record) : 0;

	(void)n;
}

static bool
goes_on(const struct progress_news *n, const struct trace_begin *b)
{
	return n->stage == b->stage && b->addr != NULL && strcmp(n->server, b->server) == 0;
}

void
progress_begin(struct progress *p, const struct trace_begin *b)
{
	struct progress_news *n = &p->news;

	if (!goes_on(n, b)) {
		*n = (struct progress_news){.stage = b->stage, .since = clock_mono_ms()};
		(void)snprintf(n->server, sizeof n->server, "%s", b->server);
	}
	n->until = b->until;
	(void)snprintf(n->addr, sizeof n->addr, "%s", b->addr != NULL ? b->addr : "");
	p->told = 0;
	tell(p);
}

void
progress_octets(struct progress *p, uint64_t done, uint64_t total)
{
	int64_t now = clock_mono_ms();

	p->news.done = done;
	p->news.total = total;
	if (now - p->told < TELL_MS && done < total)
		return;
	p->told = now;
	tell(p);
}

void
progress_stop(struct progress *p)
{
	p->news.stage = STAGE_NONE;
	tell(p);
}

void
progress_wipe(const struct progress *p, struct buf *out)
{
	if (p->on)
		(void)buf_adds(out, ERASE);
}

/* ---- words */

/* "smtp.example.org 192.0.2.7:465" */
static void
add_server(const struct progress_news *n, struct buf *out)
{
	const char *port = strrchr(n->server, ':');
	size_t host = port != NULL ? (size_t)(port - n->server) : strlen(n->server);

	if (n->addr[0] == '\0' || strncmp(n->addr, n->server, host) == 0)
		(void)buf_adds(out, n->server);
	else
		(void)buf_addf(out, "%.*s %s", (int)host, n->server, n->addr);
}

static void
add_times(const struct progress_news *n, int64_t now, struct buf *out)
{
	(void)buf_addf(out, ", %" PRId64 " s", (now - n->since) / 1000);
	if (n->until > n->since)
		(void)buf_addf(out, " of %" PRId64 " s", (n->until - n->since) / 1000);
}

static void
add_rate(double rate, struct buf *out)
{
	if (rate >= 1024 * 1024)
		(void)buf_addf(out, "%.1f MB/s", rate / 1024 / 1024);
	else
		(void)buf_addf(out, "%.0f KB/s", rate / 1024);
}

static void
add_left(double seconds, struct buf *out)
{
	if (seconds < 100)
		(void)buf_addf(out, "%.0f s left", seconds);
	else if (seconds < 100 * 60)
		(void)buf_addf(out, "%.0f min left", seconds / 60);
	else
		(void)buf_addf(out, "%.0f h left", seconds / 3600);
}

/* "sending 12.0 of 40.2 MB (30%), 1.2 MB/s, 23 s left": by the whole so far, which jumps least. */
static void
add_octets(const struct progress_news *n, int64_t now, int64_t idle_ms, struct buf *out)
{
	uint64_t percent = n->total > 0 ? n->done * 100 / n->total : 0;
	double rate = 0;

	if (now - n->since >= SLOW_MS)
		rate = (double)n->done * 1000 / (double)(now - n->since);
	(void)buf_addf(out, "sending %.1f of %.1f MB (%" PRIu64 "%%)",
	    (double)n->done / 1024 / 1024, (double)n->total / 1024 / 1024, percent);
	if (idle_ms >= IDLE_MS) {
		(void)buf_addf(out, ", stopped for %" PRId64 " s", idle_ms / 1000);
	} else if (rate > 0) {
		(void)buf_adds(out, ", ");
		add_rate(rate, out);
		(void)buf_adds(out, ", ");
		add_left((double)(n->total - n->done) / rate, out);
	}
}

void
progress_words(const struct progress_news *n, int64_t now, int64_t idle_ms, struct buf *out)
{
	static const struct {
		const char *before, *after;
	} words[STAGE_MAX] = {
	    [STAGE_CONNECT] = {"connecting to ", ""},
	    [STAGE_TLS] = {"setting up TLS with ", ""},
	    [STAGE_GREETING] = {"waiting for ", " to greet"},
	    [STAGE_EHLO] = {"waiting for ", " to say what it offers"},
	    [STAGE_AUTH] = {"logging in to ", ""},
	    [STAGE_RCPT] = {"asking ", " about the recipients"},
	    [STAGE_DATA] = {"sending to ", ""},
	    [STAGE_FINAL] = {"waiting for ", " to accept the message"},
	};

	if (n->stage == STAGE_DATA && n->total >= BIG) {
		add_octets(n, now, idle_ms, out);
		return;
	}
	if (now - n->since < SLOW_MS || n->stage >= STAGE_MAX || words[n->stage].before == NULL)
		return;
	(void)buf_adds(out, words[n->stage].before);
	add_server(n, out);
	(void)buf_adds(out, words[n->stage].after);
	add_times(n, now, out);
}

/* ---- the parent */

/* All that has come; the last one counts. */
static void
read_news(struct progress *p, int64_t now)
{
	struct progress_news next, last = p->news;
	bool any = false;

	while (read(p->pipe[0], &next, sizeof next) == (ssize_t)sizeof next) {
		last = next;
		any = true;
	}
	if (!any)
		return;
	/* the process that speaks to strangers may have been taken over by one */
	last.server[sizeof last.server - 1] = last.addr[sizeof last.addr - 1] = '\0';
	if (last.done > last.total)
		last.done = last.total;
	if (last.stage != p->news.stage || last.done != p->news.done)
		p->moved = now;
	p->news = last;
}

/* No wider than the terminal: a line that wraps cannot be taken away. */
static void
draw(struct progress *p, const char *words)
{
	size_t room = ui_terminal_width(STDERR_FILENO) - 1;
	struct buf line;

	buf_init(&line, SIZE_MAX);
	(void)buf_adds(&line, ERASE);
	str_escape(&line, words, strnlen(words, room), 0);
	/* nothing new: no flicker */
	if (strcmp(p->line, buf_str(&line)) != 0) {
		(void)snprintf(p->line, sizeof p->line, "%s", buf_str(&line));
		ui_err(&line);
	}
	buf_done(&line);
}

void
progress_draw(struct progress *p)
{
	int64_t now = clock_mono_ms();
	struct buf words;

	if (!p->on)
		return;
	read_news(p, now);
	buf_init(&words, SIZE_MAX);
	progress_words(&p->news, now, now - p->moved, &words);
	if (words.len > 0)
		draw(p, buf_str(&words));
	else
		progress_clear(p);
	buf_done(&words);
}

void
progress_draw_wait(struct progress *p, int64_t left_ms)
{
	struct buf words;

	if (!p->on)
		return;
	p->news.stage = STAGE_NONE;
	buf_init(&words, SIZE_MAX);
	(void)buf_addf(&words, "waiting, next try in %" PRId64 " s", (left_ms + 999) / 1000);
	draw(p, buf_str(&words));
	buf_done(&words);
}

void
progress_clear(struct progress *p)
{
	struct buf b;

	if (p->line[0] == '\0')
		return;
	buf_init(&b, 64);
	(void)buf_adds(&b, ERASE);
	ui_err(&b);
	buf_done(&b);
	p->line[0] = '\0';
}
