/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mender.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct mender run;

static bool
on_begin(void *arg, const struct fixup_found *found, const char *block, size_t n, struct err *e)
{
	struct mender *r = arg;

	(void)e;
	r->begun++;
	r->found = *found;
	return buf_add(&r->block, block, n) && buf_add(&r->out, block, n);
}

static bool
on_body(void *arg, const char *data, size_t n, struct err *e)
{
	struct mender *r = arg;

	assert_int_equal(r->begun, 1);
	if (r->out.len - r->block.len + n > r->fail_after)
		return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.1", "full");
	return buf_add(&r->out, data, n);
}

const struct fixup_sink mender_sink = {on_begin, on_body, &run};

void
mender_clear(void)
{
	arena_done(&run.mem);
	buf_done(&run.block);
	buf_done(&run.out);
	run = (struct mender){.fail_after = SIZE_MAX};
	buf_init(&run.block, SIZE_MAX);
	buf_init(&run.out, SIZE_MAX);
}

struct fixup_opts
mender_opts(bool read_recipients)
{
	return (struct fixup_opts){.read_recipients = read_recipients,
	    .domain = "dom.example",
	    .from = "me@dom.example",
	    .from_fallback = "login@host.example"};
}

bool
mender_feed(const char *s, size_t n, size_t step, const struct fixup_opts *opts)
{
	struct fixup *f;
	bool good = true;

	mender_clear();
	f = fixup_new(&run.mem, opts, &mender_sink);
	for (size_t at = 0; at < n && good && !fixup_ended(f); at += step)
		good = fixup_feed(f, s + at, n - at < step ? n - at : step, &run.e);
	run.ended = fixup_ended(f);
	good = good && fixup_end(f, &run.facts, &run.e);
	fixup_free(f);
	return good;
}

const char *
mender_output(void)
{
	static struct buf shown;
	const char *s = buf_str(&run.out), *id;

	buf_done(&shown);
	buf_init(&shown, SIZE_MAX);
	while ((id = strstr(s, "essage-ID: <")) != NULL) {
		size_t left = strcspn(id + 12, "@>\r");

		buf_add(&shown, s, (size_t)(id - s) + 12);
		s = id + 12;
		/* 11 digits of time, a dot, 16 of chance */
		if (left == 28 && s[11] == '.') {
			buf_addc(&shown, '*');
			s += left;
		}
	}
	buf_adds(&shown, s);
	return buf_str(&shown);
}

size_t
mender_step(size_t k, size_t n)
{
	static const size_t steps[MENDER_NSTEPS] = {SIZE_MAX, 1, 7};

	return steps[k] < n || n == 0 ? steps[k] : n;
}

void
mender_check(const struct mender_row *rows, size_t n)
{
	struct fixup_opts opts = mender_opts(false);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < MENDER_NSTEPS; k++) {
			size_t len = strlen(rows[i].in);

			if (!mender_feed(rows[i].in, len, mender_step(k, len), &opts))
				fail_msg("%s: %s", rows[i].claim, run.e.text);
			if (strcmp(mender_output(), rows[i].out) != 0)
				fail_msg("%s, by %zu:\n%s", rows[i].claim, mender_step(k, 99),
				    mender_output());
			assert_int_equal(run.facts.size, run.out.len);
			assert_int_equal(run.begun, 1);
		}
}
