/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "smtp/ehlo_name.h"

static struct err e;

static void
a_configured_name_is_checked(void **state)
{
	static const char *const good[] = {"mail.example.org", "laptop", "[192.0.2.5]",
	    "[IPv6:2001:db8::1]", "xn--bcher-kva.example", "my_host.example"};
	static const char *const bad[] = {"", "a b", "a\r\nMAIL FROM:<x@y>", "a\n",
	    "b\xc3\xbc.example", "a>b", "[192.0.2.5", "[]", "[a b]", "-a", ".a", "a\t", "\x7f"};
	char longer[300];
	char *name;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		name = ehlo_name_choose(good[i], -1, &e);
		assert_non_null(name);
		assert_string_equal(name, good[i]);
		free(name);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		if (ehlo_name_choose(bad[i], -1, &e) != NULL || e.class != ERR_CONFIG)
			fail_msg("\"%s\" is taken", bad[i]);
	}
	memset(longer, 'a', sizeof(longer));
	longer[256] = '\0';
	assert_null(ehlo_name_choose(longer, -1, &e));
	longer[255] = '\0';
	name = ehlo_name_choose(longer, -1, &e);
	assert_non_null(name);
	free(name);
}

/* Whatever this machine is called: a full name or a literal, never "localhost". */
static void
our_own_name_is_never_localhost(void **state)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char host[256] = "";
	char *name;

	(void)state;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	(void)gethostname(host, sizeof(host) - 1);
	name = ehlo_name_choose(NULL, fd, &e);
	assert_non_null(name);
	if (strchr(host, '.') == NULL || strncmp(host, "localhost", 9) == 0)
		assert_string_equal(name, "[127.0.0.1]");
	else
		assert_string_equal(name, host);
	free(name);
	(void)close(fd);
	name = ehlo_name_choose(NULL, -1, &e);
	assert_non_null(name);
	assert_string_not_equal(name, "localhost");
	free(name);
}

static void
an_ipv6_literal_has_its_tag(void **state)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	char host[256] = "";
	char *name;

	(void)state;
	(void)gethostname(host, sizeof(host) - 1);
	if (fd < 0 || bind(fd, (struct sockaddr *)&in6, sizeof(in6)) < 0 ||
	    strchr(host, '.') != NULL)
		skip();
	name = ehlo_name_choose(NULL, fd, &e);
	assert_string_equal(name, "[IPv6:::1]");
	free(name);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_configured_name_is_checked),
	    cmocka_unit_test(our_own_name_is_never_localhost),
	    cmocka_unit_test(an_ipv6_literal_has_its_tag),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
