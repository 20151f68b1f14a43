/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/complain.h"

#include <stdint.h>
#include <sysexits.h>

#include "base/json.h"
#include "cli/hint.h"
#include "cli/maillog.h"
#include "cli/report_file.h"
#include "cli/report_json.h"

static void
add_place(const struct diag *d, struct buf *out)
{
	if (d->line > 0)
		(void)buf_addf(out, "%s:%d:%d: ", d->file, d->line, d->column);
	else if (d->file != NULL && d->file[0] != '\0')
		(void)buf_addf(out, "%s: ", d->file);
}

static void
add_source(const struct diag *d, struct buf *out)
{
	int width = d->width > 0 ? d->width : 1;

	if (d->source == NULL)
		return;
	(void)buf_addf(out, "%6d | %s\n", d->line, d->source);
	if (d->column < 1)
		return;
	(void)buf_addf(out, "%6s | %*s", "", d->column - 1, "");
	while (width-- > 0)
		(void)buf_addc(out, '^');
	(void)buf_addc(out, '\n');
}

void
complain_format(const struct ui *ui, const struct diag *d, struct buf *out)
{
	(void)buf_addf(out, "%s: ", ui->program);
	add_place(d, out);
	(void)buf_addf(out, "%s\n", d->text);
	if (ui->sendmail && !ui->err_tty)
		return;
	add_source(d, out);
	if (d->hint != NULL)
		(void)buf_addf(out, "hint: %s\n", d->hint);
}

void
complain_as_error(const struct diags *d, struct err *e)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (d->n > 0) {
		add_place(&d->items[0], &b);
		(void)buf_adds(&b, d->items[0].text);
	}
	if (d->n > 1)
		(void)buf_addf(&b, " (and %zu more finding%s)", d->n - 1, d->n == 2 ? "" : "s");
	err_set(e, ERR_CONFIG, STAGE_CONFIG, "", "%s", buf_str(&b));
	buf_done(&b);
}

static void
print_json(const struct diags *d)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < d->n; i++) {
		const struct diag *x = &d->items[i];
		struct json *j = json_new();

		json_int(j, "v", 1);
		json_str(j, "event", "finding");
		json_str(j, "file", x->file);
		json_int(j, "line", x->line);
		json_int(j, "column", x->column);
		json_str(j, "text", x->text);
		json_str(j, "hint", x->hint);
		json_line(j, &b);
	}
	(void)ui_out(&b);
	buf_done(&b);
}

int
complain_config(const struct ui *ui, const struct diags *d, const char *fate)
{
	struct err e;
	struct buf b;

	complain_as_error(d, &e);
	if (fate != NULL)
		maillog_trouble(&e);
	if (fate != NULL && ui->report_to != NULL) {
		buf_init(&b, SIZE_MAX);
		report_json_format_trouble(&e, EX_CONFIG, &b);
		report_file_write(ui, &b);
		buf_done(&b);
	}
	if (ui->json) {
		print_json(d);
		if (fate != NULL)
			report_json_trouble(&e, EX_CONFIG);
		return EX_CONFIG;
	}
	if (ui->mute)
		return EX_CONFIG;
	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < d->n; i++)
		complain_format(ui, &d->items[i], &b);
	ui_err(&b);
	buf_done(&b);
	if (fate != NULL)
		ui_say(ui, "%s", fate);
	return EX_CONFIG;
}

bool
complain_no_account(const struct config *c, struct err *e)
{
	const char *path;
	bool found;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; (path = config_path(c, i, &found)) != NULL; i++)
		(void)buf_addf(&b, "%s%s (%s)", i > 0 ? ", " : "", path,
		    found ? "there" : "absent");
	err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
	    "no account is configured, so there is no server to send through; looked in: %s",
	    buf_str(&b));
	buf_done(&b);
	return err_hint(e, "no-account");
}
