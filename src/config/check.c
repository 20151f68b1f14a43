/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/check.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/rate.h"
#include "base/str.h"
#include "config/resolve.h"

static bool
is_mine(const char *dir)
{
	struct stat st;

	return dir != NULL && dir[0] == '/' && stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == geteuid();
}

const char *
check_home(struct arena *mem)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	/* cron and su hand us somebody else's */
	if (is_mine(home))
		return arena_strdup(mem, home);
	pw = getpwuid(geteuid());
	return pw != NULL && is_mine(pw->pw_dir) ? arena_strdup(mem, pw->pw_dir) : NULL;
}

/* A comment behind a value is a habit from other dialects, and a value with '#' in it is allowed.
 */
static const char *
comment_hint(const struct setting *set, const char *hint)
{
	return strstr(set->value, " #") != NULL || strstr(set->value, " ;") != NULL
	    ? "comments stand on a line of their own"
	    : hint;
}

static bool
wrong(struct arena *mem, const struct setting *set, struct diags *d, const char *what,
    const char *hint)
{
	place_report(d, &set->value_at, comment_hint(set, hint), "'%s' is not %s",
	    place_quote(mem, set->value, strlen(set->value)), what);
	return false;
}

static bool
is_choice(const char *choices, const char *s, size_t n)
{
	while (*choices != '\0') {
		size_t len = strcspn(choices, "|");
		if (len == n && memcmp(choices, s, n) == 0)
			return true;
		choices += len;
		choices += *choices == '|';
	}
	return false;
}

static bool
check_choices(struct arena *mem, const struct setting *set, struct diags *d)
{
	const char *p = set->value;

	while (*p != '\0') {
		size_t n = strcspn(p, ", ");
		if (n > 0 && !is_choice(set->key->choices, p, n))
			return wrong(mem, set, d,
			    arena_printf(mem, "a value of '%s'", set->key->name),
			    arena_printf(mem, "a list of: %s", set->key->choices));
		p += n;
		p += strspn(p, ", ");
	}
	return true;
}

static bool
check_choice(struct arena *mem, const struct setting *set, struct diags *d)
{
	if (is_choice(set->key->choices, set->value, strlen(set->value)))
		return true;
	return wrong(mem, set, d, arena_printf(mem, "a value of '%s'", set->key->name),
	    arena_printf(mem, "one of: %s", set->key->choices));
}

static bool
expand_path(struct arena *mem, struct setting *set, struct diags *d)
{
	const char *rest = NULL, *base = NULL, *xdg = getenv("XDG_CONFIG_HOME");

	if (str_starts(set->value, "~/")) {
		rest = set->value + 1;
		base = check_home(mem);
	} else if (str_starts(set->value, "$XDG_CONFIG_HOME/")) {
		rest = set->value + strlen("$XDG_CONFIG_HOME");
		base = is_mine(xdg)           ? xdg
		    : check_home(mem) != NULL ? arena_printf(mem, "%s/.config", check_home(mem))
					      : NULL;
	}
	if (rest != NULL) {
		if (base == NULL)
			return wrong(mem, set, d, "usable: no home directory of yours is known",
			    NULL);
		set->value = arena_printf(mem, "%s%s", base, rest);
	}
	return set->value[0] == '/' ||
	    wrong(mem, set, d, "a path that begins with '/' or '~/'", NULL);
}

static bool
check_pins(struct arena *mem, const struct setting *set, struct diags *d)
{
	const char *p = set->value;

	while (*p != '\0') {
		size_t n = strcspn(p, ", ");
		struct buf raw;
		bool good;

		buf_init(&raw, 64);
		good = n > 7 && memcmp(p, "sha256:", 7) == 0 &&
		    crypto_unbase64(&raw, p + 7, n - 7) && raw.len == 32;
		buf_done(&raw);
		if (!good)
			return wrong(mem, set, d, "a key pin",
			    "write: sha256: and 44 characters of base64");
		p += n;
		p += strspn(p, ", ");
	}
	return true;
}

static bool
is_duration(const char *s)
{
	int64_t ms;

	return str_duration_ms(s, &ms) && ms > 0;
}

static bool
is_rate(const char *s)
{
	struct rate r;

	return rate_parse(s, &r);
}

/* Is every part of the list one? */
static bool
check_parts(const struct setting *set, bool (*is_one)(const char *))
{
	struct arena mem = {NULL};
	size_t n;
	const char *const *parts = resolve_list(&mem, set->value, &n);
	bool good = n > 0;

	for (size_t i = 0; i < n && good; i++)
		good = is_one(parts[i]);
	arena_done(&mem);
	return good;
}

static bool
check_type(struct arena *mem, struct setting *set, struct diags *d)
{
	uint64_t number;
	int64_t ms;
	bool yes;

	switch (set->key->type) {
	case TYPE_PORT:
		return str_u64(set->value, 1, 65535, &number) ||
		    wrong(mem, set, d, "a port number",
			"use a number from 1 to 65535; 465 for implicit TLS, 587 for STARTTLS");
	case TYPE_NUMBER:
		return str_u64(set->value, 1, 1000000, &number) ||
		    wrong(mem, set, d, "a number", "use a number from 1 to 1000000");
	case TYPE_BOOL:
		return str_bool(set->value, &yes) || wrong(mem, set, d, "yes or no", NULL);
	case TYPE_DURATION:
		return (str_duration_ms(set->value, &ms) && ms > 0) ||
		    wrong(mem, set, d, "a duration", "write it like 30s, 5m, 4h or 5d");
	case TYPE_DURATIONS:
		return check_parts(set, is_duration) ||
		    wrong(mem, set, d, "a list of durations", "write it like 1m, 5m, 1h");
	case TYPE_RATES:
		return check_parts(set, is_rate) ||
		    wrong(mem, set, d, "a rate", "write it like 30/min or 30/min, 450/day");
	case TYPE_SIZE:
		return str_size(set->value, &number) ||
		    wrong(mem, set, d, "a size", "write it like 500K or 10M");
	case TYPE_CHOICE:
		return check_choice(mem, set, d);
	case TYPE_PATH:
		return expand_path(mem, set, d);
	case TYPE_LIST:
		if (str_eq(set->key->name, "tls-pin"))
			return check_pins(mem, set, d);
		return set->key->choices == NULL || check_choices(mem, set, d);
	case TYPE_TEXT:
	case TYPE_SECRET:
		break;
	}
	return true;
}

bool
check_value(struct arena *mem, struct setting *set, struct diags *d)
{
	if (set->value[0] != '\0')
		return check_type(mem, set, d);
	place_report(d, &set->at, "remove the line, or give it a value", "'%s' has no value",
	    set->key->name);
	return false;
}
