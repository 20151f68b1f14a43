/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/mimeparam.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

#define LINE_ROOM 76 /* of a line that is folded, without the blank */

static const char hex[] = "0123456789ABCDEF";

/* May stand as it is behind "name*=" (RFC 2231 7, attribute-char). */
static bool
is_plain(unsigned char c)
{
	return str_is_alpha(c) || str_is_digit(c) ||
	    (c != '\0' && strchr("!#$&+-.^_`{|}~", c) != NULL);
}

static bool
is_quotable(const char *s)
{
	return !str_has_8bit(s, strlen(s)) && !str_has_ctl(s, strlen(s));
}

void
mimeparam_add_ascii(struct buf *out, const char *name, const char *value)
{
	bool utf8 = str_utf8_valid(value, strlen(value));

	buf_addf(out, ";\n %s=\"", name);
	for (const char *p = value; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		if (utf8 && (c & 0xc0) == 0x80)
			continue; /* one '_' for a character */
		if (c == '"' || c == '\\')
			buf_addc(out, '\\');
		buf_addc(out, c > 0x7e || c < 0x20 ? '_' : (char)c);
	}
	buf_addc(out, '"');
}

static size_t
width(const char *value)
{
	size_t n = 0;

	for (; *value != '\0'; value++)
		n += is_plain((unsigned char)*value) ? 1 : 3;
	return n;
}

static void
add_octet(struct buf *out, unsigned char c)
{
	if (is_plain(c)) {
		buf_addc(out, (char)c);
	} else {
		buf_addc(out, '%');
		buf_addc(out, hex[c >> 4]);
		buf_addc(out, hex[c & 15]);
	}
}

/* Sections of a line each (RFC 2231 3, 4.1); a character may be cut, for they are joined first. */
static void
add_sections(struct buf *out, const char *name, const char *charset, const char *value)
{
	size_t start;

	for (unsigned section = 0; *value != '\0'; section++) {
		start = out->len + 2;
		buf_addf(out, ";\n %s*%u*=", name, section);
		if (section == 0)
			buf_addf(out, "%s''", charset);
		while (*value != '\0' && !out->overflow && out->len - start + 4 < LINE_ROOM)
			add_octet(out, (unsigned char)*value++);
		if (out->overflow)
			return;
	}
}

void
mimeparam_add(struct buf *out, const char *name, const char *value)
{
	const char *charset = str_utf8_valid(value, strlen(value)) ? "UTF-8" : "unknown-8bit";
	bool quotable = is_quotable(value);

	if (quotable && strlen(name) + strlen(value) + 4 < LINE_ROOM) {
		mimeparam_add_ascii(out, name, value);
		return;
	}
	if (strlen(name) + strlen(charset) + width(value) + 6 > LINE_ROOM) {
		add_sections(out, name, charset, value);
		return;
	}
	buf_addf(out, ";\n %s*=%s''", name, charset);
	for (const char *p = value; *p != '\0'; p++)
		add_octet(out, (unsigned char)*p);
	mimeparam_add_ascii(out, name, value);
}
