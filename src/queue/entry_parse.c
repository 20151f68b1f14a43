/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head lines of an entry. Strict: what we did not write is not mail of ours. */
#include <string.h>

#include "base/str.h"
#include "message/addr.h"
#include "queue/entry_file.h"

/* A notice about more messages than that is none that we write. */
#define ABOUT_MAX 1000

/* One xtext word decoded into the arena; NULL: it is none. */
static const char *
decode(struct arena *mem, const char *word)
{
	const char *text = NULL;
	struct buf b;

	buf_init(&b, strlen(word) + 1);
	if (str_unxtext(&b, word, strlen(word)) && memchr(buf_str(&b), '\0', b.len) == NULL)
		text = arena_strndup(mem, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

/* A whole address; a name alone while it is not settled what its domain is. */
static bool
is_rcpt(struct envelope *env, const char *addr)
{
	if (env->unsettled && addr_domain(addr) == NULL)
		addr = arena_printf(&env->mem, "%s@localhost", addr);
	return addr_is_wire(addr);
}

/* "addr [notify=N] [orcpt=X]" */
static bool
parse_rcpt(struct envelope *env, char *value, struct rcpt *r)
{
	char *next = strchr(value, ' ');
	uint64_t bits;

	if (next != NULL)
		*next++ = '\0';
	r->addr = decode(&env->mem, value);
	if (r->addr == NULL || !is_rcpt(env, r->addr))
		return false;
	while (next != NULL) {
		char *word = next;
		next = strchr(word, ' ');
		if (next != NULL)
			*next++ = '\0';
		if (str_starts(word, "notify=") && str_u64(word + 7, 0, 15, &bits))
			r->notify = (unsigned)bits;
		else if (str_starts(word, "orcpt=") &&
		    (r->orcpt = decode(&env->mem, word + 6)) != NULL)
			continue;
		else
			return false;
	}
	return true;
}

/* As many as there are lines, so they grow as a list does. */
static bool
add_about(struct envelope *env, const char *id)
{
	const char **more = arena_alloc(&env->mem, (env->nabout + 1) * sizeof *more);

	if (id == NULL || id[0] == '\0' || env->nabout >= ABOUT_MAX)
		return false;
	if (env->nabout > 0)
		memcpy(more, env->about, env->nabout * sizeof *more);
	more[env->nabout++] = id;
	env->about = more;
	return true;
}

static bool
parse_line(struct envelope *env, const char *key, char *value)
{
	uint64_t ms;

	if (str_eq(key, "from"))
		return (env->from = decode(&env->mem, value)) != NULL &&
		    (env->from[0] == '\0' || addr_is_wire(env->from));
	if (str_eq(key, "unsettled")) {
		env->unsettled = true;
		env->sender_open = str_eq(value, "open");
		return env->sender_open || str_eq(value, "given");
	}
	if (str_eq(key, "name"))
		return (env->full_name = decode(&env->mem, value)) != NULL;
	if (str_eq(key, "account"))
		return (env->account = decode(&env->mem, value)) != NULL;
	if (str_eq(key, "msgid"))
		return (env->message_id = decode(&env->mem, value)) != NULL;
	if (str_eq(key, "envid"))
		return (env->envid = decode(&env->mem, value)) != NULL;
	if (str_eq(key, "about"))
		return add_about(env, decode(&env->mem, value));
	if (str_eq(key, "ret")) {
		env->ret = str_eq(value, "full") ? RETURN_FULL : RETURN_HEADERS;
		return str_eq(value, "full") || str_eq(value, "hdrs");
	}
	if (str_eq(key, "class")) {
		env->notice = true;
		return str_eq(value, "notice");
	}
	if (str_eq(key, "lifetime")) {
		if (!str_u64(value, 1, INT64_MAX, &ms))
			return false;
		env->lifetime_ms = (int64_t)ms;
		return true;
	}
	return false;
}

static bool
bad_head(struct err *e, const char *what, const char *line)
{
	return err_set(e, ERR_LOCAL, STAGE_QUEUE, "4.3.0", "%s: \"%.60s\"", what, line);
}

bool
entry_parse_head(struct entry *en, const char *head, size_t n, size_t nrcpts, struct err *e)
{
	struct envelope *env = &en->env;
	size_t at = 0, got = 0;

	env->from = NULL;
	env->rcpts = arena_alloc(&env->mem, nrcpts * sizeof *env->rcpts);
	env->nrcpts = nrcpts;
	while (at < n) {
		const char *nl = memchr(head + at, '\n', n - at);
		char *line, *value;

		if (nl == NULL)
			return bad_head(e, "a head line has no end", "");
		if (memchr(head + at, '\0', (size_t)(nl - head) - at) != NULL)
			return bad_head(e, "a head line has a NUL in it", "");
		line = arena_strndup(&env->mem, head + at, (size_t)(nl - head) - at);
		at = (size_t)(nl - head) + 1;
		if (line[0] == '\0')
			break;
		value = strchr(line, ' ');
		if (value == NULL)
			return bad_head(e, "a head line has no value", line);
		*value++ = '\0';
		if (str_eq(line, "rcpt")
			? got == nrcpts || !parse_rcpt(env, value, &env->rcpts[got++])
			: !parse_line(env, line, value))
			return bad_head(e, "a head line is none of ours", line);
	}
	if (got != nrcpts || env->from == NULL || at != n)
		return bad_head(e, "the head is not complete", "");
	return true;
}

void
entry_parse_times(struct entry *en, const char *line)
{
	static const struct {
		size_t at, len;
	} words[] = {{0, 6}, {7, 2}, {10, 15}, {26, 15}, {42, 15}};
	uint64_t v[5];

	en->times = (struct entry_times){.attempts = 0};
	for (size_t i = 0; i < 5; i++) {
		char digits[16];
		memcpy(digits, line + words[i].at, words[i].len);
		digits[words[i].len] = '\0';
		if (!str_u64(digits, 0, INT64_MAX, &v[i]))
			return;
	}
	en->times = (struct entry_times){.attempts = (unsigned)v[0],
	    .begun = (unsigned)v[1],
	    .next_ms = (int64_t)v[2],
	    .last_ms = (int64_t)v[3],
	    .active_ms = (int64_t)v[4],
	    .warned = line[58] == 'w'};
}
