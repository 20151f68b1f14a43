/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/auth.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/str.h"
#include "smtp/sasl.h"

#define COMMAND_MAX 510    /* RFC 4954 section 4: 512 with CRLF, else no initial response */
#define RESPONSE_MAX 12288 /* the same, for a line of the exchange */
#define ROUNDS_MAX 10      /* no mechanism of ours needs more than 3 */
#define WORDS_MAX 140      /* of the server's, where ours about the token follow */

/*
 * Strongest first. CRAM-MD5 proves nothing of the server, but unlike PLAIN it does not
 * hand it the password.
 */
static const char *const preference[] = {
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "CRAM-MD5",
    "PLAIN",
    "LOGIN",
    /* with a token; of the two the one that has an RFC */
    "OAUTHBEARER",
    "XOAUTH2",
};

#define NPREFERENCE (sizeof(preference) / sizeof(preference[0]))

/* ---- which one */

/* Our spelling of a name, NULL when we cannot do it. */
static const char *
canonical(const char *name)
{
	for (size_t i = 0; i < NPREFERENCE; i++)
		if (str_eq_nocase(preference[i], name) && sasl_supports(name))
			return preference[i];
	return NULL;
}

/* NULL: not to be used, as we do not have it, or as it wants another kind of secret. */
static const char *
candidate(const struct auth_params *p, size_t i)
{
	const char *name = canonical(p->nmechs > 0 ? p->mechs[i] : preference[i]);

	return name != NULL && sasl_wants_token(name) == p->token ? name : NULL;
}

static size_t
ncandidates(const struct auth_params *p)
{
	return p->nmechs > 0 ? p->nmechs : NPREFERENCE;
}

/* Trouble that no reply code tells, but that a person has to look at. */
static bool
denied(struct err *e)
{
	if (e != NULL && e->class == ERR_RELAY)
		e->sysexit = EX_NOPERM;
	return false;
}

static void
name_ours(const struct auth_params *p, struct buf *out)
{
	const char *name;

	for (size_t i = 0; i < ncandidates(p); i++) {
		name = p->nmechs > 0 ? p->mechs[i] : preference[i];
		/* a word of the account's own is named even if we do not know it */
		if (canonical(name) == NULL || candidate(p, i) != NULL)
			(void)buf_addf(out, "%s%s", out->len > 0 ? " " : "", name);
	}
}

static void
explain_choice(const struct auth_params *p, const struct capabilities *caps, const char *forbidden,
    struct err *e)
{
	struct buf ours;

	buf_init(&ours, 256);
	name_ours(p, &ours);
	if (forbidden != NULL)
		(void)err_set(e, ERR_RELAY, STAGE_AUTH, "",
		    "%s would show the %s on a connection without verified TLS, and of "
		    "what the server offers (%s) nothing better is allowed",
		    forbidden, p->token ? "access token" : "password", caps->mechs);
	else if (caps->mechs[0] == '\0')
		(void)err_set(e, ERR_RELAY, STAGE_AUTH, "", "the server offers no authentication");
	else
		(void)err_set(e, ERR_RELAY, STAGE_AUTH, "",
		    "no common mechanism%s: the server offers %s, this account allows %s",
		    p->token ? " for a token" : "", caps->mechs, buf_str(&ours));
	buf_done(&ours);
	(void)denied(e);
}

const char *
auth_choose(const struct auth_params *p, const struct capabilities *caps, struct err *e)
{
	const char *mech, *forbidden = NULL;

	for (size_t i = 0; i < ncandidates(p); i++) {
		mech = candidate(p, i);
		if (mech == NULL || !ehlo_has_mech(caps, mech))
			continue;
		if (p->safe_channel || !sasl_is_plain(mech))
			return mech;
		if (forbidden == NULL)
			forbidden = mech;
	}
	explain_choice(p, caps, forbidden, e);
	(void)err_hint(e, "auth-no-mech");
	return NULL;
}

/* ---- the exchange */

struct exchange {
	struct pipeline *p;
	struct sasl *sasl;
	const char *mech;
	struct buf response; /* base64 of what we say next */
	struct buf line;
	bool unsent; /* the response of the first step waits for an empty challenge */
	bool token, stale;
};

/* "AUTH PLAIN" with the initial response when there is one and it fits. */
static bool
begin(struct exchange *x, struct err *e)
{
	char shown[80];

	(void)buf_addf(&x->line, "AUTH %s", x->mech);
	(void)snprintf(shown, sizeof(shown), "%s", buf_str(&x->line));
	if (sasl_is_client_first(x->mech)) {
		if (sasl_step(x->sasl, NULL, &x->response, e) == SASL_FAIL)
			return denied(e);
		x->unsent = x->line.len + 1 + x->response.len > COMMAND_MAX;
		if (!x->unsent) {
			/* RFC 4954 section 4: "=" is an initial response of no octets */
			(void)buf_addf(&x->line, " %s",
			    x->response.len > 0 ? buf_str(&x->response) : "=");
			(void)snprintf(shown, sizeof(shown), "AUTH %s <%zu octets hidden>", x->mech,
			    x->response.len);
		}
	}
	pipeline_secret(x->p, buf_str(&x->response), x->response.len);
	pipeline_add(x->p, STAGE_AUTH, buf_str(&x->line), NULL, NULL);
	pipeline_hide(x->p, shown);
	return pipeline_run(x->p, e);
}

/*
 * RFC 4954 section 4: "*" cancels. The server's 501 to it changes nothing, and a server that
 * cheats is not worth waiting for.
 */
static bool
cancel(struct exchange *x, struct err *e)
{
	pipeline_farewell(x->p, "*");
	return denied(e);
}

/* To a 334: the response in x->response. */
static bool
respond(struct exchange *x, struct err *e)
{
	const char *challenge = buf_str(&pipeline_reply(x->p)->text);
	char shown[48];

	if (x->unsent)
		x->unsent =
		    false; /* whatever it says: RFC 4954 section 4 has an empty challenge here */
	else if (sasl_step(x->sasl, challenge, &x->response, e) == SASL_FAIL)
		return cancel(x, e);
	if (x->response.len > RESPONSE_MAX) {
		(void)err_set(e, ERR_CONFIG, STAGE_AUTH, "",
		    "the %s is too long for %s (RFC 4954: lines of at most %d octets)",
		    x->token ? "token" : "password", x->mech, RESPONSE_MAX);
		return cancel(x, e);
	}
	(void)snprintf(shown, sizeof(shown), "<%zu octets hidden>", x->response.len);
	pipeline_secret(x->p, buf_str(&x->response), x->response.len);
	pipeline_add(x->p, STAGE_AUTH, buf_str(&x->response), NULL, NULL);
	pipeline_hide(x->p, shown);
	return pipeline_run(x->p, e);
}

/* Puts words behind the sentence, the rest of e stays. */
static bool
say_more(struct err *e, const char *before, const char *words, const char *after)
{
	struct err longer;

	(void)err_set(&longer, e->class, e->stage, "", "%s%s%s%s", e->text, before, words, after);
	memcpy(e->text, longer.text, sizeof(e->text));
	return false;
}

/*
 * What the challenge said of the token belongs to the refusal. The server's words come first, as
 * those of any other reply, but must leave room.
 */
static bool
token_refused(struct exchange *x, int code, struct err *e)
{
	const struct oauth_refusal *why = sasl_refusal(x->sasl);
	struct buf words;

	/* RFC 4954 section 6: 534 and 538 speak of the mechanism, not of what we sent with it */
	x->stale = code == 535 && (why == NULL || why->stale);
	(void)err_hint(e, "oauth2-token");
	if (why == NULL || why->words[0] == '\0')
		return false;
	buf_init(&words, sizeof(e->text));
	str_escape(&words, e->text, strlen(e->text), WORDS_MAX);
	memcpy(e->text, buf_str(&words), words.len + 1);
	buf_done(&words);
	return say_more(e, " (the token: ", why->words, ")");
}

static bool
conclude(struct exchange *x, struct err *e)
{
	const struct reply *r = pipeline_reply(x->p);

	if (reply_class(r) >= 4) {
		(void)reply_error(r, ERR_RELAY, STAGE_AUTH, e);
		if (reply_class(r) == 5)
			return x->token ? token_refused(x, r->code, e) : err_hint(e, "login");
		return false;
	}
	if (r->code == 235 && sasl_is_complete(x->sasl))
		return true;
	if (r->code == 235 && x->token)
		(void)err_set(e, ERR_RELAY, STAGE_AUTH, "",
		    "the server refuses the token in %s, and says 235 all the same", x->mech);
	else if (r->code == 235)
		(void)err_set(e, ERR_RELAY, STAGE_AUTH, "",
		    "the server says 235 in the middle of %s, without the proof that it knows the "
		    "password",
		    x->mech);
	else
		(void)err_set(e, ERR_RELAY, STAGE_AUTH, "",
		    "the server's answer to %s is %d, which is neither yes nor no", x->mech,
		    r->code);
	return denied(e);
}

static bool
exchange(struct exchange *x, struct err *e)
{
	if (!begin(x, e))
		return false;
	for (int i = 0; i < ROUNDS_MAX && pipeline_reply(x->p)->code == 334; i++)
		if (!respond(x, e))
			return false;
	return conclude(x, e);
}

static bool
log_in(struct exchange *x, const struct auth_params *params, const struct secret *secret,
    struct err *e)
{
	const struct sasl_login login = {params->user, secret, params->host, params->port};
	bool good = false;

	x->unsent = x->stale = false;
	buf_clear(&x->line);
	x->sasl = sasl_new(x->mech, &login, e);
	if (x->sasl != NULL) {
		pipeline_auth_lines(x->p, true);
		if (secret->data != NULL)
			pipeline_secret(x->p, secret->data, secret->len);
		good = exchange(x, e);
		pipeline_secret(x->p, NULL, 0);
		pipeline_auth_lines(x->p, false);
	}
	sasl_free(x->sasl);
	x->sasl = NULL;
	buf_wipe(&x->response);
	buf_wipe(&x->line);
	return good;
}

static bool
is_same(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/*
 * The token was refused, and e says how. Another one is tried where the server still listens; e
 * becomes what it says then.
 */
static bool
log_in_again(struct exchange *x, const struct auth_params *params, const struct secret *old,
    struct err *e)
{
	struct secret fresh = {0};
	struct err again = {0};
	bool good = false;

	if (pipeline_is_broken(x->p) || stream_has_input(pipeline_stream(x->p)))
		return false;
	if (!params->password(params->arg, &fresh, &again))
		(void)say_more(e, "; then ", again.text, "");
	else if (is_same(old, &fresh))
		(void)say_more(e, "; there is no newer one", "", "");
	else if (log_in(x, params, &fresh, &again))
		good = true;
	else if (again.code != 0 && again.code != 421)
		*e = again; /* a server that has had enough of us hangs up: the 535 tells more */
	secret_wipe(&fresh);
	return good;
}

bool
auth_run(struct pipeline *p, const struct auth_params *params, const struct capabilities *caps,
    const char **mech, struct err *e)
{
	struct exchange x = {.p = p, .token = params->token};
	struct secret secret = {0};
	struct err own;
	bool good;

	if (e == NULL)
		e = &own;
	x.mech = auth_choose(params, caps, e);
	if (x.mech == NULL)
		return false;
	*mech = x.mech;
	buf_init(&x.response, 2 * SECRET_MAX);
	buf_init(&x.line, COMMAND_MAX + 16);
	good = params->password(params->arg, &secret, e) && log_in(&x, params, &secret, e);
	if (!good && x.stale)
		good = log_in_again(&x, params, &secret, e);
	secret_wipe(&secret);
	buf_done(&x.response);
	buf_done(&x.line);
	return good;
}
