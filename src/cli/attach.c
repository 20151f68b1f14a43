/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/charset.h"
#include "message/mimetype.h"

#define NAME_MAX_LEN 300 /* of a file name, in octets */
#define CHUNK 65536

/* ---- the word */

enum key { KEY_NAME, KEY_TYPE, KEY_CID, NKEYS };

static const char *const keys[NKEYS] = {",name=", ",type=", ",cid="};

/* The first key in s, and which; NULL: none. */
static const char *
find_key(const char *s, enum key *which)
{
	const char *best = NULL;

	for (int k = 0; k < NKEYS; k++) {
		const char *at = strstr(s, keys[k]);
		if (at != NULL && (best == NULL || at < best)) {
			best = at;
			*which = (enum key)k;
		}
	}
	return best;
}

/* A comma that begins no key is part of what it stands in. */
static const char *
split(struct arena *mem, const char *word, const char *values[NKEYS])
{
	enum key which = KEY_NAME, next = KEY_NAME;
	const char *at = find_key(word, &which), *path;

	path = at != NULL ? arena_strndup(mem, word, (size_t)(at - word)) : word;
	while (at != NULL) {
		const char *value = at + strlen(keys[which]), *end = find_key(value, &next);
		size_t n = end != NULL ? (size_t)(end - value) : strlen(value);
		values[which] = arena_strndup(mem, value, n);
		at = end;
		which = next;
	}
	return path;
}

bool
attach_is_stdin(const char *word)
{
	return word[0] == '-' && (word[1] == '\0' || word[1] == ',');
}

/* What may stand between angle brackets (RFC 2392, RFC 5322 3.6.4), maybe without a domain. */
static bool
is_cid(const char *s)
{
	if (*s == '\0' || strlen(s) > NAME_MAX_LEN)
		return false;
	for (; *s != '\0'; s++)
		if (!str_is_alpha((unsigned char)*s) && !str_is_digit((unsigned char)*s) &&
		    strchr("!#$&'*+-/=?^_`{|}~.@", *s) == NULL)
			return false;
	return true;
}

static bool
check_values(const char *const values[NKEYS], const struct attach_how *how, struct err *e)
{
	if (values[KEY_TYPE] != NULL && !mimetype_is_valid(values[KEY_TYPE]))
		return err_set(e, ERR_USAGE, STAGE_INPUT, "",
		    "type= wants something like image/png, not '%.80s'", values[KEY_TYPE]);
	if (values[KEY_TYPE] != NULL && mimetype_is_multipart(values[KEY_TYPE]))
		return err_set(e, ERR_USAGE, STAGE_INPUT, "",
		    "a file cannot be attached as %.80s: its parts have boundaries of their own",
		    values[KEY_TYPE]);
	if (values[KEY_NAME] != NULL &&
	    (values[KEY_NAME][0] == '\0' || strlen(values[KEY_NAME]) > NAME_MAX_LEN))
		return err_set(e, ERR_USAGE, STAGE_INPUT, "", "name= wants 1 to %d octets",
		    NAME_MAX_LEN);
	if (values[KEY_CID] == NULL)
		return true;
	if (!how->inlined)
		return err_set(e, ERR_USAGE, STAGE_INPUT, "", "cid= is a matter of --inline");
	return is_cid(values[KEY_CID]) ||
	    err_set(e, ERR_USAGE, STAGE_INPUT, "",
		"cid= wants letters, digits, dots and the like, not '%.80s'", values[KEY_CID]);
}

/* ---- the file */

static bool
cannot(const char *path, const char *why, struct err *e)
{
	return err_set(e, ERR_LOCAL, STAGE_INPUT, "", "cannot attach %s: %s", path, why);
}

static bool
open_file(struct attach *a, struct err *e)
{
	if (attach_is_stdin(a->path))
		a->fd = STDIN_FILENO;
	else
		a->fd = open(a->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (a->fd < 0 || fstat(a->fd, &a->st) < 0)
		return cannot(a->path, strerror(errno), e);
	if (S_ISDIR(a->st.st_mode))
		return cannot(a->path, "it is a directory; pack it (tar, zip) first", e);
	a->whole = S_ISREG(a->st.st_mode) && a->fd != STDIN_FILENO;
	if (a->whole || S_ISFIFO(a->st.st_mode) || a->fd == STDIN_FILENO)
		return true;
	return cannot(a->path, "it is neither a file nor a pipe", e);
}

static bool
has_changed(const struct attach *a)
{
	struct stat now;

	if (fstat(a->fd, &now) < 0 || now.st_size != a->st.st_size)
		return true;
	/* files of /proc and their like have no size, and times that mean nothing */
	if (now.st_size == 0)
		return false;
	return a->done != (uint64_t)now.st_size || now.st_mtim.tv_sec != a->st.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != a->st.st_mtim.tv_nsec;
}

static ssize_t
fails(struct attach *a, const char *why, int sysexit)
{
	cannot(a->path, why, a->e);
	a->e->sysexit = sysexit;
	errno = EIO;
	return -1;
}

static ssize_t
read_file(void *arg, char *chunk, size_t n)
{
	struct attach *a = arg;
	ssize_t got = a->whole ? file_pread(a->fd, chunk, n, a->done) : file_read(a->fd, chunk, n);

	if (got < 0)
		return fails(a, strerror(errno), EX_IOERR);
	a->done += (uint64_t)got;
	/* also one that grows for ever */
	if (a->whole &&
	    ((a->st.st_size > 0 && a->done > (uint64_t)a->st.st_size) ||
		(got == 0 && has_changed(a))))
		return fails(a, "it was changed while it was read", EX_IOERR);
	return got;
}

/* ---- what is in it */

struct seen {
	bool eight, utf8, carried; /* carried: mail takes it as it is */
	size_t column;
	char held[4]; /* begin of a character whose end comes with the next piece */
	size_t nheld;
};

/* Octets at the end of s that may begin a character of UTF-8. */
static size_t
unfinished(const char *s, size_t n)
{
	for (size_t back = 1; back <= 3 && back <= n; back++) {
		unsigned char c = (unsigned char)s[n - back];
		if (c >= 0xc0)
			return (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) > back ? back : 0;
		if (c < 0x80)
			return 0;
	}
	return 0;
}

/* chunk[0..n) with what was held before it. */
static void
look_at(struct seen *s, const char *chunk, size_t n)
{
	size_t keep = unfinished(chunk, n);

	s->eight = s->eight || str_has_8bit(chunk, n);
	s->utf8 = s->utf8 && str_utf8_valid(chunk, n - keep);
	s->nheld = keep;
	memcpy(s->held, chunk + n - keep, keep);
	for (size_t i = 0; i < n - keep && s->carried; i++) {
		s->column = chunk[i] == '\n' ? 0 : s->column + 1;
		s->carried = chunk[i] != '\0' && s->column <= 998;
	}
}

static bool
scan(struct attach *a, struct seen *s, struct err *e)
{
	char *chunk = mem_alloc(CHUNK + sizeof(s->held));
	uint64_t at = 0;
	ssize_t got = 0;

	*s = (struct seen){.utf8 = true, .carried = true};
	while (at <= (uint64_t)a->st.st_size) {
		size_t before = s->nheld;
		memcpy(chunk, s->held, before);
		if ((got = file_pread(a->fd, chunk + before, CHUNK, at)) <= 0)
			break;
		at += (uint64_t)got;
		look_at(s, chunk, before + (size_t)got);
	}
	s->utf8 = s->utf8 && s->nheld == 0;
	free(chunk);
	return got >= 0 || cannot(a->path, strerror(errno), e);
}

static const char *
with_charset(const struct attach_how *how, const char *type, const char *charset)
{
	const char *quote = strchr(charset, ':') != NULL ? "\"" : "";

	if (str_find_nocase(type, "charset=") != NULL)
		return type;
	return arena_printf(how->mem, "%s; charset=%s%s%s", type, quote, charset, quote);
}

/* A message in a message: only what can be carried as it is (RFC 2046 5.2.1). */
static bool
set_message(struct attach *a, const struct seen *s, bool asked, struct err *e)
{
	if (s->carried && a->whole) {
		a->part.how = PARTS_AS_IS;
		a->part.eight = s->eight;
		return true;
	}
	if (asked)
		return err_set(e, ERR_MESSAGE, STAGE_INPUT, "5.6.0",
		    "%s cannot be attached as %.80s, for mail could not carry it as it is: "
		    "give it another type=",
		    a->path, a->part.type);
	a->part.type = "application/octet-stream";
	return true;
}

static bool
set_type(struct attach *a, const struct attach_how *how, const char *asked, struct err *e)
{
	struct seen s = {.eight = true};
	const char *type = asked;

	if (type == NULL)
		type = mimetype_guess(a->part.name != NULL ? a->part.name : "");
	a->part.how = PARTS_BASE64;
	a->part.type = type;
	if (!mimetype_is_text(type) && !mimetype_is_message(type))
		return true;
	if (a->whole && !scan(a, &s, e))
		return false;
	if (mimetype_is_message(type))
		return set_message(a, &s, asked != NULL, e);
	if (!a->whole)
		a->part.type = with_charset(how, type,
		    how->charset != NULL ? how->charset : "utf-8");
	else
		a->part.type = with_charset(how, type,
		    !s.eight     ? "us-ascii"
			: s.utf8 ? "utf-8"
				 : "unknown-8bit");
	return true;
}

/* By default the name of the file, without its path; what stdin is called nobody knows. */
static const char *
pick_name(const struct attach *a, const struct attach_how *how, const char *asked)
{
	const char *slash = strrchr(a->path, '/'), *name = asked;

	if (name == NULL && attach_is_stdin(a->path))
		return NULL;
	if (name == NULL)
		name = slash != NULL ? slash + 1 : a->path;
	return charset_word(how->mem, how->charset, name);
}

bool
attach_open(struct attach *a, const struct attach_how *how, const char *word, struct err *e)
{
	const char *values[NKEYS] = {NULL};

	*a = (struct attach){.fd = -1, .e = how->trouble};
	a->path = split(how->mem, word, values);
	if (!check_values(values, how, e) || !open_file(a, e))
		return false;
	a->part.name = pick_name(a, how, values[KEY_NAME]);
	a->part.attached = !how->inlined;
	a->part.read = read_file;
	a->part.arg = a;
	if (how->inlined) {
		a->part.cid = values[KEY_CID] != NULL ? values[KEY_CID] : a->part.name;
		if (a->part.cid == NULL || !is_cid(a->part.cid))
			return err_set(e, ERR_USAGE, STAGE_INPUT, "",
			    "the html can name '%.80s' only by an id: give it one with ,cid=ID",
			    a->path);
	}
	return set_type(a, how, values[KEY_TYPE], e);
}

void
attach_close(struct attach *a)
{
	if (a->fd > STDERR_FILENO)
		close(a->fd);
	a->fd = -1;
}
