/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fakeserver_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "fakeserver_text.h"

struct wire {
	int fd;
	gnutls_session_t tls;
	const struct options *options;
	int64_t deadline;
	bool gone;     /* cannot be written to */
	uint64_t left; /* octets that still go out, UINT64_MAX: all */
	char end[100]; /* "": still open for reading */
};

static gnutls_certificate_credentials_t credentials;
static gnutls_priority_t priority;
static gnutls_datum_t ticket_key;

void
wire_init(const struct options *o)
{
	char cert[4096], key[4096];
	const char *at;
	int r;

	if ((r = gnutls_global_init()) < 0)
		text_die("gnutls: %s", gnutls_strerror(r));
	if (o->cert == NULL)
		return;
	snprintf(cert, sizeof(cert), "%s.pem", o->cert);
	snprintf(key, sizeof(key), "%s.key", o->cert);
	r = gnutls_certificate_allocate_credentials(&credentials);
	if (r >= 0)
		r = gnutls_certificate_set_x509_key_file(credentials, cert, key,
		    GNUTLS_X509_FMT_PEM);
	if (r < 0)
		text_die("%s: %s", cert, gnutls_strerror(r));
	if ((r = gnutls_priority_init(&priority, o->tls_priority, &at)) < 0)
		text_die("--tls-priority at '%s': %s", at, gnutls_strerror(r));
	if ((r = gnutls_session_ticket_key_generate(&ticket_key)) < 0)
		text_die("gnutls: %s", gnutls_strerror(r));
}

void
wire_done(void)
{
	if (credentials != NULL) {
		gnutls_certificate_free_credentials(credentials);
		gnutls_priority_deinit(priority);
		gnutls_free(ticket_key.data);
	}
	gnutls_global_deinit();
}

struct wire *
wire_new(int fd, const struct options *o, int64_t deadline)
{
	struct wire *w = text_alloc(sizeof(*w));
	int one = 1;

	w->fd = fd;
	w->options = o;
	w->deadline = deadline;
	w->left = UINT64_MAX;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		text_die("fcntl: %s", strerror(errno));
	/* there is no such thing on a Unix socket */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return w;
}

void
wire_free(struct wire *w)
{
	wire_close(w, WIRE_CLOSE);
	free(w);
}

bool
wire_is_tls(const struct wire *w)
{
	return w->tls != NULL;
}

void *
wire_tls_session(const struct wire *w)
{
	return w->tls;
}

const char *
wire_end(const struct wire *w)
{
	return w->end[0] == '\0' ? NULL : w->end;
}

bool
wire_gone(const struct wire *w)
{
	return w->gone;
}

bool
wire_pending(const struct wire *w)
{
	return w->tls != NULL && gnutls_record_check_pending(w->tls) > 0;
}

void
wire_truncate(struct wire *w, uint64_t octets)
{
	w->left = octets;
}

bool
wire_ended(struct wire *w, const char *what, const char *detail)
{
	if (w->end[0] == '\0')
		snprintf(w->end, sizeof(w->end), "%s%s", what, detail);
	return false;
}

short
wire_wait(struct wire *w, short events, int ms)
{
	struct pollfd p = {.fd = w->fd, .events = events};
	int64_t until = text_now() + ms;
	sigset_t none;

	if (until > w->deadline)
		until = w->deadline;
	sigemptyset(&none);
	for (;;) {
		int64_t now = text_now(), left = now < until ? until - now : 0;
		struct timespec ts = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
		int n = ppoll(&p, 1, &ts, &none);

		if (n > 0)
			return p.revents;
		if (n < 0 && errno == EINTR) {
			wire_ended(w, "stopped", "");
			return 0;
		}
		if (n < 0)
			text_die("poll: %s", strerror(errno));
		if (left == 0)
			return 0;
	}
}

/* ---- the two calls that touch the socket */

static ssize_t
push(struct wire *w, const void *data, size_t n)
{
	size_t m = n < w->left ? n : (size_t)w->left;
	ssize_t sent;

	if (m == 0)
		return (ssize_t)n;
	sent = send(w->fd, data, m, MSG_NOSIGNAL);
	if (sent < 0)
		return -1;
	if (w->left != UINT64_MAX)
		w->left -= (uint64_t)sent;
	return w->left == 0 ? (ssize_t)n : sent;
}

static ssize_t
tls_push(gnutls_transport_ptr_t arg, const void *data, size_t n)
{
	struct wire *w = arg;
	ssize_t sent = push(w, data, n);

	if (sent < 0)
		gnutls_transport_set_errno(w->tls, errno);
	return sent;
}

static ssize_t
tls_pull(gnutls_transport_ptr_t arg, void *data, size_t n)
{
	struct wire *w = arg;
	ssize_t got = recv(w->fd, data, n, 0);

	if (got < 0)
		gnutls_transport_set_errno(w->tls, errno);
	return got;
}

static bool
try_again(const struct wire *w, ssize_t r)
{
	if (w->tls == NULL)
		return r < 0 && (errno == EAGAIN || errno == EINTR);
	return r < 0 && gnutls_error_is_fatal((int)r) == 0;
}

/* What the end of the client looks like from here. */
static bool
tls_ended(struct wire *w, ssize_t r)
{
	switch (r) {
	case 0:
		return wire_ended(w, "client closed", "");
	case GNUTLS_E_PREMATURE_TERMINATION:
		return wire_ended(w, "client closed without close_notify", "");
	case GNUTLS_E_PULL_ERROR:
		return wire_ended(w, "client reset", "");
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		return wire_ended(w,
		    "tls alert: ", gnutls_alert_get_name(gnutls_alert_get(w->tls)));
	default:
		return wire_ended(w, "tls: ", gnutls_strerror((int)r));
	}
}

ssize_t
wire_read(struct wire *w, void *data, size_t n)
{
	ssize_t r = w->tls != NULL ? gnutls_record_recv(w->tls, data, n) : recv(w->fd, data, n, 0);

	if (r > 0)
		return r;
	if (try_again(w, r))
		return -1;
	if (w->tls != NULL)
		tls_ended(w, r);
	else if (r == 0)
		wire_ended(w, "client closed", "");
	else if (errno == ECONNRESET)
		wire_ended(w, "client reset", "");
	else
		wire_ended(w, "read: ", strerror(errno));
	return 0;
}

bool
wire_write(struct wire *w, const char *data, size_t n)
{
	while (n > 0 && !w->gone) {
		ssize_t r = w->tls != NULL ? gnutls_record_send(w->tls, data, n) : push(w, data, n);

		if (r > 0) {
			data += r;
			n -= (size_t)r;
		} else if (!try_again(w, r) ||
		    wire_wait(w, POLLOUT, w->options->patience_ms) == 0) {
			w->gone = true;
		}
	}
	return !w->gone;
}

void
wire_pause(struct wire *w, int ms)
{
	if (ms <= 0 || w->gone)
		return;
	if ((wire_wait(w, POLLRDHUP, ms) & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
		w->gone = true;
}

bool
wire_handshake(struct wire *w)
{
	int r;

	if (credentials == NULL)
		text_die("TLS without --cert");
	if (gnutls_init(&w->tls, GNUTLS_SERVER | GNUTLS_NONBLOCK) < 0)
		text_die("out of memory");
	gnutls_priority_set(w->tls, priority);
	gnutls_credentials_set(w->tls, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_session_ticket_enable_server(w->tls, &ticket_key);
	gnutls_transport_set_ptr(w->tls, w);
	gnutls_transport_set_push_function(w->tls, tls_push);
	gnutls_transport_set_pull_function(w->tls, tls_pull);
	while ((r = gnutls_handshake(w->tls)) < 0 && gnutls_error_is_fatal(r) == 0) {
		short events = gnutls_record_get_direction(w->tls) == 0 ? POLLIN : POLLOUT;

		if (r == GNUTLS_E_AGAIN && wire_wait(w, events, w->options->patience_ms) == 0)
			return wire_ended(w, "silence in the handshake", "");
	}
	return r < 0 ? tls_ended(w, r) : true;
}

void
wire_describe(const struct wire *w, struct wire_tls *out)
{
	size_t len = sizeof(out->sni);
	unsigned type;

	*out = (struct wire_tls){0};
	snprintf(out->version, sizeof(out->version), "%s",
	    gnutls_protocol_get_name(gnutls_protocol_get_version(w->tls)));
	snprintf(out->cipher, sizeof(out->cipher), "%s",
	    gnutls_cipher_get_name(gnutls_cipher_get(w->tls)));
	if (gnutls_server_name_get(w->tls, out->sni, &len, &type, 0) < 0)
		out->sni[0] = '\0';
}

void
wire_close(struct wire *w, enum wire_close how)
{
	struct linger linger = {.l_onoff = 1};

	if (w->fd < 0)
		return;
	if (w->tls != NULL) {
		if (how == WIRE_CLOSE && !w->gone)
			gnutls_bye(w->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(w->tls);
		w->tls = NULL;
	}
	if (how == WIRE_RESET)
		setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(w->fd);
	w->fd = -1;
	w->gone = true;
	wire_ended(w, how == WIRE_RESET ? "server reset" : "server closed", "");
}
