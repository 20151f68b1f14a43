/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_sasl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>
#include <gsasl.h>

#include "fakeserver_text.h"

static const struct user *
find_user(const struct options *o, const char *name)
{
	for (size_t i = 0; name != NULL && i < o->nusers; i++)
		if (strcmp(o->users[i].name, name) == 0)
			return &o->users[i];
	return NULL;
}

/* tls-exporter, RFC 9266. Only for -PLUS: libgsasl takes its presence for the wish to bind. */
static int
give_binding(Gsasl_session *s, struct conn *c)
{
	const char *mech = gsasl_mechanism_name(s);
	size_t n = strlen(mech);
	gnutls_datum_t binding;
	char *text;
	int rc;

	if (!wire_is_tls(conn_wire(c)) || n < 5 || strcmp(mech + n - 5, "-PLUS") != 0)
		return GSASL_NO_CALLBACK;
	if (gnutls_session_channel_binding(wire_tls_session(conn_wire(c)), GNUTLS_CB_TLS_EXPORTER,
		&binding) < 0)
		return GSASL_NO_CALLBACK;
	rc = gsasl_base64_to((char *)binding.data, binding.size, &text, NULL);
	gnutls_free(binding.data);
	if (rc != GSASL_OK)
		return rc;
	rc = gsasl_property_set(s, GSASL_CB_TLS_EXPORTER, text);
	gsasl_free(text);
	return rc;
}

static int
callback(Gsasl *ctx, Gsasl_session *s, Gsasl_property prop)
{
	struct conn *c = gsasl_callback_hook_get(ctx);
	const struct user *user;
	char count[16];

	switch ((int)prop) {
	case GSASL_PASSWORD:
		user = find_user(conn_options(c), gsasl_property_fast(s, GSASL_AUTHID));
		if (user == NULL)
			return GSASL_NO_PASSWORD;
		return gsasl_property_set(s, GSASL_PASSWORD, user->password);
	case GSASL_SCRAM_ITER:
		snprintf(count, sizeof(count), "%d", conn_options(c)->scram_iterations);
		return gsasl_property_set(s, GSASL_SCRAM_ITER, count);
	case GSASL_CB_TLS_EXPORTER:
		return give_binding(s, c);
	default: /* GSASL_VALIDATE_SIMPLE: libgsasl then compares with GSASL_PASSWORD */
		return GSASL_NO_CALLBACK;
	}
}

/* Sends a challenge and reads its answer; NULL when the client is gone. Freed by the caller. */
static char *
ask(struct conn *c, const char *challenge)
{
	size_t len;
	char *line;

	conn_reply(c, "334 ", 4);
	conn_reply(c, challenge, strlen(challenge));
	conn_reply(c, "\r\n", 2);
	line = conn_line(c, &len);
	return line == NULL ? NULL : text_dup(line, len);
}

/* The same signature with its first character changed. */
static char *
spoil(const char *message)
{
	char *plain, *wrong;
	size_t len;

	if (gsasl_base64_from(message, strlen(message), &plain, &len) != GSASL_OK || len < 3)
		text_die("SCRAM: no server signature in '%s'", message);
	plain[2] = plain[2] == 'A' ? 'B' : 'A'; /* behind "v=" */
	if (gsasl_base64_to(plain, len, &wrong, NULL) != GSASL_OK)
		text_die("out of memory");
	gsasl_free(plain);
	return wrong;
}

/* The server's last message, "v=..." of SCRAM, goes as one more challenge (RFC 4954 4). */
static enum sasl_result
last_message(struct conn *c, const char *message)
{
	enum scram_final how = conn_options(c)->scram_final;
	char *changed = NULL, *answer;
	enum sasl_result result;

	if (message == NULL || message[0] == '\0' || how == SCRAM_MISSING)
		return SASL_ACCEPTED;
	if (how == SCRAM_WRONG)
		changed = spoil(message);
	answer = ask(c, changed != NULL ? changed : message);
	gsasl_free(changed);
	if (answer == NULL)
		return SASL_GONE;
	result = strcmp(answer, "*") == 0 ? SASL_CANCELLED : SASL_ACCEPTED;
	if (result == SASL_ACCEPTED && answer[0] != '\0')
		record_fault(conn_record(c), "an answer to the last message of AUTH: %.60s",
		    answer);
	free(answer);
	return result;
}

/* Takes over `input`, the client's first response or NULL. */
static enum sasl_result
exchange(struct conn *c, Gsasl_session *s, char *input)
{
	for (;;) {
		char *output = NULL;
		int rc = gsasl_step64(s, input, &output);

		free(input);
		if (rc == GSASL_OK) {
			enum sasl_result result = last_message(c, output);

			gsasl_free(output);
			return result;
		}
		if (rc != GSASL_NEEDS_MORE) {
			gsasl_free(output);
			return SASL_REFUSED;
		}
		input = ask(c, output == NULL ? "" : output);
		gsasl_free(output);
		if (input == NULL)
			return SASL_GONE;
		if (strcmp(input, "*") == 0) {
			free(input);
			return SASL_CANCELLED;
		}
	}
}

/* ---- access tokens: libgsasl has no server for them */

struct claim {
	char *user, *token;
};

/* RFC 5801 section 4, in place; false: an escape that is none. */
static bool
decode_saslname(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (*s == '=' && strncmp(s, "=2C", 3) != 0 && strncmp(s, "=3D", 3) != 0)
			return false;
		*to++ = *s != '=' ? *s : s[1] == '2' ? ',' : '=';
		s += *s == '=' ? 2 : 0;
	}
	*to = '\0';
	return true;
}

/* The field that ends in control-A: cut there and stepped over; NULL: there is none. */
static char *
next_field(char **rest)
{
	char *field = *rest, *end = strchr(field, 1);

	if (end == NULL)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return field;
}

/* RFC 7628 section 3.1 and XOAUTH2 differ in their first field only; NULL, or what is wrong. */
static const char *
read_claim(char *text, bool bearer, struct claim *out)
{
	const char *begin = bearer ? "n,a=" : "user=";
	char *field = next_field(&text);
	size_t n;

	if (field == NULL || strncmp(field, begin, strlen(begin)) != 0)
		return "it does not begin with the user";
	n = strlen(field);
	out->user = field + strlen(begin);
	if (bearer && field[n - 1] != ',')
		return "the GS2 header has no end";
	field[n - (bearer ? 1 : 0)] = '\0';
	if (bearer && (strchr(out->user, ',') != NULL || !decode_saslname(out->user)))
		return "the user is no saslname";
	while ((field = next_field(&text)) != NULL && field[0] != '\0') {
		if (strncmp(field, "auth=Bearer ", 12) == 0 && out->token == NULL)
			out->token = field + 12;
		else if (!bearer ||
		    (strncmp(field, "host=", 5) != 0 && strncmp(field, "port=", 5) != 0))
			return "a field that does not belong there";
	}
	if (field == NULL || *text != '\0' || out->token == NULL)
		return "it does not end with a token and two control-A";
	return NULL;
}

static enum sasl_result
refuse_token(struct conn *c, bool bearer)
{
	static const char document[] = "{\"status\":\"invalid_token\",\"scope\":\"mail\"}";
	char *challenge, *answer;

	if (gsasl_base64_to(document, strlen(document), &challenge, NULL) != GSASL_OK)
		text_die("out of memory");
	answer = ask(c, challenge);
	gsasl_free(challenge);
	if (answer == NULL)
		return SASL_GONE;
	if (strcmp(answer, bearer ? "AQ==" : "") != 0)
		record_fault(conn_record(c), "a refused token is answered with '%.60s'", answer);
	free(answer);
	return SASL_REFUSED;
}

static enum sasl_result
serve_token(struct conn *c, const char *mech, const char *initial)
{
	bool bearer = text_same(mech, "OAUTHBEARER"), good = false;
	char *line = initial != NULL ? text_dup(initial, strlen(initial)) : ask(c, ""),
	     *text = NULL, *raw;
	struct claim claim = {NULL, NULL};
	const struct user *user;
	const char *wrong = "it is not base64";
	size_t n;

	if (line == NULL)
		return SASL_GONE;
	if (strcmp(line, "*") == 0) {
		free(line);
		return SASL_CANCELLED;
	}
	if (gsasl_base64_from(line, strlen(line), &raw, &n) == GSASL_OK) {
		text = text_dup(raw, n);
		gsasl_free(raw);
		wrong = strlen(text) != n ? "it has a NUL" : read_claim(text, bearer, &claim);
	}
	if (wrong != NULL)
		record_fault(conn_record(c), "%s: %s", mech, wrong);
	user = wrong == NULL ? find_user(conn_options(c), claim.user) : NULL;
	good = user != NULL && strcmp(user->password, claim.token) == 0;
	record_auth(conn_record(c), mech, user == NULL ? "" : user->name, good);
	free(text);
	free(line);
	return good ? SASL_ACCEPTED : refuse_token(c, bearer);
}

static enum sasl_result
serve(struct conn *c, Gsasl *ctx, const char *mech, const char *initial)
{
	char *input = NULL, *unwanted = NULL;
	enum sasl_result result;
	Gsasl_session *s;
	const char *user;

	if (gsasl_server_start(ctx, mech, &s) != GSASL_OK)
		return SASL_UNKNOWN;
	if (initial != NULL) /* RFC 4954 4: "=" is an empty one */
		input = text_dup(initial, strcmp(initial, "=") == 0 ? 0 : strlen(initial));
	/* a name sent along with AUTH LOGIN answers a challenge that nobody asked */
	if (initial != NULL && text_same(mech, "LOGIN")) {
		gsasl_step64(s, NULL, &unwanted);
		gsasl_free(unwanted);
	}
	result = exchange(c, s, input);
	user = gsasl_property_fast(s, GSASL_AUTHID);
	record_auth(conn_record(c), mech, user == NULL ? "" : user, result == SASL_ACCEPTED);
	gsasl_finish(s);
	return result;
}

enum sasl_result
sasl_serve(struct conn *c, const char *argument)
{
	size_t n = strcspn(argument, " ");
	char *mech = text_dup(argument, n);
	char *initial = argument[n] == ' ' ? text_dup(argument + n + 1, strlen(argument + n + 1))
					   : NULL;
	enum sasl_result result;
	Gsasl *ctx;

	if (text_same(mech, "OAUTHBEARER") || text_same(mech, "XOAUTH2")) {
		result = serve_token(c, mech, initial);
	} else {
		if (gsasl_init(&ctx) != GSASL_OK)
			text_die("gsasl_init failed");
		gsasl_callback_set(ctx, callback);
		gsasl_callback_hook_set(ctx, c);
		result = serve(c, ctx, mech, initial);
		gsasl_done(ctx);
	}
	free(mech);
	free(initial);
	return result;
}
