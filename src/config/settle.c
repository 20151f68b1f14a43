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

static const char *
text_of(const struct store *s, const char *key)
{
	const struct setting *set = store_get(store_find(s, SECTION_QUEUE, ""), key);

	return set != NULL ? set->value : schema_find(SECTION_QUEUE, key)->value;
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
