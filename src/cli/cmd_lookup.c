/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include "base/idn.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/cmd.h"
#include "cli/report.h"
#include "net/mailzone.h"

#define QUESTION_MS ((int64_t)5000)
#define MARGIN 19 /* columns before what was found */

struct lookup_args {
	struct shared shared;
	const char *resolver;
	struct args_list selectors;
};

#define AT(field) offsetof(struct lookup_args, field)

static const struct args_option options[] = {
    {.name = "selector",
	.arg = "NAME",
	.kind = ARGS_LIST,
	.at = AT(selectors),
	.help = "look at this key of DKIM, too; may be repeated"},
    {.name = "resolver",
	.arg = "ADDRESS[:PORT]",
	.kind = ARGS_TEXT,
	.at = AT(resolver),
	.help = "ask this server, not those of /etc/resolv.conf"},
};

size_t
cmd_lookup_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){.title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0])};
	out[1] = shared_group(NULL);
	return 2;
}

static const struct {
	const char *word;
	enum ui_paint paint;
} verdicts[] = {
    [MAILZONE_OK] = {"ok", UI_GOOD},
    [MAILZONE_INFO] = {"info", UI_PLAIN},
    [MAILZONE_WARN] = {"warn", UI_WARN},
    [MAILZONE_MISSING] = {"MISSING", UI_WARN},
    [MAILZONE_WRONG] = {"WRONG", UI_BAD},
    [MAILZONE_UNKNOWN] = {"unknown", UI_WARN},
};

static const char *const json_verdicts[] = {
    [MAILZONE_OK] = "ok",
    [MAILZONE_INFO] = "info",
    [MAILZONE_WARN] = "warn",
    [MAILZONE_MISSING] = "missing",
    [MAILZONE_WRONG] = "wrong",
    [MAILZONE_UNKNOWN] = "unknown",
};

struct telling {
	const struct ui *ui;
	const char *domain;
	size_t n[MAILZONE_UNKNOWN + 1];
};

static void
add_json(const struct mailzone_finding *f, struct buf *out)
{
	struct json *j = json_new();

	json_int(j, "v", 1);
	json_str(j, "event", "record");
	json_str(j, "kind", f->kind);
	json_str(j, "verdict", json_verdicts[f->verdict]);
	json_str(j, "name", f->name);
	json_str(j, "value", f->value);
	json_str(j, "text", f->text);
	json_line(j, out);
}

static void
add_line(const struct telling *t, const struct mailzone_finding *f, struct buf *out)
{
	size_t room = t->ui->out_tty ? t->ui->width - MARGIN : SIZE_MAX, shown;
	const char *word = verdicts[f->verdict].word;
	struct buf text;

	(void)buf_addf(out, "%-8s ", f->kind);
	ui_painted(out, t->ui->out_color, verdicts[f->verdict].paint, word);
	(void)buf_addf(out, "%*s", (int)(10 - strlen(word)), "");
	buf_init(&text, SIZE_MAX);
	/* what is not of the domain itself has a name of its own */
	shown = str_eq(f->name, t->domain) ? 0 : strlen(f->name);
	if (shown > 0 && f->value == NULL)
		(void)buf_addf(&text, "%s: ", f->name);
	else if (shown > 0)
		(void)buf_addf(&text, "%s\n", f->name);
	if (f->value != NULL)
		(void)buf_addf(&text, "%s\n", f->value);
	(void)buf_adds(&text, f->text);
	ui_wrapped(out, buf_str(&text), MARGIN, room);
	buf_done(&text);
}

static void
on_found(void *arg, const struct mailzone_finding *f)
{
	struct telling *t = arg;
	struct buf b;

	t->n[f->verdict]++;
	buf_init(&b, SIZE_MAX);
	if (t->ui->json)
		add_json(f, &b);
	else
		add_line(t, f, &b);
	(void)ui_out(&b);
	buf_done(&b);
}

static int
end(const struct telling *t)
{
	struct buf b;
	int status;

	buf_init(&b, SIZE_MAX);
	if (t->ui->json) {
		struct json *j = json_new();

		json_int(j, "v", 1);
		json_str(j, "event", "result");
		for (size_t i = 0; i < sizeof(t->n) / sizeof(t->n[0]); i++)
			json_int(j, json_verdicts[i], (int64_t)t->n[i]);
		json_int(j, "exit", 0);
		json_line(j, &b);
	} else {
		(void)buf_addf(&b, "%s: %zu wrong, %zu missing, %zu warning%s\n", t->domain,
		    t->n[MAILZONE_WRONG], t->n[MAILZONE_MISSING], t->n[MAILZONE_WARN],
		    t->n[MAILZONE_WARN] == 1 ? "" : "s");
	}
	status = ui_data(t->ui, &b);
	buf_done(&b);
	return status;
}

/* "ann@Bücher.example" is a question about xn--bcher-kva.example; in mem. NULL with e. */
static const char *
domain_of(struct arena *mem, const char *word, struct err *e)
{
	const char *at = strrchr(word, '@'), *name = at != NULL ? at + 1 : word, *out = NULL;
	size_t n = strlen(name);
	struct buf ascii;

	if (n > 0 && name[n - 1] == '.')
		n--;
	buf_init(&ascii, 256);
	if (n > 0 && idn_to_ascii(name, n, &ascii) && strchr(buf_str(&ascii), '.') != NULL)
		out = arena_strdup(mem, buf_str(&ascii));
	else
		err_set(e, ERR_USAGE, STAGE_NONE, "", "'%s' is not a mail domain", word);
	buf_done(&ascii);
	return out;
}

static int
look(const struct lookup_args *a, const struct ui *ui, const char *domain)
{
	struct telling t = {.ui = ui, .domain = domain};
	struct mailzone z = {.domain = domain,
	    .selectors = a->selectors.items,
	    .nselectors = a->selectors.n,
	    .found = on_found,
	    .arg = &t};
	struct err e;
	int status;

	z.dns = dns_open(a->resolver, QUESTION_MS, &e);
	if (z.dns == NULL)
		return e.class == ERR_USAGE ? ui_usage(ui, &e, NULL) : report_trouble(ui, NULL, &e);
	if (mailzone_look(&z, &e)) {
		status = end(&t);
	} else {
		report_cause(ui, NULL, &e);
		status = err_sysexit(&e);
	}
	dns_close(z.dns);
	return status;
}

int
cmd_lookup(const struct command_call *call)
{
	struct lookup_args a = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	const char *domain = NULL;
	struct ui ui;
	struct err e;
	int status;

	args.ngroups = cmd_lookup_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	if (args.operands.n != 1)
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "lookup wants one domain, or an address");
	else
		domain = domain_of(call->mem, args.operands.items[0], &e);
	return domain != NULL ? look(&a, &ui, domain) : ui_usage(&ui, &e, NULL);
}
