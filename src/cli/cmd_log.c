/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of the mail of the last days: the log, read for a person. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/timestamp.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/log_print.h"
#include "cli/log_record.h"
#include "cli/log_source.h"
#include "cli/pager.h"
#include "cli/report.h"

#define PIECE ((size_t)65536) /* a long log is written in pieces of about this size */
#define LINES_USUAL 100       /* shown when nothing says which */
#define LINES_FOLLOW 10       /* before those that come */
#define LINES_MOST 1000000

struct log_options {
	struct shared shared;
	struct log_filter filter;
	int64_t now_ms;
	bool follow, lines_given;
	uint64_t lines; /* the last ones, 0: all */
};

#define AT(field) offsetof(struct log_options, field)

static bool
set_time(const char *option, const char *value, int64_t *out, struct err *e)
{
	if (timestamp_parse(value, clock_wall_ms(), out))
		return true;
	return err_set(e, ERR_USAGE, STAGE_NONE, "",
	    "--%s is a time like 2h (ago), today, 14:00, 2026-11-23 or 2026-11-23T14:00, not '%s'",
	    option, value);
}

static bool
set_since(void *target, const char *value, struct err *e)
{
	struct log_options *o = target;

	return set_time("since", value, &o->filter.since_ms, e);
}

static bool
set_until(void *target, const char *value, struct err *e)
{
	struct log_options *o = target;

	return set_time("until", value, &o->filter.until_ms, e);
}

static bool
set_lines(void *target, const char *value, struct err *e)
{
	struct log_options *o = target;

	o->lines_given = true;
	return str_u64(value, 1, LINES_MOST, &o->lines) ||
	    err_set(e, ERR_USAGE, STAGE_NONE, "", "--lines is a number from 1 to %d, not '%s'",
		LINES_MOST, value);
}

static const struct args_option options[] = {
    {.name = "since",
	.arg = "TIME",
	.kind = ARGS_CALL,
	.call = set_since,
	.help = "from then on: 2h (ago), today, yesterday, 14:00, 2026-11-23, 2026-11-23T14:00"},
    {.name = "until", .arg = "TIME", .kind = ARGS_CALL, .call = set_until, .help = "up to then"},
    {.name = "to",
	.arg = "PATTERN",
	.kind = ARGS_TEXT,
	.at = AT(filter.to),
	.help = "only of such recipients ('*@example.org')"},
    {.name = "from",
	.arg = "PATTERN",
	.kind = ARGS_TEXT,
	.at = AT(filter.from),
	.help = "only of such senders; '<>' has none"},
    {.name = "id",
	.arg = "ID",
	.kind = ARGS_TEXT,
	.at = AT(filter.id),
	.help = "only of this message: its id in the queue, or its Message-ID"},
    {.name = "failed",
	.kind = ARGS_FLAG,
	.at = AT(filter.failed),
	.help = "only what went wrong, or waits for a person"},
    {.name = "lines",
	.letter = 'n',
	.arg = "N",
	.kind = ARGS_CALL,
	.call = set_lines,
	.help = "the last N of them; 100 when nothing else is asked for"},
    {.name = "follow",
	.kind = ARGS_FLAG,
	.at = AT(follow),
	.help = "and what comes from now on, until a signal ends it"},
};

size_t
cmd_log_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){
	    .title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0]),
	};
	out[1] = shared_group(NULL);
	return 2;
}

/* ---- one line after the other */

struct reader {
	const struct log_options *o;
	const struct ui *ui;
	char **ring; /* the last ones, not printed yet */
	size_t next, n;
	size_t found;
	bool headed; /* the names of the columns were printed */
	bool live;   /* each is printed as it comes */
	struct buf out;
	int status;
};

/* A person who has it all at once may want to page. */
static bool
is_paged(const struct reader *r)
{
	return r->ui->out_tty && !r->ui->json && !r->o->follow;
}

/* false: nobody reads it any more, or it cannot be written. */
static bool
flush(struct reader *r)
{
	if (r->out.len > 0 && r->status == 0)
		r->status = is_paged(r) ? pager_show(r->ui, &r->out) : ui_data(r->ui, &r->out);
	return r->status == 0;
}

static bool
print(struct reader *r, struct arena *mem, const struct log_record *rec)
{
	if (r->ui->json) {
		log_print_json(mem, rec, &r->out);
	} else {
		if (!r->headed)
			log_print_head(&r->out);
		r->headed = true;
		log_print_text(r->ui, mem, rec, &r->out);
	}
	return (!r->live && (is_paged(r) || r->out.len < PIECE)) || flush(r);
}

static void
keep(struct reader *r, const char *line, size_t n)
{
	char **slot = &r->ring[r->next];

	free(*slot);
	*slot = mem_alloc(n + 1);
	memcpy(*slot, line, n);
	r->next = (r->next + 1) % r->o->lines;
	r->n += r->n < r->o->lines;
}

static bool
take(void *arg, const char *line, size_t n)
{
	struct reader *r = arg;
	struct arena mem = {NULL};
	struct log_record rec;
	bool more = true;

	if (log_record_read(&mem, line, n, r->o->now_ms, &rec) &&
	    log_record_fits(&mem, &rec, &r->o->filter)) {
		r->found++;
		if (r->live || r->o->lines == 0)
			more = print(r, &mem, &rec);
		else
			keep(r, line, n);
	}
	arena_done(&mem);
	return more;
}

/* The last ones, in their order. */
static void
print_kept(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		size_t at = (r->next + r->o->lines - r->n + i) % r->o->lines;
		struct arena mem = {NULL};
		struct log_record rec;

		if (log_record_read(&mem, r->ring[at], strlen(r->ring[at]), r->o->now_ms, &rec) &&
		    !print(r, &mem, &rec))
			i = r->n;
		arena_done(&mem);
	}
	for (size_t i = 0; i < r->n; i++)
		free(r->ring[i]);
	r->n = 0;
}

/* ---- where it is */

static int
trouble(const struct ui *ui, struct err *e, int status)
{
	e->sysexit = status;
	report_cause(ui, NULL, e);
	return status;
}

static bool
read_source(struct reader *r, struct log_source *s, const char *path, struct err *e)
{
	*s = (struct log_source){
	    .path = path,
	    .since_ms = r->o->filter.since_ms,
	    .take = take,
	    .arg = r,
	};
	return log_source_read(s, e);
}

/*
 * The journal when it has something, else the first file of a syslog daemon that has, else whatever
 * could be read at all.
 */
static bool
find_system(struct reader *r, struct log_source *s, struct err *e)
{
	static const char *const files[] = {"/var/log/mail.log", "/var/log/maillog",
	    "/var/log/syslog", "/var/log/messages"};
	const char *readable = NULL;
	bool journal = proc_exists("journalctl") && read_source(r, s, NULL, e);

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && r->found == 0; i++) {
		log_source_close(s);
		if (read_source(r, s, files[i], e) && readable == NULL)
			readable = files[i];
	}
	if (r->found > 0)
		return true;
	log_source_close(s);
	if (journal)
		return read_source(r, s, NULL, e);
	if (readable != NULL)
		return read_source(r, s, readable, e);
	if (geteuid() == 0)
		err_set(e, ERR_LOCAL, STAGE_NONE, "",
		    "the log goes to syslog, and neither the journal nor %s is there: nobody may "
		    "keep it; to have a file of it: file = PATH in section [log]",
		    files[0]);
	else
		err_set(e, ERR_LOCAL, STAGE_NONE, "",
		    "the log goes to syslog, and you may read neither the journal nor %s: ask as "
		    "root, join the group adm or systemd-journal, or keep a file of your own: file "
		    "= PATH in section [log]",
		    files[0]);
	return false;
}

static bool
find(struct reader *r, const struct log_settings *log, struct log_source *s, struct err *e)
{
	switch (log->target) {
	case LOG_TARGET_FILE:
		if (read_source(r, s, log->path, e) || (errno == ENOENT && r->o->follow))
			return true;
		if (errno != ENOENT)
			return false;
		return err_set(e, ERR_LOCAL, STAGE_NONE, "",
		    "%s is not there: nothing was logged yet, or it was moved away", log->path);
	case LOG_TARGET_SYSLOG:
		return find_system(r, s, e);
	case LOG_TARGET_STDERR:
		return err_set(e, ERR_CONFIG, STAGE_NONE, "",
		    "the log is not kept here: it goes to standard error of whatever sends "
		    "(target = stderr in section [log])");
	case LOG_TARGET_NONE:
		break;
	}
	return err_set(e, ERR_CONFIG, STAGE_NONE, "",
	    "there is no log: target = none in section [log]");
}

static int
read_log(struct reader *r, const struct log_settings *log)
{
	struct log_source s = {.fd = -1};
	struct err e;

	if (!find(r, log, &s, &e)) {
		log_source_close(&s);
		return trouble(r->ui, &e,
		    log->target == LOG_TARGET_FILE || log->target == LOG_TARGET_SYSLOG ? EX_NOINPUT
										       : EX_CONFIG);
	}
	print_kept(r);
	if (flush(r) && r->o->follow) {
		r->live = true;
		if (!log_source_follow(&s, &e))
			r->status = trouble(r->ui, &e, EX_NOINPUT);
	} else if (r->found == 0 && r->status == 0) {
		ui_note(r->ui, "nothing that fits is in the log");
	}
	log_source_close(&s);
	return r->status;
}

static int
run(struct log_options *o, const struct ui *ui, const struct log_settings *log)
{
	struct reader r = {.o = o, .ui = ui};
	int status;

	o->now_ms = clock_wall_ms();
	if (o->follow && !o->lines_given && o->filter.since_ms == 0)
		o->lines = LINES_FOLLOW;
	else if (!o->lines_given && o->filter.since_ms == 0 && o->filter.until_ms == 0 &&
	    o->filter.id == NULL)
		o->lines = LINES_USUAL;
	r.ring = mem_array(NULL, o->lines + 1, sizeof(*r.ring));
	memset(r.ring, 0, (o->lines + 1) * sizeof(*r.ring));
	buf_init(&r.out, SIZE_MAX);
	status = read_log(&r, log);
	buf_done(&r.out);
	free(r.ring);
	return status;
}

int
cmd_log(const struct command_call *call)
{
	struct log_options o = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct config_request want;
	struct diags d = {.n = 0};
	struct config *c;
	struct err e;
	struct ui ui;
	int status;

	args.ngroups = cmd_log_groups(groups);
	groups[0].target = &o;
	groups[1].target = &o.shared;
	if (!command_begin(call, &args, &o.shared, &ui, &status))
		return status;
	if (args.operands.n > 0) {
		err_set(&e, ERR_USAGE, STAGE_NONE, "",
		    "'log' takes options, not '%s': --to, --from and --id choose",
		    args.operands.items[0]);
		return ui_usage(&ui, &e, NULL);
	}
	shared_request(&o.shared, &want);
	c = config_load(&want, &d);
	if (c == NULL) {
		/* what is wrong is often just what the log is read for */
		(void)complain_config(&ui, &d, NULL);
		c = config_load_rest(&want);
	}
	status = run(&o, &ui, config_log(c));
	config_free(c);
	diags_done(&d);
	return status;
}
