/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/mailrec.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/str.h"

#define TERMS_MAX 200 /* of an SPF record; 64 KiB hold more, but nobody looks at them */

/* ---- tags */

/* text[0..n) without the blanks around it. */
static const char *
trimmed(const char *s, size_t *n)
{
	while (*n > 0 && str_is_space((unsigned char)s[0])) {
		s++;
		(*n)--;
	}
	while (*n > 0 && str_is_space((unsigned char)s[*n - 1]))
		(*n)--;
	return s;
}

const char *
mailrec_tag(struct arena *mem, const char *text, const char *tag)
{
	while (*text != '\0') {
		size_t n = strcspn(text, ";"), eq = strcspn(text, "=;"), name = eq;
		const char *word = trimmed(text, &name);

		if (eq < n && str_neq_nocase(word, name, tag)) {
			size_t len = n - eq - 1;
			const char *value = trimmed(text + eq + 1, &len);

			return arena_strndup(mem, value, len);
		}
		text += n;
		text += *text == ';';
	}
	return NULL;
}

bool
mailrec_is(const char *text, const char *version)
{
	size_t n = strlen(version);

	while (str_is_blank((unsigned char)*text))
		text++;
	if (!str_starts_nocase(text, "v"))
		return false;
	for (text++; str_is_blank((unsigned char)*text); text++)
		;
	if (*text++ != '=')
		return false;
	while (str_is_blank((unsigned char)*text))
		text++;
	return str_neq_nocase(text, strlen(text) < n ? strlen(text) : n, version) &&
	    (text[n] == '\0' || text[n] == ';' || str_is_space((unsigned char)text[n]));
}

/* ---- SPF */

static enum mailrec_all
all_of(char qualifier)
{
	switch (qualifier) {
	case '-':
		return MAILREC_ALL_FAIL;
	case '~':
		return MAILREC_ALL_SOFT;
	case '?':
		return MAILREC_ALL_NEUTRAL;
	default:
		return MAILREC_ALL_PASS;
	}
}

/* Terms, and whether they cost a look into the DNS. */
static const struct {
	const char *name;
	bool costs, modifier;
} terms[] = {
    {"all", false, false}, {"include", true, false}, {"a", true, false}, {"mx", true, false},
    {"ptr", true, false}, {"ip4", false, false}, {"ip6", false, false}, {"exists", true, false},
    {"redirect", true, true}, {"exp", false, true}, /* asked for only once mail is refused */
};

#define NTERMS (sizeof(terms) / sizeof(terms[0]))

static size_t
find_term(const char *s, size_t n, bool modifier)
{
	size_t i = 0;

	while (
	    i < NTERMS && (terms[i].modifier != modifier || !str_neq_nocase(s, n, terms[i].name)))
		i++;
	return i;
}

static void
take_term(struct arena *mem, const char *term, struct mailrec_spf *out, const char **redirect,
    const char **domains)
{
	char qualifier = strchr("+-~?", term[0]) != NULL ? term[0] : '+';
	const char *word = qualifier == term[0] ? term + 1 : term;
	size_t n = strcspn(word, ":/="), i = find_term(word, n, word[n] == '=');
	const char *domain = word[n] == ':' || word[n] == '=' ? word + n + 1 : NULL;

	if (i == NTERMS) {
		/* modifiers that nobody knows are to be ignored (RFC 7208 6) */
		if (word[n] != '=' && out->unknown == NULL)
			out->unknown = arena_strdup(mem, term);
		return;
	}
	out->lookups += terms[i].costs;
	if (str_eq(terms[i].name, "all") && out->all == MAILREC_ALL_NONE)
		out->all = all_of(qualifier);
	else if (str_eq(terms[i].name, "ptr"))
		out->ptr = true;
	else if (str_eq(terms[i].name, "redirect"))
		*redirect = domain;
	else if (str_eq(terms[i].name, "include") && domain != NULL)
		domains[out->nincludes++] = domain;
}

void
mailrec_spf_read(struct arena *mem, const char *text, struct mailrec_spf *out)
{
	const char **domains = arena_alloc(mem, (TERMS_MAX + 1) * sizeof *domains);
	const char *redirect = NULL;
	size_t count = 0;

	*out = (struct mailrec_spf){.includes = domains};
	text += strcspn(text, " "); /* v=spf1 */
	while (count++ < TERMS_MAX) {
		size_t n;

		text += strspn(text, " ");
		n = strcspn(text, " ");
		if (n == 0)
			break;
		take_term(mem, arena_strndup(mem, text, n), out, &redirect, domains);
		text += n;
	}
	/* redirect= counts only where there is no `all` (RFC 7208 6.1) */
	if (redirect != NULL && out->all == MAILREC_ALL_NONE) {
		out->all = MAILREC_ALL_REDIRECT;
		domains[out->nincludes++] = redirect;
	}
}

/* ---- DMARC */

static const char *
policy_of(struct arena *mem, const char *text, const char *tag)
{
	static const char *const words[] = {"none", "quarantine", "reject"};
	const char *value = mailrec_tag(mem, text, tag);

	for (size_t i = 0; value != NULL && i < sizeof words / sizeof words[0]; i++)
		if (str_eq_nocase(value, words[i]))
			return words[i];
	return NULL;
}

void
mailrec_dmarc_read(struct arena *mem, const char *text, struct mailrec_dmarc *out)
{
	const char *psd = mailrec_tag(mem, text, "psd"), *t = mailrec_tag(mem, text, "t");
	const char *rua = mailrec_tag(mem, text, "rua");

	*out = (struct mailrec_dmarc){
	    .policy = policy_of(mem, text, "p"),
	    .sub = policy_of(mem, text, "sp"),
	    .missing = policy_of(mem, text, "np"),
	    .psd = 'u',
	    .testing = t != NULL && str_eq_nocase(t, "y"),
	    .reports = rua != NULL && rua[0] != '\0',
	};
	if (psd != NULL && (str_eq_nocase(psd, "y") || str_eq_nocase(psd, "n")))
		out->psd = (char)str_lower((unsigned char)psd[0]);
}

static size_t
count_labels(const char *name)
{
	size_t n = name[0] != '\0';

	for (; *name != '\0'; name++)
		n += *name == '.';
	return n;
}

const char *
mailrec_dmarc_above(const char *name)
{
	size_t left = count_labels(name);
	size_t keep = left > 8 ? 7 : left - (left > 0);

	if (keep == 0)
		return NULL;
	for (; left > keep; left--)
		name = strchr(name, '.') + 1;
	return name;
}

/* ---- DKIM */

static bool
has_flag(const char *flags, char flag)
{
	for (; flags != NULL && *flags != '\0'; flags++)
		if (str_lower((unsigned char)*flags) == flag)
			return true;
	return false;
}

void
mailrec_dkim_read(struct arena *mem, const char *text, struct mailrec_dkim *out)
{
	const char *type = mailrec_tag(mem, text, "k"), *key = mailrec_tag(mem, text, "p");
	struct buf packed, der;

	*out = (struct mailrec_dkim){
	    .type = type != NULL ? type : "rsa",
	    .revoked = key != NULL && key[0] == '\0',
	    .testing = has_flag(mailrec_tag(mem, text, "t"), 'y'),
	};
	buf_init(&packed, SIZE_MAX);
	buf_init(&der, SIZE_MAX);
	for (; key != NULL && *key != '\0'; key++)
		if (!str_is_space((unsigned char)*key))
			(void)buf_addc(&packed, *key);
	if (packed.len > 0 && crypto_unbase64(&der, buf_str(&packed), packed.len))
		/* RFC 8463 4: the 32 octets themselves */
		out->bits = str_eq_nocase(out->type, "ed25519")
		    ? (der.len == 32 ? 256 : 0)
		    : crypto_key_bits(buf_str(&der), der.len);
	buf_done(&der);
	buf_done(&packed);
}
