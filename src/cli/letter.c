/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/letter.h"

#include <string.h>

#include "base/str.h"
#include "cli/attach.h"
#include "cli/charset.h"
#include "cli/textarg.h"
#include "message/fixup.h"
#include "message/flowed.h"
#include "message/parts.h"

#define CONVERTED_MAX (4 * TEXTARG_MAX) /* no charset takes more octets in UTF-8 */

struct letter {
	struct arena *mem;
	const struct letter_want *want;
	const char *charset; /* of what stands on the command line, NULL: nobody says */
	struct buf body, html;
	struct part text_part, html_part;
	struct attach *files; /* attachments, then inlines */
	size_t nfiles;
	struct part *file_parts;
	struct parts_want layout;
	struct parts *parts;
	struct err trouble;
};

struct letter *
letter_new(struct arena *mem)
{
	struct letter *l = arena_alloc(mem, sizeof *l);

	l->mem = mem;
	buf_init(&l->body, CONVERTED_MAX);
	buf_init(&l->html, CONVERTED_MAX);
	err_clear(&l->trouble);
	return l;
}

void
letter_free(struct letter *l)
{
	for (size_t i = 0; i < l->nfiles; i++)
		attach_close(&l->files[i]);
	parts_free(l->parts);
	buf_done(&l->body);
	buf_done(&l->html);
}

const struct err *
letter_trouble(const struct letter *l)
{
	return &l->trouble;
}

ssize_t
letter_read(void *letter, char *chunk, size_t n)
{
	struct letter *l = letter;

	return parts_read(l->parts, chunk, n);
}

/* ---- options that go together, and those that do not */

const char *
letter_option(const struct letter_want *w)
{
	return w->subject != NULL           ? "--subject"
	    : w->body != NULL               ? "--body"
	    : w->html != NULL               ? "--html"
	    : w->attach.n > 0               ? "--attach"
	    : w->inlines.n > 0              ? "--inline"
	    : w->headers.n > 0              ? "--header"
	    : w->added.n > 0                ? "--add-header"
	    : w->reply_to.n > 0             ? "--reply-to"
	    : w->charset != NULL            ? "--charset"
	    : w->format != NULL             ? "--format"
	    : w->priority != COMPOSE_UNSAID ? "--priority"
					    : NULL;
}

static size_t
stdin_files(const struct args_list *words)
{
	size_t n = 0;

	for (size_t i = 0; i < words->n; i++)
		n += attach_is_stdin(words->items[i]);
	return n;
}

/* What the text is read from; NULL: there is none, for the HTML or standard input is taken. */
static const char *
body_word(const struct letter_want *w)
{
	if (w->body != NULL)
		return w->body;
	return w->html == NULL && stdin_files(&w->attach) == 0 ? "-" : NULL;
}

static size_t
count_stdin(const struct letter_want *w)
{
	const char *body = body_word(w);

	return (size_t)(body != NULL && textarg_is_stdin(body)) +
	    (size_t)(w->html != NULL && textarg_is_stdin(w->html)) + stdin_files(&w->attach) +
	    stdin_files(&w->inlines);
}

bool
letter_reads_stdin(const struct letter_want *w)
{
	return count_stdin(w) > 0;
}

static bool
check(const struct letter_want *w, const struct compose *c, struct err *e)
{
	static const char *const ours[] = {"MIME-Version", "Content-Type",
	    "Content-Transfer-Encoding"};
	bool whole = w->html != NULL || w->attach.n > 0 ||
	    (w->format != NULL && str_eq(w->format, "flowed"));

	if (count_stdin(w) > 1)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "",
		    "standard input can be read once: '-' is given for more than one thing");
	if (w->inlines.n > 0 && w->html == NULL)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "",
		    "--inline puts a file into the text of --html, and there is none");
	for (size_t i = 0; whole && i < sizeof(ours) / sizeof(ours[0]); i++)
		if (compose_gives(c, ours[i]))
			return err_set(e, ERR_USAGE, STAGE_INPUT, "",
			    "a %s of your own has no place beside --html, --attach and "
			    "--format flowed",
			    ours[i]);
	return w->charset == NULL || charset_check(w->charset, e);
}

/* ---- texts */

/* In UTF-8, if anybody knows how; then *charset says so. */
static bool
load_text(struct letter *l, const char *word, struct buf *out, const char **charset, struct err *e)
{
	struct buf raw;
	bool good;

	buf_init(&raw, TEXTARG_MAX);
	good = textarg_load(word, &raw, e);
	*charset = "utf-8";
	if (!good || (l->want->charset == NULL && str_utf8_valid(buf_str(&raw), raw.len)))
		*out = raw;
	else if (l->want->charset != NULL)
		good = charset_convert(l->want->charset, buf_str(&raw), raw.len, out, e);
	else if (l->charset == NULL ||
	    !charset_convert(l->charset, buf_str(&raw), raw.len, out, NULL)) {
		buf_done(out);
		*out = raw;
		*charset = "unknown-8bit";
	}
	if (out->data != raw.data)
		buf_done(&raw);
	return good;
}

static void
flow(struct letter *l)
{
	struct buf out;

	if (l->want->format == NULL || !str_eq(l->want->format, "flowed"))
		return;
	buf_init(&out, CONVERTED_MAX);
	flowed_add(&out, buf_str(&l->body), l->body.len);
	buf_done(&l->body);
	l->body = out;
	l->text_part.flowed = true;
}

static bool
load_body(struct letter *l, const struct ui *ui, struct err *e)
{
	const char *word = body_word(l->want), *html = l->want->html;

	if (word != NULL) {
		if ((textarg_is_stdin(word) && !textarg_announce(ui, "the text", e)) ||
		    !load_text(l, word, &l->body, &l->text_part.charset, e))
			return false;
		if (l->want->require_body && l->body.len == 0)
			return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.6.0", "the text is empty");
		flow(l);
		l->text_part.type = "text/plain";
		l->text_part.text = buf_str(&l->body);
		l->text_part.text_len = l->body.len;
		l->layout.text = &l->text_part;
	}
	if (html != NULL) {
		if ((textarg_is_stdin(html) && !textarg_announce(ui, "the HTML", e)) ||
		    !load_text(l, html, &l->html, &l->html_part.charset, e))
			return false;
		if (l->want->require_body && l->html.len == 0)
			return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.6.0", "the text is empty");
		l->html_part.type = "text/html";
		l->html_part.text = buf_str(&l->html);
		l->html_part.text_len = l->html.len;
		l->layout.html = &l->html_part;
	}
	return true;
}

/* ---- files */

static bool
open_files(struct letter *l, const struct ui *ui, struct err *e)
{
	const struct letter_want *w = l->want;
	size_t n = w->attach.n + w->inlines.n;
	struct attach_how how = {l->mem, l->charset, false, &l->trouble};

	l->files = arena_alloc(l->mem, (n + 1) * sizeof *l->files);
	l->file_parts = arena_alloc(l->mem, (n + 1) * sizeof *l->file_parts);
	while (l->nfiles < n) {
		size_t i = l->nfiles++;
		const char *word;
		how.inlined = i >= w->attach.n;
		word = how.inlined ? w->inlines.items[i - w->attach.n] : w->attach.items[i];
		if ((attach_is_stdin(word) && !textarg_announce(ui, "the file", e)) ||
		    !attach_open(&l->files[i], &how, word, e))
			return false;
		l->file_parts[i] = l->files[i].part;
	}
	l->layout.files = l->file_parts;
	l->layout.nfiles = w->attach.n;
	l->layout.inlines = l->file_parts + w->attach.n;
	l->layout.ninlines = w->inlines.n;
	return true;
}

/* ---- */

static const char *const *
in_utf8(struct letter *l, const struct args_list *list)
{
	const char **out = arena_alloc(l->mem, (list->n + 1) * sizeof *out);

	for (size_t i = 0; i < list->n; i++)
		out[i] = charset_word(l->mem, l->charset, list->items[i]);
	return out;
}

static void
collect_fields(struct letter *l, struct compose *c)
{
	const struct letter_want *w = l->want;

	*c = (struct compose){
	    .from = w->from != NULL ? charset_word(l->mem, l->charset, w->from) : NULL,
	    .subject = w->subject != NULL ? charset_word(l->mem, l->charset, w->subject) : NULL,
	    .to = in_utf8(l, &w->to),
	    .nto = w->to.n,
	    .cc = in_utf8(l, &w->cc),
	    .ncc = w->cc.n,
	    .reply_to = in_utf8(l, &w->reply_to),
	    .nreply_to = w->reply_to.n,
	    .priority = w->priority,
	    .headers = in_utf8(l, &w->headers),
	    .nheaders = w->headers.n,
	    .added = in_utf8(l, &w->added),
	    .nadded = w->added.n,
	};
}

bool
letter_open(struct letter *l, const struct letter_want *w, const struct ui *ui, struct err *e)
{
	struct compose c;
	struct buf head;
	bool good;

	l->want = w;
	l->charset = w->charset != NULL ? w->charset : charset_of_locale(l->mem);
	collect_fields(l, &c);
	buf_init(&head, FIXUP_HEADER_MAX);
	good = check(w, &c, e) && open_files(l, ui, e) && load_body(l, ui, e) &&
	    compose_header(&c, &head, e);
	l->layout.has_version = compose_gives(&c, "MIME-Version");
	l->layout.has_type = compose_gives(&c, "Content-Type");
	l->layout.has_encoding = compose_gives(&c, "Content-Transfer-Encoding");
	if (good)
		l->parts = parts_new(l->mem, buf_str(&head), &l->layout);
	buf_done(&head);
	return good;
}
