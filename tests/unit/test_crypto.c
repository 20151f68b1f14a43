/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/str.h"

#define NROWS(t) (sizeof(t) / sizeof(t)[0])

static void
sums_are_the_first_digits_of_sha_256(void **state)
{
	/* FIPS 180-2, appendix B */
	static const struct {
		const char *text, *sum;
	} rows[] = {
	    {"", "e3b0c442"},
	    {"abc", "ba7816bf"},
	    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61"},
	};
	char sum[CRYPTO_SUM_LEN + 1];

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		crypto_sum(rows[i].text, strlen(rows[i].text), sum);
		assert_string_equal(sum, rows[i].sum);
	}
}

static void
a_hash_in_pieces_is_the_same(void **state)
{
	static const uint8_t want[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41,
	    0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
	    0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	struct crypto_hash h;
	uint8_t got[32];

	(void)state;
	crypto_hash_init(&h);
	crypto_hash_add(&h, "a", 1);
	crypto_hash_add(&h, NULL, 0);
	crypto_hash_add(&h, "bc", 2);
	crypto_hash_end(&h, got);
	assert_memory_equal(got, want, sizeof want);
}

static void
base64_is_that_of_rfc_4648(void **state)
{
	/* section 10, and the two digits that other alphabets exchange */
	static const struct {
		const char *plain;
		size_t n;
		const char *text;
	} rows[] = {
	    {"", 0, ""},
	    {"f", 1, "Zg=="},
	    {"fo", 2, "Zm8="},
	    {"foo", 3, "Zm9v"},
	    {"foob", 4, "Zm9vYg=="},
	    {"fooba", 5, "Zm9vYmE="},
	    {"foobar", 6, "Zm9vYmFy"},
	    {"\0ann\0pw", 7, "AGFubgBwdw=="},
	    {"\xfb\xff\xbf", 3, "+/+/"},
	    {"\xff\xff\xff\xff", 4, "/////w=="},
	};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < NROWS(rows); i++) {
		buf_init(&b, 100);
		buf_adds(&b, ">");
		crypto_base64(&b, rows[i].plain, rows[i].n);
		assert_string_equal(buf_str(&b) + 1, rows[i].text);
		buf_clear(&b);
		buf_adds(&b, ">");
		assert_true(crypto_unbase64(&b, rows[i].text, strlen(rows[i].text)));
		assert_int_equal(b.len, rows[i].n + 1);
		assert_memory_equal(buf_str(&b) + 1, rows[i].plain, rows[i].n);
		buf_done(&b);
	}
}

static void
what_is_not_base64_adds_nothing(void **state)
{
	static const struct {
		const char *claim, *text;
		size_t n;
	} rows[] = {
	    {"one digit", "Z", 1},
	    {"three digits", "Zm9", 3},
	    {"five digits", "Zm9vY", 5},
	    {"a line end at its end", "Zm9v\r\n", 6},
	    {"a line end that makes four", "Zm9vZg=\n", 8},
	    {"a blank", "Zm 9", 4},
	    {"padding alone", "====", 4},
	    {"three of padding", "Z===", 4},
	    {"padding in the middle", "Zg==Zm9v", 8},
	    {"padding before a digit", "Zg=v", 4},
	    {"bits behind the end, one octet", "Zh==", 4},
	    {"bits behind the end, two octets", "Zm9=", 4},
	    {"bad only in the last group", "Zm9vZm9vZm9*", 12},
	    {"the URL alphabet", "-_-_", 4},
	    {"a NUL", "Zm\0v", 4},
	    {"eight bits", "Zm9\xf6", 4},
	};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	buf_adds(&b, "before");
	for (size_t i = 0; i < NROWS(rows); i++)
		if (crypto_unbase64(&b, rows[i].text, rows[i].n) || !str_eq(buf_str(&b), "before"))
			fail_msg("%s", rows[i].claim);
	assert_false(b.overflow);
	assert_int_equal(b.len, 6);
	buf_done(&b);
}

static void
a_full_buffer_takes_no_half_of_it(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_false(crypto_unbase64(&b, "Zm9vYmFy", 8));
	assert_int_equal(b.len, 0);
	buf_clear(&b);
	assert_true(crypto_unbase64(&b, "Zm9vYmE=", 8));
	assert_string_equal(buf_str(&b), "fooba");
	buf_done(&b);
}

static void
all_octets_go_there_and_back(void **state)
{
	struct buf text, back;
	uint8_t all[256];

	(void)state;
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)i;
	buf_init(&text, 1000);
	buf_init(&back, 1000);
	for (size_t n = 0; n <= sizeof all; n++) {
		buf_clear(&text);
		buf_clear(&back);
		crypto_base64(&text, all + sizeof all - n, n);
		assert_true(crypto_unbase64(&back, buf_str(&text), text.len));
		assert_int_equal(back.len, n);
		assert_memory_equal(buf_str(&back), all + sizeof all - n, n);
	}
	buf_done(&text);
	buf_done(&back);
}

static void
random_bytes_differ(void **state)
{
	uint8_t a[64] = {0}, b[64] = {0};

	(void)state;
	crypto_random(a, sizeof a);
	crypto_random(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	/* filled to the end: 8 zeros in a row come once in 2^64 times */
	assert_memory_not_equal(a + 56, "\0\0\0\0\0\0\0", 8);
	crypto_random(NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sums_are_the_first_digits_of_sha_256),
	    cmocka_unit_test(a_hash_in_pieces_is_the_same),
	    cmocka_unit_test(base64_is_that_of_rfc_4648),
	    cmocka_unit_test(what_is_not_base64_adds_nothing),
	    cmocka_unit_test(a_full_buffer_takes_no_half_of_it),
	    cmocka_unit_test(all_octets_go_there_and_back),
	    cmocka_unit_test(random_bytes_differ),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
