/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/qp.h"

#include <string.h>

#include "base/str.h"

#define STEP_MAX 8 /* octets that one octet of input makes at most: soft break, escape, line end */

static const char hex[] = "0123456789ABCDEF";

void
qp_init(struct qp *q, bool (*sink)(void *, const char *, size_t), void *arg, const char *eol)
{
	*q = (struct qp){.sink = sink, .arg = arg, .eol = eol, .held = -1};
}

static void
flush(struct qp *q)
{
	if (q->len > 0 && !q->failed)
		q->failed = !q->sink(q->arg, q->out, q->len);
	q->len = 0;
}

static void
add(struct qp *q, char c)
{
	q->out[q->len++] = c;
}

static void
end_line(struct qp *q)
{
	for (const char *p = q->eol; *p != '\0'; p++)
		add(q, *p);
	q->column = 0;
}

static bool
needs_escape(const struct qp *q, unsigned char c, bool last)
{
	if (str_is_blank(c))
		return last; /* it would be lost on the way */
	return c < 0x20 || c > 0x7e || c == '=' || (q->column == 0 && (c == '.' || c == 'F'));
}

/* An octet of a line; last: the line ends behind it, so no room is needed for a soft break. */
static void
put(struct qp *q, unsigned char c, bool last)
{
	size_t room = QP_LINE_MAX - (last ? 0 : 1);
	bool escape = needs_escape(q, c, last);

	if (q->len + STEP_MAX > sizeof q->out)
		flush(q);
	if (q->column + (escape ? 3 : 1) > room) {
		add(q, '=');
		end_line(q);
		escape = needs_escape(q, c, last);
	}
	if (escape) {
		add(q, '=');
		add(q, hex[c >> 4]);
		add(q, hex[c & 15]);
	} else {
		add(q, (char)c);
	}
	q->column += escape ? 3 : 1;
}

static void
push(struct qp *q, unsigned char c)
{
	if (q->held >= 0)
		put(q, (unsigned char)q->held, false);
	q->held = c;
}

static void
take(struct qp *q, unsigned char c)
{
	if (c == '\n') {
		if (q->held >= 0)
			put(q, (unsigned char)q->held, true);
		if (q->len + STEP_MAX > sizeof q->out)
			flush(q);
		end_line(q);
		q->held = -1;
		q->cr = false;
		return;
	}
	if (q->cr)
		push(q, '\r');
	q->cr = c == '\r';
	if (!q->cr)
		push(q, c);
}

bool
qp_feed(struct qp *q, const char *data, size_t n)
{
	for (size_t i = 0; i < n && !q->failed; i++)
		take(q, (unsigned char)data[i]);
	return !q->failed;
}

bool
qp_end(struct qp *q)
{
	if (q->cr)
		push(q, '\r');
	if (q->held >= 0)
		put(q, (unsigned char)q->held, true);
	q->held = -1;
	q->cr = false;
	flush(q);
	return !q->failed;
}
