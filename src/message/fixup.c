/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/fixup.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "message/header.h"
#include "message/repair.h"

struct fixup {
	struct arena *mem;
	struct fixup_opts opts;
	struct fixup_sink sink;
	struct buf head;  /* canonical header lines so far */
	struct buf line;  /* the header line under way */
	struct buf typed; /* dot_ends: the raw line under way */
	struct canon head_canon, body_canon;
	struct facts head_facts, body_facts;
	struct fixup_found found;
	bool in_body, wsp_line, ended;
	struct err *e; /* of the call under way, for the sinks */
};

static bool
on_head(void *arg, const char *data, size_t n)
{
	struct fixup *f = arg;

	return buf_add(&f->line, data, n);
}

static bool
on_body(void *arg, const char *data, size_t n)
{
	struct fixup *f = arg;

	return f->sink.body(f->sink.arg, data, n, f->e);
}

static bool
ignore(void *arg, const char *data, size_t n)
{
	(void)arg;
	(void)data;
	(void)n;
	return true;
}

struct fixup *
fixup_new(struct arena *mem, const struct fixup_opts *opts, const struct fixup_sink *sink)
{
	struct fixup *f = mem_alloc(sizeof *f);

	f->mem = mem;
	f->opts = *opts;
	f->sink = *sink;
	buf_init(&f->head, FIXUP_HEADER_MAX);
	buf_init(&f->line, FIXUP_HEADER_MAX);
	buf_init(&f->typed, FIXUP_HEADER_MAX);
	f->head_facts.utf8 = f->body_facts.utf8 = true;
	canon_init(&f->head_canon, on_head, f, &f->head_facts);
	canon_init(&f->body_canon, on_body, f, &f->body_facts);
	return f;
}

void
fixup_free(struct fixup *f)
{
	if (f == NULL)
		return;
	buf_done(&f->head);
	buf_done(&f->line);
	buf_done(&f->typed);
	free(f);
}

static bool
too_long(struct err *e)
{
	return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.3.4",
	    "the header of the message is longer than %d KiB", FIXUP_HEADER_MAX / 1024);
}

static uint64_t
count_received(const char *block, size_t n)
{
	struct header_field field;
	uint64_t count = 0;
	size_t pos = 0;

	while (header_next(block, n, &pos, &field))
		count += header_is(&field, "Received");
	return count;
}

/* The header is complete: mended and handed out, and its facts are those of what leaves. */
static bool
finish_header(struct fixup *f, struct err *e)
{
	struct canon scan;
	struct buf block;
	bool good;

	f->in_body = true;
	buf_init(&block, (size_t)2 * FIXUP_HEADER_MAX + 4096);
	good = repair_block(f->mem, &f->opts, buf_str(&f->head), f->head.len, &f->found, &block, e);
	if (good) {
		bool bare_cr = f->head_facts.bare_cr;

		f->head_facts = (struct facts){.utf8 = true, .bare_cr = bare_cr};
		canon_init(&scan, ignore, NULL, &f->head_facts);
		canon_feed(&scan, buf_str(&block), block.len);
		f->head_facts.received = count_received(buf_str(&block), block.len);
		good = f->sink.begin(f->sink.arg, &f->found, buf_str(&block), block.len, e);
	}
	buf_done(&block);
	return good;
}

static bool
feed_body(struct fixup *f, const char *data, size_t n, struct err *e)
{
	f->e = e;
	return canon_feed(&f->body_canon, data, n);
}

static bool
is_blank_line(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!str_is_space((unsigned char)line[i]))
			return false;
	return true;
}

/* "From " of a mailbox file, or quoted once: only in front of everything else. */
static bool
is_mbox_line(const char *line)
{
	while (*line == '>')
		line++;
	return str_starts(line, "From ");
}

enum verdict { V_KEEP, V_DROP, V_SEPARATOR, V_BODY };

/* What a complete line is, as long as the header lasts. */
static enum verdict
judge(struct fixup *f, const char *line, size_t n)
{
	size_t text = n >= 2 ? n - 2 : 0; /* without CRLF */
	bool first = f->head.len == 0, after_wsp = f->wsp_line;

	f->wsp_line = false;
	if (text == 0)
		return V_SEPARATOR;
	if (header_is_field_line(line, text))
		return V_KEEP;
	if (first)
		return is_mbox_line(line) ? V_DROP : V_BODY;
	if (after_wsp)
		return V_BODY;
	if (is_blank_line(line, text)) {
		f->wsp_line = true; /* never a fold: what it is, the next line tells */
		return V_DROP;
	}
	return str_is_blank((unsigned char)line[0]) ? V_KEEP : V_BODY;
}

/* decisions.md 20: a NUL in the header becomes a space. The line as it was goes to raw if it had
 * any. */
static void
blank_nuls(struct buf *line, struct buf *raw)
{
	if (memchr(line->data, '\0', line->len) == NULL)
		return;
	buf_add(raw, line->data, line->len);
	for (size_t i = 0; i < line->len; i++)
		if (line->data[i] == '\0')
			line->data[i] = ' ';
}

static bool
take_header_line(struct fixup *f, struct err *e)
{
	size_t n = f->line.len;
	struct buf raw;
	bool good = true;

	buf_init(&raw, FIXUP_HEADER_MAX);
	blank_nuls(&f->line, &raw);
	switch (judge(f, f->line.data, n)) {
	case V_KEEP:
		good = buf_add(&f->head, f->line.data, n) || too_long(e);
		break;
	case V_DROP:
		break;
	case V_SEPARATOR:
		good = finish_header(f, e);
		break;
	case V_BODY:
		good = finish_header(f, e) &&
		    feed_body(f, raw.len > 0 ? raw.data : f->line.data, n, e);
		break;
	}
	buf_done(&raw);
	buf_clear(&f->line);
	return good;
}

/* Line by line while the header lasts, then in one go. */
static bool
feed(struct fixup *f, const char *data, size_t n, struct err *e)
{
	while (n > 0 && !f->in_body) {
		const char *nl = memchr(data, '\n', n);
		size_t len = nl != NULL ? (size_t)(nl - data) + 1 : n;

		if (!canon_feed(&f->head_canon, data, len) || f->line.overflow)
			return too_long(e);
		if (nl != NULL && !take_header_line(f, e))
			return false;
		data += len;
		n -= len;
	}
	return n == 0 || feed_body(f, data, n, e);
}

bool
fixup_feed(struct fixup *f, const char *data, size_t n, struct err *e)
{
	if (!f->opts.dot_ends)
		return feed(f, data, n, e);
	/* a person types: line by line, and a lone dot is the end */
	for (size_t i = 0; i < n && !f->ended; i++) {
		const char *typed;

		if (!buf_addc(&f->typed, data[i]))
			return too_long(e);
		if (data[i] != '\n')
			continue;
		typed = buf_str(&f->typed);
		f->ended = str_eq(typed, ".\n") || str_eq(typed, ".\r\n");
		if (!f->ended && !feed(f, typed, f->typed.len, e))
			return false;
		buf_clear(&f->typed);
	}
	return true;
}

bool
fixup_ended(const struct fixup *f)
{
	return f->ended;
}

bool
fixup_end(struct fixup *f, struct facts *facts, struct err *e)
{
	f->e = e;
	if (f->typed.len > 0 && !feed(f, buf_str(&f->typed), f->typed.len, e))
		return false;
	if (!f->in_body) {
		if (!canon_end(&f->head_canon))
			return too_long(e);
		if (f->line.len > 0 && !take_header_line(f, e))
			return false;
		if (!f->in_body && !finish_header(f, e))
			return false;
	}
	if (!canon_end(&f->body_canon))
		return false;
	*facts = canon_join(&f->head_facts, &f->body_facts);
	return true;
}

void
fixup_facts(const struct fixup *f, struct facts *head, struct facts *body)
{
	*head = f->head_facts;
	*body = f->body_facts;
}
