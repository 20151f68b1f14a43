/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "meeting.h"

#define HOST MEETING_HOST

/* Without the authority between. */
static void
show_alone(struct cert *leaf)
{
	const struct cert *chain[] = {leaf};

	cert_make(leaf, &(struct cert_spec){.dns = {HOST}}, &meeting_middle);
	meeting_shown = cert_server(chain, 1);
}

static void
expect_store_trouble(const char *path, const char *says)
{
	struct tls_params p = meeting_params(HOST);
	struct cert leaf;
	struct meeting o;

	meeting_show(&leaf);
	p.ca_file = path;
	meeting_run(&p, meeting_greet, &o);
	assert_false(o.good);
	assert_int_equal(o.e.class, ERR_CONFIG);
	if (strstr(o.e.text, says) == NULL || strstr(o.e.text, path) == NULL)
		fail_msg("no \"%s\": %s", says, o.e.text);
	meeting_drop(&leaf);
}

static void
a_file_of_authorities_that_is_not_there_is_told(void **state)
{
	(void)state;
	expect_store_trouble("/nonexistent/ca.pem", "No such file");
}

static void
an_empty_file_of_authorities_is_told(void **state)
{
	char path[] = "/tmp/postrider-empty-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(access("/nonexistent/ca.pem", R_OK), -1); /* leaves its errno behind */
	expect_store_trouble(path, "it is empty");
	(void)unlink(path);
}

static void
a_server_that_is_listed_itself_needs_no_authority(void **state)
{
	char path[] = "/tmp/postrider-leaf-XXXXXX";
	struct tls_params p = meeting_params(HOST);
	struct cert leaf;
	struct meeting o;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	show_alone(&leaf);
	cert_append(&leaf, path);
	p.ca_file = path;
	meeting_run(&p, meeting_greet, &o);
	if (!o.good)
		fail_msg("%s", o.e.text);
	meeting_drop(&leaf);
	(void)unlink(path);
}

static void
the_system_does_not_trust_a_test(void **state)
{
	struct tls_params p = meeting_params(HOST);
	struct cert leaf;
	struct meeting o;

	(void)state;
	meeting_show(&leaf);
	p.ca_file = NULL;
	meeting_run(&p, meeting_greet, &o);
	assert_false(o.good);
	assert_int_equal(o.e.stage, STAGE_CERT);
	assert_string_equal(o.e.hint, "cert-untrusted");
	meeting_drop(&leaf);
}

/* The name of the authority stands behind so much else that the search by name, which looks at the
 * heads only, does not see it: then all of the bundle is loaded. */
static void
what_the_short_way_misses_the_long_way_finds(void **state)
{
#define UNIT "OU=an organisational unit with a name that is as long as names may be,"
	char path[] = "/tmp/postrider-deep-XXXXXX";
	struct tls_params p = meeting_params(HOST);
	struct cert deep, leaf;
	const struct cert *chain[] = {&leaf};
	struct cert verbose;
	struct meeting o;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	cert_make(&verbose,
	    &(struct cert_spec){.dn = UNIT UNIT UNIT UNIT UNIT UNIT UNIT "CN=Verbose Root",
		.authority = true},
	    NULL);
	cert_make(&deep, &(struct cert_spec){.cn = "Deep Middle", .authority = true}, &verbose);
	cert_make(&leaf, &(struct cert_spec){.dns = {HOST}}, &deep);
	meeting_shown = cert_server(chain, 1);
	cert_append(&meeting_root, path);
	cert_append(&deep, path);
	p.ca_file = path;
	meeting_run(&p, meeting_greet, &o);
	if (!o.good)
		fail_msg("%s", o.e.text);
	meeting_drop(&leaf);
	cert_free(&deep);
	cert_free(&verbose);
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_of_authorities_that_is_not_there_is_told),
	    cmocka_unit_test(an_empty_file_of_authorities_is_told),
	    cmocka_unit_test(a_server_that_is_listed_itself_needs_no_authority),
	    cmocka_unit_test(what_the_short_way_misses_the_long_way_finds),
	    cmocka_unit_test(the_system_does_not_trust_a_test),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, meeting_open, meeting_close);
}
