/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json.h - one JSON object on one line (jansson lives here).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct json; /* an object under construction, members in the order they are set */

struct json *
json_new(void);
/* Strings that are not UTF-8 are escaped with str_escape first; NULL: the member is left out. */
void
json_str(struct json *j, const char *key, const char *value);
void
json_int(struct json *j, const char *key, int64_t value);
void
json_bool(struct json *j, const char *key, bool value);
/* Appends sub to the list member `key` (made when absent); takes sub over. */
void
json_push(struct json *j, const char *key, struct json *sub);
/* Appends a string to the list member `key`. */
void
json_push_str(struct json *j, const char *key, const char *value);
/* Sets an object member; takes sub over. */
void
json_obj(struct json *j, const char *key, struct json *sub);
/* Appends "{...}\n" to out and frees j. */
void
json_line(struct json *j, struct buf *out);
/*
 * A top-level string member of the object in s[0..n), appended to out; false when absent or no
 * JSON.
 */
bool
json_get_str(const char *s, size_t n, const char *key, struct buf *out);

/* The version of jansson that we run with. */
const char *
json_library(void);

#endif
