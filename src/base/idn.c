/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/idn.h"

#include <idn2.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define NAME_MAX_OCTETS 253
#define LABEL_MAX_OCTETS 63
#define INPUT_MAX 255 /* libidn2 sees nothing longer (CVE-2017-14061, CVE-2019-18224) */

static bool
is_ldh(int c)
{
	/* "_" is no host name letter, but names such as _dmarc.example exist and resolve. */
	return str_is_alpha(c) || str_is_digit(c) || c == '-' || c == '_';
}

/* RFC 5890 section 2.3.1: letters, digits, hyphens, none at the ends. */
static bool
is_label(const char *s, size_t n)
{
	if (n == 0 || n > LABEL_MAX_OCTETS || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_ldh((unsigned char)s[i]))
			return false;
	return true;
}

static bool
is_name(const char *s, size_t n)
{
	size_t start = 0;

	if (n > NAME_MAX_OCTETS)
		return false;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && s[i] != '.')
			continue;
		if (!is_label(s + start, i - start))
			return false;
		start = i + 1;
	}
	return true;
}

static bool
add_name(struct buf *out, const char *s, size_t n)
{
	if (n > 0 && s[n - 1] == '.')
		n--;
	return is_name(s, n) && buf_add(out, s, n);
}

static bool
convert(const char *domain, struct buf *out)
{
	uint8_t *ascii = NULL;
	bool ok;

	if (idn2_lookup_u8((const uint8_t *)domain, &ascii,
		IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK)
		return false;
	/* Mapping may give what no label holds: a fullwidth slash becomes "/". add_name sees it. */
	ok = add_name(out, (const char *)ascii, strlen((const char *)ascii));
	idn2_free(ascii);
	return ok;
}

bool
idn_to_ascii(const char *domain, size_t n, struct buf *out)
{
	char copy[INPUT_MAX + 1];

	if (!str_has_8bit(domain, n))
		return add_name(out, domain, n);
	if (n > INPUT_MAX || str_has_ctl(domain, n))
		return false;
	memcpy(copy, domain, n);
	copy[n] = '\0';
	return convert(copy, out);
}

const char *
idn_library(void)
{
	return idn2_check_version(NULL);
}
