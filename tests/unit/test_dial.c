/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/dial.h"
#include "place.h"

/* ---- a resolver of our own: what it says is in the name it is asked for */

static struct addrinfo *
make_answer(const char *ip, unsigned short port, struct addrinfo *next)
{
	struct addrinfo *ai = calloc(1, sizeof(*ai) + sizeof(struct sockaddr_in6));
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};

	assert_non_null(ai);
	ai->ai_next = next;
	ai->ai_addr = (struct sockaddr *)(void *)(ai + 1);
	if (inet_pton(AF_INET6, ip, &in6.sin6_addr) == 1) {
		ai->ai_family = AF_INET6;
		ai->ai_addrlen = sizeof(in6);
		memcpy(ai->ai_addr, &in6, sizeof(in6));
		return ai;
	}
	if (inet_pton(AF_INET, ip, &in.sin_addr) == 1) {
		ai->ai_family = AF_INET;
		ai->ai_addrlen = sizeof(in);
		memcpy(ai->ai_addr, &in, sizeof(in));
		return ai;
	}
	free(ai);
	return NULL;
}

/* A thousand in one family, and behind them one of the other. */
static struct addrinfo *
make_crowd(unsigned short port)
{
	struct addrinfo *list = make_answer("127.0.0.1", port, NULL);

	for (int i = 0; i < 1000; i++)
		list = make_answer("2001:db8::1", port, list);
	return list;
}

int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **out)
{
	unsigned short port = (unsigned short)strtoul(service, NULL, 10);

	*out = make_answer(host, port, NULL);
	if (*out != NULL || (hints->ai_flags & AI_NUMERICHOST) != 0)
		return *out != NULL ? 0 : EAI_NONAME;
	if (strcmp(host, "stuck.test") == 0)
		for (;;)
			(void)pause();
	if (strcmp(host, "crash.test") == 0)
		(void)raise(SIGKILL);
	if (strcmp(host, "silent.test") == 0)
		return EAI_AGAIN;
	if (strcmp(host, "broken.test") == 0)
		return EAI_FAIL;
	if (strcmp(host, "here.test") == 0) {
		/* glibc says so of every name while only loopback is up */
		if ((hints->ai_flags & AI_ADDRCONFIG) != 0)
			return EAI_NONAME;
		*out = make_answer("127.0.0.1", port, NULL);
	}
	if (strcmp(host, "two.test") == 0)
		*out = make_answer("127.0.0.2", port, make_answer("127.0.0.1", port, NULL));
	if (strcmp(host, "crowd.test") == 0)
		*out = make_crowd(port);
	return *out != NULL ? 0 : EAI_NONAME;
}

void
freeaddrinfo(struct addrinfo *list)
{
	while (list != NULL) {
		struct addrinfo *next = list->ai_next;

		free(list);
		list = next;
	}
}

/* ---- names */

struct name {
	const char *claim, *host;
	int max_ms;
	enum err_class class;
	const char *status;
	int sysexit;
	const char *says;
};

static const struct name names[] = {
    {"a name that does not exist", "none.test", 400, ERR_RELAY, "5.1.2", EX_NOHOST, "none.test"},
    {"DNS is out of reach", "silent.test", 400, ERR_RELAY, "4.4.3", 0, "no answer from DNS"},
    {"DNS fails", "broken.test", 400, ERR_RELAY, "4.4.3", 0, "broken.test"},
    {"the resolver does not come back", "stuck.test", 2500, ERR_RELAY, "4.4.3", 0,
	"no answer from DNS"},
    {"the resolver dies", "crash.test", 400, ERR_RELAY, "4.4.3", 0, "crash.test"},
};

#define NNAMES (sizeof(names) / sizeof(names[0]))

static void
looked_up(void **state)
{
	const struct name *n = *state;
	struct dial_opts opts = {.host = n->host, .port = 25, .family = AF_UNSPEC};
	struct dial_report r;
	struct err e = {.class = ERR_NONE};
	int before = place_count_fds();
	int64_t began = clock_mono_ms(), took;

	opts.deadline = began + 500;
	assert_int_equal(dial_tcp(&opts, &r, &e), -1);
	took = clock_mono_ms() - began;
	if (took > n->max_ms)
		fail_msg("it took %d ms", (int)took);
	assert_int_equal(e.class, n->class);
	assert_int_equal(e.stage, STAGE_DNS);
	assert_string_equal(e.status, n->status);
	if (n->sysexit != 0)
		assert_int_equal(err_sysexit(&e), n->sysexit);
	if (strstr(e.text, n->says) == NULL || strstr(e.text, n->host) == NULL)
		fail_msg("no \"%s\": %s", n->says, e.text);
	assert_int_equal(r.ntries, 0);
	assert_int_equal(place_count_fds(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left behind */
	assert_int_equal(errno, ECHILD);
}

static int
dial_to(const char *host, const struct place *p, const char *source, struct dial_report *r,
    struct err *e)
{
	const struct dial_opts opts = {.host = host,
	    .port = place_port(&p->addr),
	    .source = source,
	    .family = AF_UNSPEC,
	    .deadline = clock_mono_ms() + 3000};

	return dial_tcp(&opts, r, e);
}

static void
a_name_leads_to_a_socket_without_delay(void **state)
{
	struct place good = place_make("127.0.0.1", 5);
	static const char *const hosts[] = {"127.0.0.1", "here.test", "two.test"};
	int fd, on = 0;
	socklen_t len = sizeof(on);
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		fd = dial_to(hosts[i], &good, NULL, NULL, &e);
		if (fd < 0)
			fail_msg("%s: %s", hosts[i], e.text);
		assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
		assert_true(on != 0);
		place_check(fd, &good.addr);
		(void)close(fd);
	}
	place_drop(&good);
}

static void
the_families_take_turns(void **state)
{
	struct place good = place_make("127.0.0.1", 5);
	struct dial_report r;
	struct err e;
	int fd = dial_to("crowd.test", &good, NULL, &r, &e);

	(void)state;
	if (fd < 0)
		fail_msg("%s", e.text);
	assert_int_equal(r.ntries, DIAL_MAX_ADDRS);
	assert_int_equal(r.winner, 1);
	assert_int_equal(strncmp(r.tries[0].addr, "[2001:db8::1]:", 14), 0);
	assert_int_equal(strncmp(r.tries[1].addr, "127.0.0.1:", 10), 0);
	(void)close(fd);
	place_drop(&good);
}

static void
each_address_is_named_with_its_reason(void **state)
{
	struct place bad = place_make("127.0.0.1", -1);
	struct dial_report r;
	struct err e;
	char one[64], two[64];

	(void)state;
	assert_int_equal(dial_to("two.test", &bad, NULL, &r, &e), -1);
	assert_int_equal(e.class, ERR_RELAY);
	assert_int_equal(e.stage, STAGE_CONNECT);
	assert_string_equal(e.status, "4.4.1");
	assert_int_equal(err_sysexit(&e), EX_TEMPFAIL);
	(void)snprintf(one, sizeof(one), "127.0.0.2:%u connection refused", place_port(&bad.addr));
	(void)snprintf(two, sizeof(two), "127.0.0.1:%u connection refused", place_port(&bad.addr));
	for (char *c = strchr(e.text, 'C'); c != NULL; c = strchr(c, 'C'))
		*c = 'c';
	if (strstr(e.text, one) == NULL || strstr(e.text, two) == NULL)
		fail_msg("%s", e.text);
	assert_int_equal(r.ntries, 2);
	assert_int_equal(r.tries[0].error, ECONNREFUSED);
}

static void
silence_is_named_too(void **state)
{
	struct place hole = place_make_hole("127.0.0.1");
	struct err e;
	const struct dial_opts opts = {.host = "127.0.0.1",
	    .port = place_port(&hole.addr),
	    .family = AF_UNSPEC,
	    .deadline = clock_mono_ms() + 300};

	(void)state;
	assert_int_equal(dial_tcp(&opts, NULL, &e), -1);
	assert_int_equal(e.stage, STAGE_CONNECT);
	assert_non_null(strstr(e.text, "no answer"));
	place_drop(&hole);
}

static void
a_source_address_is_bound(void **state)
{
	struct place good = place_make("127.0.0.1", 5);
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	char ip[INET_ADDRSTRLEN];
	struct err e;
	int fd = dial_to("127.0.0.1", &good, "127.0.0.9", NULL, &e);

	(void)state;
	if (fd < 0)
		fail_msg("%s", e.text);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	assert_non_null(inet_ntop(AF_INET, &in.sin_addr, ip, sizeof(ip)));
	assert_string_equal(ip, "127.0.0.9");
	(void)close(fd);
	assert_int_equal(dial_to("127.0.0.1", &good, "nonsense", NULL, &e), -1);
	assert_int_equal(e.class, ERR_CONFIG);
	assert_non_null(strstr(e.text, "nonsense"));
	place_drop(&good);
}

/* Else the mail would leave from an address that the account has ruled out. */
static void
a_source_address_rules_the_other_family_out(void **state)
{
	struct place good = place_make("127.0.0.1", 5);
	struct err e;
	int fd = dial_to("127.0.0.1", &good, "::1", NULL, &e);

	(void)state;
	assert_int_equal(fd, -1);
	assert_int_equal(e.stage, STAGE_CONNECT);
	assert_non_null(strstr(e.text, "::1"));
	place_drop(&good);
}

/* ---- Unix sockets */

static void
unix_sockets(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	char dir[] = "/tmp/postrider-dial-XXXXXX", path[64], long_path[200];
	int64_t began;
	struct err e;
	int listener, fds[3];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	assert_int_equal(dial_unix(path, clock_mono_ms() + 1000, &e), -1);
	assert_int_equal(e.stage, STAGE_CONNECT);
	assert_int_equal(e.class, ERR_RELAY);
	assert_non_null(strstr(e.text, path));

	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	assert_int_equal(bind(listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(listener, 0), 0);
	fds[0] = dial_unix(path, clock_mono_ms() + 1000, &e);
	assert_true(fds[0] >= 0);
	assert_true((fcntl(fds[0], F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fds[0], F_GETFD) & FD_CLOEXEC) != 0);

	/* nobody accepts: one more finds room or not, the third certainly does not */
	began = clock_mono_ms();
	fds[1] = dial_unix(path, began + 300, &e);
	fds[2] = dial_unix(path, began + 300, &e);
	assert_int_equal(fds[2], -1);
	assert_int_equal(e.stage, STAGE_CONNECT);
	assert_true(clock_mono_ms() - began >= 290 && clock_mono_ms() - began < 2000);
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	(void)close(listener);
	(void)unlink(path);
	(void)rmdir(dir);

	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(dial_unix(long_path, clock_mono_ms() + 1000, &e), -1);
	assert_int_equal(e.class, ERR_CONFIG);
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
	const struct CMUnitTest others[] = {
	    cmocka_unit_test(a_name_leads_to_a_socket_without_delay),
	    cmocka_unit_test(the_families_take_turns),
	    cmocka_unit_test(each_address_is_named_with_its_reason),
	    cmocka_unit_test(silence_is_named_too),
	    cmocka_unit_test(a_source_address_is_bound),
	    cmocka_unit_test(a_source_address_rules_the_other_family_out),
	    cmocka_unit_test(unix_sockets),
	};
	struct CMUnitTest rows[NNAMES + sizeof(others) / sizeof(others[0])];
	size_t n = 0;

	for (size_t i = 0; i < NNAMES; i++)
		rows[n++] = row(names[i].claim, looked_up, &names[i]);
	memcpy(rows + n, others, sizeof(others));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(rows, NULL, NULL);
}
