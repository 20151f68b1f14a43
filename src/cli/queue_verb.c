/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/queue_verb.h"

#include "cli/report.h"

int
queue_verb_trouble(const struct queue_call *c, const struct err *e)
{
	report_cause(c->ui, NULL, e);
	return err_sysexit(e);
}
