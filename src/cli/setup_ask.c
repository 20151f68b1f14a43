/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/idn.h"
#include "base/prompt.h"
#include "base/str.h"
#include "cli/setup.h"
#include "config/local.h"
#include "config/url.h"
#include "config/vault.h"

#define LINE_MAX_LEN 1024

void
setup_tell(const struct setup *s, const char *fmt, ...)
{
	char text[LINE_MAX_LEN];
	struct buf b;
	va_list ap;

	if (s->ui->quiet)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&b, SIZE_MAX);
	/* the DNS has its say in it */
	for (const char *p = text; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		str_escape(&b, p, n, 0);
		(void)buf_addc(&b, '\n');
		p += n + (p[n] == '\n');
	}
	ui_err(&b);
	buf_done(&b);
}

const char *
setup_ask(struct setup *s, const char *question, const char *deflt)
{
	const char *out;
	struct buf answer;
	char text[LINE_MAX_LEN];

	if (!s->asks)
		return deflt;
	(void)snprintf(text, sizeof(text), "%s%s%s%s ", question, deflt != NULL ? " [" : "",
	    deflt != NULL ? deflt : "", deflt != NULL ? "]" : "");
	buf_init(&answer, LINE_MAX_LEN);
	s->questions++;
	if (!prompt_line(text, &answer))
		out = NULL;
	else
		out = answer.len > 0 ? arena_strdup(s->mem, buf_str(&answer)) : deflt;
	buf_done(&answer);
	return out;
}

/* Nobody to ask, or he has gone away. */
static bool
missing(const struct setup *s, struct err *e, const char *what, const char *option)
{
	if (s->asks) {
		err_clear(e);
		return false;
	}
	return err_set(e, ERR_USAGE, STAGE_NONE, "", "%s is missing, and nobody can be asked: %s",
	    what, option);
}

/* A number from 1 to n; 0: he has gone away. */
static int
choose(struct setup *s, int n)
{
	for (int tries = 0; tries < 5; tries++) {
		const char *answer = setup_ask(s, "Which?", "1");
		uint64_t k;

		if (answer == NULL)
			return 0;
		if (str_u64(answer, 1, (uint64_t)n, &k))
			return (int)k;
		setup_tell(s, "A number from 1 to %d, please.", n);
	}
	return 0;
}

static bool
says_yes(struct setup *s, const char *question, const char *deflt)
{
	const char *answer = setup_ask(s, question, deflt);

	return answer != NULL && str_lower((unsigned char)answer[0]) == 'y';
}

/* ---- the server */

static void
on_told(void *arg, const char *what, const char *found)
{
	setup_tell(arg, "  %-15s %s", what, found);
}

/* "smtp.example.org:587", a URL, or a name: 465 and TLS from the start unless it says otherwise. */
static bool
take_server(struct setup *s, const char *word, struct err *e)
{
	const char *text = strstr(word, "://") != NULL ? word
						       : arena_printf(s->mem, "smtps://%s", word);
	const char *problem = "";
	struct url url;
	uint64_t port = 0;

	if (!url_parse(s->mem, text, &url, &problem) || url.host == NULL || url.lmtp)
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "'%s' is not a server: write smtp.example.org, smtps://HOST:465 or smtp://HOST:587",
		    word);
	if (url.port != NULL && !str_u64(url.port, 1, 65535, &port))
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "'%s' is not a port", url.port);
	s->host = url.host;
	s->starttls = text == word ? !url.implicit_tls : port == 587 || port == 25 || port == 2525;
	s->port = (uint16_t)(port != 0 ? port : s->starttls ? 587 : 465);
	if (s->user == NULL && url.user != NULL)
		s->user = url.user;
	s->provider = provider_of_host(s->host);
	return true;
}

static bool
take_found(struct setup *s, const struct discover_result *found)
{
	if (found->doubtful && s->asks) {
		const char *q = arena_printf(s->mem, "Use %s:%u?", found->host,
		    (unsigned)found->port);

		if (!says_yes(s, q, "yes"))
			return false;
	}
	s->provider = found->provider;
	s->host = found->host;
	s->port = found->port;
	s->starttls = found->starttls;
	return true;
}

static bool
ask_for_server(struct setup *s, struct err *e)
{
	const char *answer;

	for (int tries = 0; tries < 3; tries++) {
		answer = setup_ask(s,
		    "Which server takes your mail (smtp.example.org, or with a port)?", NULL);
		if (answer == NULL)
			break;
		if (take_server(s, answer, e))
			return true;
		setup_tell(s, "%s", e->text);
	}
	return missing(s, e, "the server", "--server smtps://smtp.example.org");
}

bool
setup_ask_server(struct setup *s, const char *resolver, struct err *e)
{
	const char *domain = strrchr(s->address, '@') + 1;
	struct discover look = {.resolver = resolver,
	    .ca_file = s->tls_ca,
	    .told = on_told,
	    .arg = s};
	struct discover_result found;
	struct buf ascii;

	if (s->shared->server != NULL)
		return take_server(s, s->shared->server, e);
	buf_init(&ascii, 256);
	if (!idn_to_ascii(domain, strlen(domain), &ascii)) {
		buf_done(&ascii);
		return err_set(e, ERR_USAGE, STAGE_NONE, "", "'%s' is not a mail domain", domain);
	}
	look.domain = arena_strdup(s->mem, buf_str(&ascii));
	buf_done(&ascii);
	setup_tell(s, "Looking for the server of %s", domain);
	discover_run(&look, s->mem, &found);
	if (found.provider != NULL && found.provider->secret == PROVIDER_NOTHING)
		return err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
		    "%s has no server for mail programs: its mail can be sent only on its web site",
		    found.provider->name);
	if (found.elsewhere && !s->asks)
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "the DNS leads to %s, which is not in %s, and nobody can be asked whether that is right: --server %s://%s:%u",
		    found.host, domain, found.starttls ? "smtp" : "smtps", found.host,
		    (unsigned)found.port);
	return (found.host != NULL && take_found(s, &found)) || ask_for_server(s, e);
}

/* ---- the kind of secret, and its place */

static bool
ask_command(struct setup *s, const char *question, enum setup_keep keep, struct err *e)
{
	s->keep = keep;
	if (s->command == NULL)
		s->command = setup_ask(s, question, NULL);
	return s->command != NULL ||
	    missing(s, e, "the command",
		keep == SETUP_TOKEN ? "--token-command COMMAND" : "--password-command COMMAND");
}

/* true with keep undecided: a password, wherever it will be. */
static bool
ask_kind(struct setup *s, struct err *e)
{
	const struct provider *p = s->provider;
	static const char token[] = "Command that prints an access token:";
	int which = 1;

	if (p == NULL || s->source.file != NULL || s->source.fd != NULL)
		return true;
	if (p->secret == PROVIDER_OAUTH2) {
		setup_tell(s,
		    "%s takes no passwords any more, only access tokens (OAuth2): a helper gets them,\n"
		    "like oama, pizauth or mutt_oauth2.py. See: postrider help oauth2",
		    p->name);
		return ask_command(s, token, SETUP_TOKEN, e);
	}
	if (p->secret == PROVIDER_PASSWORD)
		return true;
	setup_tell(s, "%s does not take your normal password here, but %s:\n  %s", p->name,
	    p->secret == PROVIDER_TOKEN ? "a token" : "an app password", p->where);
	if (p->oauth2 && s->asks) {
		setup_tell(s,
		    "  1  app password\n  2  access tokens (OAuth2) of a command, like oama");
		which = choose(s, 2);
	}
	if (which == 0)
		return missing(s, e, "an answer", "");
	return which == 1 || ask_command(s, token, SETUP_TOKEN, e);
}

static bool
ask_place(struct setup *s, struct err *e)
{
	bool keyring = vault_has_keyring();
	int which = 1;

	s->file = credential_file(s->mem, s->shared, s->name);
	if (keyring && s->asks) {
		setup_tell(s,
		    "Where is it to be kept?\n  1  in the keyring\n  2  in %s, mode 600\n  3  a command of yours prints it",
		    s->file != NULL ? s->file : "a file");
		which = choose(s, 3);
	}
	if (which == 0)
		return missing(s, e, "an answer", "");
	if (which == 3)
		return ask_command(s, "Command that prints the password:", SETUP_COMMAND, e);
	/* cron has no keyring, so it is nothing to decide alone */
	s->keep = keyring && s->asks && which == 1 ? SETUP_KEYRING : SETUP_FILE;
	if (s->keep == SETUP_FILE && s->file == NULL)
		return err_set(e, ERR_CONFIG, STAGE_CONFIG, "",
		    "no home directory of yours is known: name the file to write with -C FILE");
	return true;
}

bool
setup_ask_keep(struct setup *s, struct err *e)
{
	if (s->keep == SETUP_UNDECIDED && !ask_kind(s, e))
		return false;
	if (s->keep == SETUP_FILE)
		s->file = credential_file(s->mem, s->shared, s->name);
	return s->keep != SETUP_UNDECIDED || ask_place(s, e);
}

bool
setup_ask_secret(struct setup *s, struct err *e)
{
	const struct account shown = {.name = s->name, .host = s->host, .user = s->user};

	if (s->keep != SETUP_KEYRING && s->keep != SETUP_FILE)
		return true;
	s->questions += s->source.file == NULL && s->source.fd == NULL;
	return credential_get(&s->source, &shown, s->ui, &s->secret, e);
}

/* ---- mail for this machine's users */

bool
setup_ask_local(struct setup *s, struct err *e)
{
	const char *answer;

	/* it is settled already, or was given */
	if (s->local_to != NULL || config_aliases(s->config)->nlocal_to > 0 || !s->asks)
		return true;
	answer = setup_ask(s, "Mail for users of this machine (root, cron) goes to", s->address);
	if (answer == NULL)
		return missing(s, e, "an answer", "");
	if (!str_eq(answer, "-") && !str_eq(answer, "no") && strchr(answer, '@') != NULL)
		s->local_to = answer;
	return true;
}
