/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/parts.h"

#include <stdint.h>
#include <string.h>

#include "base/crypto.h"
#include "base/str.h"
#include "message/mimeparam.h"
#include "message/qp.h"

#define LINE_MAX_WIRE 998 /* RFC 5322 2.1.1 */
#define LEVELS 3
#define B64_LINE 57 /* octets in a line of 76 */
#define STEP ((size_t)B64_LINE * 256)

/* What leaves in a row: some text as it is, and then the body of a part (NULL: none). */
struct piece {
	const char *text;
	size_t len;
	const struct part *body;
	bool
	    qp; /* the body is a text that leaves as quoted-printable; found by reading all of it */
};

struct parts {
	struct arena *mem;
	struct piece *pieces;
	size_t npieces, at;
	bool in_body;
	size_t done; /* of the text, or of the body's text, under way */
	struct qp qp;
	struct buf out;
	size_t out_done;
	char raw[STEP];
	/* while it is laid out */
	const struct parts_want *want;
	struct buf draft; /* text of the piece that is being made */
	const char *open[LEVELS];
	size_t depth;
	bool first; /* of its multipart */
};

/* ---- what a text needs */

/* Must be encoded: mail takes neither NUL nor lines of a thousand octets. */
static bool
needs_qp(const char *s, size_t n)
{
	size_t at = 0;

	if (memchr(s, '\0', n) != NULL)
		return true;
	while (at < n) {
		const char *nl = memchr(s + at, '\n', n - at);
		size_t end = nl != NULL ? (size_t)(nl - s) : n;
		if (end - at > LINE_MAX_WIRE)
			return true;
		at = end + 1;
	}
	return false;
}

/* A body with a type of its own may be in parts, which cannot be encoded as a whole. */
static bool
is_qp(const struct parts *p, const struct part *part)
{
	return part->how == PARTS_TEXT && !p->want->has_type && !p->want->has_encoding &&
	    needs_qp(part->text, part->text_len);
}

static bool
is_eight(const struct parts *p, const struct part *part)
{
	if (part->how == PARTS_TEXT)
		return str_has_8bit(part->text, part->text_len) && !is_qp(p, part);
	return part->how == PARTS_AS_IS && part->eight;
}

/* ---- layout */

static void
end_piece(struct parts *p, const struct part *body)
{
	p->pieces = arena_grow(p->mem, p->pieces, p->npieces, sizeof *p->pieces);
	p->pieces[p->npieces++] = (struct piece){
	    .text = arena_strndup(p->mem, buf_str(&p->draft), p->draft.len),
	    .len = p->draft.len,
	    .body = body,
	    .qp = body != NULL && is_qp(p, body),
	};
	buf_clear(&p->draft);
}

static bool
occurs(const struct part *part, const char *boundary)
{
	return part != NULL && part->text_len > 0 &&
	    memmem(part->text, part->text_len, boundary, strlen(boundary)) != NULL;
}

static const char *
new_boundary(struct parts *p)
{
	uint64_t r[2];
	const char *b;

	do {
		crypto_random(r, sizeof r);
		b = arena_printf(p->mem, "=_%016llx%016llx", (unsigned long long)r[0],
		    (unsigned long long)r[1]);
	} while (occurs(p->want->text, b) || occurs(p->want->html, b));
	return b;
}

/* The line before a part, unless it is the whole body. */
static void
begin_part(struct parts *p)
{
	if (p->depth == 0)
		return;
	if (!p->first)
		buf_addc(&p->draft, '\n');
	buf_addf(&p->draft, "--%s\n", p->open[p->depth - 1]);
	p->first = false;
}

/* params: behind the boundary, or "". */
static void
open_parts(struct parts *p, const char *subtype, const char *params, bool eight)
{
	const char *b = new_boundary(p);

	begin_part(p);
	/* RFC 2045 6.4: what is in it shows in the encoding, which is none of its own */
	buf_addf(&p->draft, "Content-Type: multipart/%s;\n boundary=\"%s\"%s\n%s\n", subtype, b,
	    params, eight ? "Content-Transfer-Encoding: 8bit\n" : "");
	p->open[p->depth++] = b;
	p->first = true;
}

static void
close_parts(struct parts *p)
{
	buf_addf(&p->draft, "\n--%s--\n", p->open[--p->depth]);
}

static void
add_text_type(struct parts *p, const struct part *part)
{
	bool any = str_has_8bit(part->text, part->text_len), qp = is_qp(p, part);

	if (!p->want->has_type)
		buf_addf(&p->draft, "Content-Type: %s; charset=%s%s\n", part->type,
		    any ? part->charset : "us-ascii", part->flowed ? "; format=flowed" : "");
	/* RFC 2045 6.1: 7bit is what is meant without it */
	if (!p->want->has_encoding && (!p->want->has_type || any))
		buf_addf(&p->draft, "Content-Transfer-Encoding: %s\n",
		    qp        ? "quoted-printable"
			: any ? "8bit"
			      : "7bit");
}

static void
add_part(struct parts *p, const struct part *part)
{
	begin_part(p);
	if (part->how == PARTS_TEXT) {
		add_text_type(p, part);
	} else {
		buf_addf(&p->draft, "Content-Type: %s", part->type);
		/* readers that do not look at the disposition */
		if (part->name != NULL && str_find_nocase(part->type, "name=") == NULL)
			mimeparam_add_ascii(&p->draft, "name", part->name);
		buf_addf(&p->draft, "\nContent-Transfer-Encoding: %s\n",
		    part->how == PARTS_BASE64 ? "base64"
			: part->eight         ? "8bit"
					      : "7bit");
	}
	if (part->attached || part->name != NULL)
		buf_addf(&p->draft, "Content-Disposition: %s",
		    part->attached ? "attachment" : "inline");
	if (part->name != NULL)
		mimeparam_add(&p->draft, "filename", part->name);
	if (part->attached || part->name != NULL)
		buf_addc(&p->draft, '\n');
	if (part->cid != NULL)
		buf_addf(&p->draft, "Content-ID: <%s>\n", part->cid);
	buf_addc(&p->draft, '\n');
	end_piece(p, part);
}

static void
add_html(struct parts *p)
{
	const struct parts_want *w = p->want;

	if (w->ninlines > 0)
		open_parts(p, "related", ";\n type=\"text/html\"", is_eight(p, w->html));
	add_part(p, w->html);
	for (size_t i = 0; i < w->ninlines; i++)
		add_part(p, &w->inlines[i]);
	if (w->ninlines > 0)
		close_parts(p);
}

static void
add_words(struct parts *p)
{
	const struct parts_want *w = p->want;

	if (w->text != NULL && w->html != NULL) {
		open_parts(p, "alternative", "", is_eight(p, w->text) || is_eight(p, w->html));
		add_part(p, w->text);
		add_html(p);
		close_parts(p);
	} else if (w->html != NULL) {
		add_html(p);
	} else if (w->text != NULL) {
		add_part(p, w->text);
	}
}

static void
lay_out(struct parts *p)
{
	const struct parts_want *w = p->want;
	bool eight = (w->text != NULL && is_eight(p, w->text)) ||
	    (w->html != NULL && is_eight(p, w->html));

	if (!w->has_version)
		buf_adds(&p->draft, "MIME-Version: 1.0\n");
	for (size_t i = 0; i < w->nfiles; i++)
		eight = eight || is_eight(p, &w->files[i]);
	if (w->nfiles > 0)
		open_parts(p, "mixed", "", eight);
	add_words(p);
	for (size_t i = 0; i < w->nfiles; i++)
		add_part(p, &w->files[i]);
	if (w->nfiles > 0)
		close_parts(p);
	end_piece(p, NULL);
}

struct parts *
parts_new(struct arena *mem, const char *head, const struct parts_want *w)
{
	struct parts *p = arena_alloc(mem, sizeof *p);

	p->mem = mem;
	p->want = w;
	buf_init(&p->draft, SIZE_MAX);
	buf_init(&p->out, SIZE_MAX);
	buf_adds(&p->draft, head);
	lay_out(p);
	return p;
}

void
parts_free(struct parts *p)
{
	if (p == NULL)
		return;
	buf_done(&p->draft);
	buf_done(&p->out);
}

/* ---- reading */

static bool
to_out(void *arg, const char *data, size_t n)
{
	return buf_add(arg, data, n);
}

/* The next piece of a text; false at its end. */
static bool
step_text(struct parts *p, const struct part *part)
{
	size_t n = part->text_len - p->done;
	bool qp = p->pieces[p->at].qp, begins = p->done == 0;

	if (n == 0)
		return false;
	if (n > STEP)
		n = STEP;
	if (!qp) {
		buf_add(&p->out, part->text + p->done, n);
	} else {
		if (begins)
			qp_init(&p->qp, to_out, &p->out, "\n");
		qp_feed(&p->qp, part->text + p->done, n);
		if (p->done + n == part->text_len)
			qp_end(&p->qp);
	}
	p->done += n;
	return true;
}

/* As much as there is, at most a whole number of lines: fewer only at the end. */
static ssize_t
fill(struct parts *p, const struct part *part)
{
	size_t n = 0;
	ssize_t got = 1;

	while (n < STEP && got > 0) {
		got = part->read(part->arg, p->raw + n, STEP - n);
		if (got > 0)
			n += (size_t)got;
	}
	return got < 0 ? -1 : (ssize_t)n;
}

static void
add_lines(struct buf *out, const char *data, size_t n)
{
	for (size_t at = 0; at < n; at += B64_LINE) {
		crypto_base64(out, data + at, n - at < B64_LINE ? n - at : B64_LINE);
		buf_addc(out, '\n');
	}
}

/* 1: there is more; 0: the end; -1: errno. */
static int
step_body(struct parts *p, const struct part *part)
{
	ssize_t n;

	if (part->how == PARTS_TEXT)
		return step_text(p, part);
	n = fill(p, part);
	if (n <= 0)
		return (int)n;
	if (part->how == PARTS_BASE64)
		add_lines(&p->out, p->raw, (size_t)n);
	else
		buf_add(&p->out, p->raw, (size_t)n);
	return 1;
}

/* Makes some output, or comes to the end (0). */
static int
step(struct parts *p)
{
	const struct piece *piece;
	int more;

	while (p->at < p->npieces) {
		piece = &p->pieces[p->at];
		if (!p->in_body) {
			p->in_body = true;
			p->done = 0;
			buf_add(&p->out, piece->text, piece->len);
			return 1;
		}
		more = piece->body != NULL ? step_body(p, piece->body) : 0;
		if (more != 0)
			return more;
		p->in_body = false;
		p->at++;
	}
	return 0;
}

ssize_t
parts_read(void *parts, char *chunk, size_t n)
{
	struct parts *p = parts;
	size_t left;

	while ((left = p->out.len - p->out_done) == 0) {
		int more;
		buf_clear(&p->out);
		p->out_done = 0;
		more = step(p);
		if (more <= 0)
			return more;
	}
	if (n > left)
		n = left;
	memcpy(chunk, p->out.data + p->out_done, n);
	p->out_done += n;
	return (ssize_t)n;
}
