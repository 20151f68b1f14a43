/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * import.h - another program's configuration, said in ours.
 *
 * An importer reads the sources of its program and writes sections, keys and
 * remarks here; what has no counterpart is dropped by name, what cannot be
 * understood becomes a finding, and the rest goes on. A key that is not in the
 * schema counts as dropped, so the day it gets there it is carried over.
 * Passwords never become part of the text: they are kept apart for files of
 * their own.
 */
#ifndef CONFIG_IMPORT_H
#define CONFIG_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"
#include "config/diag.h"
#include "config/schema.h"

/* A file that was read. Not a string: no NUL behind text[0..n). */
struct import_source {
	const char *name; /* "remotes", "auth.conf": what the importer asks for */
	const char *path; /* what people are told */
	const char *text;
	size_t n;
};

struct import_place {
	const char *path;
	int line; /* from 1; 0: nowhere in particular */
};

/* A line without its end and the blanks around it. */
struct import_line {
	struct import_place at;
	const char *s;
	size_t n;
};

struct import_item {
	const char *key; /* NULL: value is a remark */
	const char *value;
	struct import_place at;
	bool broken; /* not fit to be loaded: left out, and told */
};

struct import_section {
	enum schema_section kind;
	const char *name; /* "" for all but accounts */
	struct import_item *items;
	size_t nitems;
	struct import_place at;
	bool broken;
	struct secret password; /* for a file of its own; data NULL: none */
};

/* What was not carried over. */
struct import_drop {
	const char *what, *why;
	size_t lines;
};

struct import {
	struct arena mem;
	struct import_source *sources;
	size_t nsources;
	struct import_section **sections;
	size_t nsections;
	struct import_drop *drops;
	size_t ndrops;
	struct diags *diags;
	const char *dir; /* where the configuration will be: password files stand beside it */
};

/* An importer: reads the sources and fills the rest. Trouble becomes a finding. */
typedef void
import_fn(struct import *im);
import_fn import_msmtp, import_ssmtp, import_nullmailer, import_dma;

/* dir and d must outlive im. */
void
import_init(struct import *im, const char *dir, struct diags *d);
/* Everything that may hold a secret is wiped. */
void
import_done(struct import *im);
/* A copy of text[0..n) becomes a source. */
void
import_add_source(struct import *im, const char *name, const char *path, const char *text,
    size_t n);
/* NULL: there is no such file. */
const struct import_source *
import_find(const struct import *im, const char *name);
/*
 * The next line that is neither empty nor a comment; *off and line->at count on from zero. false at
 * the end.
 */
bool
import_next(const struct import_source *src, size_t *off, struct import_line *line);
/*
 * Cuts the first word (to a blank or one of stop) from line[0..n) and the blanks behind it. Returns
 * its length.
 */
size_t
import_word(struct import_line *line, const char *stop, const char **word);

/* The section, made where it is not there; routes are always new. */
struct import_section *
import_section(struct import *im, enum schema_section kind, const char *name,
    const struct import_place *at);
/*
 * Sets a key; again: another value. Lists grow. A key that postrider does not have is dropped as
 * `what`, the other program's word for it.
 */
void
import_set(struct import *im, struct import_section *sec, const char *key, const char *value,
    const struct import_place *at, const char *what);
/* The value of a key, NULL: not set. */
const char *
import_get(const struct import_section *sec, const char *key);
/* A comment line behind what is there; no secrets in it. */
void
import_remark(struct import *im, struct import_section *sec, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Remarks for tls-verify = no, which `word` had asked for; login: whether there is one. */
void
import_unverified(struct import *im, struct import_section *sec, const char *word, bool login);
/* One more line that is not carried over; why may be "". */
void
import_drop(struct import *im, const char *what, const char *why);
/* A finding; the line itself is never shown, it may hold a secret. */
void
import_bad(struct import *im, const struct import_place *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The account's password: sets password-file, keeps the text for import_write(). */
void
import_password(struct import *im, struct import_section *sec, const char *s, size_t n,
    const struct import_place *at);
/* A name fit for an account that no other has: "My Mail" becomes my-mail. */
const char *
import_account_name(struct import *im, const char *s, size_t n);
/* Does this name the machine itself? Then TLS is not missed. */
bool
import_is_loopback(const char *host);

/*
 * The configuration as text: what it would not load with is left out, with a finding. false:
 * nothing useful is left (no account).
 */
bool
import_render(struct import *im, struct buf *out);

#endif
