/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deliver/relay.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sandbox.h"

static enum session_tls
relay_tls(enum account_tls tls)
{
	switch (tls) {
	case ACCOUNT_TLS_IMPLICIT:
		return SESSION_TLS_IMPLICIT;
	case ACCOUNT_TLS_STARTTLS:
		return SESSION_TLS_STARTTLS;
	case ACCOUNT_TLS_OFF:
		break;
	}
	return SESSION_TLS_OFF;
}

void
relay_server(const struct account *a, struct server *srv)
{
	*srv = (struct server){
	    .host = a->host,
	    .port = a->port,
	    .socket = a->socket,
	    .source = a->source_address,
	    .lmtp = a->lmtp,
	    .tls = relay_tls(a->tls),
	    .ehlo_name = a->ehlo_name,
	    .auth = a->auth,
	    .user = a->user,
	    .token = a->password_source == PASSWORD_TOKEN,
	    .mechs = a->mechs,
	    .nmechs = a->nmechs,
	    .max_recipients = a->max_recipients,
	    .timeout_ms = a->timeout_ms,
	    .reply_timeout_ms = a->reply_timeout_ms,
	    .final_timeout_ms = a->final_timeout_ms,
	};
	srv->tls_params = (struct tls_params){
	    .name = a->tls_name != NULL ? a->tls_name : a->host,
	    .verify = a->tls_verify,
	    .ca_file = a->tls_ca,
	    .pins = a->tls_pins,
	    .npins = a->ntls_pins,
	    .min_1_3 = a->tls_min_1_3,
	    .priority = a->tls_priority,
	    .cert_file = a->tls_cert,
	    .key_file = a->tls_key,
	};
}

const char *
relay_peer(struct arena *mem, const struct account *a)
{
	if (a->socket != NULL)
		return arena_strdup(mem, a->socket);
	return arena_printf(mem, "%s:%u", a->host, (unsigned)a->port);
}

void
relay_confine(const struct account *const *accounts, size_t n, const char *writable_dir)
{
	/* what the resolver, NSS and GnuTLS open after this; the rest of the file system is none of
	 * our business */
	static const char *const system_files[] = {"/etc/resolv.conf", "/etc/hosts",
	    "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
	    "/etc/protocols", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl", "/etc/pki",
	    "/etc/ca-certificates", "/etc/gnutls", "/etc/crypto-policies", "/etc/gsasl",
	    "/usr/share/ca-certificates", "/usr/share/zoneinfo", "/usr/local/share/certs", "/lib",
	    "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix", "/run/systemd/resolve",
	    "/run/resolvconf", "/dev/urandom", "/dev/null", "/proc/sys/crypto"};
	size_t nsystem = sizeof system_files / sizeof system_files[0], k = 0;
	const char **readable = mem_array(NULL, nsystem + 3 * n, sizeof *readable);
	uint16_t *ports = mem_array(NULL, n + 1, sizeof *ports);
	struct sandbox s = {.readable = readable,
	    .writable = writable_dir,
	    .ports = ports,
	    .nports = n + 1};

	memcpy(readable, system_files, sizeof system_files);
	k = nsystem;
	for (size_t i = 0; i < n; i++) {
		const struct account *a = accounts[i];
		const char *files[] = {a->tls_ca, a->tls_cert, a->tls_key};

		for (size_t f = 0; f < 3; f++)
			if (files[f] != NULL)
				readable[k++] = files[f];
		ports[i] = a->port;
	}
	ports[n] = 53; /* a resolver that answers by TCP */
	s.nreadable = k;
	sandbox_enter(&s);
	free(readable);
	free(ports);
}
