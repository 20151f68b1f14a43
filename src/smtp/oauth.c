/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/oauth.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

#define FIELD_MAX 4096
#define TELLTALE 16 /* so much of a token is not there by chance */

/* RFC 5801 section 4: what separates the parts of the GS2 header is written otherwise. */
static void
add_saslname(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == ',')
			(void)buf_adds(out, "=2C");
		else if (*s == '=')
			(void)buf_adds(out, "=3D");
		else
			(void)buf_addc(out, *s);
	}
}

static void
add_token(struct buf *out, const struct secret *token)
{
	(void)buf_adds(out, "auth=Bearer ");
	(void)buf_add(out, token->data, token->len);
	(void)buf_adds(out, "\x01\x01");
}

void
oauth_bearer(struct buf *out, const char *user, const char *host, uint16_t port,
    const struct secret *token)
{
	(void)buf_adds(out, "n,a=");
	add_saslname(out, user);
	(void)buf_adds(out, ",\x01");
	if (host != NULL && host[0] != '\0')
		(void)buf_addf(out, "host=%s\x01port=%u\x01", host, (unsigned)port);
	add_token(out, token);
}

void
oauth_x(struct buf *out, const char *user, const struct secret *token)
{
	(void)buf_addf(out, "user=%s\x01", user);
	add_token(out, token);
}

/* ---- what the server says about it */

struct document {
	const char *json;
	size_t n;
	char telltale[TELLTALE + 1]; /* how the token begins */
};

static bool
repeats_token(const struct document *d, const char *s)
{
	return d->telltale[0] != '\0' && strstr(s, d->telltale) != NULL;
}

/* Appends the member as LABEL"VALUE", cut to max; nothing when it is absent, or has the token. */
static bool
add_field(const struct document *d, const char *key, const char *label, size_t max, struct buf *out)
{
	struct buf value;
	bool good;

	buf_init(&value, FIELD_MAX);
	good = json_get_word(d->json, d->n, key, &value) && value.len > 0 &&
	    !repeats_token(d, buf_str(&value));
	if (good) {
		(void)buf_addf(out, "%s%s\"", out->len > 0 ? ", " : "", label);
		str_escape(out, value.data, value.len, max);
		(void)buf_addc(out, '"');
	}
	buf_wipe(&value);
	buf_done(&value);
	return good;
}

/*
 * RFC 7628 has the words of RFC 6750 as status, Google and Microsoft numbers of HTTP, and both say
 * 400 of a token that is over. Without a status nobody knows, so it may be that.
 */
static bool
is_stale(const struct document *d)
{
	static const char *const words[] = {"invalid_token", "401", "400"};
	struct buf status;
	bool stale = false;

	buf_init(&status, FIELD_MAX);
	if (!json_get_word(d->json, d->n, "status", &status))
		stale = true;
	for (size_t i = 0; !stale && i < sizeof(words) / sizeof(words[0]); i++)
		stale = str_eq_nocase(buf_str(&status), words[i]);
	buf_done(&status);
	return stale;
}

void
oauth_refusal(const char *json, size_t n, const struct secret *token, struct oauth_refusal *out)
{
	struct document d = {.json = json, .n = n};
	struct buf words;

	if (token != NULL && token->data != NULL)
		(void)snprintf(d.telltale, sizeof(d.telltale), "%s", token->data);
	buf_init(&words, sizeof(out->words) - 1);
	if (!add_field(&d, "status", "status ", 32, &words))
		(void)add_field(&d, "error", "status ", 32, &words);
	(void)add_field(&d, "scope", "scope ", 72, &words);
	(void)add_field(&d, "error_description", "", 80, &words);
	(void)snprintf(out->words, sizeof(out->words), "%s", buf_str(&words));
	out->stale = is_stale(&d);
	secret_zero(d.telltale, sizeof(d.telltale));
	buf_done(&words);
}
