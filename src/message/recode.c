/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/recode.h"

static bool
is_unencoded(enum mime_encoding encoding)
{
	return encoding == MIME_NONE || encoding == MIME_7BIT || encoding == MIME_8BIT ||
	    encoding == MIME_BINARY;
}

/* The fields that make `encoding` count, where they lack. */
static void
name_body(const struct mime *m, const struct facts *body, struct recode_plan *p,
    const char *encoding)
{
	const char *charset = !body->body_8bit ? "us-ascii" : body->utf8 ? "utf-8" : "unknown-8bit";

	p->encoding = encoding;
	p->add_version = !m->version;
	p->charset = m->type ? NULL : charset;
	p->needed = p->needed || encoding != NULL || p->add_version || p->charset != NULL;
}

static void
wrap_body(const struct mime *m, struct recode_plan *p)
{
	p->needed = true;
	p->body = RECODE_WRAP;
	p->parts = m->in_parts;
	p->wrap = m->encoding == MIME_BASE64 ? WRAP_BASE64
	    : m->encoding == MIME_QP         ? WRAP_QP
					     : WRAP_TEXT;
}

bool
recode_decide(const struct mime *m, const struct facts *body, struct recode_plan *p, struct err *e)
{
	bool is_long = body->longest > WRAP_LINE_MAX, plain = is_unencoded(m->encoding);

	*p = (struct recode_plan){.body = RECODE_COPY};
	if ((is_long || body->body_nul) && plain && !m->in_parts) {
		p->body = RECODE_QP;
		name_body(m, body, p, "quoted-printable");
		return true;
	}
	if (body->body_nul)
		return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.6.0",
		    "the message has a NUL octet in its body, and a body %s cannot be encoded",
		    m->in_parts ? "in parts" : "that has an encoding already");
	if (is_long)
		wrap_body(m, p);
	if (body->body_8bit && plain)
		name_body(m, body, p,
		    m->encoding == MIME_NONE || m->encoding == MIME_7BIT ? "8bit" : NULL);
	return true;
}

void
recode_header(const struct recode_plan *p, const char *block, size_t n, struct buf *out)
{
	struct header_field f;
	size_t pos = 0;

	while (header_next(block, n, &pos, &f))
		if (p->encoding == NULL || !header_is(&f, "Content-Transfer-Encoding"))
			buf_add(out, f.start, f.len);
	if (p->add_version)
		buf_adds(out, "MIME-Version: 1.0\r\n");
	if (p->charset != NULL)
		buf_addf(out, "Content-Type: text/plain; charset=%s\r\n", p->charset);
	if (p->encoding != NULL)
		buf_addf(out, "Content-Transfer-Encoding: %s\r\n", p->encoding);
	buf_adds(out, "\r\n");
}

static bool
to_scan(void *arg, const char *data, size_t n)
{
	return canon_feed(arg, data, n);
}

void
recode_init(struct recode *r, const struct recode_plan *p,
    bool (*sink)(void *, const char *, size_t), void *arg, struct facts *facts)
{
	r->plan = p;
	*facts = (struct facts){.utf8 = true};
	canon_init(&r->scan, sink, arg, facts);
	if (p->body == RECODE_QP)
		qp_init(&r->qp, to_scan, &r->scan, "\r\n");
	else if (p->body == RECODE_WRAP)
		wrap_init(&r->wrap, to_scan, &r->scan, p->wrap, p->parts);
}

bool
recode_feed(struct recode *r, const char *data, size_t n)
{
	switch (r->plan->body) {
	case RECODE_QP:
		return qp_feed(&r->qp, data, n);
	case RECODE_WRAP:
		return wrap_feed(&r->wrap, data, n);
	default:
		return canon_feed(&r->scan, data, n);
	}
}

bool
recode_end(struct recode *r)
{
	if (r->plan->body == RECODE_QP && !qp_end(&r->qp))
		return false;
	if (r->plan->body == RECODE_WRAP && !wrap_end(&r->wrap))
		return false;
	return canon_end(&r->scan);
}
