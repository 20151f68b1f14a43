/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a server says about a token, as the document itself and as the challenge it comes in:
 * what is shown of it is fit to be shown, within its bounds and without the token, and a
 * challenge is answered as the mechanism wants it. An odd first octet takes OAUTHBEARER.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/str.h"
#include "fuzz.h"
#include "smtp/sasl.h"

#define TOKEN "ya29.secret-token-of-many-octets"

static const struct secret token = {(char *)(uintptr_t)TOKEN, sizeof TOKEN - 1};

static void
check(const struct oauth_refusal *r)
{
	size_t n = strlen(r->words);

	assert(n < sizeof r->words);
	assert(!str_has_ctl(r->words, n) && str_utf8_valid(r->words, n));
	assert(strstr(r->words, "ya29.secret-toke") == NULL);
	assert(n == 0 || r->words[n - 1] == '"');
}

/* The refusal that a mechanism makes of a challenge; it has answered it. */
static struct oauth_refusal
challenge(const char *mech, const char *text)
{
	const struct sasl_login login = {"ann", &token, "h.example", 587};
	struct sasl *s = sasl_new(mech, &login, NULL);
	struct oauth_refusal r;
	struct buf out;

	assert(s != NULL);
	buf_init(&out, 2 * SECRET_MAX);
	assert(sasl_step(s, NULL, &out, NULL) == SASL_OK && out.len > 40);
	assert(sasl_step(s, text, &out, NULL) == SASL_MORE && !sasl_is_complete(s));
	assert(str_eq(buf_str(&out), str_eq(mech, "XOAUTH2") ? "" : "AQ=="));
	r = *sasl_refusal(s);
	buf_done(&out);
	sasl_free(s);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oauth_refusal plain, coded;
	const char *mech;
	struct buf b;
	char *text;

	if (size < 1 || size > 6000)
		return 0;
	mech = data[0] % 2 == 1 ? "OAUTHBEARER" : "XOAUTH2";
	oauth_refusal((const char *)data + 1, size - 1, &token, &plain);
	check(&plain);
	buf_init(&b, SIZE_MAX);
	crypto_base64(&b, data + 1, size - 1);
	coded = challenge(mech, buf_str(&b));
	assert(str_eq(coded.words, plain.words) && coded.stale == plain.stale);
	buf_done(&b);
	/* and as it is: hardly ever base64 */
	text = malloc(size);
	assert(text != NULL);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	coded = challenge(mech, text);
	check(&coded);
	free(text);
	return 0;
}
