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

static void
add(struct buf *out, const char *key, const char *value)
{
	if (value != NULL)
		(void)buf_addf(out, "%s = %s\n", key, value);
}

static void
add_secret(const struct setup *s, struct buf *out)
{
	switch (s->keep) {
	case SETUP_KEYRING:
		add(out, "password-keyring", "yes");
		break;
	case SETUP_FILE:
		add(out, "password-file", s->file);
		break;
	case SETUP_COMMAND:
		add(out, "password-command", s->command);
		break;
	case SETUP_TOKEN:
		add(out, "token-command", s->command);
		break;
	default:
		break;
	}
}

void
setup_section(const struct setup *s, struct buf *out)
{
	const struct provider *p = s->provider;

	(void)buf_addf(out, "[account %s]\n", s->name);
	add(out, "host", s->host);
	(void)buf_addf(out, "port = %u\n", (unsigned)s->port);
	add(out, "tls", s->starttls ? "starttls" : "implicit");
	add(out, "tls-ca", s->tls_ca);
	add(out, "tls-pin", s->tls_pin);
	add(out, "from", s->address);
	add(out, "user", s->keep != SETUP_NO_LOGIN ? s->user : NULL);
	add_secret(s, out);
	add(out, "rate", p != NULL ? p->rate : NULL);
	add(out, "max-connections", p != NULL ? p->max_connections : NULL);
}

bool
setup_file(const struct setup *s, const char *path, struct buf *out, struct err *e)
{
	bool good = true;
	struct buf section;

	if (!file_load(path, O_NOCTTY, out, NULL) && errno != ENOENT && errno != ENOTDIR)
		return err_set(e, ERR_CONFIG, STAGE_CONFIG, "", "cannot read %s: %s", path,
		    strerror(errno));
	buf_init(&section, SIZE_MAX);
	if (s->local_to != NULL)
		good = edit_set(out, SECTION_DEFAULTS, "", "local-to", s->local_to, e);
	if (good && s->make_default)
		good = edit_set(out, SECTION_DEFAULTS, "", "account", s->name, e);
	setup_section(s, &section);
	edit_append(out, buf_str(&section));
	buf_done(&section);
	return good;
}
