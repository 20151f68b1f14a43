/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/judge.h"
#include "net/tls_view.h"
#include "net/trust.h"

/* Without the last part GnuTLS leaves TLS 1.0 and 1.1 on (decisions.md 26). */
#define PRIORITY "NORMAL:%PROFILE_MEDIUM:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define PRIORITY_1_3 "NORMAL:%PROFILE_MEDIUM:-VERS-ALL:+VERS-TLS1.3"
/* What a hostile server may make us hold and compute. */
#define HANDSHAKE_MAX (128 * 1024)
#define CHAIN_BITS_MAX 16384
#define CHAIN_DEPTH_MAX 16
#define GREETING_SHOWN 60 /* octets of a greeting in clear that are quoted */

struct tls {
	struct tls_params p;
	struct trust *trust;
	gnutls_certificate_credentials_t cred;
};

struct tls *
tls_prepare(const struct tls_params *p)
{
	struct tls *t = mem_alloc(sizeof *t);

	crypto_init();
	t->p = *p;
	if (p->verify && p->npins == 0)
		t->trust = trust_open(p->ca_file);
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	if (t->cred != NULL)
		gnutls_certificate_free_credentials(t->cred);
	trust_close(t->trust);
	free(t);
}

static bool
gnutls_trouble(struct err *e, const char *what, int code)
{
	err_set(e, ERR_CONFIG, STAGE_TLS, "", "%s: %s", what, gnutls_strerror(code));
	return false;
}

static bool
make_credentials(struct tls *t, struct err *e)
{
	int r = gnutls_certificate_allocate_credentials(&t->cred);

	if (r < 0)
		return gnutls_trouble(e, "TLS cannot be set up", r);
	gnutls_certificate_set_verify_limits(t->cred, CHAIN_BITS_MAX, CHAIN_DEPTH_MAX);
	if (t->p.cert_file == NULL)
		return true;
	r = gnutls_certificate_set_x509_key_file2(t->cred, t->p.cert_file,
	    t->p.key_file != NULL ? t->p.key_file : t->p.cert_file, GNUTLS_X509_FMT_PEM, NULL, 0);
	return r >= 0 ||
	    gnutls_trouble(e, "the client certificate cannot be used (tls-cert, tls-key)", r);
}

static bool
is_address(const char *name)
{
	unsigned char raw[16];

	return inet_pton(AF_INET, name, raw) == 1 || inet_pton(AF_INET6, name, raw) == 1;
}

static bool
set_priority(const struct tls *t, gnutls_session_t session, struct err *e)
{
	const char *ours = t->p.min_1_3 ? PRIORITY_1_3 : PRIORITY, *at = NULL;
	int r = gnutls_priority_set_direct(session, t->p.priority != NULL ? t->p.priority : ours,
	    &at);

	if (r >= 0)
		return true;
	return err_set(e, ERR_CONFIG, STAGE_TLS, "",
	    "tls-priority is not understood from '%.40s' on", at != NULL ? at : "");
}

static bool
protocol_error(struct err *e, const char *hint)
{
	if (e != NULL)
		e->sysexit = 76;
	return err_hint(e, hint);
}

/* Nothing has been said in clear: no STARTTLS. */
static bool
is_implicit(const struct stream *s)
{
	return stream_octets_out(s) == 0;
}

static ssize_t
pull_nothing(gnutls_transport_ptr_t fd, void *out, size_t n)
{
	(void)fd;
	(void)out;
	(void)n;
	errno = EAGAIN;
	return -1;
}

static ssize_t
pull(gnutls_transport_ptr_t fd, void *out, size_t n)
{
	return recv((int)(intptr_t)fd, out, n, 0);
}

static bool
make_session(struct tls *t, struct stream *s, gnutls_session_t *out, struct err *e)
{
	gnutls_session_t session;
	int r = gnutls_init(&session,
	    GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS);

	if (r < 0)
		return gnutls_trouble(e, "TLS cannot be set up", r);
	if (!set_priority(t, session, e)) {
		gnutls_deinit(session);
		return false;
	}
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, t->cred);
	gnutls_handshake_set_max_packet_length(session, HANDSHAKE_MAX);
	if (t->p.name != NULL && !is_address(t->p.name))
		gnutls_server_name_set(session, GNUTLS_NAME_DNS, t->p.name, strlen(t->p.name));
	gnutls_transport_set_int(session, stream_fd(s));
	/* nothing is read before we have looked at how the server begins */
	gnutls_transport_set_pull_function(session, pull_nothing);
	*out = session;
	return true;
}

/* Does what the server says first look like a greeting of SMTP, not like a TLS record? */
static bool
is_greeting(const char *text, size_t n)
{
	return n >= 4 && text[0] >= '2' && text[0] <= '5' && str_is_digit(text[1]) &&
	    str_is_digit(text[2]) && (text[3] == ' ' || text[3] == '-');
}

/* The remedy is another word in the account, so it is worth telling this from other failures. */
static bool
plain_error(const struct stream *s, const char *text, size_t n, struct err *e)
{
	size_t end = 0;

	while (end < n && end < GREETING_SHOWN && text[end] != '\r' && text[end] != '\n')
		end++;
	err_set(e, ERR_RELAY, STAGE_TLS, "4.7.0",
	    "%s spoke plain SMTP (\"%.*s\") where TLS was expected from the first octet",
	    stream_peer(s), (int)end, text);
	return protocol_error(e, "tls-mode");
}

/* In clear nothing may be there: with implicit TLS the client begins, and what stands behind the
 * 220 to STARTTLS may have been put there by somebody else (RFC 3207 4.2). */
static bool
check_silence(struct stream *s, struct err *e)
{
	const char *text;
	size_t n;

	if (!stream_has_input(s))
		return true;
	n = stream_peek(s, &text);
	if (is_implicit(s) && is_greeting(text, n))
		return plain_error(s, text, n, e);
	err_set(e, ERR_RELAY, STAGE_TLS, "4.7.0", "%s sent something %s: that may be an attack",
	    stream_peer(s),
	    is_implicit(s) ? "in clear before TLS" : "behind its answer to STARTTLS, before TLS");
	return protocol_error(e, "");
}

static bool
handshake_error(const struct stream *s, gnutls_session_t session, int code, struct err *e)
{
	if (code == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		const char *alert = gnutls_alert_get_name(gnutls_alert_get(session));

		err_set(e, ERR_RELAY, STAGE_TLS, "4.7.0", "%s refused the TLS handshake: %s",
		    stream_peer(s), alert != NULL ? alert : "unknown alert");
	} else if (code == GNUTLS_E_PREMATURE_TERMINATION || code == GNUTLS_E_PULL_ERROR ||
	    code == GNUTLS_E_PUSH_ERROR) {
		err_set(e, ERR_RELAY, STAGE_TLS, "4.7.0",
		    "%s closed the connection during the TLS handshake", stream_peer(s));
	} else {
		err_set(e, ERR_RELAY, STAGE_TLS, "4.7.0", "the TLS handshake with %s failed: %s",
		    stream_peer(s), gnutls_strerror(code));
	}
	return protocol_error(e, "tls");
}

/* The first words of the server, unread. */
static bool
listen_first(const struct stream *s, gnutls_session_t session, struct err *e)
{
	char first[GREETING_SHOWN];
	ssize_t n = recv(stream_fd(s), first, sizeof first, MSG_PEEK | MSG_DONTWAIT);

	gnutls_transport_set_pull_function(session, pull);
	return n <= 0 || !is_greeting(first, (size_t)n) || plain_error(s, first, (size_t)n, e);
}

static bool
shake_hands(struct stream *s, gnutls_session_t session, struct err *e)
{
	bool heard = false;

	for (;;) {
		int r = gnutls_handshake(session);
		short events = gnutls_record_get_direction(session) == 0 ? POLLIN : POLLOUT;

		if (r == GNUTLS_E_SUCCESS)
			return true;
		if (gnutls_error_is_fatal(r))
			return handshake_error(s, session, r, e);
		/* a warning: the next step may be ours, but not for ever */
		if (r != GNUTLS_E_AGAIN && r != GNUTLS_E_INTERRUPTED)
			events = POLLIN | POLLOUT;
		if (!stream_wait(s, events)) {
			stream_error(s, STAGE_TLS, e);
			return err_hint(e, is_implicit(s) ? "tls-mode" : "tls");
		}
		if (!heard && events == POLLIN) {
			heard = true;
			if (!listen_first(s, session, e))
				return false;
		}
	}
}

static void
fill_info(gnutls_session_t session, struct tls_info *info)
{
	const char *version = gnutls_protocol_get_name(gnutls_protocol_get_version(session));
	const char *cipher = gnutls_cipher_get_name(gnutls_cipher_get(session));

	snprintf(info->version, sizeof info->version, "%s", version != NULL ? version : "?");
	snprintf(info->cipher, sizeof info->cipher, "%s", cipher != NULL ? cipher : "?");
}

/* Whatever a priority string of the account lets in, TLS 1.2 is the floor (reliability.md H35). */
static bool
check_version(const struct tls *t, const struct stream *s, gnutls_session_t session, struct err *e)
{
	gnutls_protocol_t got = gnutls_protocol_get_version(session);
	gnutls_protocol_t least = t->p.min_1_3 ? GNUTLS_TLS1_3 : GNUTLS_TLS1_2;
	const char *name = gnutls_protocol_get_name(got);

	if (got >= least)
		return true;
	err_set(e, ERR_RELAY, STAGE_TLS, "4.7.0", "%s speaks only %s, and %s is the least we take",
	    stream_peer(s), name != NULL ? name : "something old", gnutls_protocol_get_name(least));
	return protocol_error(e, "tls");
}

static void
show(const struct tls_params *p, gnutls_session_t session)
{
	struct tls_view *view;
	struct buf pem;

	if (p->look == NULL)
		return;
	view = mem_alloc(sizeof *view);
	buf_init(&pem, SIZE_MAX);
	tls_view_fill(view, session, p->name, &pem);
	p->look(p->look_arg, view);
	buf_done(&pem);
	free(view);
}

static bool
start(struct tls *t, struct stream *s, struct tls_info *info, struct err *e)
{
	gnutls_session_t session;
	struct judge j = {.p = &t->p, .trust = t->trust, .peer = stream_peer(s)};

	if (!check_silence(s, e) || !make_credentials(t, e) || !make_session(t, s, &session, e))
		return false;
	if (!shake_hands(s, session, e)) {
		gnutls_deinit(session);
		return false;
	}
	stream_set_tls(s, session);
	fill_info(session, info);
	show(&t->p, session);
	j.session = session;
	j.cred = t->cred;
	if (check_version(t, s, session, e) && judge_peer(&j, info, e))
		return true;
	/* for the log of the server; whether it gets there does not matter */
	gnutls_alert_send(session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
	return false;
}

bool
tls_start(struct tls *t, struct stream *s, struct tls_info *info, struct err *e)
{
	struct tls_info own;

	if (info == NULL)
		info = &own;
	memset(info, 0, sizeof *info);
	if (start(t, s, info, e))
		return true;
	stream_abandon(s);
	return false;
}
