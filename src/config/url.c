/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/url.h"

#include <string.h>

#include "base/str.h"

static int
hex_digit(int c)
{
	if (str_is_digit(c))
		return c - '0';
	c = str_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %XX decoded (RFC 3986 2.1); what is no escape stays as it is. NUL cannot come out. */
static const char *
decode(struct arena *mem, const char *s, size_t n)
{
	char *out = arena_alloc(mem, n + 1), *o = out;

	for (size_t i = 0; i < n; i++) {
		int high = -1, low = -1;

		if (s[i] == '%' && n - i > 2) {
			high = hex_digit((unsigned char)s[i + 1]);
			low = hex_digit((unsigned char)s[i + 2]);
		}
		if (high < 0 || low < 0 || high + low == 0) {
			*o++ = s[i];
			continue;
		}
		*o++ = (char)(high * 16 + low);
		i += 2;
	}
	*o = '\0';
	return out;
}

static void
take_params(struct arena *mem, const char *query, struct url *out)
{
	while (*query != '\0') {
		size_t n = strcspn(query, "&"), eq = strcspn(query, "=&");

		if (n > 0) {
			out->params = arena_grow(mem, out->params, out->nparams,
			    sizeof *out->params);
			out->params[out->nparams++] = (struct url_param){
			    .key = decode(mem, query, eq),
			    .value = eq < n ? decode(mem, query + eq + 1, n - eq - 1) : ""};
		}
		query += n;
		query += *query == '&';
	}
}

/* [user@]host[:port] */
static bool
take_authority(struct arena *mem, const char *s, size_t n, struct url *out, const char **problem)
{
	const char *at = memrchr(s, '@', n), *host = s, *end = s + n, *colon;

	if (at != NULL) {
		if (memchr(s, ':', (size_t)(at - s)) != NULL) {
			*problem =
			    "it holds a password, which others can see: leave it out and name a password source";
			return false;
		}
		out->user = decode(mem, s, (size_t)(at - s));
		host = at + 1;
	}
	if (host < end && host[0] == '[') {
		const char *close = memchr(host, ']', (size_t)(end - host));
		if (close == NULL || (close + 1 < end && close[1] != ':')) {
			*problem = "the address in brackets has no end";
			return false;
		}
		out->host = arena_strndup(mem, host + 1, (size_t)(close - host - 1));
		colon = close + 1 < end ? close + 1 : NULL;
	} else {
		colon = memchr(host, ':', (size_t)(end - host));
		out->host = arena_strndup(mem, host,
		    (size_t)((colon != NULL ? colon : end) - host));
	}
	if (colon != NULL)
		out->port = arena_strndup(mem, colon + 1, (size_t)(end - colon - 1));
	if (out->host[0] == '\0') {
		*problem = "it names no host";
		return false;
	}
	return true;
}

bool
url_parse(struct arena *mem, const char *text, struct url *out, const char **problem)
{
	const char *rest = strstr(text, "://");
	size_t n;

	*out = (struct url){.lmtp = false};
	if (str_starts(text, "smtps://")) {
		out->implicit_tls = true;
	} else if (str_starts(text, "lmtp://")) {
		out->lmtp = true;
	} else if (!str_starts(text, "smtp://")) {
		*problem = "it does not begin with smtps://, smtp:// or lmtp://";
		return false;
	}
	rest += 3;
	n = strcspn(rest, "?");
	if (rest[n] == '?')
		take_params(mem, rest + n + 1, out);
	if (rest[0] == '/') {
		out->path = decode(mem, rest, n);
		if (out->lmtp)
			return true;
		*problem = "only lmtp:/// names a Unix socket";
		return false;
	}
	while (n > 0 && rest[n - 1] == '/')
		n--;
	return take_authority(mem, rest, n, out, problem);
}
