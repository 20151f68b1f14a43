/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"

#define NWORDS 12
#define RANGES_MAX ((size_t)16 << 20)

static void
add_word(struct buf *out, const char *word)
{
	buf_addc(out, ' ');
	if (word == NULL || word[0] == '\0')
		buf_addc(out, '-');
	else
		str_xtext(out, word, strlen(word));
}

static void
add_ranges(struct buf *out, const size_t *which, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t last = i;
		while (last + 1 < n && which[last + 1] == which[last] + 1)
			last++;
		if (i > 0)
			buf_addc(out, ',');
		buf_addf(out, "%zu", which[i]);
		if (last > i)
			buf_addf(out, "-%zu", which[last]);
		i = last + 1;
	}
}

void
journal_format(struct buf *out, const struct envelope *env, enum cell cell, const size_t *which,
    size_t n, int64_t wall_ms)
{
	static const struct err nothing = {.class = ERR_NONE};
	const struct rcpt *r = &env->rcpts[which[0]];
	const struct err *why = r->why != NULL ? r->why : &nothing;
	size_t start = out->len;
	char sum[CRYPTO_SUM_LEN + 1];

	buf_addf(out, "@%lld.%03d %c ", (long long)(wall_ms / 1000), (int)(wall_ms % 1000), cell);
	add_ranges(out, which, n);
	add_word(out, why->class != ERR_NONE ? err_class_name(why->class) : NULL);
	add_word(out, err_stage_name(why->stage));
	buf_addf(out, " %d", why->code);
	add_word(out, why->status);
	buf_addf(out, " %d", why->sysexit);
	add_word(out, why->hint);
	buf_addf(out, " %lld", (long long)(r->ms > 0 ? r->ms : 0));
	add_word(out, r->server);
	add_word(out, why->text);
	if (out->overflow)
		return;
	crypto_sum(out->data + start, out->len - start, sum);
	buf_addf(out, " ~%s\n", sum);
}

/* Splits at single blanks into exactly NWORDS views; the line is a string of our own. */
static bool
split(char *line, char *words[NWORDS])
{
	size_t n = 0;

	for (char *p = line; p != NULL; n++) {
		if (n == NWORDS)
			return false;
		words[n] = p;
		p = strchr(p, ' ');
		if (p != NULL)
			*p++ = '\0';
	}
	return n == NWORDS;
}

/* The word decoded into the arena; NULL when it is not xtext. "-" is "". */
static const char *
decode(struct arena *mem, const char *word)
{
	struct buf b;
	const char *text = NULL;

	if (str_eq(word, "-"))
		return "";
	buf_init(&b, strlen(word));
	if (str_unxtext(&b, word, strlen(word)))
		text = arena_strndup(mem, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

static bool
copy_word(struct arena *mem, const char *word, char *out, size_t size)
{
	const char *text = decode(mem, word);

	if (text == NULL || strlen(text) >= size)
		return false;
	memcpy(out, text, strlen(text) + 1);
	return true;
}

static bool
parse_number(const char *word, uint64_t max, int *out)
{
	uint64_t v;

	if (!str_u64(word, 0, max, &v))
		return false;
	*out = (int)v;
	return true;
}

/* Words 3 to 8 and 11 are a struct err. NULL: they are not. */
static const struct err *
parse_err(struct arena *mem, char *words[NWORDS])
{
	struct err *e = arena_alloc(mem, sizeof *e);

	if (!str_eq(words[3], "-") && !err_class_parse(words[3], &e->class))
		return NULL;
	if (!str_eq(words[4], "-") && !err_stage_parse(words[4], &e->stage))
		return NULL;
	if (!parse_number(words[5], 999, &e->code) || !parse_number(words[7], 255, &e->sysexit))
		return NULL;
	if (!copy_word(mem, words[6], e->status, sizeof e->status) ||
	    !copy_word(mem, words[8], e->hint, sizeof e->hint) ||
	    !copy_word(mem, words[11], e->text, sizeof e->text))
		return NULL;
	return e;
}

/* At nonsense *p is not at its end. */
bool
journal_range(const char **p, size_t nrcpts, size_t *first, size_t *last)
{
	size_t v[2] = {0, 0};
	int n = 0;
	const char *s = *p;

	for (; n < 2; n++) {
		if (!str_is_digit((unsigned char)*s))
			return false;
		while (str_is_digit((unsigned char)*s)) {
			v[n] = v[n] * 10 + (size_t)(*s++ - '0');
			if (v[n] >= nrcpts)
				return false;
		}
		if (*s != '-')
			break;
		if (n == 0)
			s++;
	}
	if (n == 0)
		v[1] = v[0];
	if (v[1] < v[0] || (*s != ',' && *s != '\0') || (*s == ',' && s[1] == '\0'))
		return false;
	*p = *s == ',' ? s + 1 : s;
	*first = v[0];
	*last = v[1];
	return true;
}

static bool
ranges_are_good(const char *ranges, size_t nrcpts)
{
	size_t first, last;

	while (*ranges != '\0')
		if (!journal_range(&ranges, nrcpts, &first, &last))
			return false;
	return true;
}

/* A reason stays right when the sender was told of it. */
static bool
cell_fits(int now, enum cell then)
{
	return now == (int)then || (then == CELL_FAILED && now == CELL_BOUNCED);
}

/* strings point into words, why and server into the arena. */
static bool
parse_words(struct arena *mem, char *words[NWORDS], size_t nrcpts, struct journal_line *out)
{
	char *dot = strchr(words[0], '.');
	uint64_t ms, at[2];

	*out = (struct journal_line){.cell = (enum cell)words[1][0], .ranges = words[2]};
	if (words[0][0] != '@' || dot == NULL || words[1][1] != '\0' ||
	    !cell_is_valid((unsigned char)words[1][0]) || *out->ranges == '\0' ||
	    !ranges_are_good(out->ranges, nrcpts) || !str_u64(words[9], 0, INT64_MAX, &ms))
		return false;
	*dot = '\0';
	if (!str_u64(words[0] + 1, 0, INT64_MAX / 1001, &at[0]) ||
	    !str_u64(dot + 1, 0, 999, &at[1]))
		return false;
	out->at_ms = (int64_t)(at[0] * 1000 + at[1]);
	out->ms = (int64_t)ms;
	out->server = decode(mem, words[10]);
	out->why = parse_err(mem, words);
	return out->server != NULL && out->why != NULL;
}

/* The line as a string of its own, without its sum; NULL: the sum is wrong. */
static char *
checked_copy(const char *line, size_t n)
{
	char sum[CRYPTO_SUM_LEN + 1], *copy;

	/* " ~" and the sum over everything before them */
	if (n < CRYPTO_SUM_LEN + 3 || n > RANGES_MAX || memchr(line, '\0', n) != NULL)
		return NULL;
	n -= CRYPTO_SUM_LEN + 2;
	if (memcmp(line + n, " ~", 2) != 0)
		return NULL;
	crypto_sum(line, n, sum);
	if (memcmp(sum, line + n + 2, CRYPTO_SUM_LEN) != 0)
		return NULL;
	copy = mem_alloc(n + 1);
	memcpy(copy, line, n);
	return copy;
}

static bool
has_reason(const struct err *why)
{
	return why->class != ERR_NONE || why->text[0] != '\0';
}

static void
apply(const struct journal_line *l, struct envelope *env, const char *cells)
{
	const char *ranges = l->ranges;
	size_t first, last;

	while (journal_range(&ranges, env->nrcpts, &first, &last))
		for (size_t i = first; i <= last; i++) {
			if (!cell_fits(cells[i], l->cell))
				continue;
			env->rcpts[i].why = has_reason(l->why) ? l->why : NULL;
			env->rcpts[i].server = l->server[0] != '\0' ? l->server : NULL;
			env->rcpts[i].ms = l->ms;
		}
}

bool
journal_apply(const char *line, size_t n, struct envelope *env, const char *cells)
{
	char *words[NWORDS], *copy = checked_copy(line, n);
	struct journal_line l;
	bool good = copy != NULL && split(copy, words) &&
	    parse_words(&env->mem, words, env->nrcpts, &l);

	if (good)
		apply(&l, env, cells);
	free(copy);
	return good;
}

bool
journal_parse(struct arena *mem, size_t nrcpts, const char *line, size_t n,
    struct journal_line *out)
{
	char *words[NWORDS], *copy = checked_copy(line, n);
	bool good = copy != NULL && split(copy, words) && parse_words(mem, words, nrcpts, out);

	if (good)
		out->ranges = arena_strdup(mem, out->ranges);
	free(copy);
	return good;
}
