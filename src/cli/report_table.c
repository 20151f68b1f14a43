/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/report_table.h"

#include <inttypes.h>
#include <stdint.h>

#include "base/str.h"
#include "cli/outcome.h"
#include "cli/reason.h"

#define ADDR_MAX 40 /* columns that addresses may take from the reasons */
#define STATUS_COLUMNS 10
#define REASON_MIN 20 /* columns that reasons need; else the table is not as wide */

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

/* Where the columns stand. */
struct columns {
	size_t addr;   /* of the addresses; 0: each stands on a line of its own */
	size_t status; /* where the status begins */
};

static struct columns
choose_columns(const struct report *r)
{
	struct columns c = {0, 0};

	for (size_t i = 0; i < r->env->nrcpts; i++) {
		size_t n = ui_columns(r->env->rcpts[i].addr);

		if (n > c.addr && n <= ADDR_MAX)
			c.addr = n;
	}
	c.status = 2 + c.addr + 2;
	if (r->ui->out_tty && c.status + STATUS_COLUMNS + REASON_MIN > r->ui->width)
		c = (struct columns){0, 4};
	return c;
}

static void
add_row(const struct report *r, const struct rcpt *rcpt, const struct columns *c, struct buf *out)
{
	enum ui_paint paint;
	const char *word = word_of(rcpt, r->dry_run, &paint);
	size_t addr = ui_columns(rcpt->addr), indent = c->status + STATUS_COLUMNS;
	size_t room = r->ui->out_tty && r->ui->width > indent ? r->ui->width - indent : SIZE_MAX;
	struct buf words;

	buf_init(&words, SIZE_MAX);
	(void)buf_addf(out, "  %s", rcpt->addr);
	if (addr > c->addr)
		(void)buf_addc(out, '\n');
	add_padding(out, addr > c->addr ? 0 : 2 + addr, c->status);
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
	const struct columns c = choose_columns(r);

	add_head(r, out);
	for (size_t i = 0; i < r->env->nrcpts; i++)
		add_row(r, &r->env->rcpts[i], &c, out);
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
