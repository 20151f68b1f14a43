/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/header.h"

#include <string.h>

#include "base/str.h"

/* Index behind the line end of the field that begins at `at`, continuation lines included. */
static size_t
field_end(const char *block, size_t n, size_t at)
{
	while (at < n) {
		const char *nl = memchr(block + at, '\n', n - at);
		if (nl == NULL)
			return n;
		at = (size_t)(nl - block) + 1;
		if (at >= n || !str_is_blank((unsigned char)block[at]))
			break;
	}
	return at;
}

bool
header_next(const char *block, size_t n, size_t *pos, struct header_field *out)
{
	size_t at = *pos, end;
	const char *colon, *line;

	if (at >= n || block[at] == '\r' || block[at] == '\n')
		return false;
	end = field_end(block, n, at);
	line = block + at;
	colon = memchr(line, ':', end - at);
	*out = (struct header_field){.start = line, .len = end - at};
	*pos = end;
	if (colon == NULL) {
		out->value = line + out->len;
		return true;
	}
	out->name_len = (size_t)(colon - line);
	while (out->name_len > 0 && str_is_blank((unsigned char)line[out->name_len - 1]))
		out->name_len--;
	out->value = colon + 1;
	out->value_len = (size_t)(line + out->len - out->value);
	while (out->value_len > 0 &&
	    (out->value[out->value_len - 1] == '\n' || out->value[out->value_len - 1] == '\r'))
		out->value_len--;
	return true;
}

bool
header_is(const struct header_field *f, const char *name)
{
	return str_neq_nocase(f->start, f->name_len, name);
}

bool
header_find(const char *block, size_t n, const char *name, struct header_field *out)
{
	size_t pos = 0;

	while (header_next(block, n, &pos, out))
		if (header_is(out, name))
			return true;
	return false;
}

bool
header_is_field_line(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && (unsigned char)line[i] > 0x20 && (unsigned char)line[i] < 0x7f &&
	    line[i] != ':')
		i++;
	if (i == 0 || i > HEADER_NAME_MAX)
		return false;
	while (i < n && str_is_blank((unsigned char)line[i]))
		i++;
	return i < n && line[i] == ':';
}

void
header_unfold(const struct header_field *f, struct buf *out)
{
	size_t start = 0, end = f->value_len;

	while (start < end && str_is_space((unsigned char)f->value[start]))
		start++;
	while (end > start && str_is_space((unsigned char)f->value[end - 1]))
		end--;
	for (size_t i = start; i < end; i++)
		if (f->value[i] != '\r' && f->value[i] != '\n')
			buf_addc(out, f->value[i]);
}
