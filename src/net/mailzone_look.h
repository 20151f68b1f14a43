/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mailzone_look.h - the inside of mailzone: what its parts have in common.
 */
#ifndef NET_MAILZONE_LOOK_H
#define NET_MAILZONE_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "net/mailzone.h"

struct mailzone_look {
	const struct mailzone *z;
	struct arena mem;
	size_t questions, answers;
	int64_t deadline;
	struct err trouble; /* of the last question that had no answer */
};

void
mailzone_look_tell(struct mailzone_look *l, const char *kind, enum mailzone_verdict verdict,
    const char *name, const char *value, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/* Too many questions, or too late: as if nobody answered. l->trouble tells of DNS_TROUBLE. */
enum dns_found
mailzone_look_ask(struct mailzone_look *l, const char *name, enum dns_type type,
    struct dns_answer *out);
/* "LABEL.NAME" */
const char *
mailzone_look_under(struct mailzone_look *l, const char *label, const char *name);
/* The records of that version among the TXT of a name; how many. *no_answer tells of silence. */
size_t
mailzone_look_txt(struct mailzone_look *l, const char *name, const char *version, const char **out,
    bool *no_answer);

/* The parts that need most words: SPF with all that it includes; DMARC by its tree walk. */
void
mailzone_spf(struct mailzone_look *l);
void
mailzone_dmarc(struct mailzone_look *l);

#endif
