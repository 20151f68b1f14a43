/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trace.h - how the network layers tell what they do to whoever watches.
 *
 * The layers below cli never print. They call these hooks: every line that
 * crosses the wire, with its direction and whether it was encrypted, and every
 * stage when it is over. Secrets never reach a hook: the writer marks a line as
 * hidden and the hook gets a stand-in ("AUTH PLAIN <28 octets hidden>").
 * Hooks run in the network worker, so they may only print.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum trace_dir { TRACE_IN, TRACE_OUT, TRACE_NOTE };

struct trace_stage {
	enum stage stage;
	int64_t ms; /* how long it took */
	/* "192.0.2.7:465", "TLS1.3 AES-256-GCM", "SCRAM-SHA-256"; "" for none */
	const char *detail;
	const struct err *err; /* NULL: went well */
	/* STAGE_TLS, STAGE_CERT only, else NULL */
	const char *tls_version, *tls_cipher, *cert_name, *cert_expires;
};

/* A stage that begins: for those who show a person what is waited for. */
struct trace_begin {
	enum stage stage;
	const char *server; /* "smtp.example.org:465" */
	const char *addr;   /* "192.0.2.7:465", NULL: not known yet, or not of interest */
	int64_t until;      /* monotonic ms: then it is given up; 0: progress decides */
};

struct trace {
	/* One line without its CRLF; secret parts already replaced. May be NULL. */
	void (*line)(void *arg, enum trace_dir dir, bool encrypted, const char *text, size_t n);
	/* A stage is over. May be NULL. */
	void (*stage)(void *arg, const struct trace_stage *s);
	/* A stage begins, or the same one goes on with another address. May be NULL. */
	void (*begin)(void *arg, const struct trace_begin *b);
	/* What whoever sends should know and nothing fails of. May be NULL. */
	void (*note)(void *arg, const char *text);
	/* Body octets written so far, of total. May be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *arg;
};

#endif
