/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/sasl.h"

#include <gsasl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"

/* RFC 5802 5.1 asks for 4,096 at least; above a million a server burns our time, not a thief's. */
#define ITER_MIN 4096
#define ITER_MAX 1000000
#define SALT_MAX 1024
/* The longest line of an exchange (RFC 4954 section 4) in raw octets. */
#define RAW_MAX 9216

struct mech {
	const char *name;
	bool plain;        /* shows the password to the server */
	bool client_first; /* RFC 4422 section 3.3 */
	Gsasl_hash scram;  /* 0: not SCRAM */
	bool token;        /* ours: takes an access token */
};

static const struct mech mechs[] = {
    {"OAUTHBEARER", true, true, 0, true},
    {"XOAUTH2", true, true, 0, true},
    {"SCRAM-SHA-256", false, true, GSASL_HASH_SHA256, false},
    {"SCRAM-SHA-1", false, true, GSASL_HASH_SHA1, false},
    {"CRAM-MD5", false, false, 0, false},
    {"PLAIN", true, true, 0, false},
    /* libgsasl would give the user name without having seen a challenge: it waits for one. */
    {"LOGIN", true, false, 0, false},
};

struct sasl {
	const struct mech *mech;
	Gsasl *lib; /* NULL: a mechanism of ours */
	Gsasl_session *session;
	char *user, *host;
	uint16_t port;
	const struct secret *password; /* or the token */
	struct err why;                /* class not ERR_NONE: a callback refused to go on */
	bool complete, refused;
	struct oauth_refusal refusal; /* once refused */
};

static const struct mech *
find_mech(const char *name)
{
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++)
		if (str_eq_nocase(mechs[i].name, name))
			return &mechs[i];
	return NULL;
}

bool
sasl_supports(const char *mech)
{
	return find_mech(mech) != NULL;
}

bool
sasl_is_plain(const char *mech)
{
	const struct mech *m = find_mech(mech);

	return m != NULL && m->plain;
}

bool
sasl_is_client_first(const char *mech)
{
	const struct mech *m = find_mech(mech);

	return m != NULL && m->client_first;
}

bool
sasl_wants_token(const char *mech)
{
	const struct mech *m = find_mech(mech);

	return m != NULL && m->token;
}

static bool
refuse(struct err *e, const char *what)
{
	return err_set(e, ERR_RELAY, STAGE_AUTH, "", "%s", what);
}

/* ---- what libgsasl asks for */

/* RFC 5802 2.2: the password as SASLprep makes it, wiped by the caller; NULL: it cannot be. */
static char *
prepared(const struct secret *password)
{
	char *prep = NULL;

	if (gsasl_saslprep(password->data, GSASL_ALLOW_UNASSIGNED, &prep, NULL) != GSASL_OK)
		return NULL;
	return prep;
}

static bool
check_rounds(struct sasl *s, uint64_t *rounds)
{
	const char *iter = gsasl_property_fast(s->session, GSASL_SCRAM_ITER);
	struct buf shown;

	if (iter != NULL && str_u64(iter, ITER_MIN, ITER_MAX, rounds))
		return true;
	buf_init(&shown, 64);
	str_escape(&shown, iter != NULL ? iter : "", iter != NULL ? strlen(iter) : 0, 24);
	(void)err_set(&s->why, ERR_RELAY, STAGE_AUTH, "",
	    "the server asks for %s rounds of SCRAM: refused (%d to %d are sensible)",
	    buf_str(&shown), ITER_MIN, ITER_MAX);
	buf_done(&shown);
	return false;
}

static bool
hand_out_salted(struct sasl *s, const char *prep, uint64_t rounds, const struct buf *salt)
{
	static const char digits[] = "0123456789abcdef";
	char salted[GSASL_HASH_MAX_SIZE], client[GSASL_HASH_MAX_SIZE], server[GSASL_HASH_MAX_SIZE],
	    stored[GSASL_HASH_MAX_SIZE], hex[2 * GSASL_HASH_MAX_SIZE + 1];
	size_t n = gsasl_hash_length(s->mech->scram);
	bool good;

	good = gsasl_scram_secrets_from_password(s->mech->scram, prep, (unsigned)rounds, salt->data,
		   salt->len, salted, client, server, stored) == GSASL_OK;
	for (size_t i = 0; good && i < n; i++) {
		hex[2 * i] = digits[(unsigned char)salted[i] >> 4];
		hex[2 * i + 1] = digits[(unsigned char)salted[i] & 15];
	}
	if (good)
		good = gsasl_property_set_raw(s->session, GSASL_SCRAM_SALTED_PASSWORD, hex,
			   2 * n) == GSASL_OK;
	secret_zero(salted, sizeof(salted));
	secret_zero(client, sizeof(client));
	secret_zero(server, sizeof(server));
	secret_zero(stored, sizeof(stored));
	secret_zero(hex, sizeof(hex));
	return good || refuse(&s->why, "cannot compute the SCRAM proof");
}

/*
 * Here the iteration count is known and nothing has been computed with it yet. SCRAM
 * gets no other form of the password, so a refusal ends the exchange, and libgsasl makes no
 * copies of the password that it would free without wiping (decisions.md 25).
 */
static bool
give_salted(struct sasl *s)
{
	const char *salt64 = gsasl_property_fast(s->session, GSASL_SCRAM_SALT);
	struct buf salt;
	uint64_t rounds;
	char *prep;
	bool good;

	if (!check_rounds(s, &rounds))
		return false;
	buf_init(&salt, SALT_MAX);
	good = salt64 != NULL && crypto_unbase64(&salt, salt64, strlen(salt64)) && salt.len > 0;
	prep = good ? prepared(s->password) : NULL;
	if (!good)
		(void)refuse(&s->why, "the server's SCRAM salt makes no sense");
	else if (prep == NULL)
		good = err_set(&s->why, ERR_CONFIG, STAGE_AUTH, "",
		    "the password has characters that SCRAM does not allow");
	else
		good = hand_out_salted(s, prep, rounds, &salt);
	if (prep != NULL) {
		secret_zero(prep, strlen(prep));
		gsasl_free(prep);
	}
	buf_done(&salt);
	return good;
}

static int
answer(Gsasl *lib, Gsasl_session *session, Gsasl_property prop)
{
	struct sasl *s = gsasl_session_hook_get(session);
	bool have_password = s->password != NULL && s->password->data != NULL;

	(void)lib;
	switch (prop) {
	case GSASL_AUTHID:
		return gsasl_property_set(session, prop, s->user);
	case GSASL_SERVICE:
		return gsasl_property_set(session, prop, "smtp");
	case GSASL_HOSTNAME:
		return gsasl_property_set(session, prop, s->host);
	case GSASL_PASSWORD:
		if (s->mech->scram != 0 || !have_password)
			return GSASL_NO_CALLBACK;
		return gsasl_property_set_raw(session, prop, s->password->data, s->password->len);
	case GSASL_SCRAM_SALTED_PASSWORD:
		if (have_password && give_salted(s))
			return GSASL_OK;
		return GSASL_NO_CALLBACK;
	default:
		/* Channel bindings too: no -PLUS mechanism is here (smtp.md finding 0.1). */
		return GSASL_NO_CALLBACK;
	}
}

/* ---- the exchange */

/* A NUL would end the password, or in PLAIN begin another field (RFC 4616 section 2). */
static bool
has_nul(const struct secret *password)
{
	return password != NULL && password->data != NULL &&
	    memchr(password->data, '\0', password->len) != NULL;
}

/* RFC 7628 section 3.1: control-A separates, and both mechanisms need a token. */
static bool
check_token(const struct sasl_login *login, struct err *e)
{
	if (login->secret == NULL || login->secret->len == 0)
		return err_set(e, ERR_CONFIG, STAGE_AUTH, "", "there is no access token");
	if (login->user != NULL && str_has_ctl(login->user, strlen(login->user)))
		return err_set(e, ERR_CONFIG, STAGE_AUTH, "",
		    "the user name has control characters in it");
	return true;
}

static bool
start_library(struct sasl *s, struct err *e)
{
	int rc = gsasl_init(&s->lib);

	if (rc == GSASL_OK) {
		gsasl_callback_set(s->lib, answer);
		rc = gsasl_client_start(s->lib, s->mech->name, &s->session);
	}
	if (rc != GSASL_OK)
		return err_set(e, ERR_LOCAL, STAGE_AUTH, "4.3.0", "cannot start %s: %s",
		    s->mech->name, gsasl_strerror(rc));
	gsasl_session_hook_set(s->session, s);
	return true;
}

struct sasl *
sasl_new(const char *mech, const struct sasl_login *login, struct err *e)
{
	const struct mech *m = find_mech(mech);
	struct sasl *s;

	if (m == NULL) {
		(void)refuse(e, "no such authentication mechanism here");
		return NULL;
	}
	if (has_nul(login->secret)) {
		(void)err_set(e, ERR_CONFIG, STAGE_AUTH, "", "the %s has a NUL octet in it",
		    m->token ? "token" : "password");
		return NULL;
	}
	if (m->token && !check_token(login, e))
		return NULL;
	s = mem_alloc(sizeof(*s));
	s->mech = m;
	s->user = mem_strdup(login->user != NULL ? login->user : "");
	s->host = mem_strdup(login->host != NULL ? login->host : "");
	s->port = login->port;
	s->password = login->secret;
	if (m->token || start_library(s, e))
		return s;
	sasl_free(s);
	return NULL;
}

/* The library's own memory: read-only for callers, but its last owner may wipe it. */
static void
wipe_property(Gsasl_session *session, Gsasl_property prop)
{
	const char *value = gsasl_property_fast(session, prop);

	if (value != NULL)
		secret_zero((char *)(uintptr_t)value, strlen(value));
}

void
sasl_free(struct sasl *s)
{
	if (s == NULL)
		return;
	if (s->session != NULL) {
		wipe_property(s->session, GSASL_PASSWORD);
		wipe_property(s->session, GSASL_SCRAM_SALTED_PASSWORD);
		gsasl_finish(s->session);
	}
	if (s->lib != NULL)
		gsasl_done(s->lib);
	free(s->user);
	free(s->host);
	free(s);
}

static enum sasl_step
explain(const struct sasl *s, int rc, struct err *e)
{
	if (s->why.class != ERR_NONE) {
		if (e != NULL)
			*e = s->why;
	} else if (rc == GSASL_NO_PASSWORD) {
		(void)err_set(e, ERR_CONFIG, STAGE_AUTH, "", "%s needs a password", s->mech->name);
	} else {
		(void)err_set(e, ERR_RELAY, STAGE_AUTH, "", "%s failed: %s%s", s->mech->name,
		    gsasl_strerror(rc),
		    s->mech->scram != 0 && rc == GSASL_AUTHENTICATION_ERROR
			? " (the server did not prove that it knows the password)"
			: "");
	}
	return SASL_FAIL;
}

/* The token, and when the server wants none of it the empty answer that ends it. */
static enum sasl_step
step_token(struct sasl *s, const struct buf *in, struct buf *out)
{
	bool x = str_eq(s->mech->name, "XOAUTH2");
	struct buf raw;

	buf_init(&raw, 2 * SECRET_MAX);
	if (!s->complete) {
		if (x)
			oauth_x(&raw, s->user, s->password);
		else
			oauth_bearer(&raw, s->user, s->host, s->port, s->password);
		s->complete = true;
	} else {
		oauth_refusal(buf_str(in), in->len, s->password, &s->refusal);
		s->complete = false;
		s->refused = true;
		/* RFC 7628 3.2.3: one control-A; XOAUTH2 has nothing there */
		(void)buf_adds(&raw, x ? "" : "\x01");
	}
	crypto_base64(out, buf_str(&raw), raw.len);
	buf_wipe(&raw);
	buf_done(&raw);
	return s->complete ? SASL_OK : SASL_MORE;
}

static enum sasl_step
step_library(struct sasl *s, const struct buf *in, struct buf *out, struct err *e)
{
	char *raw = NULL;
	size_t rawlen = 0;
	int rc = gsasl_step(s->session, buf_str(in), in->len, &raw, &rawlen);

	if (rc == GSASL_OK || rc == GSASL_NEEDS_MORE)
		crypto_base64(out, raw, rawlen);
	if (raw != NULL) {
		secret_zero(raw, rawlen);
		gsasl_free(raw);
	}
	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE)
		return explain(s, rc, e);
	s->complete = rc == GSASL_OK;
	return s->complete ? SASL_OK : SASL_MORE;
}

enum sasl_step
sasl_step(struct sasl *s, const char *challenge, struct buf *out, struct err *e)
{
	size_t n = challenge != NULL ? strlen(challenge) : 0;
	/* of a token the server may yet say what is wrong with it */
	bool over = s->mech->token ? s->refused : s->complete;
	enum sasl_step got = SASL_FAIL;
	struct buf in;

	buf_clear(out);
	if (over) {
		(void)refuse(e,
		    s->refused ? "the server asks on after it refused the token"
			       : "the server asks on after the login was complete");
		return SASL_FAIL;
	}
	buf_init(&in, RAW_MAX);
	/* what a server says about a token is only words: the final reply decides */
	if (!crypto_unbase64(&in, challenge, n) && !s->mech->token)
		(void)refuse(e, "the server's challenge is not base64, or too long");
	else if (s->mech->token)
		got = step_token(s, &in, out);
	else
		got = step_library(s, &in, out, e);
	buf_wipe(&in);
	buf_done(&in);
	return got;
}

bool
sasl_is_complete(const struct sasl *s)
{
	return s->complete;
}

const struct oauth_refusal *
sasl_refusal(const struct sasl *s)
{
	return s->refused ? &s->refusal : NULL;
}

const char *
sasl_library(void)
{
	return gsasl_check_version(NULL);
}
