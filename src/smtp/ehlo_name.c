/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/ehlo_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define NAME_MAX_LEN 255 /* RFC 5321 4.5.3.1.2 */

static bool
is_alnum(char c)
{
	return str_is_alpha((unsigned char)c) || str_is_digit((unsigned char)c);
}

/* All of s[0..n) letters, digits or of `others`. */
static bool
is_made_of(const char *s, size_t n, const char *others)
{
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(s[i]) && (s[i] == '\0' || strchr(others, s[i]) == NULL))
			return false;
	return n > 0;
}

static bool
is_name(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > NAME_MAX_LEN)
		return false;
	if (s[0] == '[')
		return n > 2 && s[n - 1] == ']' && is_made_of(s + 1, n - 2, ".:-");
	return is_alnum(s[0]) && is_made_of(s, n, ".-_");
}

static bool
is_localhost(const char *s)
{
	return str_eq_nocase(s, "localhost") || str_starts_nocase(s, "localhost.");
}

static bool
is_full(const char *s)
{
	const char *dot = strchr(s, '.');

	return dot != NULL && dot[1] != '\0';
}

static void
add_literal(struct buf *b, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in = (const void *)ss;
	const struct sockaddr_in6 *in6 = (const void *)ss;
	char text[INET6_ADDRSTRLEN];

	if (ss->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		(void)inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], text, sizeof(text));
		(void)buf_addf(b, "[%s]", text);
	} else if (ss->ss_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		(void)buf_addf(b, "[IPv6:%s]", text);
	} else if (ss->ss_family == AF_INET) {
		(void)inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		(void)buf_addf(b, "[%s]", text);
	} else {
		(void)buf_adds(b, "[127.0.0.1]");
	}
}

char *
ehlo_name_choose(const char *configured, int fd, struct err *e)
{
	char host[NAME_MAX_LEN + 2] = "";
	struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(ss);
	struct buf literal;
	char *name;

	if (configured != NULL && is_name(configured))
		return mem_strdup(configured);
	if (configured != NULL) {
		(void)err_set(e, ERR_CONFIG, STAGE_EHLO, "",
		    "\"%s\" cannot be our name in EHLO: it is no domain and no address literal",
		    configured);
		return NULL;
	}
	if (gethostname(host, sizeof(host) - 1) < 0 || !is_name(host) || is_localhost(host))
		host[0] = '\0';
	/* Failing leaves AF_UNSPEC, which is treated like a Unix socket. */
	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		ss.ss_family = AF_UNSPEC;
	if (is_full(host) ||
	    (host[0] != '\0' && ss.ss_family != AF_INET && ss.ss_family != AF_INET6))
		return mem_strdup(host);
	buf_init(&literal, 64);
	add_literal(&literal, &ss);
	name = mem_strdup(buf_str(&literal));
	buf_done(&literal);
	return name;
}
