/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/str.h"
#include "net/mailrec.h"
#include "net/mailzone_look.h"

#define DMARC_WALK 8 /* questions, RFC 9989 4.10 */

struct dmarc_walk {
	const char *own, *own_name; /* the record at the domain itself */
	const char *org, *org_name; /* the one that holds for the organisation */
	const char *org_domain;
	bool silent;
};

/* One step; true: the walk is over. */
static bool
step_dmarc(struct mailzone_look *l, const char *domain, const char *below, struct dmarc_walk *w)
{
	const char *name = mailzone_look_under(l, "_dmarc", domain), *record = NULL;
	struct mailrec_dmarc d;

	/* several records are none (RFC 9989 4.10) */
	if (mailzone_look_txt(l, name, "DMARC1", &record, &w->silent) != 1)
		return w->silent;
	mailrec_dmarc_read(&l->mem, record, &d);
	if (str_eq(domain, l->z->domain)) {
		w->own = record;
		w->own_name = name;
	}
	/* a public suffix is nobody's organisation: that is the name below it, and what that one
	 * says goes before (RFC 9989 4.10.1, 4.10.2) */
	if (d.psd == 'y' && below != NULL) {
		if (w->org == NULL || !str_eq(w->org_domain, below)) {
			w->org = record;
			w->org_name = name;
		}
		w->org_domain = below;
		return true;
	}
	w->org = record;
	w->org_name = name;
	w->org_domain = domain;
	return d.psd == 'n';
}

static void
walk_dmarc(struct mailzone_look *l, struct dmarc_walk *w)
{
	const char *domain = l->z->domain, *below = NULL;

	for (int i = 0; i < DMARC_WALK && domain != NULL; i++) {
		if (step_dmarc(l, domain, below, w))
			return;
		below = domain;
		domain = mailrec_dmarc_above(domain);
	}
}

static void
judge_dmarc(struct mailzone_look *l, const struct dmarc_walk *w)
{
	const char *record = w->own != NULL ? w->own : w->org;
	const char *name = w->own != NULL ? w->own_name : w->org_name, *policy, *from = "";
	struct mailrec_dmarc d;

	mailrec_dmarc_read(&l->mem, record, &d);
	policy = d.policy;
	if (w->own == NULL) {
		policy = d.sub != NULL ? d.sub : d.policy;
		from = arena_printf(&l->mem, ", as %s says for what is below it", w->org_domain);
	}
	if (policy == NULL && !d.reports)
		mailzone_look_tell(l, "dmarc", MAILZONE_WRONG, name, record,
		    "it has no policy: add p=none, p=quarantine or p=reject");
	else
		mailzone_look_tell(l, "dmarc", MAILZONE_OK, name, record, "forged mail: %s%s%s%s%s",
		    policy == NULL || str_eq(policy, "none") ? "nothing is done (none)"
			: str_eq(policy, "reject")           ? "refused (reject)"
							     : "put aside (quarantine)",
		    from, d.testing ? "; only a test (t=y)" : "",
		    d.reports ? "; reports are sent" : "; no reports (rua)",
		    str_eq(w->org_domain, l->z->domain)
			? ""
			: arena_printf(&l->mem, "; the organisation is %s", w->org_domain));
}

void
mailzone_dmarc(struct mailzone_look *l)
{
	const char *name = mailzone_look_under(l, "_dmarc", l->z->domain);
	struct dmarc_walk w = {.own = NULL};

	walk_dmarc(l, &w);
	if (w.org != NULL)
		judge_dmarc(l, &w);
	else if (w.silent)
		mailzone_look_tell(l, "dmarc", MAILZONE_UNKNOWN, name, NULL, "%s", l->trouble.text);
	else
		mailzone_look_tell(l, "dmarc", MAILZONE_MISSING, name, NULL,
		    "none: large receivers want one; publish: %s. TXT \"v=DMARC1; p=none\"", name);
}
