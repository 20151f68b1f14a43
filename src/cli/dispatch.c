/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/dispatch.h"

#include <string.h>

#include "base/str.h"

static const struct {
	const char *name;
	enum dispatch_grammar grammar;
} personalities[] = {
    {"sendmail", DISPATCH_SENDMAIL},
    {"send-mail", DISPATCH_SENDMAIL}, /* bsd-mailx */
    {"postrider-sendmail", DISPATCH_SENDMAIL},
    {"mailq", DISPATCH_MAILQ},
    {"newaliases", DISPATCH_NEWALIASES},
    {"runq", DISPATCH_RUNQ},
    {"hoststat", DISPATCH_NOTHING},
    {"purgestat", DISPATCH_NOTHING},
    {"rmail", DISPATCH_UNSUPPORTED},
    {"bsmtp", DISPATCH_UNSUPPORTED},
    {"smtpd", DISPATCH_UNSUPPORTED},
};

/* Without folders, and without the dash of a login shell's argv[0]. */
static const char *
base_name(const char *path)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	const char *name = slash != NULL ? slash + 1 : path;

	if (name != NULL && name[0] == '-')
		name++;
	return name == NULL || name[0] == '\0' ? "postrider" : name;
}

static bool
find_personality(const char *program, enum dispatch_grammar *out)
{
	for (size_t i = 0; i < sizeof(personalities) / sizeof(personalities[0]); i++) {
		if (str_eq(program, personalities[i].name)) {
			*out = personalities[i].grammar;
			return true;
		}
	}
	/* alternatives(8) calls it sendmail.postrider */
	*out = DISPATCH_SENDMAIL;
	return str_starts(program, "sendmail");
}

static void
unknown_word(const char *word, const struct args_list *commands, struct dispatch *out)
{
	const char *near = str_nearest(word, commands->items, commands->n);

	out->grammar = DISPATCH_USAGE;
	out->unknown = word;
	if (near != NULL)
		err_set(&out->err, ERR_USAGE, STAGE_NONE, "",
		    "'%s' is neither a command nor a mail address (did you mean '%s'?)", word,
		    near);
	else
		err_set(&out->err, ERR_USAGE, STAGE_NONE, "",
		    "'%s' is neither a command nor a mail address", word);
}

/* The word behind the shared options decides. */
static void
decide_by_word(const char *word, const struct args_list *commands, struct dispatch *out)
{
	if (word[0] == '-' || strchr(word, '@') != NULL) {
		out->grammar = DISPATCH_SENDMAIL;
		return;
	}
	for (size_t i = 0; i < commands->n; i++) {
		if (str_eq(word, commands->items[i])) {
			out->grammar = DISPATCH_COMMAND;
			out->command = word;
			out->words++;
			return;
		}
	}
	unknown_word(word, commands, out);
}

void
dispatch_decide(struct arena *mem, const char *const *argv, bool tty,
    const struct args_list *commands, struct dispatch *out)
{
	static const char *const nothing[] = {NULL};
	struct args_group group = shared_group(&out->shared);
	struct args prefix = {.mem = mem, .groups = &group, .ngroups = 1, .order = ARGS_PREFIX};

	*out = (struct dispatch){.program = base_name(argv[0])};
	out->words = argv[0] != NULL ? argv + 1 : nothing;
	if (find_personality(out->program, &out->grammar))
		return;
	out->own = true;
	prefix.words = out->words;
	if (!args_parse(&prefix, &out->err)) {
		out->grammar = DISPATCH_USAGE;
		return;
	}
	out->words += prefix.used;
	if (out->shared.help) {
		out->grammar = DISPATCH_HELP;
	} else if (out->shared.version) {
		out->grammar = DISPATCH_VERSION;
	} else if (out->words[0] != NULL) {
		decide_by_word(out->words[0], commands, out);
	} else if (tty) {
		out->grammar = DISPATCH_HELP;
	} else {
		out->grammar = DISPATCH_USAGE;
		err_set(&out->err, ERR_USAGE, STAGE_NONE, "", "no recipients");
	}
}
