/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fakeserver_body.h - one message body: read, judged, hashed, kept.
 *
 * Reads it as a strict receiver: only CRLF ends a line, only CRLF . CRLF ends
 * the body. What a correct client never sends (bare CR, bare LF, NUL, a line
 * over 998 octets, an unstuffed dot) is a fault of the record, not a refusal.
 */
#ifndef FAKESERVER_BODY_H
#define FAKESERVER_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "fakeserver_conn.h"

struct body;

/* file: where to keep it, NULL: nowhere. */
struct body *
body_new(struct conn *c, const char *file);
/* Up to the lone dot; dots un-stuffed. false: the connection ended before. */
bool
body_read_data(struct body *b);
/* A chunk of n octets. false: the connection ended before. */
bool
body_read_chunk(struct body *b, uint64_t n);
uint64_t
body_size(const struct body *b);
bool
body_has_8bit(const struct body *b);
/* Notes the faults, gives the digest (65 octets) and frees the body. */
void
body_finish(struct body *b, char sha256[65]);

#endif
