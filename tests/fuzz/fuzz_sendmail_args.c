/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Command lines as strangers may make them, a word a line: under a name of sendmail none of them
 * reaches the configuration; what is refused is a usage error in one printable sentence; what
 * is taken as an address was no option, and has a form that may stand in a command.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "cli/addrarg.h"
#include "cli/dispatch.h"
#include "cli/sendmail_args.h"
#include "fuzz.h"

#define WORDS_MAX 64

static const char **
split(struct arena *mem, const char *s, size_t n)
{
	const char **words = arena_alloc(mem, (WORDS_MAX + 1) * sizeof(*words));
	size_t have = 0;

	while (n > 0 && have < WORDS_MAX) {
		const char *end = memchr(s, '\n', n);
		size_t k = end != NULL ? (size_t)(end - s) : n, eaten = k + (end != NULL);

		/* a word of the system ends at NUL */
		words[have++] = arena_strndup(mem, s, strnlen(s, k));
		s += eaten;
		n -= eaten;
	}
	words[have] = NULL;
	return words;
}

static void
check_usage(const struct err *e)
{
	assert(e->class == ERR_USAGE && err_sysexit(e) == 64);
	assert(e->text[0] != '\0' && !str_has_ctl(e->text, strlen(e->text)));
}

static size_t
count(const char *const *words)
{
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	return n;
}

/* They are the last words, in their order; one with a dash stands behind "--". */
static void
check_operands(const char *const *words, const struct args_list *operands)
{
	size_t n = count(words), first = n - operands->n;
	bool open = false;

	assert(operands->n <= n);
	for (size_t i = 0; i < first; i++)
		open = open || str_eq(words[i], "--");
	for (size_t i = 0, at = n; i < operands->n; i++) {
		const char *word = operands->items[operands->n - 1 - i];

		at--;
		if (word != words[at]) {
			/* the "--" between them */
			assert(str_eq(words[at], "--"));
			open = true;
			at--;
		}
		assert(word == words[at]);
	}
	for (size_t i = 0; i < operands->n; i++)
		assert(operands->items[i][0] != '-' || open);
}

static void
check_recipients(struct arena *mem, const struct args_list *operands)
{
	struct addrarg_bad bad = {.n = 0};
	struct args_list out = {NULL, 0};
	struct err e;

	if (!addrarg_recipients(mem, operands, &out, &bad, &e))
		check_usage(&e);
	for (size_t i = 0; i < out.n; i++)
		assert(!str_has_ctl(out.items[i], strlen(out.items[i])));
}

static void
check_dispatch(struct arena *mem, const char **words)
{
	static const char *commands[] = {"send", "queue", "sendmail"};
	const struct args_list known = {commands, 3};
	const char **argv = arena_alloc(mem,
	    (count((const char *const *)words) + 2) * sizeof(*argv));
	struct dispatch d;
	size_t n = 0;

	argv[n++] = "/usr/sbin/sendmail";
	for (size_t i = 0; words[i] != NULL; i++)
		argv[n++] = words[i];
	argv[n] = NULL;
	dispatch_decide(mem, (const char *const *)argv, false, &known, &d);
	assert(
	    d.grammar == DISPATCH_SENDMAIL && !d.own && d.words == (const char *const *)argv + 1);
	assert(d.shared.file == NULL && d.shared.server == NULL && d.shared.sets.n == 0);
	argv[0] = "postrider";
	dispatch_decide(mem, (const char *const *)argv, false, &known, &d);
	if (d.grammar == DISPATCH_USAGE)
		check_usage(&d.err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem = {NULL};
	struct sendmail_args a = {.mem = &mem};
	const char **words = split(&mem, (const char *)data, size);
	struct err e;

	if (sendmail_args_parse((const char *const *)words, &a, &e)) {
		check_operands((const char *const *)words, &a.operands);
		check_recipients(&mem, &a.operands);
		assert(a.from == NULL || !str_has_ctl(a.from, strlen(a.from)));
		assert(a.envid == NULL || !str_has_ctl(a.envid, strlen(a.envid)));
	} else {
		check_usage(&e);
	}
	check_dispatch(&mem, words);
	arena_done(&mem);
	return 0;
}
