/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/compose.h"

#include <string.h>

#include "base/str.h"
#include "message/addrlist.h"
#include "message/encode.h"
#include "message/header.h"

bool
compose_gives(const struct compose *c, const char *name)
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
add_header(struct buf *out, const char *option, const char *h, struct err *e)
{
	const char *colon = strchr(h, ':'), *value, *name;
	struct arena mem = {NULL};
	bool good = true;

	if (!is_one_line(h))
		return bad_text(e, option, h);
	if (colon == NULL || !header_is_field_line(h, strlen(h)))
		return err_set(e, ERR_USAGE, STAGE_INPUT, "", "%s wants 'Name: value', not '%.80s'",
		    option, h);
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

/* As the readers of mail know it: a word, and the number of those that do not. */
static const char *const priorities[][2] = {
    [COMPOSE_HIGH] = {"high", "1"},
    [COMPOSE_NORMAL] = {"normal", "3"},
    [COMPOSE_LOW] = {"low", "5"},
};

static void
add_priority(const struct compose *c, struct buf *out)
{
	if (c->priority == COMPOSE_UNSAID)
		return;
	if (!compose_gives(c, "Importance"))
		buf_addf(out, "Importance: %s\n", priorities[c->priority][0]);
	if (!compose_gives(c, "X-Priority"))
		buf_addf(out, "X-Priority: %s\n", priorities[c->priority][1]);
}

bool
compose_header(const struct compose *c, struct buf *out, struct err *e)
{
	if (c->from != NULL && !compose_gives(c, "From") &&
	    !add_addr_field(out, "From", &c->from, 1, e))
		return false;
	if (!compose_gives(c, "Reply-To") &&
	    !add_addr_field(out, "Reply-To", c->reply_to, c->nreply_to, e))
		return false;
	if (!compose_gives(c, "To") && !add_addr_field(out, "To", c->to, c->nto, e))
		return false;
	if (!compose_gives(c, "Cc") && !add_addr_field(out, "Cc", c->cc, c->ncc, e))
		return false;
	if (c->subject != NULL && !compose_gives(c, "Subject")) {
		if (!is_one_line(c->subject))
			return bad_text(e, "the subject", c->subject);
		add_text_field(out, "Subject", c->subject);
	}
	add_priority(c, out);
	for (size_t i = 0; i < c->nheaders; i++)
		if (!add_header(out, "--header", c->headers[i], e))
			return false;
	for (size_t i = 0; i < c->nadded; i++)
		if (!add_header(out, "--add-header", c->added[i], e))
			return false;
	if (out->overflow)
		return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.3.4", "the header is too long");
	return true;
}
