/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/param.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "message/dsn_args.h"

#define TABLE(t) (t), sizeof(t) / sizeof((t)[0])

struct param {
	const char *name;
	/* value is NULL where there is no '='. false: a wrong value. */
	bool (*take)(void *out, struct arena *mem, const char *value);
};

/* ---- of MAIL */

static bool
take_size(void *out, struct arena *mem, const char *value)
{
	struct param_mail *m = out;

	(void)mem;
	/* RFC 1870 section 4: up to 20 digits */
	return value != NULL && str_u64(value, 0, UINT64_MAX, &m->size);
}

/* The message itself decides what it is; BINARYMIME is not offered. */
static bool
take_body(void *out, struct arena *mem, const char *value)
{
	(void)out;
	(void)mem;
	return value != NULL && (str_eq_nocase(value, "7BIT") || str_eq_nocase(value, "8BITMIME"));
}

static bool
take_smtputf8(void *out, struct arena *mem, const char *value)
{
	struct param_mail *m = out;

	(void)mem;
	m->smtputf8 = true;
	return value == NULL;
}

static bool
take_ret(void *out, struct arena *mem, const char *value)
{
	struct param_mail *m = out;

	(void)mem;
	return value != NULL && dsn_args_return(value, &m->ret);
}

/* xtext in s[0..n) as a string without control characters; NULL: it is none. */
static const char *
decode(struct arena *mem, const char *s, size_t max)
{
	const char *text = NULL;
	struct buf b;

	buf_init(&b, max);
	if (str_unxtext(&b, s, strlen(s)) && !b.overflow && b.len > 0 &&
	    !str_has_ctl(buf_str(&b), b.len))
		text = arena_strndup(mem, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

static bool
take_envid(void *out, struct arena *mem, const char *value)
{
	struct param_mail *m = out;

	/* RFC 3461 4.4: 100 characters, encoded */
	if (value == NULL || strlen(value) > DSN_ARGS_ENVID_MAX)
		return false;
	m->envid = decode(mem, value, DSN_ARGS_ENVID_MAX);
	return m->envid != NULL && dsn_args_is_envid(m->envid);
}

/* ---- of RCPT */

static bool
take_notify(void *out, struct arena *mem, const char *value)
{
	struct param_rcpt *r = out;

	(void)mem;
	return value != NULL && dsn_args_notify(value, &r->notify);
}

static int
hex_value(char c)
{
	if (str_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void
add_utf8(struct buf *out, unsigned long c)
{
	static const struct {
		unsigned long below;
		unsigned first;
		int more;
	} forms[] = {{0x80, 0, 0}, {0x800, 0xc0, 1}, {0x10000, 0xe0, 2}, {0x110000, 0xf0, 3}};
	size_t i = 0;

	while (c >= forms[i].below)
		i++;
	(void)buf_addc(out, (char)(forms[i].first | (c >> (6 * forms[i].more))));
	for (int k = forms[i].more - 1; k >= 0; k--)
		(void)buf_addc(out, (char)(0x80 | ((c >> (6 * k)) & 0x3f)));
}

/* RFC 6533 section 3: \x{HEX}. s stands behind the backslash; NULL: it is no such thing. */
static const char *
add_embedded(struct buf *out, const char *s)
{
	unsigned long c = 0;
	int digits = 0;

	if (s[0] != 'x' || s[1] != '{')
		return NULL;
	for (s += 2; hex_value(*s) >= 0 && digits < 6; s++, digits++)
		c = c * 16 + (unsigned long)hex_value(*s);
	if (*s != '}' || digits < 2 || c >= 0x110000)
		return NULL;
	add_utf8(out, c);
	return s + 1;
}

static const char *
decode_utf8(struct arena *mem, const char *s)
{
	const char *text = NULL;
	struct buf b;

	buf_init(&b, PARAM_ORCPT_MAX);
	while (s != NULL && *s != '\0') {
		if (*s == '\\') {
			s = add_embedded(&b, s + 1);
		} else {
			(void)buf_addc(&b, *s);
			s++;
		}
	}
	if (s != NULL && b.len > 0 && !b.overflow && str_utf8_valid(buf_str(&b), b.len) &&
	    !str_has_ctl(buf_str(&b), b.len))
		text = arena_strndup(mem, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

static bool
take_orcpt(void *out, struct arena *mem, const char *value)
{
	struct param_rcpt *r = out;

	if (value == NULL || strlen(value) > PARAM_ORCPT_MAX)
		return false;
	if (str_starts_nocase(value, "rfc822;"))
		r->orcpt = decode(mem, value + strlen("rfc822;"), PARAM_ORCPT_MAX);
	else if (str_starts_nocase(value, "utf-8;"))
		r->orcpt = decode_utf8(mem, value + strlen("utf-8;"));
	/* an envelope holds these two kinds */
	return r->orcpt != NULL;
}

/* ---- both */

static const struct param of_mail[] = {
    {"SIZE", take_size},
    {"BODY", take_body},
    {"SMTPUTF8", take_smtputf8},
    {"RET", take_ret},
    {"ENVID", take_envid},
};
static const struct param of_rcpt[] = {
    {"NOTIFY", take_notify},
    {"ORCPT", take_orcpt},
};

static bool
refuse(struct err *e, int code, const char *what, const char *word)
{
	err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.5.4", "%s '%s'", what, word);
	e->code = code;
	return false;
}

/* One "NAME" or "NAME=VALUE"; seen: bits of those that were there. */
static bool
parse_word(struct arena *mem, const char *word, const struct param *table, size_t n, unsigned *seen,
    void *out, struct err *e)
{
	const char *equals = strchr(word, '=');
	size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);

	for (size_t i = 0; i < n; i++) {
		if (!str_neq_nocase(word, len, table[i].name))
			continue;
		if ((*seen & (1u << i)) != 0)
			return refuse(e, 501, "given twice:", word);
		*seen |= 1u << i;
		if (!table[i].take(out, mem, equals != NULL ? equals + 1 : NULL))
			return refuse(e, 501, "wrong value in", word);
		return true;
	}
	return refuse(e, 555, "unknown parameter", word);
}

static bool
parse(struct arena *mem, const char *s, const struct param *table, size_t n, void *out,
    struct err *e)
{
	unsigned seen = 0;

	for (s += strspn(s, " \t"); *s != '\0'; s += strspn(s, " \t")) {
		size_t len = strcspn(s, " \t");

		if (!parse_word(mem, arena_strndup(mem, s, len), table, n, &seen, out, e))
			return false;
		s += len;
	}
	return true;
}

bool
param_mail(struct arena *mem, const char *s, struct param_mail *out, struct err *e)
{
	*out = (struct param_mail){.ret = RETURN_DEFAULT};
	return parse(mem, s, TABLE(of_mail), out, e);
}

bool
param_rcpt(struct arena *mem, const char *s, struct param_rcpt *out, struct err *e)
{
	*out = (struct param_rcpt){.notify = 0};
	return parse(mem, s, TABLE(of_rcpt), out, e);
}
