/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/transcript.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/reason.h"
#include "cli/report_json.h"

#define PROGRESS_MIN ((uint64_t)1024 * 1024) /* smaller messages are gone before one can look */
#define REDRAW_MS 200

/* "250-SIZE 1000": another line of the same reply follows (RFC 5321 4.2.1). */
static bool
goes_on(const char *text, size_t n)
{
	return n > 3 && text[3] == '-';
}

void
transcript_format_line(struct transcript *t, enum trace_dir dir, bool encrypted, const char *text,
    size_t n, int64_t ms, struct buf *out)
{
	static const char *const marks[2][3] = {
	    [false] = {[TRACE_IN] = "<-", [TRACE_OUT] = "->", [TRACE_NOTE] = "--"},
	    [true] = {[TRACE_IN] = "<=", [TRACE_OUT] = "=>", [TRACE_NOTE] = "=="},
	};

	if (dir == TRACE_IN && t->in_reply)
		(void)buf_addf(out, "%16s", "");
	else
		(void)buf_addf(out, "%7" PRId64 " ms  %s  ", ms, marks[encrypted][dir]);
	str_escape(out, text, n, 0);
	(void)buf_addc(out, '\n');
	t->in_reply = dir == TRACE_IN && goes_on(text, n);
}

void
transcript_format_stage(const struct transcript *t, const struct trace_stage *s, int64_t ms,
    struct buf *out)
{
	const char *name = err_stage_name(s->stage), *detail = s->detail != NULL ? s->detail : "";

	(void)buf_addf(out, "%7" PRId64 " ms  ", ms);
	if (s->err != NULL) {
		(void)buf_addf(out, "%-8s  failed: ", name);
		reason_words(s->err, out);
	} else if (detail[0] != '\0') {
		(void)buf_addf(out, "%-8s  ", name);
		str_escape(out, detail, strlen(detail), 0);
	} else {
		(void)buf_adds(out, name);
	}
	if (s->cert_name != NULL && s->cert_name[0] != '\0' && s->cert_expires != NULL)
		(void)buf_addf(out, ", %s, valid until %.10s", s->cert_name, s->cert_expires);
	if (t->timing)
		(void)buf_addf(out, " (took %" PRId64 " ms)", s->ms);
	(void)buf_addc(out, '\n');
}

/* Takes the line of the progress away. */
static void
clear_progress(struct transcript *t, struct buf *out)
{
	if (t->on_line)
		(void)buf_adds(out, "\r\033[K");
	t->on_line = false;
}

static void
on_line(void *arg, enum trace_dir dir, bool encrypted, const char *text, size_t n)
{
	struct transcript *t = arg;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	clear_progress(t, &b);
	transcript_format_line(t, dir, encrypted, text, n, clock_mono_ms() - t->started, &b);
	ui_err(&b);
	buf_done(&b);
}

static void
on_stage(void *arg, const struct trace_stage *s)
{
	struct transcript *t = arg;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	clear_progress(t, &b);
	if (!t->ui->json && (t->ui->verbose > 0 || t->timing))
		transcript_format_stage(t, s, clock_mono_ms() - t->started, &b);
	ui_err(&b);
	if (t->ui->json)
		report_json_stage(s, &b);
	(void)ui_out(&b);
	buf_done(&b);
}

static void
on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct transcript *t = arg;
	int64_t now = clock_mono_ms();
	struct buf b;

	if (total < PROGRESS_MIN || (t->on_line && done < total && now - t->drawn < REDRAW_MS))
		return;
	buf_init(&b, SIZE_MAX);
	(void)buf_addf(&b, "\r\033[Ksending: %" PRIu64 " of %" PRIu64 " MB", done >> 20,
	    total >> 20);
	t->on_line = true;
	t->drawn = now;
	if (done >= total)
		clear_progress(t, &b);
	ui_err(&b);
	buf_done(&b);
}

void
transcript_init(struct transcript *t, const struct ui *ui, bool timing)
{
	bool stages = ui->verbose > 0 || timing;
	bool draws = ui->err_tty && !ui->sendmail && !ui->quiet && !ui->json;

	*t = (struct transcript){.ui = ui, .timing = timing, .started = clock_mono_ms()};
	t->hooks = (struct trace){
	    .line = ui->verbose > 1 ? on_line : NULL,
	    .stage = stages || draws ? on_stage : NULL,
	    .progress = draws ? on_progress : NULL,
	    .arg = t,
	};
}
