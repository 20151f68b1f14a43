/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/setup.h"
#include "config/edit.h"

#define SUFFIX_MAX 1000

static bool
is_taken(const struct setup *s, const char *name)
{
	for (size_t i = 0; i < config_naccounts(s->config); i++)
		if (str_eq(config_account(s->config, i)->name, name))
			return true;
	return false;
}

/* What account names are made of (decisions.md 14). */
static const char *
clean(struct arena *mem, const char *s, size_t n)
{
	char *out = arena_strndup(mem, s, n);

	for (char *p = out; *p != '\0'; p++) {
		*p = (char)str_lower((unsigned char)*p);
		if (!str_is_digit((unsigned char)*p) && !str_is_alpha((unsigned char)*p))
			*p = '-';
	}
	return out[0] != '\0' ? out : "account";
}

const char *
setup_name(const struct setup *s)
{
	const char *at = strrchr(s->address, '@'), *domain = at != NULL ? at + 1 : s->address;
	const char *base = s->provider != NULL ? s->provider->id
					       : clean(s->mem, domain, strcspn(domain, "."));
	const char *name = base;

	for (int i = 2; is_taken(s, name) && i < SUFFIX_MAX; i++)
		name = arena_printf(s->mem, "%s-%d", base, i);
	return name;
}

/* What is to stand in the section, in its order. */
struct line {
	const char *key, *value; /* NULL: it does not */
};

static struct line
secret_line(const struct setup *s)
{
	switch (s->keep) {
	case SETUP_KEYRING:
		return (struct line){"password-keyring", "yes"};
	case SETUP_FILE:
		return (struct line){"password-file", s->file};
	case SETUP_COMMAND:
		return (struct line){"password-command", s->command};
	case SETUP_TOKEN:
		return (struct line){"token-command", s->command};
	default:
		return (struct line){"password-file", NULL};
	}
}

/* By edit_set: it knows which values need quotation marks, and which cannot be. */
bool
setup_section(const struct setup *s, struct buf *out, struct err *e)
{
	const struct provider *p = s->provider;
	const struct line lines[] = {
	    {"host", s->host},
	    {"port", arena_printf(s->mem, "%u", (unsigned)s->port)},
	    {"tls", s->starttls ? "starttls" : "implicit"},
	    {"tls-ca", s->tls_ca},
	    {"tls-pin", s->tls_pin},
	    {"from", s->address},
	    {"user", s->keep != SETUP_NO_LOGIN ? s->user : NULL},
	    secret_line(s),
	    {"rate", p != NULL ? p->rate : NULL},
	    {"max-connections", p != NULL ? p->max_connections : NULL},
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) && good; i++)
		good = lines[i].value == NULL ||
		    edit_set(out, SECTION_ACCOUNT, s->name, lines[i].key, lines[i].value, e);
	return good;
}

/*
 * Which account is the default one: a single account is it without a word, until there is a second.
 * NULL: nothing is to be said.
 */
static const char *
default_account(const struct setup *s)
{
	const struct schema_key *key = schema_find(SECTION_DEFAULTS, "account");

	if (s->make_default)
		return s->name;
	return config_naccounts(s->config) == 1 &&
		config_value(s->config, SECTION_DEFAULTS, "", key) == NULL
	    ? config_account(s->config, 0)->name
	    : NULL;
}

bool
setup_add(const struct setup *s, struct buf *out, struct err *e)
{
	const char *account = default_account(s);
	bool good = true;
	struct buf section;

	buf_init(&section, SIZE_MAX);
	if (s->local_to != NULL)
		good = edit_set(out, SECTION_DEFAULTS, "", "local-to", s->local_to, e);
	if (good && account != NULL)
		good = edit_set(out, SECTION_DEFAULTS, "", "account", account, e);
	good = good && setup_section(s, &section, e);
	if (good)
		edit_append(out, buf_str(&section));
	buf_done(&section);
	return good;
}

bool
setup_file(const struct setup *s, const char *path, struct buf *out, struct err *e)
{
	if (!file_load(path, O_NOCTTY, out, NULL) && errno != ENOENT && errno != ENOTDIR)
		return err_set(e, ERR_CONFIG, STAGE_CONFIG, "", "cannot read %s: %s", path,
		    strerror(errno));
	return setup_add(s, out, e);
}
