/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "base/clock.h"
#include "cli/addrarg.h"
#include "cli/checklist.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/maillog.h"
#include "cli/report.h"
#include "cli/request.h"

#define DAY_MS ((int64_t)86400 * 1000)

struct test_args {
	struct shared shared;
};

size_t
cmd_test_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = shared_group(NULL);
	return 1;
}

/* The one message: small, and marked so that no machine answers it (RFC 3834). */
static void
compose(const struct config *c, const struct account *a, const char *to, struct buf *out)
{
	char now[40];

	clock_rfc3339(clock_wall_ms(), now, sizeof(now));
	(void)buf_addf(out, "To: %s\n", to);
	if (account_address(a) != NULL)
		(void)buf_addf(out, "From: %s\n", account_address(a));
	(void)buf_addf(out,
	    "Subject: postrider test from %s\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=us-ascii\n\n"
	    "This message was sent by 'postrider test' on %s at %s,\n"
	    "through account %s. Whoever reads it knows that mail leaves that machine.\n",
	    config_local(c)->host, config_local(c)->host, now, a->name);
}

/* The text from where the last piece ended. */
struct rest {
	const char *text;
	size_t n;
};

static ssize_t
read_rest(void *arg, char *chunk, size_t n)
{
	struct rest *r = arg;

	if (n > r->n)
		n = r->n;
	memcpy(chunk, r->text, n);
	r->text += n;
	r->n -= n;
	return (ssize_t)n;
}

static int
send_one(const struct command_call *call, const struct test_args *t, const struct ui *ui,
    const struct config *c, const struct account *a, const char *to)
{
	struct request r = {
	    .shared = &t->shared,
	    .account = a->name,
	    .when = SUBMIT_NOW,
	    .when_given = true,
	};
	static const struct err no_trouble;
	struct rest rest;
	struct buf text;
	int status;

	buf_init(&text, SIZE_MAX);
	compose(c, a, to, &text);
	args_push(call->mem, &r.rcpts, to);
	rest = (struct rest){buf_str(&text), text.len};
	r.read = read_rest;
	r.read_arg = &rest;
	r.read_trouble = &no_trouble;
	/* some providers put another sender there, and tell nobody */
	if (account_address(a) != NULL)
		ui_note(ui, "it leaves From: %s; look whether it arrives so", account_address(a));
	status = request_run(&r, ui);
	buf_clear(&text);
	/* elsewhere success is silent where nobody looks; here it is the answer */
	if (status == 0 && !ui->err_tty && !ui->quiet && !ui->json) {
		(void)buf_addf(&text, "sent to %s\n", to);
		status = ui_data(ui, &text);
	}
	buf_done(&text);
	return status;
}

static int
run(const struct command_call *call, const struct test_args *t, const struct ui *ui,
    const struct config *c, const char *to)
{
	struct checklist check = {.mem = call->mem,
	    .ui = ui,
	    .config = c,
	    .expiry_warn_ms = 14 * DAY_MS};
	const struct pick pick = {.name = t->shared.account};
	const struct account *a;
	const char *route;
	struct err e;

	a = config_pick(c, &pick, &route, &e);
	if (a != NULL && to == NULL && (to = account_address(a)) == NULL)
		err_set(&e, ERR_USAGE, STAGE_NONE, "",
		    "account %s names no address of its own: say to whom, as in: postrider test ADDRESS",
		    a->name);
	if (a == NULL || to == NULL)
		return report_trouble(ui, a, &e);
	check.to = to;
	checklist_account(&check, a);
	if (check.nfailed > 0)
		return checklist_end(&check);
	return send_one(call, t, ui, c, a, to);
}

int
cmd_test(const struct command_call *call)
{
	struct test_args t = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct config_request want;
	struct diags d = {.n = 0};
	const char *to = NULL;
	struct config *c;
	struct ui ui;
	struct err e;
	int status;

	args.ngroups = cmd_test_groups(groups);
	groups[0].target = &t.shared;
	if (!command_begin(call, &args, &t.shared, &ui, &status))
		return status;
	if (args.operands.n > 1) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "'test' sends to one address, not to %zu",
		    args.operands.n);
		return ui_usage(&ui, &e, "nothing was sent");
	}
	if (args.operands.n == 1 &&
	    (to = addrarg_sender(call->mem, args.operands.items[0], &e)) == NULL)
		return ui_usage(&ui, &e, "nothing was sent");
	shared_request(&t.shared, &want);
	c = config_load(&want, &d);
	if (c == NULL)
		maillog_settle_early(&t.shared);
	status = c != NULL ? run(call, &t, &ui, c, to)
			   : complain_config(&ui, &d, "nothing was sent");
	config_free(c);
	diags_done(&d);
	return status;
}
