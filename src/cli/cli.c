/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/alias_verbs.h"
#include "cli/cmd.h"
#include "cli/dispatch.h"
#include "cli/maillog.h"
#include "cli/mailq.h"
#include "cli/queue_run.h"
#include "cli/request.h"
#include "cli/ui.h"

/* A bare name may have been meant as a local user: nothing is ever guessed, but the way is shown.
 */
static int
usage_error(const struct dispatch *d, const struct ui *ui)
{
	int status = ui_usage(ui, &d->err, "nothing was sent");
	struct buf b;

	if (d->unknown == NULL || getpwnam(d->unknown) == NULL)
		return status;
	buf_init(&b, SIZE_MAX);
	(void)buf_addf(&b, "to mail the local user '%s': postrider sendmail %s", d->unknown,
	    d->unknown);
	ui_label(ui, "hint:", buf_str(&b));
	buf_done(&b);
	return status;
}

/* One of the names of a whole mail system that postrider does not answer to. */
static int
unsupported(const struct ui *ui, const char *why)
{
	struct err e;

	err_set(&e, ERR_USAGE, STAGE_NONE, "", "%s", why);
	return ui_usage(ui, &e, NULL);
}

static const struct {
	const char *name, *why;
	bool writes; /* its caller writes a message before it looks at our answer */
} others[] = {
    {"rmail", "mail by UUCP is not supported", true},
    {"bsmtp", "batches of SMTP are not supported; there is sendmail -bs", true},
    {"smtpd", "this is no daemon, it listens nowhere; there is sendmail -bs", false},
};

static int
other_name(const struct ui *ui, const char *program)
{
	size_t i = 0;

	while (i + 1 < sizeof(others) / sizeof(others[0]) && !str_eq(others[i].name, program))
		i++;
	if (others[i].writes)
		request_drain(STDIN_FILENO);
	return unsupported(ui, others[i].why);
}

static int
run_command(const char *name, const struct dispatch *d, struct arena *mem)
{
	const struct command_call call = {
	    .command = command_find(name),
	    .mem = mem,
	    .program = d->program,
	    .own = d->own,
	    .words = d->words,
	    .shared = d->shared,
	};

	return call.command->run(&call);
}

static int
run(const struct dispatch *d, struct arena *mem)
{
	static const struct queue_run_args all;
	struct ui ui;

	ui_init(&ui, d->program, d->own, &d->shared);
	switch (d->grammar) {
	case DISPATCH_SENDMAIL:
		return run_command("sendmail", d, mem);
	case DISPATCH_COMMAND:
		return run_command(d->command, d, mem);
	case DISPATCH_HELP:
		return cmd_help_overview(&ui);
	case DISPATCH_VERSION:
		return cmd_version_show(&d->shared, &ui);
	case DISPATCH_USAGE:
		return usage_error(d, &ui);
	case DISPATCH_MAILQ:
		return mailq_run(&d->shared, &ui);
	case DISPATCH_NEWALIASES:
		return alias_verbs_check(&d->shared, &ui);
	case DISPATCH_RUNQ:
		return queue_run(&d->shared, &ui, &all);
	case DISPATCH_UNSUPPORTED:
		return other_name(&ui, d->program);
	case DISPATCH_NOTHING:
		break;
	}
	return 0;
}

/* Whatever our caller did to its children's surroundings: mailutils closes fds, perl ignores
 * SIGCHLD. */
static void
set_right(void)
{
	file_fix_std();
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a write over RLIMIT_FSIZE fails, as on a full disk */
	(void)signal(SIGCHLD, SIG_DFL);
}

int
cli_main(char **argv)
{
	struct arena mem = {NULL};
	struct args_list commands = {NULL, 0};
	struct dispatch d;
	int status;

	set_right();
	command_names(&mem, true, &commands);
	dispatch_decide(&mem, (const char *const *)argv, isatty(STDOUT_FILENO) == 1, &commands, &d);
	maillog_init(d.program, NULL);
	status = run(&d, &mem);
	arena_done(&mem);
	return status;
}
