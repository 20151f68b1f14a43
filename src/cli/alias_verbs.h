/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * alias_verbs.h - where mail would go, without any: newaliases (-bi) and -bv.
 *
 * There is no database to be made anew: newaliases reads the alias files as every
 * message does and says what is wrong with them.
 */
#ifndef CLI_ALIAS_VERBS_H
#define CLI_ALIAS_VERBS_H

#include <stdbool.h>

#include "cli/args.h"
#include "cli/shared.h"
#include "cli/ui.h"

/* Each returns the exit status. */
int
alias_verbs_check(const struct shared *s, const struct ui *ui);

struct alias_verbs_query {
	struct arena *mem;
	const struct args_list *words; /* addresses, header syntax */
	const char *account, *from;    /* -a, -f; NULL: not given */
	bool no_aliases;               /* -n */
};

/* One line an address: to whom, and through which account. */
int
alias_verbs_verify(const struct shared *s, const struct ui *ui, const struct alias_verbs_query *q);

#endif
