/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>

#include <cmocka.h>

#include "base/str.h"
#include "meeting.h"

#define HOST MEETING_HOST

/* Who signed: only the first two lead to the authorities in meeting_ca. */
enum signer { ROOT, MIDDLE, STRANGER, ITSELF };
enum staple { NO_STAPLE, GOOD_STAPLE, REVOKED_STAPLE, STALE_STAPLE };

struct verdict {
	const char *claim;
	struct cert_spec spec;
	enum signer signer;
	enum staple staple;
	bool old; /* the authority between is out of date */
	const char *name;
	const char *hint;    /* NULL: accepted */
	const char *says[3]; /* words of the refusal */
};

#define ALSO "alt.example.org" /* what a refusal has to name, besides the host */
#define LONG "a-label-that-is-sixty-three-octets-long-which-is-all-that-may-be"

static const struct verdict verdicts[] = {
    {"a good certificate", {.cn = HOST, .dns = {ALSO, HOST}}, MIDDLE, .name = HOST},
    {"signed by the root itself", {.cn = HOST, .dns = {ALSO, HOST}}, ROOT, .name = HOST},
    {"the second name of three", {.dns = {"a.example.org", HOST, "b.example.org"}}, MIDDLE,
	.name = HOST},
    {"case does not matter", {.dns = {"MAIL.Example.ORG"}}, MIDDLE, .name = HOST},
    {"a wildcard for the first label", {.dns = {"*.example.org"}}, MIDDLE, .name = HOST},
    {"a wildcard is for one label", {.dns = {"*.example.org"}}, MIDDLE, .name = "a.b.example.org",
	.hint = "cert-name", .says = {"for other names", "offered *.example.org"}},
    {"a wildcard is for no less than a label", {.dns = {"*.example.org"}}, MIDDLE,
	.name = "example.org", .hint = "cert-name"},
    {"a wildcard stands for a whole label", {.dns = {"ma*.example.org"}}, MIDDLE, .name = HOST,
	.hint = "cert-name"},
    {"a wildcard is not for all of org", {.dns = {"*.org"}}, MIDDLE, .name = "example.org",
	.hint = "cert-name"},
    {"a wildcard stands to the left", {.dns = {"mail.*.org"}}, MIDDLE, .name = HOST,
	.hint = "cert-name"},
    {"a lone star is no name", {.dns = {"*"}}, MIDDLE, .name = HOST, .hint = "cert-name"},
    {"the names offered are told", {.dns = {"a.example.org", "b.example.org"}, .ip = "192.0.2.7"},
	MIDDLE, .name = HOST, .hint = "cert-name",
	.says = {"a.example.org, b.example.org, 192.0.2.7", "expected " HOST, "sha256:"}},
    {"a common name does not count besides other names", {.cn = HOST, .dns = {"a.example.org"}},
	MIDDLE, .name = HOST, .hint = "cert-name"},
    {"a common name alone is no name", {.cn = HOST}, MIDDLE, .name = HOST, .hint = "cert-name",
	.says = {"no subject alternative name", HOST, "sha256:"}},
    {"a common name does not count besides an address", {.cn = HOST, .ip = "192.0.2.7"}, MIDDLE,
	.name = HOST, .hint = "cert-name", .says = {"192.0.2.7"}},
    {"an address is matched with addresses", {.ip = "192.0.2.7"}, MIDDLE, .name = "192.0.2.7"},
    {"an IPv6 address too", {.ip = "2001:db8::7"}, MIDDLE, .name = "2001:db8:0::7"},
    {"another address", {.ip = "192.0.2.8"}, MIDDLE, .name = "192.0.2.7", .hint = "cert-name",
	.says = {"192.0.2.8"}},
    {"a DNS name is never an address", {.cn = "192.0.2.7", .dns = {"192.0.2.7"}}, MIDDLE,
	.name = "192.0.2.7", .hint = "cert-name"},
    {"a wildcard is never an address", {.dns = {"*.0.2.7"}}, MIDDLE, .name = "192.0.2.7",
	.hint = "cert-name"},
    {"expired", {.dns = {ALSO, HOST}, .from_h = -2400, .until_h = -49}, MIDDLE, .name = HOST,
	.hint = "cert-expired", .says = {"expired on", "2 days ago", "clock"}},
    {"not yet valid", {.dns = {ALSO, HOST}, .from_h = 49, .until_h = 2400}, MIDDLE, .name = HOST,
	.hint = "cert-expired", .says = {"only from", "clock"}},
    {"an authority between is out of date", {.cn = HOST, .dns = {ALSO, HOST}}, MIDDLE, .old = true,
	.name = HOST, .hint = "cert-expired", .says = {"issuer \"Old Middle\"", "expired on"}},
    {"signed by itself", {.cn = HOST, .dns = {ALSO, HOST}}, ITSELF, .name = HOST,
	.hint = "cert-untrusted", .says = {"signed by itself", "sha256:"}},
    {"an unknown authority", {.cn = HOST, .dns = {ALSO, HOST}}, STRANGER, .name = HOST,
	.hint = "cert-untrusted",
	.says = {"issued by \"Corp CA 2\", which is not in /tmp/postrider-ca-", "sha256:"}},
    {"for clients only", {.dns = {ALSO, HOST}, .purpose = GNUTLS_KP_TLS_WWW_CLIENT}, MIDDLE,
	.name = HOST, .hint = "cert", .says = {"not meant for servers"}},
    {"for any purpose", {.dns = {ALSO, HOST}, .purpose = GNUTLS_KP_ANY}, MIDDLE, .name = HOST},
    {"an RSA key of 2,048 bits", {.dns = {ALSO, HOST}, .rsa_bits = 2048}, MIDDLE, .name = HOST},
    {"an RSA key of 1,024 bits", {.dns = {ALSO, HOST}, .rsa_bits = 1024}, MIDDLE, .name = HOST,
	.hint = "cert", .says = {"too weak"}},
    {"a signature with SHA-1", {.dns = {ALSO, HOST}, .digest = GNUTLS_DIG_SHA1}, MIDDLE,
	.name = HOST, .hint = "cert", .says = {"too weak"}},
    {"staple wanted, none given", {.dns = {ALSO, HOST}, .must_staple = true}, MIDDLE, .name = HOST,
	.hint = "cert", .says = {"not revoked"}},
    {"staple wanted and given", {.dns = {ALSO, HOST}, .must_staple = true}, MIDDLE, GOOD_STAPLE,
	.name = HOST},
    {"staple wanted, an old one given", {.dns = {ALSO, HOST}, .must_staple = true}, MIDDLE,
	STALE_STAPLE, .name = HOST, .hint = "cert"},
    {"the staple says revoked", {.cn = HOST, .dns = {ALSO, HOST}}, MIDDLE, REVOKED_STAPLE,
	.name = HOST, .hint = "cert", .says = {"revoked"}},
    {"a long tale does not cut the pin off",
	{.cn = "an issuer whose name is as long as the standard lets it be, or so",
	    .dns = {"a." LONG ".example.org", "b." LONG ".example.org"}},
	ITSELF, .name = "c." LONG ".example.org", .hint = "cert-untrusted"},
    {"words of the certificate do not steer the terminal", {.cn = "\033[31mx\r\ny"}, MIDDLE,
	.name = HOST, .hint = "cert-name", .says = {"\\x1b[31mx\\x0d\\x0ay"}},
};

#define NVERDICTS (sizeof(verdicts) / sizeof(verdicts[0]))

static const struct cert *
signer_of(const struct verdict *v)
{
	switch (v->signer) {
	case ROOT:
		return &meeting_root;
	case MIDDLE:
		return v->old ? &meeting_old_middle : &meeting_middle;
	case STRANGER:
		return &meeting_stranger;
	case ITSELF:
		break;
	}
	return NULL;
}

static void
show(const struct cert *leaf, const struct verdict *v)
{
	static const enum cert_status statuses[] = {CERT_GOOD, CERT_GOOD, CERT_REVOKED, CERT_STALE};
	const struct cert *chain[2] = {leaf, signer_of(v)};

	meeting_shown = cert_server(chain, chain[1] != NULL ? 2 : 1);
	if (v->staple != NO_STAPLE)
		cert_staple(meeting_shown, leaf, chain[1], statuses[v->staple]);
}

static void
check_refusal(const struct verdict *v, const struct meeting *o)
{
	if (o->e.class != ERR_RELAY || o->e.stage != STAGE_CERT || err_sysexit(&o->e) != EX_NOPERM)
		fail_msg("wrong kind of error: %s", o->e.text);
	if (!str_eq(o->e.hint, v->hint))
		fail_msg("hint \"%s\": %s", o->e.hint, o->e.text);
	for (size_t i = 0; i < 3 && v->says[i] != NULL; i++)
		if (strstr(o->e.text, v->says[i]) == NULL)
			fail_msg("no \"%s\" in: %s", v->says[i], o->e.text);
	if (str_has_ctl(o->e.text, strlen(o->e.text)))
		fail_msg("control characters: %s", o->e.text);
	/* people need to see at once what they met and how to name it (reliability.md H38) */
	if (strstr(o->e.text, o->info.pin) == NULL)
		fail_msg("no key pin in: %s", o->e.text);
	if (v->spec.dns[0] != NULL && strstr(o->e.text, v->spec.dns[0]) == NULL)
		fail_msg("no name of the certificate in: %s", o->e.text);
}

static void
check_info(const struct verdict *v, const struct cert *leaf, const struct tls_info *info)
{
	char pin[64];

	cert_pin(leaf, pin, sizeof(pin));
	assert_string_equal(info->pin, pin);
	assert_string_equal(info->version, "TLS1.3");
	assert_true(strlen(info->cipher) > 5);
	assert_true(info->not_before < info->not_after);
	assert_int_equal(info->self_signed, v->signer == ITSELF);
	assert_false(info->pinned);
	if (v->spec.dns[0] != NULL)
		assert_string_equal(info->subject, v->spec.dns[0]);
}

static void
judged(void **state)
{
	const struct verdict *v = *state;
	struct tls_params p = meeting_params(v->name);
	struct meeting o;
	struct cert leaf;

	cert_make(&leaf, &v->spec, signer_of(v));
	show(&leaf, v);
	meeting_run(&p, meeting_greet, &o);
	if (o.good != (v->hint == NULL))
		fail_msg("%s", o.good ? "accepted" : o.e.text);
	if (!o.good)
		check_refusal(v, &o);
	check_info(v, &leaf, &o.info);
	gnutls_certificate_free_credentials(meeting_shown);
	cert_free(&leaf);
}

/* Whoever stands between may show such a one, and -v prints it even when it is refused. */
static void
what_a_terminal_would_obey_is_escaped(void **state)
{
	const struct cert_spec spec = {.cn = "x", .raw_name = "a\033[2J.example.org"};
	struct tls_params p = meeting_params(HOST);
	const struct cert *chain[] = {NULL, &meeting_middle};
	struct meeting o;
	struct cert leaf;

	(void)state;
	cert_make(&leaf, &spec, &meeting_middle);
	chain[0] = &leaf;
	meeting_shown = cert_server(chain, 2);
	meeting_run(&p, meeting_greet, &o);
	assert_false(o.good);
	assert_null(strchr(o.e.text, '\033'));
	assert_string_equal(o.info.subject, "a\\x1b[2J.example.org");
	meeting_drop(&leaf);
}

static struct CMUnitTest
row(const char *claim, CMUnitTestFunction f, const void *data)
{
	return (struct CMUnitTest){.name = claim,
	    .test_func = f,
	    .initial_state = (void *)(uintptr_t)data};
}

int
main(void)
{
	struct CMUnitTest rows[NVERDICTS + 1];

	for (size_t i = 0; i < NVERDICTS; i++)
		rows[i] = row(verdicts[i].claim, judged, &verdicts[i]);
	rows[NVERDICTS] = row("what a terminal would obey is escaped",
	    what_a_terminal_would_obey_is_escaped, NULL);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(rows, meeting_open, meeting_close);
}
