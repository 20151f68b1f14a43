/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "net/mailrec.h"
#include "net/mailzone_look.h"

#define SPF_DEPTH 10 /* RFC 7208 4.6.4 allows no more */
#define SPF_LOOKUPS 10
#define SPF_VOID 2

struct spf_count {
	size_t lookups, voids;
	const char *fault; /* a sentence, NULL: none yet */
	enum mailrec_all all;
};

static void
count_spf(struct mailzone_look *l, const char *text, int depth, struct spf_count *c)
{
	struct mailrec_spf spf;

	mailrec_spf_read(&l->mem, text, &spf);
	c->lookups += spf.lookups;
	if (spf.unknown != NULL && c->fault == NULL)
		c->fault = arena_printf(&l->mem, "'%.60s' is no term of SPF", spf.unknown);
	if (depth == 0 || spf.all == MAILREC_ALL_REDIRECT)
		c->all = spf.all;
	for (size_t i = 0; i < spf.nincludes; i++) {
		const char *name = spf.includes[i], *record = NULL;
		bool silent;
		size_t n;

		/* macros depend on the mail; beyond the limit nobody reads on */
		if (strchr(name, '%') != NULL || depth >= SPF_DEPTH || c->lookups > 2 * SPF_LOOKUPS)
			continue;
		n = mailzone_look_txt(l, name, "spf1", &record, &silent);
		if (n == 1) {
			bool last = spf.all == MAILREC_ALL_REDIRECT && i + 1 == spf.nincludes;

			count_spf(l, record, last ? depth : depth + 1, c);
		} else if (silent) {
			c->fault = c->fault != NULL ? c->fault : "an included record had no answer";
		} else {
			c->voids += n == 0;
			if (c->fault == NULL)
				c->fault = arena_printf(&l->mem,
				    "%.100s, which it includes, has %s", name,
				    n == 0 ? "no SPF record" : "several SPF records");
		}
	}
}

static const char *
words_of_all(enum mailrec_all all)
{
	static const char *const words[] = {
	    [MAILREC_ALL_NONE] = "says nothing of other hosts (no `all`)",
	    [MAILREC_ALL_PASS] = "lets every host in the world send (+all)",
	    [MAILREC_ALL_NEUTRAL] = "says nothing of other hosts (?all)",
	    [MAILREC_ALL_SOFT] = "other hosts are suspect (~all)",
	    [MAILREC_ALL_FAIL] = "other hosts may not send (-all)",
	    [MAILREC_ALL_REDIRECT] = "leads to another record",
	};

	return words[all];
}

void
mailzone_spf(struct mailzone_look *l)
{
	const char *domain = l->z->domain, *record = NULL;
	struct spf_count c = {.lookups = 0};
	bool silent;
	size_t n = mailzone_look_txt(l, domain, "spf1", &record, &silent);

	if (silent) {
		mailzone_look_tell(l, "spf", MAILZONE_UNKNOWN, domain, NULL, "%s", l->trouble.text);
	} else if (n == 0) {
		mailzone_look_tell(l, "spf", MAILZONE_MISSING, domain, NULL,
		    "none: publish which hosts send your mail: %s. TXT \"v=spf1 include:YOUR-PROVIDER ~all\"",
		    domain);
	} else if (n > 1) {
		mailzone_look_tell(l, "spf", MAILZONE_WRONG, domain, NULL,
		    "%zu records: there must be one, or all of them fail (RFC 7208 4.5)", n);
	} else {
		count_spf(l, record, 0, &c);
		if (c.fault != NULL)
			mailzone_look_tell(l, "spf", MAILZONE_WRONG, domain, record, "%s", c.fault);
		else if (c.lookups > SPF_LOOKUPS)
			mailzone_look_tell(l, "spf", MAILZONE_WRONG, domain, record,
			    "it costs %zu lookups, and only %d are made: it fails everywhere (RFC 7208 4.6.4)",
			    c.lookups, SPF_LOOKUPS);
		else if (c.voids > SPF_VOID || c.all == MAILREC_ALL_PASS ||
		    c.all == MAILREC_ALL_NEUTRAL || c.all == MAILREC_ALL_NONE)
			mailzone_look_tell(l, "spf", MAILZONE_WARN, domain, record,
			    "%s; %zu of %d lookups", words_of_all(c.all), c.lookups, SPF_LOOKUPS);
		else
			mailzone_look_tell(l, "spf", MAILZONE_OK, domain, record,
			    "%s; %zu of %d lookups", words_of_all(c.all), c.lookups, SPF_LOOKUPS);
	}
}
