/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/edit.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/putfile.h"
#include "base/str.h"
#include "config/import_write.h"
#include "config/lexer.h"

/* What the lexer found, as lines from 1. */
struct found {
	bool section;
	bool ours; /* a header of our section, or our key */
	int line;
};

struct editor {
	struct arena mem;
	const char *kind, *name, *key;
	struct found *items;
	size_t n;
};

/* ---- lines */

static size_t
line_start(const struct buf *text, int line)
{
	const char *s = buf_str(text);
	size_t off = 0;

	while (--line > 0 && off < text->len) {
		const char *nl = memchr(s + off, '\n', text->len - off);

		off = nl != NULL ? (size_t)(nl - s) + 1 : text->len;
	}
	return off;
}

static int
count_lines(const struct buf *text)
{
	int n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->data[i] == '\n';
	return n + (text->len > 0 && text->data[text->len - 1] != '\n');
}

/* A line that goes on with the value before it. */
static bool
goes_on(const struct buf *text, int line)
{
	size_t off = line_start(text, line), end = line_start(text, line + 1);
	const char *s = buf_str(text);

	if (off >= end || !str_is_blank((unsigned char)s[off]))
		return false;
	while (off < end && str_is_space((unsigned char)s[off]))
		off++;
	return off < end;
}

/* The line behind a pair and what goes on behind it. */
static int
pair_end(const struct buf *text, int line)
{
	int last = count_lines(text);

	do
		line++;
	while (line <= last && goes_on(text, line));
	return line;
}

/* ---- what is there */

static void
on_item(void *arg, const struct lexer_item *item)
{
	struct editor *ed = arg;
	struct found f = {.section = item->section, .line = item->at.line};

	if (item->section)
		f.ours = item->kind != NULL && str_eq(item->kind, ed->kind) &&
		    str_eq(item->name, ed->name);
	else
		f.ours = str_eq(item->name, ed->key);
	ed->items = arena_grow(&ed->mem, ed->items, ed->n, sizeof *ed->items);
	ed->items[ed->n++] = f;
}

static void
scan(struct editor *ed, const struct buf *text)
{
	struct diags ignored = {.n = 0};

	lexer_run(&ed->mem, "", buf_str(text), text->len, on_item, ed, &ignored);
	diags_done(&ignored);
}

/* ---- the change */

static void
replace_lines(struct buf *text, int from, int to, const char *with)
{
	size_t a = line_start(text, from), b = line_start(text, to);
	struct buf out;

	buf_init(&out, SIZE_MAX);
	(void)buf_add(&out, buf_str(text), a);
	if (with != NULL && a > 0 && buf_str(text)[a - 1] != '\n')
		(void)buf_addc(&out, '\n');
	if (with != NULL)
		(void)buf_adds(&out, with);
	(void)buf_add(&out, buf_str(text) + b, text->len - b);
	buf_wipe(text);
	(void)buf_add(text, buf_str(&out), out.len);
	buf_wipe(&out);
	buf_done(&out);
}

static bool
is_crlf(const struct buf *text)
{
	const char *nl = memchr(buf_str(text), '\n', text->len);

	return nl != NULL && nl > buf_str(text) && nl[-1] == '\r';
}

/* "key = value", in quotation marks where blanks at the ends, or quotation marks there, matter. */
static void
add_pair(struct buf *out, const char *key, const char *value)
{
	size_t n = strlen(value);
	bool quoted = n > 0 &&
	    (str_is_blank((unsigned char)value[0]) || str_is_blank((unsigned char)value[n - 1]) ||
		(n > 1 && value[0] == '"' && value[n - 1] == '"'));

	(void)buf_addf(out, "%s = ", key);
	for (size_t i = 0; i < n; i++) {
		if (quoted && i == 0)
			(void)buf_addc(out, '"');
		if (quoted && (value[i] == '"' || value[i] == '\\'))
			(void)buf_addc(out, '\\');
		(void)buf_addc(out, value[i]);
	}
	if (quoted)
		(void)buf_addc(out, '"');
}

/* From the last to the first, so that the numbers of lines before stay true. */
static bool
replace_pairs(const struct editor *ed, struct buf *text, const char *line)
{
	bool inside = false, done = false;
	size_t first = ed->n;

	for (size_t i = 0; i < ed->n; i++) {
		if (ed->items[i].section)
			inside = ed->items[i].ours;
		else if (inside && ed->items[i].ours && first == ed->n)
			first = i;
	}
	for (size_t i = ed->n; i-- > 0 && first < ed->n;) {
		const struct found *f = &ed->items[i];
		size_t head = i;

		while (head > 0 && !ed->items[head].section)
			head--;
		if (f->section || !f->ours || !ed->items[head].section || !ed->items[head].ours)
			continue;
		replace_lines(text, f->line, pair_end(text, f->line), i == first ? line : NULL);
		done = true;
	}
	return done;
}

static void
insert_pair(const struct editor *ed, struct buf *text, const char *line)
{
	int at = 0;
	bool inside = false;

	for (size_t i = 0; i < ed->n; i++) {
		const struct found *f = &ed->items[i];

		if (f->section)
			inside = f->ours;
		if (inside)
			at = f->section ? f->line + 1 : pair_end(text, f->line);
	}
	if (at > 0) {
		replace_lines(text, at, at, line);
		return;
	}
	if (text->len > 0 && text->data[text->len - 1] != '\n')
		(void)buf_addc(text, '\n');
	if (text->len > 0)
		(void)buf_adds(text, is_crlf(text) ? "\r\n" : "\n");
	(void)buf_addf(text, "[%s%s%s]%s", ed->kind, ed->name[0] != '\0' ? " " : "", ed->name,
	    is_crlf(text) ? "\r\n" : "\n");
	(void)buf_adds(text, line);
}

bool
edit_set(struct buf *text, enum schema_section kind, const char *name, const char *key,
    const char *value, struct err *e)
{
	struct editor ed = {.kind = schema_section_name(kind), .name = name, .key = key};
	struct buf line;

	if (value != NULL &&
	    (str_has_ctl(value, strlen(value)) || !str_utf8_valid(value, strlen(value))))
		return err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
		    "the value of %s has line breaks or other octets that cannot stand in a file",
		    key);
	scan(&ed, text);
	buf_init(&line, SIZE_MAX);
	if (value != NULL) {
		add_pair(&line, key, value);
		(void)buf_adds(&line, is_crlf(text) ? "\r\n" : "\n");
	}
	if (!replace_pairs(&ed, text, value != NULL ? buf_str(&line) : NULL) && value != NULL)
		insert_pair(&ed, text, buf_str(&line));
	buf_done(&line);
	arena_done(&ed.mem);
	return true;
}

void
edit_append(struct buf *text, const char *section)
{
	if (text->len > 0 && text->data[text->len - 1] != '\n')
		(void)buf_addc(text, '\n');
	if (text->len > 0)
		(void)buf_addc(text, '\n');
	(void)buf_adds(text, section);
}

/* ---- the file */

bool
edit_save(const struct config_request *how, const char *path, const struct buf *text,
    struct diags *d, struct err *e)
{
	struct config_request want = *how;
	struct arena mem = {NULL};
	struct config *c = NULL;
	bool good = false;

	if (how->file != NULL)
		want.file = path;
	want.draft_of = path;
	want.draft = putfile_draft(&mem, path, text, PUTFILE_REPLACE, e);
	if (want.draft != NULL) {
		c = config_load(&want, d);
		good = c != NULL;
		if (good)
			good = putfile_commit(want.draft, path, PUTFILE_REPLACE, e);
		else
			putfile_drop(want.draft);
	}
	config_free(c);
	arena_done(&mem);
	return good;
}

const char *
edit_target(struct arena *mem, const struct config_request *how, struct err *e)
{
	struct config *c;
	const char *path, *out = NULL;
	bool found, any;

	if (how->file != NULL && how->file[0] != '/') {
		char *here = getcwd(NULL, 0);

		out = here != NULL ? arena_printf(mem, "%s/%s", here, how->file) : NULL;
		if (out == NULL)
			err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
			    "the working directory is not known: %s", strerror(errno));
		free(here);
		return out;
	}
	if (how->file != NULL)
		return how->file;
	c = config_load_rest(how);
	any = config_path(c, 0, &found) != NULL;
	for (size_t i = 0; out == NULL && (path = config_path(c, i, &found)) != NULL; i++)
		if (found)
			out = arena_strdup(mem, path);
	config_free(c);
	/* what is written to a file that is not read is not judged either */
	if (!any)
		err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
		    "POSTRIDER_URL takes the place of every file: unset it, or name the file to change with -C FILE");
	else if (out == NULL && (out = import_write_target(mem)) == NULL)
		err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
		    "no home directory of yours is known: name the file to change with -C FILE");
	return out;
}

bool
edit_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}
