/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "meeting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "peer.h"

struct cert meeting_root, meeting_middle, meeting_old_middle, meeting_stranger;
char meeting_ca[64];
gnutls_certificate_credentials_t meeting_shown;
const char *meeting_priority = MEETING_NORMAL;

int
meeting_open(void **state)
{
	int fd;

	(void)state;
	cert_make(&meeting_root, &(struct cert_spec){.cn = "Test Root", .authority = true}, NULL);
	cert_make(&meeting_middle, &(struct cert_spec){.cn = "Test Middle", .authority = true},
	    &meeting_root);
	cert_make(&meeting_old_middle,
	    &(struct cert_spec){.cn = "Old Middle",
		.authority = true,
		.from_h = -2000,
		.until_h = -24 * 50},
	    &meeting_root);
	cert_make(&meeting_stranger, &(struct cert_spec){.cn = "Corp CA 2", .authority = true},
	    NULL);
	(void)snprintf(meeting_ca, sizeof(meeting_ca), "%s", "/tmp/postrider-ca-XXXXXX");
	fd = mkstemp(meeting_ca);
	assert_true(fd >= 0);
	(void)close(fd);
	for (int i = 0; i < 3; i++) {
		struct cert other;

		cert_make(&other, &(struct cert_spec){.cn = "Another Root", .authority = true},
		    NULL);
		cert_append(&other, meeting_ca);
		cert_free(&other);
		if (i == 1)
			cert_append(&meeting_root, meeting_ca);
	}
	return 0;
}

int
meeting_close(void **state)
{
	(void)state;
	(void)unlink(meeting_ca);
	cert_free(&meeting_root);
	cert_free(&meeting_middle);
	cert_free(&meeting_old_middle);
	cert_free(&meeting_stranger);
	return 0;
}

const char *
meeting_greet(int fd)
{
	gnutls_session_t tls = cert_accept(fd, meeting_shown, meeting_priority);
	char line[64] = "";
	ssize_t n;

	if (tls == NULL)
		return NULL;
	(void)gnutls_record_send(tls, "220 hello\r\n", 11);
	do {
		n = gnutls_record_recv(tls, line, sizeof(line) - 1);
	} while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	gnutls_deinit(tls);
	return n <= 0 || strcmp(line, "EHLO x\r\n") == 0 ? NULL : "not what was sent";
}

const char *
meeting_silence(int fd)
{
	char hello[4096];

	while (read(fd, hello, sizeof(hello)) > 0)
		;
	return NULL;
}

struct tls_params
meeting_params(const char *name)
{
	return (struct tls_params){.name = name, .verify = true, .ca_file = meeting_ca};
}

static void
fill(struct stream *s)
{
	while (stream_fill(s))
		;
}

void
meeting_run(const struct tls_params *p, const char *(*run)(int fd), struct meeting *out)
{
	struct tls *tls = tls_prepare(p);
	struct peer peer;
	struct stream *s;
	const char *data = "";

	memset(out, 0, sizeof(*out));
	peer_pair_run(&peer, run);
	s = stream_new(peer.fd, MEETING_HOST ":465", clock_mono_ms() + 15000);
	out->good = tls_start(tls, s, &out->info, &out->e);
	if (out->good) {
		assert_true(stream_is_tls(s));
		assert_true(stream_fill(s));
		assert_true(stream_peek(s, &data) == 11);
		assert_memory_equal(data, "220 hello\r\n", 11);
	}
	stream_write(s, "EHLO x\r\n", 8);
	out->usable = stream_flush(s);
	fill(s);
	stream_close(s);
	tls_free(tls);
	peer_finish(&peer);
}

void
meeting_show(struct cert *leaf)
{
	const struct cert *chain[] = {leaf, &meeting_middle};

	cert_make(leaf, &(struct cert_spec){.dns = {MEETING_HOST}}, &meeting_middle);
	meeting_shown = cert_server(chain, 2);
}

void
meeting_drop(struct cert *leaf)
{
	gnutls_certificate_free_credentials(meeting_shown);
	cert_free(leaf);
}
