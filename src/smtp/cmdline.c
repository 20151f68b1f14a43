/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/cmdline.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "message/addr.h"

/* RFC 3461 4.4 and 4.2: what is longer makes the whole command fail, so it stays at home. */
#define ENVID_MAX 100
#define ORCPT_MAX 500

bool
cmdline_check_message(const struct envelope *env, const struct capabilities *caps, uint64_t size,
    const char *peer, struct err *e)
{
	if (env->from[0] != '\0' && !addr_is_wire(env->from))
		return err_set(e, ERR_MESSAGE, STAGE_MAIL, "5.1.7",
		    "the sender \"%s\" is no mail address", env->from);
	if (caps->size && caps->size_max > 0 && size > caps->size_max)
		return err_set(e, ERR_MESSAGE, STAGE_MAIL, "5.3.4",
		    "the message has %" PRIu64 " octets, %s takes at most %" PRIu64, size, peer,
		    caps->size_max);
	/* RFC 6152 3: of the header, too, what could not be encoded */
	if ((env->facts.body_8bit || env->facts.header_8bit) && !caps->eightbitmime)
		return err_set(e, ERR_MESSAGE, STAGE_MAIL, "5.6.3",
		    "the message has 8-bit text, and %s does not offer 8BITMIME", peer);
	/* What only an address of a recipient needs concerns only him. */
	if (env->smtputf8 && !caps->smtputf8 &&
	    (env->facts.header_8bit || addr_needs_utf8(env->from)))
		return err_set(e, ERR_MESSAGE, STAGE_MAIL, "5.6.7",
		    "the sender or the header of the message is in UTF-8, and %s does not offer "
		    "SMTPUTF8",
		    peer);
	return true;
}

bool
cmdline_check_rcpt(const struct envelope *env, const struct rcpt *r,
    const struct capabilities *caps, const char *peer, struct err *e)
{
	if (!addr_is_wire(r->addr))
		return err_set(e, ERR_RECIPIENT, STAGE_RCPT, "5.1.3", "\"%s\" is no mail address",
		    r->addr);
	if (addr_needs_utf8(r->addr) && !(caps->smtputf8 && env->smtputf8))
		return err_set(e, ERR_RECIPIENT, STAGE_RCPT, "5.6.7",
		    "the address is in UTF-8, and %s does not offer SMTPUTF8", peer);
	return true;
}

static void
add_short(struct buf *out, const char *name, const struct buf *value, size_t max)
{
	if (value->len > 0 && value->len <= max && !value->overflow)
		(void)buf_addf(out, " %s=%s", name, buf_str(value));
}

bool
cmdline_mail(struct buf *out, const struct envelope *env, const struct capabilities *caps,
    uint64_t size)
{
	struct buf envid;

	if (env->from[0] != '\0' && !addr_is_wire(env->from))
		return false;
	(void)buf_addf(out, "MAIL FROM:<%s>", env->from);
	if (caps->size)
		(void)buf_addf(out, " SIZE=%" PRIu64, size);
	if (caps->eightbitmime && (env->facts.body_8bit || env->facts.header_8bit))
		(void)buf_adds(out, " BODY=8BITMIME");
	/* RFC 6531 3.4: also for what of the header could not be encoded */
	if (caps->smtputf8 && (env->smtputf8 || (env->facts.header_8bit && env->facts.utf8)))
		(void)buf_adds(out, " SMTPUTF8");
	if (caps->dsn && env->ret != RETURN_DEFAULT)
		(void)buf_addf(out, " RET=%s", env->ret == RETURN_FULL ? "FULL" : "HDRS");
	if (caps->dsn && env->envid != NULL) {
		buf_init(&envid, ENVID_MAX + 1);
		str_xtext(&envid, env->envid, strlen(env->envid));
		add_short(out, "ENVID", &envid, ENVID_MAX);
		buf_done(&envid);
	}
	return true;
}

static void
add_orcpt(struct buf *out, const char *orcpt)
{
	size_t n = strlen(orcpt);
	bool utf8 = str_has_8bit(orcpt, n);
	struct buf value;

	if (n == 0 || (utf8 && !str_utf8_valid(orcpt, n)))
		return;
	buf_init(&value, ORCPT_MAX + 1);
	(void)buf_adds(&value, utf8 ? "utf-8;" : "rfc822;");
	if (utf8)
		addr_utf8_xtext(&value, orcpt);
	else
		str_xtext(&value, orcpt, n);
	add_short(out, "ORCPT", &value, ORCPT_MAX);
	buf_done(&value);
}

static void
add_notify(struct buf *out, unsigned notify)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
	    {NOTIFY_SUCCESS, "SUCCESS"},
	    {NOTIFY_FAILURE, "FAILURE"},
	    {NOTIFY_DELAY, "DELAY"},
	};
	const char *before = " NOTIFY=";

	/* RFC 3461 4.1: NEVER stands alone. */
	if ((notify & NOTIFY_NEVER) != 0) {
		(void)buf_adds(out, " NOTIFY=NEVER");
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((notify & names[i].flag) == 0)
			continue;
		(void)buf_addf(out, "%s%s", before, names[i].name);
		before = ",";
	}
}

bool
cmdline_rcpt(struct buf *out, const struct rcpt *r, const struct capabilities *caps)
{
	if (!addr_is_wire(r->addr))
		return false;
	(void)buf_addf(out, "RCPT TO:<%s>", r->addr);
	if (!caps->dsn)
		return true;
	add_notify(out, r->notify);
	if (r->orcpt != NULL)
		add_orcpt(out, r->orcpt);
	return true;
}
