/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/auth.h"

#include <stdio.h>
#include <sysexits.h>

#include "base/str.h"
#include "smtp/sasl.h"

#define COMMAND_MAX 510    /* RFC 4954 section 4: 512 with CRLF, else no initial response */
#define RESPONSE_MAX 12288 /* the same, for a line of the exchange */
#define ROUNDS_MAX 10      /* no mechanism of ours needs more than 3 */

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

static const char *
candidate(const struct auth_params *p, size_t i)
{
	return canonical(p->nmechs > 0 ? p->mechs[i] : preference[i]);
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
		(void)buf_addf(out, "%s%s", i > 0 ? " " : "", name);
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
		    "%s would show the password on a connection without verified TLS, and of "
		    "what the server offers (%s) nothing better is allowed",
		    forbidden, caps->mechs);
	else if (caps->mechs[0] == '\0')
		(void)err_set(e, ERR_RELAY, STAGE_AUTH, "", "the server offers no authentication");
	else
		(void)err_set(e, ERR_RELAY, STAGE_AUTH, "",
		    "no common mechanism: the server offers %s, this account allows %s",
		    caps->mechs, buf_str(&ours));
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
		    "the password is too long for %s (RFC 4954: lines of at most %d octets)",
		    x->mech, RESPONSE_MAX);
		return cancel(x, e);
	}
	(void)snprintf(shown, sizeof(shown), "<%zu octets hidden>", x->response.len);
	pipeline_add(x->p, STAGE_AUTH, buf_str(&x->response), NULL, NULL);
	pipeline_hide(x->p, shown);
	return pipeline_run(x->p, e);
}

static bool
conclude(const struct exchange *x, struct err *e)
{
	const struct reply *r = pipeline_reply(x->p);

	if (reply_class(r) >= 4) {
		(void)reply_error(r, ERR_RELAY, STAGE_AUTH, e);
		return reply_class(r) == 5 ? err_hint(e, "login") : false;
	}
	if (r->code == 235 && sasl_is_complete(x->sasl))
		return true;
	if (r->code == 235)
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

bool
auth_run(struct pipeline *p, const struct auth_params *params, const struct capabilities *caps,
    const char **mech, struct err *e)
{
	struct exchange x = {.p = p};
	struct secret password = {0};
	bool good = false;

	x.mech = auth_choose(params, caps, e);
	if (x.mech == NULL)
		return false;
	*mech = x.mech;
	buf_init(&x.response, 2 * SECRET_MAX);
	buf_init(&x.line, COMMAND_MAX + 16);
	if (params->password(params->arg, &password, e))
		x.sasl = sasl_new(x.mech, params->user, &password, params->host, e);
	if (x.sasl != NULL) {
		pipeline_auth_lines(p, true);
		good = exchange(&x, e);
		pipeline_auth_lines(p, false);
	}
	sasl_free(x.sasl);
	secret_wipe(&password);
	buf_wipe(&x.response);
	buf_wipe(&x.line);
	buf_done(&x.response);
	buf_done(&x.line);
	return good;
}
