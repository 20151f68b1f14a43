/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_table.h"

#include <inttypes.h>
#include <stdint.h>

#include "base/str.h"
#include "cli/outcome.h"
#include "cli/reason.h"

#define ADDR_MAX 40 /* columns that addresses may take from the reasons */
#define STATUS_COLUMNS 10

static void
add_size(struct buf *out, uint64_t n)
{
	static const char *const units[] = {"KB", "MB", "GB"};
	size_t unit = 0;
	double x = (double)n / 1024;

	if (n < 1024) {
		(void)buf_addf(out, "%" PRIu64 " B", n);
		return;
	}
	for (; x >= 1000 && unit < 2; unit++)
		x /= 1024;
	(void)buf_addf(out, "%.*f %s", x < 10 ? 1 : 0, x, units[unit]);
}

/* "smtp.example.org:465 as ann, 182 KB" */
static void
add_head(const struct report *r, struct buf *out)
{
	const char *server = NULL;

	for (size_t i = 0; server == NULL && i < r->env->nrcpts; i++)
		server = r->env->rcpts[i].server;
	(void)buf_adds(out,
	    server != NULL           ? server
		: r->account != NULL ? r->account->name
				     : "no account");
	if (r->account != NULL && r->account->auth && r->account->user != NULL)
		(void)buf_addf(out, " as %s", r->account->user);
	(void)buf_adds(out, ", ");
	add_size(out, r->env->facts.size);
	(void)buf_addc(out, '\n');
}

/* The status as a person reads it: trouble in capitals, so that it shows without colour. */
static const char *
word_of(const struct rcpt *r, bool dry_run, enum ui_paint *paint)
{
	switch (r->state) {
	case RCPT_SENT:
		*paint = UI_GOOD;
		return dry_run ? "accepted" : "sent";
	case RCPT_REFUSED:
		*paint = UI_BAD;
		return "REFUSED";
	case RCPT_UNKNOWN:
		*paint = UI_BAD;
		return "UNKNOWN";
	case RCPT_QUEUED:
	case RCPT_PENDING:
		break;
	}
	*paint = UI_WARN;
	return outcome_status(r, dry_run);
}

static void
add_padding(struct buf *out, size_t have, size_t want)
{
	(void)buf_addf(out, "%*s", have < want ? (int)(want - have) : 0, "");
}

static void
add_row(const struct report *r, const struct rcpt *rcpt, size_t addr_columns, struct buf *out)
{
	enum ui_paint paint;
	const char *word = word_of(rcpt, r->dry_run, &paint);
	size_t indent = 2 + addr_columns + 2 + STATUS_COLUMNS;
	size_t room = r->ui->out_tty && r->ui->width > indent + 20 ? r->ui->width - indent
								   : SIZE_MAX;
	struct buf words;

	buf_init(&words, SIZE_MAX);
	(void)buf_addf(out, "  %s", rcpt->addr);
	add_padding(out, ui_columns(rcpt->addr), addr_columns);
	(void)buf_adds(out, "  ");
	ui_painted(out, r->ui->out_color, paint, word);
	add_padding(out, ui_columns(word), STATUS_COLUMNS);
	if (rcpt->why != NULL)
		reason_words(rcpt->why, &words);
	ui_wrapped(out, buf_str(&words), indent, room);
	buf_done(&words);
}

void
report_table_format(const struct report *r, struct buf *out)
{
	size_t columns = 0;

	for (size_t i = 0; i < r->env->nrcpts; i++) {
		size_t n = ui_columns(r->env->rcpts[i].addr);

		if (n > columns && n <= ADDR_MAX)
			columns = n;
	}
	add_head(r, out);
	for (size_t i = 0; i < r->env->nrcpts; i++)
		add_row(r, &r->env->rcpts[i], columns, out);
}

void
report_table_print(const struct report *r)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	report_table_format(r, &b);
	(void)ui_out(&b);
	buf_done(&b);
}
