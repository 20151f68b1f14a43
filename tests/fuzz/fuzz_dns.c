/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An answer of the DNS with any content: what is read of it is fit to be printed, and judged. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "fuzz.h"
#include "net/dns.h"
#include "net/mailrec.h"

static void
check_text(const char *s)
{
	assert(s == NULL || !str_has_ctl(s, strlen(s)));
}

static void
judge(struct arena *mem, const char *text)
{
	struct mailrec_spf spf;
	struct mailrec_dmarc dmarc;
	struct mailrec_dkim dkim;

	(void)mailrec_is(text, "spf1");
	mailrec_spf_read(mem, text, &spf);
	for (size_t i = 0; i < spf.nincludes; i++)
		check_text(spf.includes[i]);
	mailrec_dmarc_read(mem, text, &dmarc);
	mailrec_dkim_read(mem, text, &dkim);
	assert(dkim.bits == 0 || !dkim.revoked);
	for (int steps = 0; text != NULL; steps++) {
		assert(steps < 1000 * 1000);
		text = strlen(text) < 300 ? mailrec_dmarc_above(text) : NULL;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena mem = {NULL};
	struct dns_answer a;

	if (n < 1 || n > 65536)
		return 0;
	if (dns_read(data + 1, n - 1, &mem, (enum dns_type)(data[0] % 7), &a)) {
		assert(a.nrecords <= DNS_MAX_RECORDS);
		for (size_t i = 0; i < a.nrecords; i++) {
			check_text(a.records[i].name);
			check_text(a.records[i].text);
			check_text(a.records[i].hex);
			if (a.records[i].text != NULL)
				judge(&mem, a.records[i].text);
		}
	}
	arena_done(&mem);
	return 0;
}
