/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_record.h - what one connection saw, as one line of JSON.
 *
 * Collected in memory and written with a single O_APPEND write when the
 * connection is over, so that the lines of connections served at the same time
 * do not mix. Bytes above 0x7f are written as \u0080..\u00ff: the line is
 * always valid JSON, whatever the client sent.
 */
#ifndef FAKESERVER_RECORD_H
#define FAKESERVER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record;

struct record *
record_new(unsigned connection);
/* Appends the line to the file (NULL: nowhere) and frees the record. */
void
record_write(struct record *r, const char *path);
/* One line for the process as a whole, the last one of the file. */
void
record_write_end(const char *path, unsigned connections, unsigned failed);

/* A command line, without its CRLF. */
void
record_command(struct record *r, bool tls, const char *line, size_t len);
/* Octets that one read (clear) or one record (TLS) brought. */
void
record_read(struct record *r, bool tls, size_t n);
/*
 * The server had answered `topic` and nothing was there to read. A wait that ends in QUIT or in
 * the end of the connection keeps nobody waiting: record_wait_was_idle() takes it from `turns`.
 */
void
record_wait(struct record *r, const char *topic);
void
record_wait_was_idle(struct record *r);
/* Something that a correct client never does. */
void
record_fault(struct record *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void
record_tls(struct record *r, const char *version, const char *cipher, const char *sni);
void
record_auth(struct record *r, const char *mechanism, const char *user, bool ok);

struct record_message {
	const char *from;
	char *const *to; /* accepted recipients */
	size_t nto;
	const char *by;     /* "DATA", "BDAT", "" in a dialogue */
	uint64_t size;      /* un-stuffed, with CRLFs */
	const char *sha256; /* hex */
	const char *file;   /* NULL: not kept */
	bool complete;      /* the end of the body was seen */
	const char *reply;  /* what the server said to it, "" in a dialogue */
};
void
record_message(struct record *r, const struct record_message *m);

/* How it ended; the last call counts. */
void
record_end(struct record *r, const char *how);
void
record_quit(struct record *r);
/* Outcome of a dialogue: "ok" or the sentence that says what failed. */
void
record_script(struct record *r, const char *outcome);

#endif
