/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

#include <cmocka.h>

#include "base/buf.h"
#include "cert.h"
#include "net/tls.h"
#include "talk.h"

static struct tls *tls;
static gnutls_certificate_credentials_t shown;
static struct cert leaf;

static int
make_certificate(void **state)
{
	const struct cert *chain[] = {&leaf};

	(void)state;
	cert_make(&leaf, &(struct cert_spec){.dns = {"peer.example"}}, NULL);
	shown = cert_server(chain, 1);
	return 0;
}

static int
drop_certificate(void **state)
{
	(void)state;
	gnutls_certificate_free_credentials(shown);
	cert_free(&leaf);
	return 0;
}

static void
encrypt(void)
{
	struct err e;

	tls = tls_prepare(&(struct tls_params){.name = "peer.example"});
	if (!tls_start(tls, talk_stream, NULL, &e))
		fail_msg("no TLS: %s", e.text);
}

static void
finish(void)
{
	talk_finish();
	tls_free(tls);
}

static gnutls_session_t
accept_tls(int fd)
{
	return cert_accept(fd, shown, "NORMAL");
}

static bool
tls_say(gnutls_session_t t, const char *text)
{
	return gnutls_record_send(t, text, strlen(text)) == (ssize_t)strlen(text);
}

static ssize_t
tls_read(gnutls_session_t t, char *out, size_t size)
{
	ssize_t n;

	do {
		n = gnutls_record_recv(t, out, size);
	} while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	return n;
}

static const char *
tls_say_goodbye(int fd)
{
	gnutls_session_t t = accept_tls(fd);

	if (t == NULL || !tls_say(t, "221 bye") || gnutls_bye(t, GNUTLS_SHUT_WR) < 0)
		return "no TLS";
	gnutls_deinit(t);
	return NULL;
}

static const char *
tls_cut_off(int fd)
{
	gnutls_session_t t = accept_tls(fd);

	if (t == NULL || !tls_say(t, "250 ok"))
		return "no TLS";
	gnutls_deinit(t);
	return NULL;
}

static void
inside_tls_an_end_is_announced_or_it_is_a_cut(void **state)
{
	(void)state;
	talk_begin_run(tls_say_goodbye);
	encrypt();
	assert_true(stream_is_tls(talk_stream));
	talk_expect("221 bye");
	assert_false(stream_fill(talk_stream));
	talk_error(STREAM_CLOSED, "closed the connection", EX_TEMPFAIL);
	finish();

	talk_begin_run(tls_cut_off);
	encrypt();
	talk_expect("250 ok");
	assert_false(stream_fill(talk_stream));
	talk_error(STREAM_TRUNCATED, "TLS", EX_TEMPFAIL);
	finish();
}

/* Wants the end to be announced by us too. */
static const char *
tls_await_goodbye(int fd)
{
	gnutls_session_t t = accept_tls(fd);
	char rest[10];
	ssize_t n;

	if (t == NULL)
		return "no TLS";
	n = tls_read(t, rest, sizeof(rest));
	gnutls_deinit(t);
	return n == 0 ? NULL : "no close_notify";
}

static void
closing_says_so_and_waits_for_nothing(void **state)
{
	(void)state;
	talk_begin_run(tls_await_goodbye);
	encrypt();
	finish();
}

static const char *
tls_drip(int fd)
{
	gnutls_session_t t = accept_tls(fd);

	while (t != NULL && tls_say(t, "2"))
		(void)poll(NULL, 0, 10);
	gnutls_deinit(t);
	return NULL;
}

/* A record that never becomes whole. */
static const char *
tls_drip_record(int fd)
{
	static const char head[] = {0x17, 3, 3, 0x40, 0};
	gnutls_session_t t = accept_tls(fd);

	if (t == NULL || send(fd, head, sizeof(head), MSG_NOSIGNAL) != sizeof(head))
		return "no TLS";
	while (send(fd, "2", 1, MSG_NOSIGNAL) == 1)
		(void)poll(NULL, 0, 10);
	gnutls_deinit(t);
	return NULL;
}

static struct buf prepared;

static ssize_t
prepare(gnutls_transport_ptr_t ptr, const void *data, size_t n)
{
	(void)ptr;
	return buf_add(&prepared, data, n) ? (ssize_t)n : -1;
}

/* A word, and then more warnings than can be read in a second, encrypted before the word is said:
 * records that mean nothing to whoever waits for a reply. */
static const char *
tls_warn(int fd)
{
	gnutls_session_t t = cert_accept(fd, shown, "NORMAL:-VERS-ALL:+VERS-TLS1.2");
	size_t done = 0;
	ssize_t n = 0;

	if (t == NULL)
		return "no TLS";
	buf_init(&prepared, 64 << 20);
	gnutls_transport_set_push_function(t, prepare);
	if (!tls_say(t, "go"))
		return "cannot say it";
	for (int i = 0; i < 500000; i++)
		(void)gnutls_alert_send(t, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
	for (; done < prepared.len && n >= 0; done += (size_t)n)
		n = send(fd, prepared.data + done, prepared.len - done, MSG_NOSIGNAL);
	buf_done(&prepared);
	gnutls_deinit(t);
	return n < 0 ? NULL : "all of it was read";
}

static void
the_deadline_holds_inside_tls(void **state)
{
	static const char *(*const runs[])(int) = {tls_drip, tls_drip_record};
	int64_t began;

	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		talk_begin_run(runs[i]);
		encrypt();
		began = talk_start_step();
		(void)talk_lines();
		talk_end_step(began);
		assert_int_equal(stream_trouble(talk_stream), STREAM_TIMEOUT);
		finish();
	}
}

static void
records_without_data_prolong_nothing(void **state)
{
	int64_t began;

	(void)state;
	talk_begin_run(tls_warn);
	encrypt();
	talk_expect("go");
	began = talk_start_step();
	assert_false(stream_fill(talk_stream));
	talk_end_step(began);
	assert_int_equal(stream_trouble(talk_stream), STREAM_TIMEOUT);
	finish();
}

static const char *
tls_answer_each_line(int fd)
{
	gnutls_session_t t;
	char line[200] = "", answer[200];
	size_t n = 0;

	talk_narrow(fd);
	t = accept_tls(fd);
	memset(answer, 'x', sizeof(answer));
	memcpy(answer + sizeof(answer) - 3, "\r\n", 3);
	for (int lines = 0; lines < TALK_LINES; n++) {
		if (t == NULL || tls_read(t, line, 1) != 1)
			return "too few lines";
		if (line[0] != '\n')
			continue;
		lines++;
		if (!tls_say(t, answer))
			return "it does not listen";
	}
	(void)gnutls_bye(t, GNUTLS_SHUT_WR);
	gnutls_deinit(t);
	return NULL;
}

static void
two_writers_do_not_wait_for_each_other_inside_tls(void **state)
{
	(void)state;
	talk_begin_run(tls_answer_each_line);
	talk_narrow(talk_peer.fd);
	encrypt();
	talk_rcpts();
	assert_true(stream_flush(talk_stream));
	assert_int_equal(talk_lines(), TALK_LINES);
	assert_int_equal(stream_trouble(talk_stream), STREAM_CLOSED);
	finish();
}

static const char *
tls_refuse_early(int fd)
{
	gnutls_session_t t = accept_tls(fd);
	char some[10000];

	if (t == NULL || tls_read(t, some, sizeof(some)) <= 0 ||
	    !tls_say(t, "552 5.3.4 too big\r\n"))
		return "no body";
	gnutls_deinit(t);
	return NULL;
}

static void
inside_tls_an_early_refusal_is_read_too(void **state)
{
	(void)state;
	for (int tcp = 0; tcp < 2; tcp++) {
		if (tcp != 0)
			talk_begin_tcp(tls_refuse_early);
		else
			talk_begin_run(tls_refuse_early);
		encrypt();
		talk_on();
		talk_expect("552 5.3.4 too big\r\n");
		assert_false(stream_fill(talk_stream));
		finish();
	}
}

#define BODY (1 << 20)

/* Counts records: gnutls_record_recv gives no more than one. The content is checked as well. */
static const char *
tls_count_records(int fd)
{
	static char some[20000];
	gnutls_session_t t = accept_tls(fd);
	size_t got = 0, records = 0;
	ssize_t n;

	while (t != NULL && got < BODY) {
		n = tls_read(t, some, sizeof(some));
		if (n <= 0)
			return "too little";
		for (ssize_t i = 0; i < n; i++)
			if ((unsigned char)some[i] != (got + (size_t)i) % 251)
				return "octets out of order";
		got += (size_t)n;
		records++;
	}
	if (records > BODY / 16384 + 1)
		return "records are not filled";
	(void)gnutls_bye(t, GNUTLS_SHUT_WR);
	gnutls_deinit(t);
	return NULL;
}

static void
lines_fill_the_records(void **state)
{
	char line[64];
	size_t n;

	(void)state;
	talk_begin_run(tls_count_records);
	talk_narrow(talk_peer.fd); /* and each record is begun, stuck and gone on with */
	encrypt();
	for (size_t at = 0; at < BODY; at += n) {
		n = BODY - at < sizeof(line) ? BODY - at : sizeof(line);
		for (size_t i = 0; i < n; i++)
			line[i] = (char)((at + i) % 251);
		stream_write(talk_stream, line, n);
	}
	assert_true(stream_flush(talk_stream));
	assert_int_equal(stream_octets_out(talk_stream), BODY);
	assert_false(stream_fill(talk_stream));
	assert_int_equal(stream_trouble(talk_stream), STREAM_CLOSED);
	finish();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(inside_tls_an_end_is_announced_or_it_is_a_cut),
	    cmocka_unit_test(closing_says_so_and_waits_for_nothing),
	    cmocka_unit_test(the_deadline_holds_inside_tls),
	    cmocka_unit_test(records_without_data_prolong_nothing),
	    cmocka_unit_test(two_writers_do_not_wait_for_each_other_inside_tls),
	    cmocka_unit_test(inside_tls_an_early_refusal_is_read_too),
	    cmocka_unit_test(lines_fill_the_records),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_certificate, drop_certificate);
}
