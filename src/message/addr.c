/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/addr.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/idn.h"
#include "base/str.h"

#define LOCAL_MAX 64
#define ADDR_MAX 254

/* atext of RFC 5322 3.2.3, and 8-bit octets as in RFC 6531 3.3. */
static bool
is_atext(int c)
{
	return str_is_alpha(c) || str_is_digit(c) || c >= 0x80 ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* C1 control characters (U+0080 to U+009F) are as little part of an address as C0. */
static bool
is_clean_utf8(const char *s, size_t n)
{
	if (!str_utf8_valid(s, n))
		return false;
	for (size_t i = 0; i + 1 < n; i++)
		if ((unsigned char)s[i] == 0xc2 && (unsigned char)s[i + 1] < 0xa0)
			return false;
	return true;
}

/* dot-string: atoms between single dots. */
static bool
is_dot_string(const char *s, size_t n)
{
	if (n == 0 || s[0] == '.' || s[n - 1] == '.')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' && s[i - 1] == '.')
			return false;
		if (s[i] != '.' && !is_atext((unsigned char)s[i]))
			return false;
	}
	return true;
}

/* Length of the quoted-string that s begins with, 0: none (RFC 5321 4.1.2: printable, blank,
 * escapes). */
static size_t
quoted_length(const char *s)
{
	size_t i = 1;

	if (s[0] != '"')
		return 0;
	for (; s[i] != '"'; i++) {
		if (s[i] == '\\' && (unsigned char)s[++i] >= 0x80) /* quotes ASCII only */
			return 0;
		if (str_is_ctl((unsigned char)s[i]))
			return 0;
	}
	return i + 1;
}

/* "[192.0.2.1]" or "[IPv6:...]" (RFC 5321 4.1.3); general literals have no use. */
static bool
is_literal(const char *s, size_t n)
{
	unsigned char raw[16];
	char text[64];

	if (n < 3 || n > sizeof text || s[0] != '[' || s[n - 1] != ']')
		return false;
	memcpy(text, s + 1, n - 2);
	text[n - 2] = '\0';
	if (str_starts_nocase(text, "IPv6:"))
		return inet_pton(AF_INET6, text + 5, raw) == 1;
	return inet_pton(AF_INET, text, raw) == 1;
}

/* Labels of letters, digits, hyphens, underscores (and 8-bit octets) between single dots. */
static bool
is_domain(const char *s, size_t n)
{
	size_t label = 0;

	for (size_t i = 0; i <= n; i++) {
		int c = i < n ? (unsigned char)s[i] : '.';
		if (c == '.') {
			if (label == 0 || label > 63 || s[i - 1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!str_is_alpha(c) && !str_is_digit(c) && c < 0x80 && c != '_' &&
		    (c != '-' || label == 0))
			return false;
		label++;
	}
	return true;
}

bool
addr_is_wire(const char *s)
{
	size_t n = strlen(s), local = quoted_length(s), domain;

	if (n > ADDR_MAX || !is_clean_utf8(s, n))
		return false;
	if (local == 0) {
		local = strcspn(s, "@");
		if (!is_dot_string(s, local))
			return false;
	}
	if (local > LOCAL_MAX || s[local] != '@')
		return false;
	domain = n - local - 1;
	return is_literal(s + local + 1, domain) || is_domain(s + local + 1, domain);
}

const char *
addr_domain(const char *addr)
{
	const char *at = NULL;
	bool quoted = false;

	for (const char *p = addr; *p != '\0'; p++) {
		if (*p == '\\' && quoted && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (*p == '@' && !quoted)
			at = p + 1;
	}
	return at;
}

static bool
add_local(struct buf *b, const char *local)
{
	if (is_dot_string(local, strlen(local)))
		return buf_adds(b, local);
	buf_addc(b, '"');
	for (const char *p = local; *p != '\0'; p++) {
		if (str_is_ctl((unsigned char)*p) && *p != '\t')
			return false;
		if (*p == '"' || *p == '\\')
			buf_addc(b, '\\');
		buf_addc(b, *p == '\t' ? ' ' : *p);
	}
	return buf_addc(b, '"');
}

static bool
add_domain(struct buf *b, const char *domain)
{
	size_t n = strlen(domain);

	if (domain[0] == '[')
		return is_literal(domain, n) && buf_adds(b, domain);
	return idn_to_ascii(domain, n, b);
}

const char *
addr_make(struct arena *a, const char *local, const char *domain, struct err *e)
{
	const char *made = NULL;
	struct buf b;
	bool good;

	buf_init(&b, 4 * ADDR_MAX);
	good = local[0] != '\0' && is_clean_utf8(local, strlen(local)) && add_local(&b, local);
	if (good && b.len > LOCAL_MAX)
		good = false;
	if (good && domain != NULL && domain[0] != '\0')
		good = buf_addc(&b, '@') && add_domain(&b, domain) && b.len <= ADDR_MAX;
	if (good)
		made = arena_strndup(a, buf_str(&b), b.len);
	else
		err_set(e, ERR_RECIPIENT, STAGE_INPUT, "5.1.3", "'%s%s%s' is not a mail address",
		    local, domain != NULL && domain[0] != '\0' ? "@" : "",
		    domain != NULL ? domain : "");
	buf_done(&b);
	return made;
}

bool
addr_needs_utf8(const char *addr)
{
	return str_has_8bit(addr, strlen(addr));
}

bool
addr_eq(const char *a, const char *b)
{
	const char *da = addr_domain(a), *db = addr_domain(b);

	if (da == NULL || db == NULL)
		return da == db && str_eq(a, b);
	return da - a == db - b && memcmp(a, b, (size_t)(da - a)) == 0 && str_eq_nocase(da, db);
}

/* One octet against one: behind the @ of the address without case. */
static bool
is_same(char a, char b, bool in_domain)
{
	return in_domain ? str_lower((unsigned char)a) == str_lower((unsigned char)b) : a == b;
}

bool
addr_matches(const char *pattern, const char *addr)
{
	const char *domain = addr_domain(addr), *p = pattern, *star = NULL, *resume = NULL;

	if (domain == NULL || addr_domain(pattern) == NULL || strlen(pattern) > ADDR_MAX ||
	    strlen(addr) > ADDR_MAX)
		return false;
	while (*addr != '\0') {
		if (*p == '*') {
			star = p++;
			resume = addr;
		} else if (*p == '?' || (*p != '\0' && is_same(*p, *addr, addr >= domain))) {
			p++;
			addr++;
		} else if (star != NULL) {
			/* the last '*' takes one octet more: an earlier one could win nothing */
			p = star + 1;
			addr = ++resume;
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return *p == '\0';
}

/* The next code point of valid UTF-8; *len octets. */
static uint32_t
code_point(const char *s, size_t *len)
{
	unsigned char c = (unsigned char)s[0];
	uint32_t v;

	*len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	v = *len == 1 ? c : c & (0xffU >> (*len + 1));
	for (size_t i = 1; i < *len; i++)
		v = v << 6 | ((unsigned char)s[i] & 0x3fU);
	return v;
}

void
addr_utf8_xtext(struct buf *out, const char *s)
{
	uint32_t c;
	size_t len;

	for (; *s != '\0'; s += len) {
		c = code_point(s, &len);
		if (c > 0x20 && c < 0x7f && c != '\\' && c != '+' && c != '=')
			(void)buf_addc(out, (char)c);
		else
			(void)buf_addf(out, "\\x{%02" PRIX32 "}", c);
	}
}
