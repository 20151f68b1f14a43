/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/secret.h"

/* MAIL, a thousand RCPT and a small body leave in one write. */
#define OUT_SIZE ((size_t)256 * 1024)
#define IN_MAX ((size_t)256 * 1024)
#define RECORD ((size_t)16384)

struct stream {
	int fd;
	gnutls_session_t tls;
	char *peer;
	int64_t limit, deadline;
	char *out; /* OUT_SIZE octets, out_len of them waiting */
	size_t out_len;
	size_t stuck;  /* octets of a TLS record that GnuTLS has begun to send and must be given
			  again */
	struct buf in; /* octets read and not yet taken: in.data + in_at */
	size_t in_at;
	enum stream_trouble trouble;
	bool read_ended; /* what comes in is over; what came is still readable */
	int error;       /* errno or GnuTLS code behind STREAM_BROKEN */
	uint64_t octets_out;
};

struct stream *
stream_new(int fd, const char *peer, int64_t limit)
{
	struct stream *s = mem_alloc(sizeof *s);

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	s->fd = fd;
	s->peer = mem_strdup(peer);
	s->limit = s->deadline = limit;
	s->out = mem_alloc(OUT_SIZE);
	buf_init(&s->in, IN_MAX);
	return s;
}

void
stream_close(struct stream *s)
{
	if (s == NULL)
		return;
	if (s->tls != NULL) {
		/* only our half, and only if the socket takes it at once: nobody waits for the
		 * peer's word */
		if (s->trouble == STREAM_OK)
			gnutls_bye(s->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(s->tls);
	}
	close(s->fd);
	buf_done(&s->in);
	secret_zero(s->out, s->out_len);
	free(s->out);
	free(s->peer);
	free(s);
}

void
stream_deadline(struct stream *s, int64_t at)
{
	s->deadline = at < s->limit ? at : s->limit;
}

void
stream_limit(struct stream *s, int64_t at)
{
	s->limit = s->deadline = at;
}

const char *
stream_peer(const struct stream *s)
{
	return s->peer;
}

bool
stream_is_tls(const struct stream *s)
{
	return s->tls != NULL;
}

int
stream_fd(const struct stream *s)
{
	return s->fd;
}

void
stream_set_tls(struct stream *s, void *session)
{
	s->tls = session;
}

static bool
is_again(int error)
{
#if EAGAIN != EWOULDBLOCK
	if (error == EWOULDBLOCK)
		return true;
#endif
	return error == EAGAIN;
}

static bool
set_trouble(struct stream *s, enum stream_trouble t, int error)
{
	if (s->trouble == STREAM_OK) {
		s->trouble = t;
		s->error = error;
	}
	return false;
}

void
stream_abandon(struct stream *s)
{
	set_trouble(s, STREAM_BROKEN, ECONNABORTED);
	s->read_ended = true;
}

/*
 * Ready events, 0 with trouble set. The deadline is looked at first: who always has something for
 * us that is nothing (warnings, tickets, the next octet of a record) would keep poll from it.
 */
static short
wait_events(struct stream *s, short events)
{
	for (;;) {
		struct pollfd p = {.fd = s->fd, .events = events};
		int left = clock_left_ms(s->deadline);
		int r = left > 0 ? poll(&p, 1, left) : 0;

		if (r > 0)
			return p.revents;
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			set_trouble(s, STREAM_BROKEN, errno);
		else
			set_trouble(s, s->deadline >= s->limit ? STREAM_EXPIRED : STREAM_TIMEOUT,
			    0);
		return 0;
	}
}

bool
stream_wait(struct stream *s, short events)
{
	return wait_events(s, events) != 0;
}

/* What GnuTLS calls an error of its pull or push function is one of the system's. */
static int
tls_error(int code)
{
	return (code == GNUTLS_E_PULL_ERROR || code == GNUTLS_E_PUSH_ERROR) && errno > 0 ? errno
											 : code;
}

/* One read that does not wait. 1: got something; 0: nothing there now; -1: over (end or trouble
 * noted). */
static int
read_some(struct stream *s)
{
	char chunk[RECORD];
	ssize_t n;

	if (s->read_ended)
		return -1;
	if (s->in_at > 0) {
		buf_drop(&s->in, s->in_at);
		s->in_at = 0;
	}
	if (s->in.len + sizeof chunk > IN_MAX) {
		set_trouble(s, STREAM_FLOOD, 0);
		s->read_ended = true;
		return -1;
	}
	if (s->tls != NULL) {
		do {
			n = gnutls_record_recv(s->tls, chunk, sizeof chunk);
		} while (n == GNUTLS_E_INTERRUPTED);
		if (n == GNUTLS_E_AGAIN)
			return 0;
		if (n < 0 && !gnutls_error_is_fatal((int)n))
			return 0; /* a warning alert, a new ticket: not data */
	} else {
		do {
			n = recv(s->fd, chunk, sizeof chunk, 0);
		} while (n < 0 && errno == EINTR);
		if (n < 0 && (is_again(errno)))
			return 0;
	}
	if (n > 0) {
		buf_add(&s->in, chunk, (size_t)n);
		return 1;
	}
	s->read_ended = true;
	if (n == 0)
		set_trouble(s, STREAM_CLOSED, 0);
	else if (s->tls != NULL && n == GNUTLS_E_PREMATURE_TERMINATION)
		set_trouble(s, STREAM_TRUNCATED, (int)n);
	else
		set_trouble(s, STREAM_BROKEN, s->tls != NULL ? tls_error((int)n) : errno);
	return -1;
}

/* One write that does not wait: octets taken, 0: none now, -1: trouble noted. */
static ssize_t
write_some(struct stream *s, const char *data, size_t n)
{
	ssize_t r;

	if (s->tls == NULL) {
		do {
			r = send(s->fd, data, n, MSG_NOSIGNAL);
		} while (r < 0 && errno == EINTR);
		if (r >= 0)
			return r;
		if (is_again(errno))
			return 0;
		set_trouble(s, STREAM_BROKEN, errno);
		return -1;
	}
	/* GnuTLS wants what it has begun to send given again, in the same length */
	if (n > RECORD)
		n = RECORD;
	if (s->stuck > 0 && s->stuck < n)
		n = s->stuck;
	do {
		r = gnutls_record_send(s->tls, data, n);
	} while (r == GNUTLS_E_INTERRUPTED);
	s->stuck = r == GNUTLS_E_AGAIN ? n : 0;
	if (r == GNUTLS_E_AGAIN)
		return 0;
	if (r < 0)
		set_trouble(s, STREAM_BROKEN, tls_error((int)r));
	return r < 0 ? -1 : r;
}

/*
 * Writes data[0..n). While the peer does not take it, what it says is read: it may be waiting for
 * us to do that, and an early refusal is news.
 */
static bool
write_all(struct stream *s, const char *data, size_t n)
{
	size_t done = 0;

	if (s->trouble != STREAM_OK)
		return false;
	while (done < n) {
		ssize_t r = write_some(s, data + done, n - done);
		short ready;

		if (r < 0)
			break;
		done += (size_t)r;
		s->octets_out += (uint64_t)r;
		if (r > 0)
			continue;
		ready = wait_events(s, s->read_ended ? POLLOUT : POLLOUT | POLLIN);
		if (ready == 0 || ((ready & (POLLIN | POLLHUP)) != 0 && read_some(s) < 0))
			break;
	}
	/* a refusal that came before the reset is worth more than the reset: take what is there */
	if (done < n)
		while (s->trouble == STREAM_BROKEN && read_some(s) > 0)
			;
	return done == n && s->trouble == STREAM_OK;
}

void
stream_write(struct stream *s, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0 && s->trouble == STREAM_OK) {
		size_t room = OUT_SIZE - s->out_len, take = n < room ? n : room;

		memcpy(s->out + s->out_len, p, take);
		s->out_len += take;
		p += take;
		n -= take;
		if (s->out_len == OUT_SIZE) {
			write_all(s, s->out, s->out_len);
			s->out_len = 0;
		}
	}
}

bool
stream_flush(struct stream *s)
{
	size_t n = s->out_len;
	bool good;

	s->out_len = 0;
	if (n == 0)
		return s->trouble == STREAM_OK;
	good = write_all(s, s->out, n);
	secret_zero(s->out, n); /* a login may have been among it */
	return good;
}

bool
stream_fill(struct stream *s)
{
	for (;;) {
		int r = read_some(s);

		if (r != 0)
			return r > 0;
		if (s->trouble != STREAM_OK && s->trouble != STREAM_BROKEN)
			return false;
		if ((s->tls == NULL || gnutls_record_check_pending(s->tls) == 0) &&
		    wait_events(s, POLLIN) == 0)
			return false;
	}
}

size_t
stream_peek(const struct stream *s, const char **data)
{
	*data = s->in.data != NULL ? s->in.data + s->in_at : "";
	return s->in.len - s->in_at;
}

void
stream_drop(struct stream *s, size_t n)
{
	s->in_at += n;
}

bool
stream_has_input(struct stream *s)
{
	const char *data;

	if (stream_peek(s, &data) == 0)
		while (read_some(s) > 0)
			;
	return stream_peek(s, &data) > 0;
}

enum stream_trouble
stream_trouble(const struct stream *s)
{
	return s->trouble;
}

uint64_t
stream_octets_out(const struct stream *s)
{
	return s->octets_out;
}

bool
stream_error(const struct stream *s, enum stage stage, struct err *e)
{
	switch (s->trouble) {
	case STREAM_TIMEOUT:
		return err_set(e, ERR_RELAY, stage, "4.4.2", "%s did not answer in time", s->peer);
	case STREAM_EXPIRED:
		return err_set(e, ERR_RELAY, stage, "4.4.2",
		    "the time for the whole attempt is over (%s)", s->peer);
	case STREAM_CLOSED:
		return err_set(e, ERR_RELAY, stage, "4.4.2", "%s closed the connection", s->peer);
	case STREAM_TRUNCATED:
		return err_set(e, ERR_RELAY, stage, "4.4.2", "%s broke the TLS connection off",
		    s->peer);
	case STREAM_FLOOD:
		err_set(e, ERR_RELAY, stage, "4.5.0", "%s sends without end", s->peer);
		if (e != NULL)
			e->sysexit = 76;
		return false;
	case STREAM_BROKEN:
	case STREAM_OK:
		break;
	}
	if (s->tls != NULL && s->error < 0)
		return err_set(e, ERR_RELAY, stage, "4.4.2", "the connection to %s broke: %s",
		    s->peer, gnutls_strerror(s->error));
	return err_set(e, ERR_RELAY, stage, "4.4.2", "the connection to %s broke: %s", s->peer,
	    s->error > 0 ? strerror(s->error) : "reason unknown");
}
