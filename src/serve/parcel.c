/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serve/parcel.h"

#include <inttypes.h>
#include <sys/statvfs.h>

#include "message/addr.h"
#include "serve/mailpath.h"

#define FREE_MIN ((uint64_t)16 << 20) /* decisions.md 16 */

void
parcel_clear(struct parcel *p)
{
	arena_done(&p->mem);
	*p = (struct parcel){.open = false};
}

static bool
refuse(struct err *e, int code)
{
	e->code = code;
	return false;
}

/* Room for it where it will be kept; nobody knows how much there is without a queue. */
static bool
has_room(const struct service *s, uint64_t size)
{
	struct statvfs v;

	return s->spool == NULL || fstatvfs(spool_root_fd(s->spool), &v) < 0 ||
	    (uint64_t)v.f_bavail * v.f_frsize >= FREE_MIN + size;
}

static bool
check_size(const struct service *s, uint64_t size, struct err *e)
{
	if (size > s->size_max) {
		err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.3.4",
		    "the message is too large: %" PRIu64 " octets, at most %" PRIu64 " are taken",
		    size, s->size_max);
		return refuse(e, 552);
	}
	if (size > 0 && !has_room(s, size)) {
		err_set(e, ERR_LOCAL, STAGE_INPUT, "4.3.1", "no room for the message now");
		return refuse(e, 452);
	}
	return true;
}

bool
parcel_mail(struct parcel *p, const struct service *s, const char *args, struct err *e)
{
	struct parcel new = {.open = true};
	const char *rest;

	if (s->closed.class != ERR_NONE) {
		err_set(e, ERR_CONFIG, STAGE_CONFIG, "4.3.5", "%s", s->closed.text);
		return refuse(e, 451);
	}
	if (!mailpath_parse(&new.mem, args, true, &new.from, &rest, e) ||
	    !param_mail(&new.mem, rest, &new.mail, e) || !check_size(s, new.mail.size, e)) {
		arena_done(&new.mem);
		return false;
	}
	parcel_clear(p);
	*p = new;
	return true;
}

static bool
check_name(const struct service *s, const char *addr, struct err *e)
{
	if (s->may_wait || intake_takes_name(s->config, addr))
		return true;
	err_set(e, ERR_CONFIG, STAGE_CONFIG, "5.1.1",
	    "'%s' has no domain, and the configuration has neither `local-to` nor `domain` for it",
	    addr);
	return refuse(e, 550);
}

static void
add_rcpt(struct parcel *p, const char *addr, const struct param_rcpt *wish)
{
	const char *orcpt = wish->orcpt != NULL ? arena_strdup(&p->mem, wish->orcpt) : NULL;

	p->rcpts = arena_grow(&p->mem, p->rcpts, p->n, sizeof *p->rcpts);
	p->wishes = arena_grow(&p->mem, p->wishes, p->n, sizeof *p->wishes);
	p->rcpts[p->n] = arena_strdup(&p->mem, addr);
	p->wishes[p->n++] = (struct intake_wish){wish->notify, orcpt};
}

bool
parcel_rcpt(struct parcel *p, const struct service *s, const char *args, struct err *e)
{
	struct arena scratch = {NULL};
	const char *addr, *rest;
	struct param_rcpt wish;
	bool good;

	if (p->asked >= PARCEL_RCPTS_MAX) {
		err_set(e, ERR_MESSAGE, STAGE_INPUT, "4.5.3", "too many recipients");
		return refuse(e, 452);
	}
	p->asked++;
	/* what is refused leaves nothing behind: a client may go on for long */
	good = mailpath_parse(&scratch, args, false, &addr, &rest, e) &&
	    param_rcpt(&scratch, rest, &wish, e) && check_name(s, addr, e);
	if (good)
		add_rcpt(p, addr, &wish);
	arena_done(&scratch);
	return good;
}
