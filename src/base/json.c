/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct json {
	json_t *root;
};

/* jansson returns NULL or -1 for wrong arguments or want of memory; the first are bugs of ours. */
static json_t *
must(json_t *v)
{
	if (v == NULL)
		mem_die("out of memory");
	return v;
}

static void
set(struct json *j, const char *key, json_t *value)
{
	if (json_object_set_new(j->root, key, must(value)) != 0)
		mem_die("out of memory");
}

static json_t *
string(const char *s)
{
	size_t n = strlen(s);
	struct buf b;
	json_t *v;

	if (str_utf8_valid(s, n))
		return must(json_stringn(s, n));
	buf_init(&b, SIZE_MAX);
	str_escape(&b, s, n, 0);
	v = must(json_stringn(buf_str(&b), b.len));
	buf_done(&b);
	return v;
}

struct json *
json_new(void)
{
	struct json *j = mem_alloc(sizeof(*j));

	j->root = must(json_object());
	return j;
}

static void
json_free(struct json *j)
{
	if (j == NULL)
		return;
	json_decref(j->root);
	free(j);
}

void
json_str(struct json *j, const char *key, const char *value)
{
	if (value != NULL)
		set(j, key, string(value));
}

void
json_int(struct json *j, const char *key, int64_t value)
{
	set(j, key, json_integer(value));
}

void
json_bool(struct json *j, const char *key, bool value)
{
	set(j, key, json_boolean(value));
}

static void
push(struct json *j, const char *key, json_t *value)
{
	json_t *list = json_object_get(j->root, key);

	if (list == NULL) {
		list = must(json_array());
		set(j, key, list);
	}
	if (json_array_append_new(list, value) != 0)
		mem_die("out of memory");
}

/* The value of sub, whose shell goes. */
static json_t *
unwrap(struct json *sub)
{
	json_t *v = sub->root;

	free(sub);
	return v;
}

void
json_push(struct json *j, const char *key, struct json *sub)
{
	push(j, key, unwrap(sub));
}

void
json_push_str(struct json *j, const char *key, const char *value)
{
	push(j, key, string(value));
}

void
json_obj(struct json *j, const char *key, struct json *sub)
{
	set(j, key, unwrap(sub));
}

/*
 * jansson escapes what JSON demands, bytes below 0x20. DEL and the C1 controls are
 * legal JSON, but a terminal may obey them (reliability.md 34). They occur inside strings only, so
 * they can be replaced in the text; U+0080 to U+009F are C2 80 to C2 9F.
 */
static int
add_dump(const char *s, size_t n, void *arg)
{
	struct buf *out = arg;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == 0x7f)
			(void)buf_adds(out, "\\u007f");
		else if (out->len > 0 && out->data[out->len - 1] == '\xc2' &&
		    (unsigned char)s[i] < 0xa0) {
			out->len--;
			(void)buf_addf(out, "\\u%04x", (unsigned char)s[i]);
		} else {
			(void)buf_addc(out, s[i]);
		}
	}
	return 0;
}

void
json_line(struct json *j, struct buf *out)
{
	if (json_dump_callback(j->root, add_dump, out, JSON_COMPACT) != 0)
		mem_die("out of memory");
	(void)buf_addc(out, '\n');
	json_free(j);
}

bool
json_get_str(const char *s, size_t n, const char *key, struct buf *out)
{
	json_t *root = json_loadb(s, n, 0, NULL), *v = json_object_get(root, key);
	bool ok = json_is_string(v) && buf_add(out, json_string_value(v), json_string_length(v));

	json_decref(root);
	return ok;
}

const char *
json_library(void)
{
	return jansson_version_str();
}
