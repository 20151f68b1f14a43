/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/mailzone_look.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "net/mailrec.h"

#define QUESTIONS_MAX 80

void
mailzone_look_tell(struct mailzone_look *l, const char *kind, enum mailzone_verdict verdict,
    const char *name, const char *value, const char *fmt, ...)
{
	struct mailzone_finding f = {.kind = kind,
	    .verdict = verdict,
	    .name = name,
	    .value = value};
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	f.text = text;
	l->z->found(l->z->arg, &f);
}

enum dns_found
mailzone_look_ask(struct mailzone_look *l, const char *name, enum dns_type type,
    struct dns_answer *out)
{
	*out = (struct dns_answer){.found = DNS_TROUBLE};
	if (l->questions++ >= QUESTIONS_MAX || clock_mono_ms() >= l->deadline)
		err_set(&l->trouble, ERR_RELAY, STAGE_DNS, "4.4.3",
		    "too many questions, or too slow answers: %s was not asked for", name);
	else if (dns_ask(l->z->dns, &l->mem, name, type, out, &l->trouble))
		l->answers++;
	return out->found;
}

const char *
mailzone_look_under(struct mailzone_look *l, const char *label, const char *name)
{
	return arena_printf(&l->mem, "%s.%s", label, name);
}

size_t
mailzone_look_txt(struct mailzone_look *l, const char *name, const char *version, const char **out,
    bool *no_answer)
{
	struct dns_answer a;
	size_t n = 0;

	*no_answer = mailzone_look_ask(l, name, DNS_TXT, &a) == DNS_TROUBLE;
	for (size_t i = 0; i < a.nrecords; i++)
		if (mailrec_is(a.records[i].text, version) && n++ == 0)
			*out = a.records[i].text;
	return n;
}
