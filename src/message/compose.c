/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/compose.h"

#include <string.h>

#include "base/str.h"
#include "message/addrlist.h"
#include "message/encode.h"
#include "message/header.h"

#define LINE_MAX_WIRE 998 /* RFC 5322 2.1.1 */

/* Did the user give a field of that name? Then ours is left out. */
static bool
is_given(const struct compose *c, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < c->nheaders; i++) {
		const char *h = c->headers[i];
		if (str_starts_nocase(h, name) && h[n + strspn(h + n, " \t")] == ':')
			return true;
	}
	return false;
}

static bool
bad_text(struct err *e, const char *what, const char *text)
{
	return err_set(e, ERR_USAGE, STAGE_INPUT, "",
	    "%s must be one line without control characters: '%.80s'", what, text);
}

static bool
is_one_line(const char *s)
{
	for (; *s != '\0'; s++)
		if (str_is_ctl((unsigned char)*s) && *s != '\t')
			return false;
	return true;
}

/* "Name: value" with what is 8-bit in an unstructured value encoded. */
static void
add_text_field(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s: ", name);
	encode_words(out, value, strlen(value), strlen(name) + 2);
	buf_addc(out, '\n');
}

/* One mailbox in the words it may leave in; folded so that no line grows beyond 78. */
static void
add_mailbox(struct buf *out, struct arena *mem, const struct mailbox *m, size_t *column, bool first)
{
	const char *text = m->addr;

	if (m->name != NULL)
		text = arena_printf(mem, "%s <%s>", addrlist_quote_name(mem, m->name), m->addr);
	if (!first) {
		buf_addc(out, ',');
		if (*column + strlen(text) + 2 > 76) {
			buf_addc(out, '\n');
			*column = 0;
		}
		buf_addc(out, ' ');
	}
	buf_adds(out, text);
	*column += strlen(text) + 2;
}

static bool
add_addr_field(struct buf *out, const char *name, const char *const *values, size_t n,
    struct err *e)
{
	struct mailbox_list list = {.n = 0};
	struct arena mem = {NULL};
	size_t column = strlen(name) + 2;
	bool good = true;

	for (size_t i = 0; i < n && good; i++)
		good = is_one_line(values[i])
		    ? addrlist_parse(&mem, values[i], strlen(values[i]), &list, NULL, e)
		    : bad_text(e, "an address", values[i]);
	if (!good && e != NULL)
		e->class = ERR_USAGE;
	if (good && list.n > 0) {
		buf_addf(out, "%s: ", name);
		for (size_t i = 0; i < list.n; i++)
			add_mailbox(out, &mem, &list.items[i], &column, i == 0);
		buf_addc(out, '\n');
	}
	arena_done(&mem);
	return good;
}

/* Encoded words may stand for its names alone, never for an address (RFC 2047 5). */
static bool
is_addr_field(const char *name)
{
	static const char *const names[] = {"From", "Sender", "Reply-To", "To", "Cc", "Bcc"};

	if (str_starts_nocase(name, "Resent-"))
		name += strlen("Resent-");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (str_eq_nocase(name, names[i]))
			return true;
	return false;
}

static bool
add_header(struct buf *out, const char *h, struct err *e)
{
	const char *colon = strchr(h, ':'), *value, *name;
	struct arena mem = {NULL};
	bool good = true;

	if (!is_one_line(h))
		return bad_text(e, "--header", h);
	if (colon == NULL || !header_is_field_line(h, strlen(h)))
		return err_set(e, ERR_USAGE, STAGE_INPUT, "",
		    "--header wants 'Name: value', not '%.80s'", h);
	value = colon + 1 + strspn(colon + 1, " \t");
	while (colon > h && str_is_blank((unsigned char)colon[-1]))
		colon--;
	name = arena_strndup(&mem, h, (size_t)(colon - h));
	/* fixup would drop it, and nobody would get the mail or hear of it */
	if (str_eq_nocase(name, "Bcc") || str_eq_nocase(name, "Resent-Bcc"))
		good = err_set(e, ERR_USAGE, STAGE_INPUT, "",
		    "%s is a matter of the envelope: give those recipients with --bcc", name);
	else if (is_addr_field(name) && str_has_8bit(value, strlen(value)))
		good = add_addr_field(out, name, &value, 1, e);
	else if (str_starts_nocase(name, "Content-") ||
	    (!str_has_8bit(value, strlen(value)) && strstr(value, "=?") != NULL))
		buf_addf(out, "%s: %s\n", name, value); /* encoded by the user (RFC 2047, 2231) */
	else
		add_text_field(out, name, value);
	arena_done(&mem);
	return good;
}

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

static void
add_body(const struct compose *c, struct buf *out)
{
	bool type = is_given(c, "Content-Type"),
	     encoding = is_given(c, "Content-Transfer-Encoding"),
	     eight = str_has_8bit(c->body, c->body_len),
	     /* a body with a type of its own may be in parts, which cannot be encoded as a whole */
	    qp = !type && !encoding && needs_qp(c->body, c->body_len);
	const char *charset = !eight               ? "us-ascii"
	    : str_utf8_valid(c->body, c->body_len) ? "utf-8"
						   : "unknown-8bit";

	if (!is_given(c, "MIME-Version"))
		buf_adds(out, "MIME-Version: 1.0\n");
	if (!type)
		buf_addf(out, "Content-Type: text/plain; charset=%s\n", charset);
	if (!encoding && (!type || eight)) /* RFC 2045 6.1: 7bit is what is meant without it */
		buf_addf(out, "Content-Transfer-Encoding: %s\n",
		    qp          ? "quoted-printable"
			: eight ? "8bit"
				: "7bit");
	buf_addc(out, '\n');
	if (qp)
		encode_qp(out, c->body, c->body_len);
	else
		buf_add(out, c->body, c->body_len);
}

bool
compose_text(const struct compose *c, struct buf *out, struct err *e)
{
	if (c->from != NULL && !is_given(c, "From") && !add_addr_field(out, "From", &c->from, 1, e))
		return false;
	if (!is_given(c, "To") && !add_addr_field(out, "To", c->to, c->nto, e))
		return false;
	if (!is_given(c, "Cc") && !add_addr_field(out, "Cc", c->cc, c->ncc, e))
		return false;
	if (c->subject != NULL && !is_given(c, "Subject")) {
		if (!is_one_line(c->subject))
			return bad_text(e, "the subject", c->subject);
		add_text_field(out, "Subject", c->subject);
	}
	for (size_t i = 0; i < c->nheaders; i++)
		if (!add_header(out, c->headers[i], e))
			return false;
	add_body(c, out);
	if (out->overflow)
		return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.3.4",
		    "the message is too long to be composed in memory");
	return true;
}
