/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/log_print.h"

#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "queue/spool.h"

#define TO_WIDTH 28
#define TEXT_AT (19 + 2 + 6 + 2 + 8 + 2 + TO_WIDTH + 2) /* where the words begin */
#define TEXT_MIN 20                                     /* columns worth wrapping into */

void
log_print_head(struct buf *out)
{
	(void)buf_addf(out, "%-19s  %-6s  %-8s  %-*s  %s\n", "TIME", "ID", "STATUS", TO_WIDTH, "TO",
	    "REASON");
}

static void
pad(struct buf *out, const char *text, size_t width)
{
	size_t n = ui_columns(text);

	(void)buf_adds(out, text);
	(void)buf_addf(out, "%*s", n < width ? (int)(width - n) : 0, "");
}

/* Whom it is about; of a message that came in, how many. */
static const char *
to_words(struct arena *mem, const struct log_record *r)
{
	const char *to = log_record_get(mem, r, "to"), *n = logline_get(&r->fields, "nrcpt");

	if (to != NULL)
		return to[0] != '\0' ? to : "<>";
	if (n != NULL)
		return arena_printf(mem, "%s recipient%s", n, str_eq(n, "1") ? "" : "s");
	return "";
}

static void
add_size(const struct log_record *r, struct buf *out)
{
	const char *size = logline_get(&r->fields, "size");
	uint64_t n;

	if (size != NULL && str_u64(size, 0, UINT64_MAX, &n))
		(void)buf_addf(out, ", %llu KB", (unsigned long long)(n / 1024 + (n % 1024 > 0)));
}

static void
add_user(const struct log_record *r, const char *before, struct buf *out)
{
	const char *user = logline_get(&r->fields, "user"), *uid = logline_get(&r->fields, "uid");

	if (user != NULL)
		(void)buf_addf(out, "%sby %s", before, user);
	else if (uid != NULL)
		(void)buf_addf(out, "%sby uid %s", before, uid);
}

/* "550 5.1.1 No such user", and what else is worth a word. */
static void
add_words(struct arena *mem, const struct log_record *r, struct buf *out)
{
	static const char *const keys[] = {"code", "enhanced", "text"};
	const char *told = log_record_get(mem, r, "told"), *from = log_record_get(mem, r, "from");
	const char *reason = logline_get(&r->fields, "reason");
	size_t before = out->len;
	bool colon;

	if (str_eq(r->status->word, "received") && from != NULL) {
		(void)buf_addf(out, "from %s", from[0] != '\0' ? from : "<>");
		add_size(r, out);
		add_user(r, ", ", out);
		return;
	}
	if (told != NULL)
		(void)buf_addf(out, "%s was told", told);
	else if (reason != NULL)
		(void)buf_addf(out, "%s", reason);
	else
		add_user(r, "", out);
	colon = out->len > before;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = logline_get(&r->fields, keys[i]);

		if (value != NULL)
			(void)buf_addf(out, "%s%s",
			    colon                   ? ": "
				: out->len > before ? " "
						    : "",
			    value);
		colon = colon && value == NULL;
	}
}

void
log_print_text(const struct ui *ui, struct arena *mem, const struct log_record *r, struct buf *out)
{
	const char *id = logline_get(&r->fields, "id");
	char when[24], shown[ENTRY_ID_MAX] = "";
	size_t room = SIZE_MAX;
	struct buf words;

	if (ui->out_tty && ui->width > TEXT_AT + TEXT_MIN)
		room = ui->width - TEXT_AT;
	if (id != NULL)
		spool_short_id(id, shown);
	clock_local(r->at_ms, when, sizeof(when));
	(void)buf_addf(out, "%-19s  %-6s  ", when, shown);
	ui_painted(out, ui->out_color, r->status->paint, r->status->word);
	(void)buf_addf(out, "%*s  ", 8 - (int)strlen(r->status->word), "");
	buf_init(&words, SIZE_MAX);
	add_words(mem, r, &words);
	/* nothing stands behind the last word */
	pad(out, to_words(mem, r), words.len > 0 ? TO_WIDTH : 0);
	if (words.len > 0)
		(void)buf_adds(out, "  ");
	if (words.len > 0)
		ui_wrapped(out, buf_str(&words), TEXT_AT, room);
	else
		(void)buf_addc(out, '\n');
	buf_done(&words);
}

static bool
is_number(const char *key)
{
	static const char *const keys[] = {"code", "ms", "size", "nrcpt", "uid"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_eq(key, keys[i]))
			return true;
	return false;
}

/* Ours come first, and a line cannot change them. */
static bool
is_taken(const char *key)
{
	static const char *const keys[] = {"v", "event", "time", "program", "pid"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_eq(key, keys[i]))
			return true;
	return false;
}

void
log_print_json(struct arena *mem, const struct log_record *r, struct buf *out)
{
	struct json *j = json_new();
	char when[24];
	uint64_t n;

	clock_rfc3339(r->at_ms, when, sizeof(when));
	json_int(j, "v", 1);
	json_str(j, "event", "log");
	json_str(j, "time", when);
	json_str(j, "program", r->program);
	if (r->pid > 0)
		json_int(j, "pid", (int64_t)r->pid);
	for (size_t i = 0; i < r->fields.n; i++) {
		const char *key = r->fields.items[i].key;
		const char *value = log_record_get(mem, r, key);

		if (is_taken(key))
			continue;
		if (is_number(key) && str_u64(value, 0, INT64_MAX, &n))
			json_int(j, key, (int64_t)n);
		else
			json_str(j, key, value);
	}
	json_line(j, out);
}
