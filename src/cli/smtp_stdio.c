/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/smtp_stdio.h"

#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/complain.h"
#include "cli/interrupt.h"
#include "cli/maillog.h"
#include "cli/request.h"
#include "cli/transcript.h"
#include "config/config.h"
#include "serve/dialogue.h"

#define IDLE_MS ((int64_t)5 * 60 * 1000) /* RFC 5321 4.5.3.2.7 */
#define NAME_MAX_LEN 255

/* What does not change while we serve. */
struct stdio {
	const struct command_call *call;
	const struct sendmail_args *args;
	const struct ui *ui;
	struct service s;
	struct transcript transcript;
	char name[NAME_MAX_LEN + 1];
};

static void
on_told(void *arg, struct intake_result *in, const struct submit_result *r)
{
	const struct stdio *io = arg;
	const struct report report = {
	    .ui = io->ui,
	    .env = entry_envelope(in->entry),
	    .account = in->account,
	    .nbad = in->nbad,
	    .bad = &in->bad,
	    .id = r->kept ? r->id : NULL,
	};

	maillog_received(&report);
	maillog_attempt(&report);
}

static void
on_trouble(void *arg, const struct err *e)
{
	const struct stdio *io = arg;

	maillog_trouble(e);
	if (io->ui->verbose > 0)
		ui_note(io->ui, "%s", e->text);
}

/* This machine's own name as far as it is one; no resolver is asked. */
static void
find_name(char name[NAME_MAX_LEN + 1])
{
	if (gethostname(name, NAME_MAX_LEN) < 0)
		name[0] = '\0';
	name[NAME_MAX_LEN] = '\0';
	for (const char *s = name; *s != '\0'; s++)
		if (!str_is_alpha(*s) && !str_is_digit(*s) && strchr("-.", *s) == NULL)
			name[0] = '\0';
	if (name[0] == '\0')
		memcpy(name, "localhost", sizeof "localhost");
}

/* As for a message on standard input: only what a later run finds again can wait there. */
static bool
is_lasting(const struct shared *s)
{
	return s->file == NULL && s->server == NULL && s->sets.n == 0;
}

static void
settle_when(struct stdio *io)
{
	struct service *s = &io->s;
	const struct sendmail_args *a = io->args;

	if (io->call->shared.server != NULL)
		s->when = SUBMIT_NOW;
	else if (a->when_given)
		s->when = a->when;
	else
		s->when = config_queue(s->config)->enabled ? SUBMIT_AUTO : SUBMIT_NOW;
	s->background = a->background;
}

static void
open_queue(struct service *s)
{
	const char *dir = config_queue(s->config)->directory;

	if (s->when == SUBMIT_NOW)
		return;
	if (dir != NULL)
		s->spool = spool_open(dir, true, &s->spool_trouble);
	else
		err_set(&s->spool_trouble, ERR_CONFIG, STAGE_QUEUE, "",
		    "there is no place for a queue");
}

/*
 * Where the configuration cannot be used, or names no account, messages are kept until it does;
 * where they cannot be kept either, none is taken.
 */
static void
settle_trouble(struct stdio *io, const struct diags *d, bool loaded)
{
	struct service *s = &io->s;
	struct err e;

	s->may_wait = s->spool != NULL && is_lasting(&io->call->shared);
	if (loaded && config_naccounts(s->config) > 0)
		return;
	if (loaded)
		complain_no_account(s->config, &e);
	else
		complain_as_error(d, &e);
	on_trouble(io, &e);
	if (!s->may_wait)
		s->closed = e;
	else if (!loaded)
		s->waits = e;
}

static int
status_of(enum dialogue_end end)
{
	switch (end) {
	case DIALOGUE_DONE:
		return EX_OK;
	case DIALOGUE_STOPPED:
		return EX_TEMPFAIL;
	case DIALOGUE_BLIND:
		return EX_NOINPUT;
	case DIALOGUE_DEAF:
		return EX_IOERR;
	case DIALOGUE_CUT:
		break;
	}
	return EX_PROTOCOL;
}

static int
serve(struct stdio *io)
{
	enum dialogue_end end;

	transcript_init(&io->transcript, io->ui, &(struct transcript_want){.file = -1});
	io->s.trace = &io->transcript.hooks;
	io->s.stop = interrupt_flag();
	io->s.told = on_told;
	io->s.trouble = on_trouble;
	io->s.arg = io;
	interrupt_catch();
	end = dialogue_run(&io->s, STDIN_FILENO, STDOUT_FILENO);
	interrupt_release();
	return status_of(end);
}

/*
 * Recipients come by RCPT: who gives them here has something else in mind, and may be a stranger
 * who appended -bs to turn the text of a mail into commands.
 */
static int
refuse(const struct stdio *io)
{
	static const char reply[] = "421 4.3.5 wrong options for SMTP\r\n";
	struct err e;

	err_set(&e, ERR_USAGE, STAGE_NONE, "", "-bs takes neither recipients nor -t");
	maillog_settle_early(&io->call->shared);
	maillog_trouble(&e);
	(void)file_write(STDOUT_FILENO, reply, sizeof reply - 1);
	request_drain(STDIN_FILENO);
	return ui_usage(io->ui, &e, "nothing was sent");
}

int
smtp_stdio_run(const struct command_call *call, const struct sendmail_args *a, const struct ui *ui)
{
	struct stdio io = {.call = call, .args = a, .ui = ui};
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	bool loaded;
	int status;

	if (a->operands.n > 0 || a->read_recipients)
		return refuse(&io);
	shared_request(&call->shared, &want);
	c = config_load(&want, &d);
	loaded = c != NULL;
	if (!loaded)
		c = config_load_rest(&want);
	maillog_settle(c);
	find_name(io.name);
	io.s = (struct service){
	    .name = io.name,
	    .config = c,
	    .account = a->account != NULL ? a->account : call->shared.account,
	    .full_name = a->full_name,
	    .patience_ms = ui->in_tty ? 0 : REQUEST_PATIENCE_MS,
	    .idle_ms = IDLE_MS,
	    .size_max = DIALOGUE_SIZE_MAX,
	};
	settle_when(&io);
	open_queue(&io.s);
	settle_trouble(&io, &d, loaded);
	status = serve(&io);
	spool_close(io.s.spool);
	config_free(c);
	diags_done(&d);
	return status;
}
