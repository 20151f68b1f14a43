/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fixup.h - one pass over what a program handed us: a message that is fit to send.
 *
 * The header block is collected in memory (ceiling 1 MiB), repaired when it is
 * complete, handed out once, and the body follows as it comes. The caller
 * learns the recipients of -t in between: that is why the header goes out in one
 * piece through `begin`. Fields we do not touch leave byte-exact but for their
 * line ends; how one is changed tells mend.h, and what becomes of a body recode.h.
 *
 * Repairs (sendmail.md 3): a leading mbox "From " line dropped; header-less input becomes a body;
 * a first line that is no header field, or is blank, or indented, starts the body; a line of only
 * blanks followed by no field line ends the header; "To :" normalised; Bcc and Resent-Bcc always
 * removed, with their continuation lines; Return-Path and Content-Length removed; NUL in the
 * header becomes a space; empty To/Cc/Bcc dropped; Date, Message-ID, From added when absent or
 * empty (in a Resent block: Resent-Date, Resent-Message-ID); names without a domain qualified in
 * From, Sender, Reply-To, To, Cc and their Resent forms; 8-bit text in encoded words; lines of at
 * most 998 octets. On request: a From that the relay would not take replaced, and
 * "To: undisclosed-recipients:;" added.
 */
#ifndef MESSAGE_FIXUP_H
#define MESSAGE_FIXUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "message/addrlist.h"
#include "message/canon.h"

#define FIXUP_HEADER_MAX (1024 * 1024)

struct fixup_found;

struct fixup_opts {
	/* -t: collect To, Cc, Bcc, or only the first Resent block's when there is one */
	bool read_recipients;
	/* for names without one; NULL: such a name is left alone */
	const char *domain;
	/* envelope sender for an added From; "" null: then from_fallback is used */
	const char *from;
	const char *from_fallback;
	/*
	 * When set, asked for the envelope sender (in place of `from`) once the header is complete
	 * and lacks a From field: the choice of the account may depend on the recipients found.
	 * Same meaning of ""; NULL: none is added.
	 */
	const char *(*sender)(void *arg, const struct fixup_found *found);
	void *sender_arg;
	/*
	 * When set, asked for each address of the From field, be it added, when all fields are
	 * read: what stands in its place, NULL: it stays. The field it was is kept as
	 * X-Original-From.
	 */
	const char *(*replace)(void *arg, const struct fixup_found *found, const char *addr);
	void *replace_arg;
	const char *host; /* of this machine, names a replaced address that has no name; or NULL */
	bool undisclosed; /* add a To field when there is neither To nor Cc */
	const char *full_name; /* -F, for an added From; NULL: none */
	int64_t now_ms;        /* wall clock */
	bool dot_ends;         /* a lone dot ends the input (terminal without -i) */
};

/* What the header said. All memory from the arena given to fixup_new. */
struct fixup_found {
	struct mailbox_list rcpts; /* -t: in order of mention, Bcc included; as written */
	struct mailbox_list from;  /* of the From field (choice of the account), qualified */
	const char *message_id;    /* with angle brackets */
	const char *subject;       /* raw, unfolded; NULL: none */
	bool has_rcpt_fields;      /* -t: To, Cc or Bcc (or their Resent forms) were there at all */
	/* class ERR_NONE, or the first address of -t that could not be parsed */
	struct err bad_rcpt;
	size_t nbad;        /* how many */
	size_t removed_bcc; /* fields removed */
	bool sender_header; /* From was there in the input */
	/* name of the first field that is there twice and may be there once (RFC 5322 3.6), or NULL
	 */
	const char *repeated;
};

struct fixup_sink {
	/*
	 * The header is complete: block is canonical, repaired, with the empty line behind it.
	 * Called once, before any body. false: the run ends; the callee has filled e.
	 */
	bool (*begin)(void *arg, const struct fixup_found *found, const char *block, size_t n,
	    struct err *e);
	/* A piece of canonical body. false: the callee has filled e. */
	bool (*body)(void *arg, const char *data, size_t n, struct err *e);
	void *arg;
};

struct fixup;

struct fixup *
fixup_new(struct arena *mem, const struct fixup_opts *opts, const struct fixup_sink *sink);
void
fixup_free(struct fixup *f);
/*
 * Errors: what the sink said; header over the ceiling (ERR_MESSAGE, STAGE_INPUT, 5.3.4 -> 65);
 * more than 100 Received fields (ERR_MESSAGE, 5.4.6, "mail loop").
 */
bool
fixup_feed(struct fixup *f, const char *data, size_t n, struct err *e);
/* True once a lone dot has ended the input: the caller stops reading. */
bool
fixup_ended(const struct fixup *f);
/* End of input: completes header and body, fills *facts of the whole message. */
bool
fixup_end(struct fixup *f, struct facts *facts, struct err *e);
/*
 * After fixup_end: those of the header block (its 8-bit octets are `body_8bit` too) and of the
 * body alone. What a body may hold that mail cannot carry is told here and mended by recode.h.
 */
void
fixup_facts(const struct fixup *f, struct facts *head, struct facts *body);

#endif
