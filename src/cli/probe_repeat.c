/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/probe_repeat.h"

#include <inttypes.h>
#include <time.h>

#include "base/json.h"
#include "cli/probe_show.h"
#include "cli/report.h"

void
probe_repeat_result(const struct probe_result *r, int status, struct buf *out)
{
	struct json *j = json_new(), *times = json_new();

	json_int(j, "v", 1);
	json_str(j, "event", "result");
	json_bool(j, "arrived", r->arrived);
	for (size_t i = 0; i < STAGE_MAX; i++)
		if (r->ms[i] >= 0)
			json_int(times, err_stage_name((enum stage)i), r->ms[i]);
	json_obj(j, "ms", times);
	json_int(j, "exit", status);
	json_line(j, out);
}

struct sums {
	uint64_t n, good;
	int64_t least[STAGE_MAX + 1], most[STAGE_MAX + 1], all[STAGE_MAX + 1];
	uint64_t times[STAGE_MAX + 1];
	int status;
};

static void
count(struct sums *s, size_t i, int64_t ms)
{
	if (ms < 0)
		return;
	if (s->times[i] == 0 || ms < s->least[i])
		s->least[i] = ms;
	if (s->times[i] == 0 || ms > s->most[i])
		s->most[i] = ms;
	s->all[i] += ms;
	s->times[i]++;
}

static void
add_sums(const struct sums *s, struct buf *out)
{
	(void)buf_addf(out, "%-10s %8s %8s %8s\n", "ms", "least", "mean", "most");
	for (size_t i = 0; i <= STAGE_MAX; i++)
		if (s->times[i] > 0)
			(void)buf_addf(out, "%-10s %8" PRId64 " %8" PRId64 " %8" PRId64 "\n",
			    i < STAGE_MAX ? err_stage_name((enum stage)i) : "whole", s->least[i],
			    s->all[i] / (int64_t)s->times[i], s->most[i]);
	(void)buf_addf(out, "%" PRIu64 " of %" PRIu64 " walks went well. No mail was sent.\n",
	    s->good, s->n);
}

static void
rest(int64_t ms)
{
	const struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	(void)nanosleep(&t, NULL);
}

static void
tell_one(const struct ui *ui, uint64_t i, const struct probe_result *r)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (ui->json) {
		probe_repeat_result(r, r->why.class != ERR_NONE ? err_sysexit(&r->why) : 0, &b);
	} else {
		(void)buf_addf(&b, "%4" PRIu64 "  ", i + 1);
		ui_painted(&b, ui->out_color, r->why.class == ERR_NONE ? UI_GOOD : UI_BAD,
		    r->why.class == ERR_NONE ? "ok    " : "FAILED");
		(void)buf_addf(&b, "  %5" PRId64 " ms  ", r->whole_ms);
		if (r->why.class == ERR_NONE)
			probe_show_times(r, &b);
		else
			(void)buf_adds(&b, r->why.text);
		(void)buf_addc(&b, '\n');
	}
	(void)ui_out(&b);
	buf_done(&b);
}

int
probe_repeat(const struct probe *p, const struct ui *ui, uint64_t n, int64_t interval)
{
	struct sums sums = {.n = n};
	struct probe_result r;
	struct err e;
	struct buf b;
	int printed;

	for (uint64_t i = 0; i < n; i++) {
		if (i > 0)
			rest(interval);
		if (!probe_run(p, &r, &e)) {
			report_cause(ui, p->account, &e);
			return err_sysexit(&e);
		}
		tell_one(ui, i, &r);
		for (size_t k = 0; k < STAGE_MAX; k++)
			count(&sums, k, r.ms[k]);
		count(&sums, STAGE_MAX, r.whole_ms);
		sums.good += r.why.class == ERR_NONE;
		if (r.why.class != ERR_NONE && sums.status == 0)
			sums.status = err_sysexit(&r.why);
	}
	buf_init(&b, SIZE_MAX);
	if (!ui->json)
		add_sums(&sums, &b);
	printed = ui_data(ui, &b);
	buf_done(&b);
	return sums.status != 0 ? sums.status : printed;
}
