/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "message/addr.h"

/* Open addressing; an element is an index + 1 into rcpts, 0 is free. */
struct envelope_set {
	size_t *slots;
	size_t size; /* a power of two, at least twice the number of recipients */
};

void
envelope_init(struct envelope *env)
{
	*env = (struct envelope){.from = ""};
}

void
envelope_done(struct envelope *env)
{
	if (env->set != NULL)
		free(env->set->slots);
	free(env->set);
	arena_done(&env->mem);
	envelope_init(env);
}

/* FNV-1a; the domain without case, as equality asks. */
static size_t
hash(const char *addr)
{
	const char *domain = addr_domain(addr);
	uint64_t h = 14695981039346656037u;

	for (const char *p = addr; *p != '\0'; p++) {
		int c = (unsigned char)*p;
		h ^= (uint64_t)(domain != NULL && p >= domain ? str_lower(c) : c);
		h *= 1099511628211u;
	}
	return (size_t)(h ^ (h >> 32));
}

/* The slot of addr: its own, or the free one where it belongs. */
static size_t *
slot_of(const struct envelope *env, const char *addr)
{
	const struct envelope_set *set = env->set;

	for (size_t i = hash(addr);; i++) {
		size_t *slot = &set->slots[i & (set->size - 1)];
		if (*slot == 0 || addr_eq(env->rcpts[*slot - 1].addr, addr))
			return slot;
	}
}

static void
grow(struct envelope *env)
{
	struct envelope_set *set = env->set;

	if (set == NULL)
		set = env->set = mem_alloc(sizeof *set);
	if (2 * (env->nrcpts + 1) <= set->size)
		return;
	set->size = set->size > 0 ? 2 * set->size : 64;
	free(set->slots);
	set->slots = mem_alloc(set->size * sizeof *set->slots);
	for (size_t i = 0; i < env->nrcpts; i++)
		*slot_of(env, env->rcpts[i].addr) = i + 1;
}

struct rcpt *
envelope_add(struct envelope *env, const char *addr)
{
	size_t *slot;
	struct rcpt *r;

	grow(env);
	slot = slot_of(env, addr);
	if (*slot != 0)
		return &env->rcpts[*slot - 1];
	env->rcpts = arena_grow(&env->mem, env->rcpts, env->nrcpts, sizeof *env->rcpts);
	r = &env->rcpts[env->nrcpts++];
	*r = (struct rcpt){.addr = arena_strdup(&env->mem, addr)};
	*slot = env->nrcpts;
	return r;
}

size_t
envelope_count(const struct envelope *env, enum rcpt_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < env->nrcpts; i++)
		n += env->rcpts[i].state == state;
	return n;
}
