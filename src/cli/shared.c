/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/shared.h"

#include "base/str.h"

static bool
set_color(void *target, const char *value, struct err *e)
{
	static const struct {
		const char *word;
		enum shared_color color;
	} words[] = {
	    {"auto", SHARED_COLOR_AUTO},
	    {"always", SHARED_COLOR_ALWAYS},
	    {"never", SHARED_COLOR_NEVER},
	};
	struct shared *s = target;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_eq(value, words[i].word)) {
			s->color = words[i].color;
			return true;
		}
	}
	return err_set(e, ERR_USAGE, STAGE_NONE, "",
	    "--color is one of auto, always, never, not '%s'", value);
}

static bool
set_timeout(void *target, const char *value, struct err *e)
{
	struct shared *s = target;
	int64_t ms;

	if (!str_duration_ms(value, &ms) || ms == 0)
		return err_set(e, ERR_USAGE, STAGE_NONE, "",
		    "--timeout wants a time like 30s or 2m, not '%s'", value);
	s->timeout_ms = ms;
	return true;
}

/* ps shows it to everybody, and the shell keeps it: so there is a sentence in its place. */
static bool
refuse_password(void *target, const char *value, struct err *e)
{
	(void)target;
	(void)value;
	return err_set(e, ERR_USAGE, STAGE_NONE, "",
	    "passwords are not taken from the command line, where ps shows them to everybody: use "
	    "password-command, password-file, password-credential or password-keyring in the account");
}

#define AT(field) offsetof(struct shared, field)

static const struct args_option options[] = {
    {.name = "account",
	.values = "@accounts",
	.letter = 'a',
	.arg = "NAME",
	.kind = ARGS_TEXT,
	.at = AT(account),
	.help = "send through this account"},
    {.name = "config",
	.letter = 'C',
	.arg = "FILE",
	.kind = ARGS_TEXT,
	.at = AT(file),
	.help = "read this configuration and no other"},
    {.name = "set",
	.values = "@keys=",
	.arg = "KEY=VALUE",
	.kind = ARGS_LIST,
	.at = AT(sets),
	.help = "another value for a key of the configuration, for this run"},
    {.name = "server",
	.arg = "URL",
	.kind = ARGS_TEXT,
	.at = AT(server),
	.help = "a server for this run: smtps://user@host, smtp://host:587, lmtp:///path"},
    {.name = "timeout",
	.arg = "TIME",
	.kind = ARGS_CALL,
	.call = set_timeout,
	.help = "longest wait for a connection, and for each answer: 30s, 2m"},
    {.name = "verbose",
	.letter = 'v',
	.kind = ARGS_COUNT,
	.at = AT(verbose),
	.help = "show the steps; twice: the conversation with the server"},
    {.name = "quiet", .kind = ARGS_FLAG, .at = AT(quiet), .help = "say nothing but errors"},
    {.name = "json", .kind = ARGS_FLAG, .at = AT(json), .help = "print JSON, one object a line"},
    {.name = "color",
	.values = "auto|always|never",
	.arg = "WHEN",
	.kind = ARGS_CALL,
	.call = set_color,
	.help = "auto, always or never"},
    {.name = "no-input",
	.kind = ARGS_FLAG,
	.at = AT(no_input),
	.help = "never ask on the terminal"},
    {.name = "no-pager",
	.kind = ARGS_FLAG,
	.at = AT(no_pager),
	.help = "long texts go to the terminal in one piece"},
    {.name = "help", .letter = 'h', .kind = ARGS_FLAG, .at = AT(help), .help = "this help"},
    {.name = "version", .letter = 'V', .kind = ARGS_FLAG, .at = AT(version), .help = "the version"},
    {.name = "password", .arg = "VALUE", .kind = ARGS_CALL, .call = refuse_password},
    {.name = "pass", .arg = "VALUE", .kind = ARGS_CALL, .call = refuse_password},
};

struct args_group
shared_group(struct shared *s)
{
	return (struct args_group){
	    .title = "Options of every command, also before it",
	    .options = options,
	    .noptions = sizeof(options) / sizeof(options[0]),
	    .target = s,
	};
}

void
shared_request(const struct shared *s, struct config_request *out)
{
	*out = (struct config_request){
	    .file = s->file,
	    .sets = s->sets.items,
	    .nsets = s->sets.n,
	    .server = s->server,
	    .timeout_ms = s->timeout_ms,
	};
}
