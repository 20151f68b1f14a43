/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "base/str.h"
#include "cli/addrarg.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/probe_args.h"
#include "cli/probe_repeat.h"
#include "cli/probe_show.h"
#include "cli/report.h"
#include "cli/textarg.h"
#include "net/dns.h"

#define REPEAT_MAX 100000
#define QUESTION_MS ((int64_t)5000)

size_t
cmd_probe_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = probe_args_group();
	out[1] = shared_group(NULL);
	return 2;
}

/* ---- the account as it is to be for this walk */

static bool
is_url(const char *word)
{
	return strstr(word, "://") != NULL;
}

/* Options are keys of the account: the schema judges them, once. */
static void
add_sets(struct arena *mem, const struct probe_args *a, const char *account, struct args_list *sets)
{
	const struct {
		const char *key, *value;
	} keys[] = {
	    {"tls", a->tls},
	    {"tls-ca", textarg_path(mem, a->tls_ca)},
	    {"tls-name", a->tls_name},
	    {"tls-pin", a->tls_pin},
	    {"tls-cert", textarg_path(mem, a->tls_cert)},
	    {"tls-key", textarg_path(mem, a->tls_key)},
	    {"tls-priority", a->tls_priority},
	    {"tls-verify", a->insecure ? "no" : NULL},
	    {"user", a->user},
	    {"password-file", textarg_path(mem, a->password_file)},
	    {"password-command", a->password_command},
	    {"token-command", a->token_command},
	    {"ehlo-name", a->helo},
	    {"source-address", a->source},
	    {"auth", a->auth != NULL && str_eq(a->auth, "none") ? "off" : a->auth},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].value != NULL)
			args_push(mem, sets,
			    arena_printf(mem, "account.%s.%s=%s", account, keys[i].key,
				keys[i].value));
}

/* ---- what is asked for */

static bool
read_numbers(const struct probe_args *a, struct probe *p, uint64_t *repeat, int64_t *interval,
    struct err *e)
{
	uint64_t size;

	*repeat = 1;
	*interval = 0;
	if (a->size != NULL && !str_u64(a->size, 0, UINT64_MAX, &size))
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--size is a number of octets, not '%s'", a->size);
	p->size = a->size;
	if (a->repeat != NULL && !str_u64(a->repeat, 1, REPEAT_MAX, repeat))
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--repeat is a number from 1 to %d, not '%s'", REPEAT_MAX, a->repeat);
	if (a->interval != NULL && !str_duration_ms(a->interval, interval))
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--interval is a time like 500ms or 2s, not '%s'", a->interval);
	return true;
}

static bool
read_addresses(struct arena *mem, const struct probe_args *a, struct probe *p, struct err *e)
{
	struct args_list to = {NULL, 0};
	struct addrarg_bad bad = {.n = 0};

	if (a->from != NULL && (p->from = addrarg_sender(mem, a->from, e)) == NULL)
		return false;
	if (!addrarg_recipients(mem, &a->to, &to, &bad, e))
		return false;
	if (bad.n > 0) {
		*e = bad.first;
		return false;
	}
	p->to = to.items;
	p->nto = to.n;
	return true;
}

/* Can the walk come where it is to end? */
static bool
check_point(const struct probe_args *a, struct probe *p, struct err *e)
{
	const struct account *acc = p->account;
	const char *why = NULL;

	if (p->from == NULL && (p->nto > 0 || a->at >= PROBE_MAIL))
		p->from = account_address(acc);
	if (a->at == PROBE_DATA && a->end == PROBE_STOP)
		why =
		    "behind DATA one can only hang up, or send a message: --drop-after data, or postrider test";
	else if (p->from == NULL && (p->nto > 0 || a->at >= PROBE_MAIL))
		why = "MAIL needs a sender: --from ADDRESS";
	else if (a->at >= PROBE_RCPT && p->nto == 0)
		why = "that stage needs a recipient: --to ADDRESS";
	else if (a->at == PROBE_AUTH && !acc->auth)
		why = "there is no login at this server: --user NAME";
	else if (a->at == PROBE_TLS && acc->tls == ACCOUNT_TLS_OFF)
		why = "there is no TLS with tls = off";
	else if (a->at == PROBE_EHLO2 && acc->tls != ACCOUNT_TLS_STARTTLS)
		why = "there is a second EHLO only with tls = starttls";
	if (why != NULL)
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "%s", why);
	p->at = a->at;
	p->end = a->end;
	return true;
}

/* ---- the result */

static void
add_end(const struct probe_args *a, const struct probe_result *r, struct buf *out)
{
	static const char *const words[] = {
	    [PROBE_STOP] = "stopped after",
	    [PROBE_DROP] = "hung up after",
	    [PROBE_DROP_BEFORE_REPLY] = "hung up before the reply to",
	};

	if (a->at == PROBE_ALL)
		(void)buf_adds(out,
		    r->why.class == ERR_NONE ? "all went well" : "not all went well");
	else if (r->arrived)
		(void)buf_addf(out, "%s %s as asked", words[a->end], probe_args_points[a->at]);
	else
		(void)buf_addf(out, "did not come to %s", probe_args_points[a->at]);
	(void)buf_adds(out, ": ");
	probe_show_times(r, out);
	(void)buf_adds(out, ". No mail was sent.\n");
}

static int
tell(const struct probe_args *a, const struct ui *ui, const struct account *acc,
    const struct probe_result *r)
{
	int status = r->why.class != ERR_NONE ? err_sysexit(&r->why) : 0, printed;
	struct buf b;

	/* what was asked for happened, whatever a server thinks of being dropped */
	buf_init(&b, SIZE_MAX);
	if (ui->json)
		probe_repeat_result(r, status, &b);
	else
		add_end(a, r, &b);
	if (!ui->json && r->why.class != ERR_NONE)
		report_hint(ui, acc, &r->why);
	printed = ui_data(ui, &b);
	buf_done(&b);
	return status != 0 ? status : printed;
}

/* ---- */

static int
walk(struct arena *mem, const struct probe_args *a, const struct ui *ui,
    const struct account *chosen)
{
	struct account asking = *chosen;
	const struct account *acc = a->ask_password ? &asking : chosen;
	struct probe_show show = {.ui = ui,
	    .account = acc,
	    .cert = a->cert,
	    .explain = a->explain,
	    .timing = a->timing};
	struct probe p = {.account = acc,
	    .family = a->only4 ? AF_INET
		: a->only6     ? AF_INET6
			       : AF_UNSPEC,
	    .may_ask = !ui->no_input && ui->err_tty,
	    .trace = &show.hooks,
	    .tls = probe_show_tls,
	    .caps = probe_show_caps,
	    .arg = &show};
	struct probe_result r;
	uint64_t repeat;
	int64_t interval;
	struct err e;
	int status;

	if (!read_numbers(a, &p, &repeat, &interval, &e) || !read_addresses(mem, a, &p, &e) ||
	    !check_point(a, &p, &e))
		return ui_usage(ui, &e, NULL);
	asking.password_source = PASSWORD_PROMPT;
	show.hide = repeat > 1 && ui->verbose == 0;
	probe_show_init(&show);
	if (repeat > 1) {
		status = probe_repeat(&p, ui, repeat, interval);
	} else if (probe_run(&p, &r, &e)) {
		status = tell(a, ui, acc, &r);
	} else {
		report_cause(ui, acc, &e);
		status = err_sysexit(&e);
	}
	probe_show_done(&show);
	return status;
}

/* ---- the server of a domain (RFC 6186, RFC 8314) */

static const char *
url_of(struct arena *mem, struct dns *dns, const char *domain, bool starttls, bool login,
    bool *refused, struct err *e)
{
	const char *service = starttls ? "_submission._tcp" : "_submissions._tcp", *url;
	struct dns_answer a;

	if (!dns_ask(dns, mem, arena_printf(mem, "%s.%s", service, domain), DNS_SRV, &a, e) ||
	    a.nrecords == 0)
		return NULL;
	*refused = a.records[0].name[0] == '\0';
	if (*refused)
		return NULL;
	/* what stands behind '?' in a URL are keys of an account */
	if (!dns_is_host(a.records[0].name)) {
		err_set(e, ERR_RELAY, STAGE_DNS, "5.4.4",
		    "the DNS names '%.255s' as the server of %s, which is no name of a host",
		    a.records[0].name, domain);
		e->sysexit = EX_NOHOST;
		return NULL;
	}
	url = arena_printf(mem, "%s://%s:%u", starttls ? "smtp" : "smtps", a.records[0].name,
	    (unsigned)a.records[0].port);
	if (!login || a.secure || dns_is_within(a.records[0].name, domain))
		return url;
	err_set(e, ERR_USAGE, STAGE_DNS, "",
	    "the DNS leads to %s, which is not in %s: to log in there, give the URL yourself", url,
	    domain);
	return NULL;
}

/* NULL with e. */
static const char *
find_server(struct arena *mem, const struct probe_args *a, const char *domain, struct err *e)
{
	struct dns *dns = dns_open(a->resolver, QUESTION_MS, e);
	const char *url = NULL;
	bool refused = false;

	if (dns == NULL)
		return NULL;
	err_clear(e);
	url = url_of(mem, dns, domain, false, a->user != NULL, &refused, e);
	if (url == NULL && e->class == ERR_NONE)
		url = url_of(mem, dns, domain, true, a->user != NULL, &refused, e);
	dns_close(dns);
	if (url == NULL && e->class == ERR_NONE) {
		err_set(e, ERR_RELAY, STAGE_DNS, "5.4.4",
		    refused
			? "%s offers no server for sending, and says so in the DNS"
			: "%s names no server for sending in the DNS (SRV): give its URL, or see: postrider lookup %s",
		    domain, domain);
		e->sysexit = EX_NOHOST;
	}
	return url;
}

/* A word with a dot that is the name of no account. */
static bool
is_domain(const struct probe_args *a, const char *word)
{
	struct config_request want;
	struct diags ignored = {.n = 0};
	const struct pick pick = {.name = word};
	struct config *c;
	const char *route;
	bool account;

	if (word == NULL || strchr(word, '.') == NULL)
		return false;
	shared_request(&a->shared, &want);
	c = config_load(&want, &ignored);
	account = c != NULL && config_pick(c, &pick, &route, NULL) != NULL;
	config_free(c);
	diags_done(&ignored);
	return !account;
}

/* The account whose keys the options change; NULL with e. */
static const char *
choose(const struct probe_args *a, const char *word, const struct ui *ui, struct arena *mem,
    int *status)
{
	struct config_request want;
	struct diags d = {.n = 0};
	const struct pick pick = {.name = word != NULL ? word : a->shared.account};
	const struct account *acc;
	struct config *c;
	const char *route, *name = NULL;
	struct err e;

	if (a->shared.server != NULL)
		return "server";
	shared_request(&a->shared, &want);
	c = config_load(&want, &d);
	if (c == NULL) {
		*status = complain_config(ui, &d, NULL);
	} else if (config_naccounts(c) == 0) {
		complain_no_account(c, &e);
		report_cause(ui, NULL, &e);
		*status = EX_CONFIG;
	} else if ((acc = config_pick(c, &pick, &route, &e)) == NULL) {
		report_cause(ui, NULL, &e);
		*status = err_sysexit(&e);
	} else {
		name = arena_strdup(mem, acc->name);
	}
	config_free(c);
	diags_done(&d);
	return name;
}

static int
run(struct arena *mem, struct probe_args *a, const struct ui *ui, const char *word)
{
	struct config_request want;
	struct diags d = {.n = 0};
	struct pick pick = {.name = NULL};
	struct config *c;
	const char *route;
	struct err e;
	int status = 0;

	if (word != NULL && !is_url(word) && is_domain(a, word)) {
		word = find_server(mem, a, word, &e);
		if (word == NULL) {
			report_cause(ui, NULL, &e);
			return err_sysexit(&e);
		}
		ui_note(ui, "the DNS names %s", word);
	}
	if (word != NULL && is_url(word)) {
		a->shared.server = word;
		word = NULL;
	}
	pick.name = choose(a, word, ui, mem, &status);
	if (pick.name == NULL)
		return status;
	add_sets(mem, a, pick.name, &a->shared.sets);
	shared_request(&a->shared, &want);
	c = config_load(&want, &d);
	if (c == NULL)
		status = complain_config(ui, &d, NULL);
	else
		status = walk(mem, a, ui, config_pick(c, &pick, &route, &e));
	config_free(c);
	diags_done(&d);
	return status;
}

int
cmd_probe(const struct command_call *call)
{
	struct probe_args a = {.shared = call->shared};
	struct args_group groups[COMMAND_GROUPS_MAX];
	struct args args = {.mem = call->mem, .groups = groups, .words = call->words};
	struct ui ui;
	struct err e;
	int status;

	args.ngroups = cmd_probe_groups(groups);
	groups[0].target = &a;
	groups[1].target = &a.shared;
	if (!command_begin(call, &args, &a.shared, &ui, &status))
		return status;
	err_clear(&e);
	if (args.operands.n > 1)
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "probe looks at one server, not at %zu",
		    args.operands.n);
	else if (a.only4 && a.only6)
		err_set(&e, ERR_USAGE, STAGE_NONE, "", "-4 and -6 exclude each other");
	if (e.class != ERR_NONE)
		return ui_usage(&ui, &e, NULL);
	return run(call->mem, &a, &ui, args.operands.n > 0 ? args.operands.items[0] : NULL);
}
