/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_script.h - a dialogue file as steps to play.
 *
 * Script lines begin with a word in capitals; everything else in the file
 * (claims, arguments, expectations: "word: ..." or "word~ ...") is for
 * tests/dialogue/run and passed over here. So one file tells the whole story
 * and its line numbers are those of every complaint.
 */
#ifndef FAKESERVER_SCRIPT_H
#define FAKESERVER_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

enum verb {
	VERB_SEND,
	VERB_SEND_RAW,
	VERB_EXPECT,
	VERB_AUTH,
	VERB_BODY,
	VERB_BDAT,
	VERB_READ,
	VERB_TLS,
	VERB_GATHER,
	VERB_DRIP,
	VERB_PAUSE,
	VERB_REPEAT,
	VERB_FLOOD,
	VERB_FLOOD_RAW,
	VERB_SILENCE,
	VERB_TRUNCATE,
	VERB_CLOSE,
	VERB_CLOSE_NO_NOTIFY,
	VERB_RESET,
	VERB_CONNECTION, /* the parts of the file for one connection each begin here */
};

struct step {
	enum verb verb;
	unsigned line; /* in the file */
	char *text;    /* "" when there is none; escapes resolved for the RAW ones */
	size_t len;
	uint64_t number; /* UINT64_MAX: not given */
	const char *name;
};

struct script {
	const char *file;
	struct step *steps;
	size_t nsteps;
	unsigned nconnections;
};

/* Ends the process with FILE:LINE and what is wrong. */
void
script_load(struct script *s, const char *file);
void
script_free(struct script *s);
/* The steps for the n-th connection (from 1); NULL when the script has none for it. */
const struct step *
script_part(const struct script *s, unsigned connection, size_t *nsteps);

#endif
