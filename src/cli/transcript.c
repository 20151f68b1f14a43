/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/reason.h"
#include "cli/report_json.h"

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
	if (t->want.timing)
		(void)buf_addf(out, " (took %" PRId64 " ms)", s->ms);
	(void)buf_addc(out, '\n');
}

/* A transcript that cannot be written is lost without changing what becomes of the mail. */
static void
to_file(const struct transcript *t, const struct buf *b)
{
	if (t->want.file >= 0)
		(void)file_write(t->want.file, buf_str(b), b->len);
}

/* In one write, and no part of the progress in front of it. */
static void
to_stderr(const struct transcript *t, const struct buf *text)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	progress_wipe(&t->progress, &b);
	(void)buf_add(&b, buf_str(text), text->len);
	ui_err(&b);
	buf_done(&b);
}

static void
on_line(void *arg, enum trace_dir dir, bool encrypted, const char *text, size_t n)
{
	struct transcript *t = arg;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	transcript_format_line(t, dir, encrypted, text, n, clock_mono_ms() - t->started, &b);
	to_file(t, &b);
	if (t->ui->verbose > 1)
		to_stderr(t, &b);
	buf_done(&b);
}

static void
on_stage(void *arg, const struct trace_stage *s)
{
	struct transcript *t = arg;
	bool shows = t->ui->verbose > 0 || t->want.timing;
	struct buf b;

	progress_stop(&t->progress);
	buf_init(&b, SIZE_MAX);
	transcript_format_stage(t, s, clock_mono_ms() - t->started, &b);
	to_file(t, &b);
	if (!t->ui->json && shows)
		to_stderr(t, &b);
	buf_clear(&b);
	if (t->ui->json && shows) {
		report_json_stage(s, &b);
		(void)ui_out(&b);
	}
	buf_done(&b);
}

static void
on_begin(void *arg, const struct trace_begin *begin)
{
	struct transcript *t = arg;

	progress_begin(&t->progress, begin);
}

static void
on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct transcript *t = arg;

	progress_octets(&t->progress, done, total);
}

/* The callers of sendmail do not ask what a server offers. */
static void
on_note(void *arg, const char *text)
{
	struct transcript *t = arg;
	bool shows = t->ui->verbose > 0 || (!t->ui->sendmail && !t->ui->quiet);
	struct buf b;

	buf_init(&b, SIZE_MAX);
	transcript_format_line(t, TRACE_NOTE, false, text, strlen(text),
	    clock_mono_ms() - t->started, &b);
	to_file(t, &b);
	buf_clear(&b);
	if (t->ui->json) {
		report_json_note(text, &b);
		(void)ui_out(&b);
	} else if (shows) {
		(void)buf_addf(&b, "%s: ", t->ui->program);
		str_escape(&b, text, strlen(text), 0);
		(void)buf_addc(&b, '\n');
		to_stderr(t, &b);
	}
	buf_done(&b);
}

void
transcript_tick(void *transcript, bool hush)
{
	struct transcript *t = transcript;

	if (hush)
		progress_clear(&t->progress);
	else
		progress_draw(&t->progress);
}

void
transcript_waiting(void *transcript, int64_t left_ms, bool first)
{
	struct transcript *t = transcript;
	struct buf b;

	if (t->progress.on) {
		progress_draw_wait(&t->progress, left_ms);
	} else if (first && t->ui->verbose > 0 && !t->ui->json) {
		buf_init(&b, SIZE_MAX);
		(void)buf_addf(&b, "%7" PRId64 " ms  waiting, next try in %" PRId64 " s\n",
		    clock_mono_ms() - t->started, (left_ms + 999) / 1000);
		ui_err(&b);
		buf_done(&b);
	}
}

int
transcript_open(const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	char when[40];
	struct buf b;
	bool good;

	clock_rfc3339(clock_wall_ms(), when, sizeof(when));
	buf_init(&b, 256);
	(void)buf_addf(&b, "--- postrider, %s\n", when);
	good = fd >= 0 && file_write(fd, buf_str(&b), b.len);
	buf_done(&b);
	if (good)
		return fd;
	(void)err_set(e, ERR_LOCAL, STAGE_NONE, "", "cannot write %s: %s", path, strerror(errno));
	e->sysexit = EX_IOERR;
	if (fd >= 0)
		close(fd);
	return -1;
}

void
transcript_init(struct transcript *t, const struct ui *ui, const struct transcript_want *want)
{
	bool stages = ui->verbose > 0 || want->timing, file = want->file >= 0;
	bool draws = ui->err_cursor && !ui->sendmail && !ui->quiet && !ui->json;

	*t = (struct transcript){.ui = ui, .want = *want, .started = clock_mono_ms()};
	progress_init(&t->progress, draws);
	t->hooks = (struct trace){
	    .line = ui->verbose > 1 || file ? on_line : NULL,
	    .stage = stages || draws || file ? on_stage : NULL,
	    .begin = draws ? on_begin : NULL,
	    .progress = draws ? on_progress : NULL,
	    .note = file || ui->verbose > 0 || (!ui->sendmail && !ui->quiet) ? on_note : NULL,
	    .arg = t,
	};
}

void
transcript_done(struct transcript *t)
{
	progress_done(&t->progress);
}
