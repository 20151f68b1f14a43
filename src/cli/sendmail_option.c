/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/sendmail_option.h"

#include <stddef.h>
#include <string.h>

#include "base/str.h"
#include "cli/sendmail_args.h"

bool
sendmail_option_errors(void *target, const char *value, struct err *e)
{
	struct sendmail_args *a = target;

	(void)e;
	if (value[0] == 'q')
		a->mute = true;
	else if (value[0] == '\0' || strchr("mpwe", value[0]) == NULL)
		return sendmail_args_warn(a, "error mode '%s' is not known and ignored", value);
	return true;
}

/* A switch without a value is on; one that is neither yes nor no changes nothing. */
static bool
set_dots(struct sendmail_args *a, const char *value, struct err *e)
{
	(void)e;
	if (value[0] == '\0')
		a->ignore_dots = true;
	else
		(void)str_bool(value, &a->ignore_dots);
	return true;
}

/* i, f: now, in front of the caller; b: kept, and sent behind its back; q, d, qs: kept. */
static bool
set_delivery(struct sendmail_args *a, const char *value, struct err *e)
{
	(void)e;
	if (value[0] == '\0' || strchr("ifbqd", value[0]) == NULL)
		return sendmail_args_warn(a, "delivery mode '%s' is not known and ignored", value);
	a->when = strchr("bqd", value[0]) != NULL ? SUBMIT_QUEUE : SUBMIT_AUTO;
	/* in the foreground, what cannot go is kept if the configuration has a queue */
	a->when_given = a->when != SUBMIT_AUTO;
	a->background = value[0] == 'b';
	return true;
}

/* RFC 8689: TLS all the way to the recipient, which only the servers behind ours can promise. */
static bool
set_requiretls(struct sendmail_args *a, const char *value, struct err *e)
{
	bool on = true;

	if (value[0] != '\0' && !str_bool(value, &on))
		return sendmail_args_warn(a,
		    "'%s' of requiretls is neither yes nor no, and ignored", value);
	if (!on)
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "5.7.30",
	    "requiretls is not supported: no server would be asked for TLS beyond itself (RFC 8689)");
}

/* Whether a message needs SMTPUTF8 is seen in it: asked for in vain it would only be refused. */
static bool
set_smtputf8(struct sendmail_args *a, const char *value, struct err *e)
{
	bool on;

	(void)e;
	if (value[0] != '\0' && !str_bool(value, &on))
		return sendmail_args_warn(a, "'%s' of smtputf8 is neither yes nor no, and ignored",
		    value);
	return true;
}

bool
sendmail_option_short(void *target, const char *value, struct err *e)
{
	struct sendmail_args *a = target;

	switch (value[0]) {
	case 'i':
		return set_dots(a, value + 1, e);
	case 'd':
		return set_delivery(a, value + 1, e);
	case 'e':
		return sendmail_option_errors(a, value + 1, e);
	case 't':
		a->read_recipients = true;
		return true;
	case 'v':
		a->verbose++;
		return true;
	default:
		return true;
	}
}

static const struct {
	const char *name;
	bool (*set)(struct sendmail_args *a, const char *value, struct err *e);
} names[] = {
    {"IgnoreDots", set_dots},
    {"DeliveryMode", set_delivery},
    {"requiretls", set_requiretls},
    {"smtputf8", set_smtputf8},
};

/* sendmail.cf allows blanks around '='. */
bool
sendmail_option_long(void *target, const char *value, struct err *e)
{
	const char *name = value + strspn(value, " \t"), *rest = name + strcspn(name, "= \t");
	size_t n = (size_t)(rest - name);

	rest += strspn(rest, " \t");
	rest += *rest == '=';
	rest += strspn(rest, " \t");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_neq_nocase(name, n, names[i].name))
			return names[i].set(target, rest, e);
	return true;
}
