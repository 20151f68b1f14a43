/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crontab.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/proc.h"
#include "base/str.h"

#define TIMEOUT_MS 20000

/* The first line of what it complained about. */
static bool
trouble(struct err *e, const char *what, const struct proc_result *r)
{
	const char *said = buf_str(&r->errors);

	if (r->status == 127)
		return err_set(e, ERR_LOCAL, STAGE_NONE, "",
		    "%s: the program crontab is not installed", what);
	return err_set(e, ERR_LOCAL, STAGE_NONE, "", "%s: crontab exited with %d: %.*s", what,
	    r->status, (int)strcspn(said, "\n"), said);
}

/* Each cron has words of its own for it, and the exit status is that of an error. */
static bool
has_none(const struct proc_result *r)
{
	const char *said = buf_str(&r->errors);

	return r->status == 1 &&
	    (str_find_nocase(said, "no crontab") != NULL ||
		str_find_nocase(said, "No such file") != NULL);
}

bool
crontab_read(struct buf *out, struct err *e)
{
	static const char *const argv[] = {"crontab", "-l", NULL};
	struct proc_result r;
	bool good;

	proc_result_init(&r);
	good = proc_run(argv, NULL, TIMEOUT_MS, &r, e);
	if (good && r.status != 0 && !has_none(&r))
		good = trouble(e, "the crontab cannot be read", &r);
	if (good && r.status == 0 && memchr(buf_str(&r.out), '\0', r.out.len) != NULL)
		good = err_set(e, ERR_LOCAL, STAGE_NONE, "", "the crontab holds a NUL");
	if (good && r.status == 0)
		(void)buf_add(out, buf_str(&r.out), r.out.len);
	proc_result_done(&r);
	return good;
}

bool
crontab_write(const char *text, struct err *e)
{
	static const char *const argv[] = {"crontab", "-", NULL};
	struct proc_result r;
	bool good;

	proc_result_init(&r);
	good = proc_run(argv, text, TIMEOUT_MS, &r, e);
	if (good && r.status != 0)
		good = trouble(e, "the crontab cannot be written", &r);
	proc_result_done(&r);
	return good;
}

/* The mark at the end of a line that is no comment as a whole. */
static bool
is_ours(const char *line, size_t n)
{
	size_t mark = strlen(CRONTAB_MARK);

	while (n > 0 && str_is_space((unsigned char)line[n - 1]))
		n--;
	return n > mark && line[0] != '#' && memcmp(line + n - mark, CRONTAB_MARK, mark) == 0;
}

bool
crontab_find(const char *text, struct buf *line)
{
	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		if (is_ours(p, n))
			return buf_add(line, p, n);
		p += n;
		p += *p == '\n';
	}
	return false;
}

void
crontab_edit(const char *text, const char *line, struct buf *out)
{
	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		if (!is_ours(p, n)) {
			(void)buf_add(out, p, n);
			(void)buf_addc(out, '\n');
		}
		p += n;
		p += *p == '\n';
	}
	if (line != NULL)
		(void)buf_addf(out, "%s\n", line);
}
