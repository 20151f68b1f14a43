/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Servers in one word. Written down as "smtp|smtps|lmtp user@host:port path ?key=value...", with
 * '-' for what is absent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "config/url.h"

struct row {
	const char *name, *text, *want; /* want NULL: refused */
	const char *problem;            /* part of it */
};

static const struct row rows[] = {
    {"smtps with all parts", "smtps://ann@mail.example.org:465", "smtps ann@mail.example.org:465 -",
	NULL},
    {"smtp with a host alone", "smtp://mail", "smtp -@mail:- -", NULL},
    {"lmtp over TCP", "lmtp://mail:24", "lmtp -@mail:24 -", NULL},
    {"lmtp over a socket", "lmtp:///run/lmtp.sock", "lmtp -@-:- /run/lmtp.sock", NULL},
    {"a slash behind the host is nothing", "smtp://mail:25/", "smtp -@mail:25 -", NULL},
    {"an IPv6 address stands in brackets", "smtps://[2001:db8::1]:465", "smtps -@2001:db8::1:465 -",
	NULL},
    {"and needs no port", "smtps://[2001:db8::1]", "smtps -@2001:db8::1:- -", NULL},
    {"a user may be an address as it is", "smtps://ann@example.org@mail:465",
	"smtps ann@example.org@mail:465 -", NULL},
    {"or escaped", "smtps://ann%40example.org@mail", "smtps ann@example.org@mail:- -", NULL},
    {"a query gives keys", "smtp://mail:25?tls=off&from=a@b", "smtp -@mail:25 - ?tls=off ?from=a@b",
	NULL},
    {"a query behind a socket, too", "lmtp:///run/s?ehlo-name=x", "lmtp -@-:- /run/s ?ehlo-name=x",
	NULL},
    {"a value is decoded", "smtp://mail?from=a%2Bb%40c", "smtp -@mail:- - ?from=a+b@c", NULL},
    {"a plus is a plus", "smtp://mail?from=a+b@c", "smtp -@mail:- - ?from=a+b@c", NULL},
    {"a value may hold an equals sign",
	"smtp://mail?tls-pin=sha256:x=", "smtp -@mail:- - ?tls-pin=sha256:x=", NULL},
    {"a key without value has an empty one", "smtp://mail?auth", "smtp -@mail:- - ?auth=", NULL},
    {"empty parts of a query are nothing", "smtp://mail?&&a=b&", "smtp -@mail:- - ?a=b", NULL},
    {"half an escape stays", "smtp://mail?a=%4&b=%", "smtp -@mail:- - ?a=%4 ?b=%", NULL},
    {"an escaped NUL stays escaped", "smtp://mail?a=b%00c", "smtp -@mail:- - ?a=b%00c", NULL},

    {"a password is refused", "smtps://ann:hunter2@mail", NULL, "holds a password"},
    {"an empty one as well", "smtps://ann:@mail", NULL, "holds a password"},
    {"and one with a slash", "smtps://ann:hunt/er2@mail", NULL, "holds a password"},
    {"another scheme is refused", "http://mail", NULL, "does not begin with"},
    {"a scheme has no case to choose", "SMTP://mail", NULL, "does not begin with"},
    {"a host alone is no URL", "mail:25", NULL, "does not begin with"},
    {"nothing is no URL", "", NULL, "does not begin with"},
    {"a host is wanted", "smtp://", NULL, "names no host"},
    {"a port alone is no host", "smtp://:25", NULL, "names no host"},
    {"a user alone is no host", "smtp://ann@", NULL, "names no host"},
    {"brackets must close", "smtp://[::1", NULL, "no end"},
    {"and end the address", "smtp://[::1]x", NULL, "no end"},
    {"a path is for lmtp", "smtp:///run/s", NULL, "only lmtp:///"},
};

static const char *
or_dash(const char *s)
{
	return s != NULL ? s : "-";
}

static void
url(void **state)
{
	const struct row *r = *state;
	struct arena mem = {NULL};
	const char *problem = "";
	struct url u;
	struct buf out;

	buf_init(&out, 1000);
	if (url_parse(&mem, r->text, &u, &problem)) {
		(void)buf_addf(&out, "%s %s@%s:%s %s",
		    u.lmtp               ? "lmtp"
			: u.implicit_tls ? "smtps"
					 : "smtp",
		    or_dash(u.user), or_dash(u.host), or_dash(u.port), or_dash(u.path));
		for (size_t i = 0; i < u.nparams; i++)
			(void)buf_addf(&out, " ?%s=%s", u.params[i].key, u.params[i].value);
		assert_string_equal(buf_str(&out), r->want != NULL ? r->want : "(refused)");
	} else {
		assert_null(r->want);
		assert_non_null(strstr(problem, r->problem));
		/* the sentence is printed: nothing of the URL is in it */
		assert_null(strstr(problem, "hunt"));
	}
	buf_done(&out);
	arena_done(&mem);
}

int
main(void)
{
	enum { NROWS = sizeof(rows) / sizeof(rows[0]) };
	static struct CMUnitTest tests[NROWS];

	for (size_t i = 0; i < NROWS; i++)
		tests[i] = (struct CMUnitTest){rows[i].name, url, NULL, NULL,
		    (void *)(uintptr_t)&rows[i]};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
