/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/str.h"

static const char *const stage_names[STAGE_MAX] = {
    [STAGE_NONE] = "",
    [STAGE_INPUT] = "input",
    [STAGE_CONFIG] = "config",
    [STAGE_SECRET] = "secret",
    [STAGE_DNS] = "dns",
    [STAGE_CONNECT] = "connect",
    [STAGE_TLS] = "tls",
    [STAGE_CERT] = "cert",
    [STAGE_GREETING] = "greeting",
    [STAGE_EHLO] = "ehlo",
    [STAGE_AUTH] = "auth",
    [STAGE_MAIL] = "mail",
    [STAGE_RCPT] = "rcpt",
    [STAGE_DATA] = "data",
    [STAGE_FINAL] = "final",
    [STAGE_QUEUE] = "queue",
};

static const char *const class_names[] = {
    [ERR_NONE] = "none",
    [ERR_USAGE] = "usage",
    [ERR_CONFIG] = "config",
    [ERR_RELAY] = "relay",
    [ERR_MESSAGE] = "message",
    [ERR_RECIPIENT] = "recipient",
    [ERR_LOCAL] = "local",
};

#define NCLASSES (sizeof(class_names) / sizeof(class_names[0]))

/* Escaped and cut into e->text. raw may be longer than any text: the cut shows. */
static void
put_text(struct err *e, const char *raw)
{
	size_t n = strlen(raw);
	struct buf b;

	while (n > 0 && str_is_space(raw[n - 1]))
		n--;
	buf_init(&b, sizeof(e->text) - 1);
	str_escape(&b, raw, n, sizeof(e->text) - 1);
	memcpy(e->text, buf_str(&b), b.len + 1);
	buf_done(&b);
}

bool
err_set(struct err *e, enum err_class class, enum stage stage, const char *status, const char *fmt,
    ...)
{
	char raw[2 * sizeof(e->text)];
	int saved = errno;
	va_list ap;
	struct err new = {.class = class, .stage = stage};

	if (e == NULL)
		return false;
	/* Into new first: fmt's arguments and status may point into *e. */
	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	(void)snprintf(new.status, sizeof(new.status), "%s", status);
	put_text(&new, raw);
	*e = new;
	errno = saved;
	return false;
}

bool
err_wrap(struct err *e, const char *fmt, ...)
{
	char raw[3 * sizeof(e->text)];
	int saved = errno, n;
	va_list ap;

	if (e == NULL)
		return false;
	va_start(ap, fmt);
	n = vsnprintf(raw, sizeof(raw) - sizeof(e->text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return false;
	/* Always room for ": TEXT" up to the cut. */
	if ((size_t)n >= sizeof(raw) - sizeof(e->text))
		n = (int)(sizeof(raw) - sizeof(e->text)) - 1;
	(void)snprintf(raw + n, sizeof(raw) - (size_t)n, ": %s", e->text);
	put_text(e, raw);
	errno = saved;
	return false;
}

bool
err_hint(struct err *e, const char *hint)
{
	if (e != NULL)
		(void)snprintf(e->hint, sizeof(e->hint), "%s", hint);
	return false;
}

void
err_clear(struct err *e)
{
	if (e != NULL)
		*e = (struct err){.class = ERR_NONE};
}

static bool
is_5yz(int code)
{
	return code >= 500 && code <= 599;
}

bool
err_is_temporary(const struct err *e)
{
	switch (e->class) {
	case ERR_RELAY:
	case ERR_LOCAL:
		return true;
	case ERR_MESSAGE:
	case ERR_RECIPIENT:
		if (e->code == 0)
			return e->status[0] != '5';
		return !is_5yz(e->code);
	case ERR_NONE:
	case ERR_USAGE:
	case ERR_CONFIG:
		break;
	}
	return false;
}

static int
sysexit_relay(const struct err *e)
{
	if (e->code == 421)
		return EX_TEMPFAIL;
	switch (e->stage) {
	case STAGE_DNS:
		return EX_NOHOST;
	case STAGE_TLS:
		return EX_PROTOCOL;
	case STAGE_CERT:
		return EX_NOPERM;
	case STAGE_GREETING:
	case STAGE_EHLO:
		return is_5yz(e->code) ? EX_UNAVAILABLE : EX_TEMPFAIL;
	case STAGE_AUTH:
		if (is_5yz(e->code) || (e->code == 0 && e->status[0] == '5'))
			return EX_NOPERM;
		return EX_TEMPFAIL;
	case STAGE_MAIL:
		/* RFC 4954 section 6: the server wants a login (530) or a stronger one (538). */
		return e->code == 530 || e->code == 538 ? EX_NOPERM : EX_TEMPFAIL;
	default:
		return EX_TEMPFAIL;
	}
}

static int
sysexit_message(const struct err *e)
{
	if (e->stage == STAGE_INPUT)
		return EX_DATAERR;
	if (err_is_temporary(e))
		return EX_TEMPFAIL;
	if (e->code == 0)
		return EX_DATAERR;
	return e->stage == STAGE_MAIL ? EX_NOPERM : EX_UNAVAILABLE;
}

static int
sysexit_recipient(const struct err *e)
{
	bool bare = e->status[0] == '\0';

	if (err_is_temporary(e))
		return EX_TEMPFAIL;
	if (e->code == 0)
		return EX_DATAERR;
	if (str_starts(e->status, "5.1.") ||
	    (bare && (e->code == 550 || e->code == 551 || e->code == 553)))
		return EX_NOUSER;
	return EX_UNAVAILABLE;
}

int
err_sysexit(const struct err *e)
{
	if (e->sysexit != 0)
		return e->sysexit;
	switch (e->class) {
	case ERR_NONE:
		return EX_OK;
	case ERR_USAGE:
		return EX_USAGE;
	case ERR_CONFIG:
		return EX_CONFIG;
	case ERR_RELAY:
		return sysexit_relay(e);
	case ERR_MESSAGE:
		return sysexit_message(e);
	case ERR_RECIPIENT:
		return sysexit_recipient(e);
	case ERR_LOCAL:
		return e->stage == STAGE_INPUT ? EX_NOINPUT : EX_TEMPFAIL;
	}
	return EX_SOFTWARE;
}

const char *
err_stage_name(enum stage s)
{
	return (unsigned)s < STAGE_MAX ? stage_names[s] : "";
}

const char *
err_class_name(enum err_class c)
{
	return (size_t)c < NCLASSES ? class_names[c] : "";
}

bool
err_stage_parse(const char *name, enum stage *out)
{
	for (size_t i = STAGE_NONE + 1; i < STAGE_MAX; i++) {
		if (str_eq(name, stage_names[i])) {
			*out = (enum stage)i;
			return true;
		}
	}
	return false;
}

bool
err_class_parse(const char *name, enum err_class *out)
{
	for (size_t i = 0; i < NCLASSES; i++) {
		if (str_eq(name, class_names[i])) {
			*out = (enum err_class)i;
			return true;
		}
	}
	return false;
}
