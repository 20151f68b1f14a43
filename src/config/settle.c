/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/settle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "config/check.h"
#include "config/resolve.h"
#include "message/addr.h"
#include "message/addrlist.h"

static const char *
text_in(const struct store *s, enum schema_section kind, const char *key)
{
	const struct setting *set = store_get(store_find(s, kind, ""), key);

	return set != NULL ? set->value : schema_find(kind, key)->value;
}

static const char *
text_of(const struct store *s, const char *key)
{
	return text_in(s, SECTION_QUEUE, key);
}

static int64_t
duration_of(const struct store *s, const char *key)
{
	int64_t ms = 0;

	str_duration_ms(text_of(s, key), &ms);
	return ms;
}

static size_t
number_of(const struct store *s, const char *key)
{
	uint64_t n = 0;

	str_u64(text_of(s, key), 1, 1000000, &n);
	return (size_t)n;
}

static const struct setting *
default_of(const struct store *s, const char *key)
{
	return store_get(store_find(s, SECTION_DEFAULTS, ""), key);
}

void
settle_local(struct store *s, struct local *out)
{
	const struct setting *set = default_of(s, "local-domains");

	local_init(&s->mem, out);
	if (set != NULL)
		out->domains = resolve_list(&s->mem, set->value, &out->ndomains);
	for (size_t i = 0; i < out->ndomains; i++)
		if (addr_make(&s->mem, "x", out->domains[i], NULL) == NULL)
			place_report(s->d, &set->value_at, NULL, "'%s' is not a domain",
			    place_quote(&s->mem, out->domains[i], strlen(out->domains[i])));
}

/* Whole addresses of other machines: mail for users of this one must end somewhere. */
static void
settle_local_to(struct store *s, const struct local *local, struct alias_settings *out)
{
	const struct setting *set = default_of(s, "local-to");
	struct mailbox_list list = {.n = 0};
	const char **to;

	if (set == NULL)
		return;
	if (!addrlist_parse(&s->mem, set->value, strlen(set->value), &list, NULL, NULL) ||
	    list.n == 0)
		place_report(s->d, &set->value_at, NULL, "'%s' is not a list of mail addresses",
		    place_quote(&s->mem, set->value, strlen(set->value)));
	to = arena_alloc(&s->mem, (list.n + 1) * sizeof *to);
	for (size_t i = 0; i < list.n; i++) {
		to[i] = list.items[i].addr;
		if (!addr_is_wire(to[i]))
			place_report(s->d, &set->value_at, "write it with its domain",
			    "'%s' is an address without a domain",
			    place_quote(&s->mem, to[i], strlen(to[i])));
		else if (local_is(local, to[i]))
			place_report(s->d, &set->value_at, NULL,
			    "'%s' is an address of this machine, and mail for those is to go there",
			    place_quote(&s->mem, to[i], strlen(to[i])));
	}
	out->local_to = to;
	out->nlocal_to = list.n;
}

void
settle_aliases(struct store *s, const struct local *local, struct alias_settings *out)
{
	const struct setting *set = default_of(s, "aliases");

	*out = (struct alias_settings){.may_lack = set == NULL};
	out->files = resolve_list(&s->mem,
	    set != NULL ? set->value : schema_find(SECTION_DEFAULTS, "aliases")->value,
	    &out->nfiles);
	for (size_t i = 0; i < out->nfiles; i++)
		if (out->files[i][0] != '/')
			place_report(s->d, &set->value_at, NULL,
			    "'%s' is not a path that begins with '/'",
			    place_quote(&s->mem, out->files[i], strlen(out->files[i])));
	settle_local_to(s, local, out);
}

/* A person's own queue, or the system's for root. */
static const char *
usual_directory(struct arena *mem)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home;
	struct stat st;

	if (geteuid() == 0)
		return "/var/spool/postrider";
	if (xdg != NULL && xdg[0] == '/' && stat(xdg, &st) == 0 && st.st_uid == geteuid())
		return arena_printf(mem, "%s/postrider", xdg);
	home = check_home(mem);
	return home != NULL ? arena_printf(mem, "%s/.local/state/postrider", home) : NULL;
}

void
settle_queue(struct store *s, struct queue_settings *out)
{
	const struct setting *to = store_get(store_find(s, SECTION_QUEUE, ""), "bounce-to");
	const char *const *waits;
	int64_t *retry;

	*out = (struct queue_settings){.directory = text_of(s, "directory"), .enabled = true};
	str_bool(text_of(s, "enabled"), &out->enabled);
	if (out->directory == NULL)
		out->directory = usual_directory(&s->mem);
	waits = resolve_list(&s->mem, text_of(s, "retry"), &out->nretry);
	retry = arena_alloc(&s->mem, (out->nretry + 1) * sizeof *retry);
	for (size_t i = 0; i < out->nretry; i++)
		str_duration_ms(waits[i], &retry[i]);
	out->retry_ms = retry;
	out->lifetime_ms = duration_of(s, "lifetime");
	out->warn_after_ms = duration_of(s, "warn-after");
	out->parallel = number_of(s, "parallel");
	out->per_connection = number_of(s, "per-connection");
	out->hold_doubtful = str_eq(text_of(s, "in-doubt"), "hold");
	out->bounce_to = to != NULL ? to->value : NULL;
	if (to != NULL && !addr_is_wire(to->value))
		place_report(s->d, &to->value_at, NULL, "'%s' is not a mail address",
		    place_quote(&s->mem, to->value, strlen(to->value)));
}

void
settle_log(struct store *s, struct log_settings *out)
{
	const struct setting *target = store_get(store_find(s, SECTION_LOG, ""), "target");
	const char *level = text_in(s, SECTION_LOG, "level");
	const char *where = target != NULL ? target->value : "syslog";

	*out = (struct log_settings){.path = text_in(s, SECTION_LOG, "file")};
	if (target == NULL && out->path != NULL)
		where = "file";
	out->target = str_eq(where, "file") ? LOG_TARGET_FILE
	    : str_eq(where, "stderr")       ? LOG_TARGET_STDERR
	    : str_eq(where, "none")         ? LOG_TARGET_NONE
					    : LOG_TARGET_SYSLOG;
	out->level = str_eq(level, "err") ? LOG_LEVEL_ERR
	    : str_eq(level, "debug")      ? LOG_LEVEL_DEBUG
					  : LOG_LEVEL_INFO;
	if (out->target == LOG_TARGET_FILE && out->path == NULL) {
		place_report(s->d, &target->value_at, "add: file = /var/log/postrider.log",
		    "the log is to go to a file, and none is named");
		out->target = LOG_TARGET_SYSLOG;
	}
	/* another socket than the system's is no business of a configuration */
	if (out->target == LOG_TARGET_SYSLOG)
		out->path = NULL;
}
