/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/ehlo.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/str.h"

/* RFC 4422 section 3.1: 1 to 20 of A-Z 0-9 - _. */
#define MECH_MAX 20

/* The next blank separated word of s[*at..n); false at the end. */
static bool
next_word(const char *s, size_t n, size_t *at, size_t *start, size_t *len)
{
	while (*at < n && str_is_space((unsigned char)s[*at]))
		(*at)++;
	*start = *at;
	while (*at < n && !str_is_space((unsigned char)s[*at]))
		(*at)++;
	*len = *at - *start;
	return *len > 0;
}

/*
 * A number of octets or recipients: digits only, what does not fit is as much as
 * can be. 0 when it is no number.
 */
static uint64_t
saturated(const char *s, size_t n)
{
	uint64_t v = 0;
	unsigned digit;

	for (size_t i = 0; i < n; i++) {
		if (!str_is_digit((unsigned char)s[i]))
			return 0;
		digit = (unsigned)(s[i] - '0');
		v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : v * 10 + digit;
	}
	return v;
}

static void
add_mech(struct capabilities *caps, const char *s, size_t n)
{
	char name[MECH_MAX + 1];
	size_t len = strlen(caps->mechs);

	if (n == 0 || n > MECH_MAX)
		return;
	for (size_t i = 0; i < n; i++) {
		name[i] = s[i] >= 'a' && s[i] <= 'z' ? (char)(s[i] - 'a' + 'A') : s[i];
		if (!str_is_digit((unsigned char)name[i]) && (name[i] < 'A' || name[i] > 'Z') &&
		    name[i] != '-' && name[i] != '_')
			return;
	}
	name[n] = '\0';
	if (ehlo_has_mech(caps, name) || len + 1 + n >= sizeof(caps->mechs))
		return;
	(void)snprintf(caps->mechs + len, sizeof(caps->mechs) - len, "%s%s", len > 0 ? " " : "",
	    name);
}

/* "LOGIN PLAIN", the rest of a line. */
static void
take_mechs(struct capabilities *caps, const char *s, size_t n)
{
	size_t at = 0, start, len;

	while (next_word(s, n, &at, &start, &len))
		add_mech(caps, s + start, len);
}

static void
take_size(struct capabilities *caps, const char *s, size_t n)
{
	size_t at = 0, start, len;

	caps->size = true;
	if (next_word(s, n, &at, &start, &len))
		caps->size_max = saturated(s + start, len);
}

/* RFC 9422: "RCPTMAX=100 MAILMAX=5". */
static void
take_limits(struct capabilities *caps, const char *s, size_t n)
{
	static const char name[] = "RCPTMAX=";
	const size_t nname = sizeof(name) - 1;
	size_t at = 0, start, len;

	while (next_word(s, n, &at, &start, &len)) {
		if (len > nname && str_neq_nocase(s + start, nname, name))
			caps->rcpt_max = saturated(s + start + nname, len - nname);
	}
}

static void
take_keyword(struct capabilities *caps, const char *s, size_t n)
{
	static const struct {
		const char *name;
		size_t flag;
		void (*params)(struct capabilities *, const char *, size_t);
	} keywords[] = {
	    {"STARTTLS", offsetof(struct capabilities, starttls), NULL},
	    {"PIPELINING", offsetof(struct capabilities, pipelining), NULL},
	    {"CHUNKING", offsetof(struct capabilities, chunking), NULL},
	    {"8BITMIME", offsetof(struct capabilities, eightbitmime), NULL},
	    {"SMTPUTF8", offsetof(struct capabilities, smtputf8), NULL},
	    {"DSN", offsetof(struct capabilities, dsn), NULL},
	    {"ENHANCEDSTATUSCODES", offsetof(struct capabilities, enhanced), NULL},
	    {"SIZE", 0, take_size},
	    {"AUTH", 0, take_mechs},
	    {"LIMITS", 0, take_limits},
	};
	size_t at = 0, start, len;

	if (!next_word(s, n, &at, &start, &len))
		return;
	/* What servers wrote before RFC 2554: AUTH=LOGIN PLAIN, often beside the right form. */
	if (len > 5 && str_neq_nocase(s + start, 5, "AUTH=")) {
		take_mechs(caps, s + start + 5, n - start - 5);
		return;
	}
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (!str_neq_nocase(s + start, len, keywords[i].name))
			continue;
		if (keywords[i].params != NULL)
			keywords[i].params(caps, s + at, n - at);
		else
			*(bool *)((char *)caps + keywords[i].flag) = true;
	}
}

static void
take_greeting(struct capabilities *caps, const char *s, size_t n)
{
	size_t at = 0, start, len;
	struct buf name;

	if (!next_word(s, n, &at, &start, &len))
		return;
	buf_init(&name, sizeof(caps->greeting_name) - 1);
	str_escape(&name, s + start, len, sizeof(caps->greeting_name) - 1);
	(void)snprintf(caps->greeting_name, sizeof(caps->greeting_name), "%s", buf_str(&name));
	buf_done(&name);
}

/* For people; what does not fit is left out. */
static void
note_keyword(struct buf *out, const char *s, size_t n)
{
	struct buf line;

	buf_init(&line, SIZE_MAX);
	str_escape(&line, s, n, 0);
	if (out->len + line.len + 1 < sizeof(((struct capabilities *)NULL)->keywords))
		(void)buf_addf(out, "%s%s", out->len > 0 ? "\n" : "", buf_str(&line));
	buf_done(&line);
}

void
ehlo_parse(const struct reply *r, struct capabilities *out)
{
	const char *s = buf_str(&r->text), *end = s + r->text.len, *lf;
	struct buf words;

	*out = (struct capabilities){.esmtp = true};
	buf_init(&words, sizeof(out->keywords) - 1);
	for (bool first = true; s <= end; s = lf + 1, first = false) {
		lf = memchr(s, '\n', (size_t)(end - s));
		if (lf == NULL)
			lf = end;
		if (first)
			take_greeting(out, s, (size_t)(lf - s));
		else
			take_keyword(out, s, (size_t)(lf - s));
		if (!first)
			note_keyword(&words, s, (size_t)(lf - s));
	}
	(void)snprintf(out->keywords, sizeof(out->keywords), "%s", buf_str(&words));
	buf_done(&words);
}

static bool
say(struct pipeline *p, const char *verb, const char *name, struct err *e)
{
	struct buf line;

	buf_init(&line, 512);
	(void)buf_addf(&line, "%s %s", verb, name);
	pipeline_add(p, STAGE_EHLO, buf_str(&line), NULL, NULL);
	buf_done(&line);
	return pipeline_run(p, e);
}

/* HELO tells the name and nothing else. */
static void
forget_extensions(struct capabilities *caps)
{
	struct capabilities none = {0};

	memcpy(none.greeting_name, caps->greeting_name, sizeof(none.greeting_name));
	*caps = none;
}

bool
ehlo_run(struct pipeline *p, const struct ehlo_opts *o, struct capabilities *out, struct err *e)
{
	const struct reply *r = pipeline_reply(p);
	const char *verb = o->lmtp ? "LHLO" : "EHLO";
	bool old;

	*out = (struct capabilities){0};
	pipeline_window(p, 1);
	if (!say(p, verb, o->name, e))
		return false;
	old = reply_class(r) == 5 && o->fall_back;
	if (old && !say(p, verb = "HELO", o->name, e))
		return false;
	if (reply_class(r) >= 4)
		return reply_error(r, ERR_RELAY, STAGE_EHLO, e);
	if (r->code != 250) {
		(void)err_set(e, ERR_RELAY, STAGE_EHLO, "4.5.0",
		    "the server answers %s with %d, where only 250 will do", verb, r->code);
		if (e != NULL)
			e->sysexit = EX_PROTOCOL;
		return false;
	}
	ehlo_parse(r, out);
	if (old)
		forget_extensions(out);
	if (out->pipelining)
		pipeline_window(p, SIZE_MAX);
	return true;
}

bool
ehlo_has_mech(const struct capabilities *caps, const char *name)
{
	size_t n = strlen(caps->mechs), at = 0, start, len;

	while (next_word(caps->mechs, n, &at, &start, &len))
		if (str_neq_nocase(caps->mechs + start, len, name))
			return true;
	return false;
}
