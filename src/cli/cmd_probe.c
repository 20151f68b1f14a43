/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>

#include "base/json.h"
#include "base/str.h"
#include "cli/addrarg.h"
#include "cli/cmd.h"
#include "cli/complain.h"
#include "cli/probe_show.h"
#include "cli/report.h"
#include "net/dns.h"

#define REPEAT_MAX 100000
#define QUESTION_MS ((int64_t)5000)
#define DAY_MS ((int64_t)86400 * 1000)

struct probe_args {
	struct shared shared;
	/* keys of the account by another name */
	const char *tls, *tls_ca, *tls_name, *tls_pin, *tls_cert, *tls_key, *tls_priority, *user,
	    *password_file, *password_command, *token_command, *helo, *source, *auth;
	const char *from, *size, *repeat, *interval, *resolver;
	struct args_list to;
	enum probe_point at;
	enum probe_end end;
	enum probe_show_cert cert;
	bool only4, only6, insecure, ask_password, explain, timing;
};

#define AT(field) offsetof(struct probe_args, field)

static const char *const point_names[PROBE_POINTS] = {
    [PROBE_CONNECT] = "connect",
    [PROBE_BANNER] = "banner",
    [PROBE_EHLO] = "ehlo",
    [PROBE_TLS] = "tls",
    [PROBE_EHLO2] = "ehlo2",
    [PROBE_AUTH] = "auth",
    [PROBE_MAIL] = "mail",
    [PROBE_RCPT] = "rcpt",
    [PROBE_DATA] = "data",
};

static bool
set_point(struct probe_args *a, enum probe_end end, const char *option, const char *value,
    struct err *e)
{
	if (a->at != PROBE_ALL)
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "one of --stop-after, --drop-after and --drop-before-reply at a time");
	for (size_t i = 1; i < PROBE_POINTS; i++)
		if (str_eq(point_names[i], value))
			a->at = (enum probe_point)i;
	a->end = end;
	return a->at != PROBE_ALL ||
	    err_set(e, ERR_USAGE, STAGE_NONE, "",
		"%s is one of connect, banner, ehlo, tls, ehlo2, auth, mail, rcpt, data, not '%s'",
		option, value);
}

static bool
set_stop(void *target, const char *value, struct err *e)
{
	return set_point(target, PROBE_STOP, "--stop-after", value, e);
}

static bool
set_drop(void *target, const char *value, struct err *e)
{
	return set_point(target, PROBE_DROP, "--drop-after", value, e);
}

static bool
set_drop_before(void *target, const char *value, struct err *e)
{
	return set_point(target, PROBE_DROP_BEFORE_REPLY, "--drop-before-reply", value, e);
}

static bool
set_cert(void *target, const char *value, struct err *e)
{
	struct probe_args *a = target;

	if (str_eq(value, "summary"))
		a->cert = PROBE_SHOW_SUMMARY;
	else if (str_eq(value, "chain"))
		a->cert = PROBE_SHOW_CHAIN;
	else if (str_eq(value, "pem"))
		a->cert = PROBE_SHOW_PEM;
	else
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--cert is summary, chain or pem, not '%s'", value);
	return true;
}

static const struct args_option options[] = {
    {.name = "stop-after",
	.values = "connect|banner|ehlo|tls|ehlo2|auth|mail|rcpt|data",
	.arg = "STAGE",
	.kind = ARGS_CALL,
	.call = set_stop,
	.help = "go no further than connect, banner, ehlo, tls, ehlo2, auth, mail, rcpt or data"},
    {.name = "drop-after",
	.values = "connect|banner|ehlo|tls|ehlo2|auth|mail|rcpt|data",
	.arg = "STAGE",
	.kind = ARGS_CALL,
	.call = set_drop,
	.help = "hang up without QUIT after that stage"},
    {.name = "drop-before-reply",
	.values = "connect|banner|ehlo|tls|ehlo2|auth|mail|rcpt|data",
	.arg = "STAGE",
	.kind = ARGS_CALL,
	.call = set_drop_before,
	.help = "say what that stage says, and hang up"},
    {.name = "tls",
	.values = "implicit|starttls|off",
	.arg = "MODE",
	.kind = ARGS_TEXT,
	.at = AT(tls),
	.help = "implicit, starttls or off, whatever the account says"},
    {.name = "tls-ca",
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(tls_ca),
	.help = "trust the authorities in this file"},
    {.name = "tls-name",
	.arg = "NAME",
	.kind = ARGS_TEXT,
	.at = AT(tls_name),
	.help = "expect this name in the certificate"},
    {.name = "tls-pin",
	.arg = "sha256:PIN",
	.kind = ARGS_TEXT,
	.at = AT(tls_pin),
	.help = "expect this key"},
    {.name = "tls-cert",
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(tls_cert),
	.help = "show this certificate to the server"},
    {.name = "tls-key", .arg = "FILE", .kind = ARGS_TEXT, .at = AT(tls_key), .help = "its key"},
    {.name = "tls-priority",
	.arg = "STRING",
	.kind = ARGS_TEXT,
	.at = AT(tls_priority),
	.help = "a priority string of GnuTLS"},
    {.name = "insecure",
	.kind = ARGS_FLAG,
	.at = AT(insecure),
	.help = "look behind a certificate that is not trusted; no password is told there"},
    {.name = "cert",
	.values = "summary|chain|pem",
	.arg = "HOW",
	.kind = ARGS_CALL,
	.call = set_cert,
	.help = "of the certificates show summary (default), chain or pem"},
    {.name = "auth",
	.values = "none|scram-sha-256|scram-sha-1|cram-md5|plain|login|oauthbearer|xoauth2,",
	.arg = "MECH,...|none",
	.kind = ARGS_TEXT,
	.at = AT(auth),
	.help = "log in by one of these mechanisms, or not at all"},
    {.name = "user", .arg = "NAME", .kind = ARGS_TEXT, .at = AT(user), .help = "log in as NAME"},
    {.name = "password-file",
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(password_file),
	.help = "with the password in this file"},
    {.name = "password-command",
	.arg = "COMMAND",
	.kind = ARGS_TEXT,
	.at = AT(password_command),
	.help = "with the password that this prints"},
    {.name = "token-command",
	.arg = "COMMAND",
	.kind = ARGS_TEXT,
	.at = AT(token_command),
	.help = "with the access token that this prints (OAuth2)"},
    {.name = "ask-password",
	.kind = ARGS_FLAG,
	.at = AT(ask_password),
	.help = "with a password asked for on the terminal"},
    {.name = "from",
	.letter = 'f',
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(from),
	.help = "go on to MAIL with this sender"},
    {.name = "to",
	.arg = "ADDRESS",
	.kind = ARGS_LIST,
	.at = AT(to),
	.help = "go on to RCPT; may be repeated"},
    {.name = "size",
	.arg = "OCTETS",
	.kind = ARGS_TEXT,
	.at = AT(size),
	.help = "tell MAIL that the message has this size"},
    {.name = "helo", .arg = "NAME", .kind = ARGS_TEXT, .at = AT(helo), .help = "our name in EHLO"},
    {.name = "ipv4", .letter = '4', .kind = ARGS_FLAG, .at = AT(only4), .help = "over IPv4 only"},
    {.name = "ipv6", .letter = '6', .kind = ARGS_FLAG, .at = AT(only6), .help = "over IPv6 only"},
    {.name = "source",
	.arg = "ADDRESS",
	.kind = ARGS_TEXT,
	.at = AT(source),
	.help = "connect from this address of ours"},
    {.name = "resolver",
	.arg = "ADDRESS[:PORT]",
	.kind = ARGS_TEXT,
	.at = AT(resolver),
	.help = "ask this name server for the server of a DOMAIN"},
    {.name = "explain",
	.kind = ARGS_FLAG,
	.at = AT(explain),
	.help = "what each keyword of EHLO means"},
    {.name = "timing", .kind = ARGS_FLAG, .at = AT(timing), .help = "how long each stage took"},
    {.name = "repeat",
	.arg = "N",
	.kind = ARGS_TEXT,
	.at = AT(repeat),
	.help = "N times, and the times in sum"},
    {.name = "interval",
	.arg = "TIME",
	.kind = ARGS_TEXT,
	.at = AT(interval),
	.help = "wait so long between them"},
};

size_t
cmd_probe_groups(struct args_group out[COMMAND_GROUPS_MAX])
{
	out[0] = (struct args_group){.title = "Options",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0])};
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
	    {"tls-ca", a->tls_ca},
	    {"tls-name", a->tls_name},
	    {"tls-pin", a->tls_pin},
	    {"tls-cert", a->tls_cert},
	    {"tls-key", a->tls_key},
	    {"tls-priority", a->tls_priority},
	    {"tls-verify", a->insecure ? "no" : NULL},
	    {"user", a->user},
	    {"password-file", a->password_file},
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
		(void)buf_addf(out, "%s %s as asked", words[a->end], point_names[a->at]);
	else
		(void)buf_addf(out, "did not come to %s", point_names[a->at]);
	(void)buf_adds(out, ": ");
	probe_show_times(r, out);
	(void)buf_adds(out, ". No mail was sent.\n");
}

static void
add_result(const struct probe_result *r, int status, struct buf *out)
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

static int
tell(const struct probe_args *a, const struct ui *ui, const struct account *acc,
    const struct probe_result *r)
{
	int status = r->why.class != ERR_NONE ? err_sysexit(&r->why) : 0, printed;
	struct buf b;

	/* what was asked for happened, whatever a server thinks of being dropped */
	buf_init(&b, SIZE_MAX);
	if (ui->json)
		add_result(r, status, &b);
	else
		add_end(a, r, &b);
	if (!ui->json && r->why.class != ERR_NONE)
		report_hint(ui, acc, &r->why);
	printed = ui_data(ui, &b);
	buf_done(&b);
	return status != 0 ? status : printed;
}

/* ---- many times */

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
		add_result(r, r->why.class != ERR_NONE ? err_sysexit(&r->why) : 0, &b);
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

static int
run_many(const struct probe *p, const struct ui *ui, uint64_t n, int64_t interval)
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
	    .timing = a->timing,
	    .expiry_warn_ms = 14 * DAY_MS};
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
		status = run_many(&p, ui, repeat, interval);
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
url_of(struct arena *mem, struct dns *dns, const char *domain, const char *service,
    const char *scheme, bool *refused, struct err *e)
{
	struct dns_answer a;

	if (!dns_ask(dns, mem, arena_printf(mem, "%s.%s", service, domain), DNS_SRV, &a, e) ||
	    a.nrecords == 0)
		return NULL;
	*refused = a.records[0].name[0] == '\0';
	return *refused ? NULL
			: arena_printf(mem, "%s://%s:%u", scheme, a.records[0].name,
			      (unsigned)a.records[0].port);
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
	url = url_of(mem, dns, domain, "_submissions._tcp", "smtps", &refused, e);
	if (url == NULL && e->class == ERR_NONE)
		url = url_of(mem, dns, domain, "_submission._tcp", "smtp", &refused, e);
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
