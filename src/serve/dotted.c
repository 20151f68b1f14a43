/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/dotted.h"

#include <string.h>

void
dotted_init(struct dotted *d, bool crlf)
{
	*d = (struct dotted){.state = DOTTED_START, .crlf = crlf};
}

bool
dotted_ended(const struct dotted *d)
{
	return d->state == DOTTED_END;
}

/* A run of text up to the end of its line; returns how much was taken. */
static size_t
copy_text(struct dotted *d, const char *in, size_t n, char *out)
{
	const char *lf = memchr(in, '\n', n);
	size_t len = lf != NULL ? (size_t)(lf - in) + 1 : n;
	bool cr = len > 1 ? in[len - 2] == '\r' : d->cr;

	memcpy(out, in, len);
	d->cr = lf == NULL && in[len - 1] == '\r';
	if (lf != NULL && (cr || !d->crlf))
		d->state = DOTTED_START;
	return len;
}

/* Behind a dot that began a line, and is no text itself. */
static void
after_dot(struct dotted *d, char c, size_t *at)
{
	if (c == '\r')
		d->state = DOTTED_DOT_CR;
	else if (c == '\n' && !d->crlf)
		d->state = DOTTED_END;
	else
		d->state = DOTTED_TEXT;
	if (d->state != DOTTED_TEXT)
		(*at)++;
}

size_t
dotted_feed(struct dotted *d, const char *in, size_t n, char *out, size_t *done)
{
	size_t at = 0, len = 0, run;

	while (at < n && d->state != DOTTED_END) {
		switch (d->state) {
		case DOTTED_START:
			d->cr = false;
			d->state = in[at] == '.' ? DOTTED_DOT : DOTTED_TEXT;
			at += d->state == DOTTED_DOT;
			break;
		case DOTTED_DOT:
			after_dot(d, in[at], &at);
			break;
		case DOTTED_DOT_CR:
			if (in[at] == '\n') {
				d->state = DOTTED_END;
				at++;
				break;
			}
			/* the CR was text */
			out[len++] = '\r';
			d->cr = true;
			d->state = DOTTED_TEXT;
			break;
		default:
			run = copy_text(d, in + at, n - at, out + len);
			at += run;
			len += run;
		}
	}
	*done = at;
	return len;
}
