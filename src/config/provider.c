/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/provider.h"

#include <string.h>

#include "base/str.h"

#define GOOGLE_PAGE "https://myaccount.google.com/apppasswords (needs 2-Step Verification)"

const struct provider provider_table[] = {
    {.id = "gmail",
	.name = "Google",
	.domains = "gmail.com|googlemail.com",
	.mx = "aspmx.l.google.com|*.aspmx.l.google.com|aspmx*.googlemail.com|smtp.google.com",
	.host = "smtp.gmail.com",
	.port = 465,
	.secret = PROVIDER_APP_PASSWORD,
	.oauth2 = true,
	.where = GOOGLE_PAGE,
	.rate = "20/min, 450/day",
	.topic = "gmail"},
    {.id = "outlook",
	.name = "Microsoft (outlook.com)",
	.domains = "outlook.com|outlook.*|hotmail.*|live.*|msn.com",
	.host = "smtp-mail.outlook.com",
	.port = 587,
	.starttls = true,
	.secret = PROVIDER_OAUTH2,
	.oauth2 = true,
	.rate = "25/min",
	.max_connections = "3",
	.topic = "microsoft365"},
    {.id = "microsoft365",
	.name = "Microsoft 365",
	.mx = "*.mail.protection.outlook.com|*.mx.microsoft",
	.host = "smtp.office365.com",
	.port = 587,
	.starttls = true,
	.secret = PROVIDER_OAUTH2,
	.oauth2 = true,
	.rate = "25/min",
	.max_connections = "3",
	.topic = "microsoft365"},
    {.id = "yahoo",
	.name = "Yahoo",
	.domains = "yahoo.*|ymail.com|rocketmail.com",
	.host = "smtp.mail.yahoo.com",
	.port = 465,
	.secret = PROVIDER_APP_PASSWORD,
	.where = "https://login.yahoo.com/account/security",
	.topic = "yahoo"},
    {.id = "aol",
	.name = "AOL",
	.domains = "aol.com|aol.*|aim.com",
	.host = "smtp.aol.com",
	.port = 465,
	.secret = PROVIDER_APP_PASSWORD,
	.where = "https://login.aol.com/account/security",
	.topic = "yahoo"},
    {.id = "icloud",
	.name = "Apple iCloud",
	.domains = "icloud.com|me.com|mac.com",
	.mx = "*.mail.icloud.com",
	.host = "smtp.mail.me.com",
	.port = 587,
	.starttls = true,
	.secret = PROVIDER_APP_PASSWORD,
	.where = "https://account.apple.com (App-Specific Passwords)",
	.topic = "icloud"},
    {.id = "fastmail",
	.name = "Fastmail",
	.domains = "fastmail.com|fastmail.fm|fastmail.*",
	.mx = "*.messagingengine.com",
	.host = "smtp.fastmail.com",
	.port = 465,
	.secret = PROVIDER_APP_PASSWORD,
	.where = "its Settings, Privacy & Security, app passwords (with access to SMTP)",
	.topic = "fastmail"},
    {.id = "proton",
	.name = "Proton",
	.domains = "proton.me|protonmail.com|protonmail.ch|pm.me",
	.mx = "*.protonmail.ch",
	.host = "smtp.protonmail.ch",
	.port = 587,
	.starttls = true,
	.secret = PROVIDER_TOKEN,
	.where =
	    "its Settings, IMAP/SMTP, SMTP tokens (for addresses of a domain of your own); else run Proton Bridge and give --server"},
    {.id = "tuta",
	.name = "Tuta",
	.domains = "tuta.com|tuta.io|tutanota.com|tutanota.de|tutamail.com|keemail.me",
	.mx = "mail.tutanota.de",
	.secret = PROVIDER_NOTHING},
    {.id = "zoho",
	.name = "Zoho",
	.domains = "zohomail.com|zoho.com",
	.mx = "mx*.zoho.com",
	.host = "smtp.zoho.com",
	.port = 465,
	.secret = PROVIDER_APP_PASSWORD,
	.where = "https://accounts.zoho.com (Security, App Passwords)"},
    {.id = "zoho-eu",
	.name = "Zoho (Europe)",
	.domains = "zohomail.eu",
	.mx = "mx*.zoho.eu",
	.host = "smtp.zoho.eu",
	.port = 465,
	.secret = PROVIDER_APP_PASSWORD,
	.where = "https://accounts.zoho.eu (Security, App Passwords)"},
    {.id = "yandex",
	.name = "Yandex",
	.domains = "yandex.ru|yandex.com|yandex.*|ya.ru",
	.mx = "mx.yandex.ru|mx.yandex.net",
	.host = "smtp.yandex.ru",
	.port = 465,
	.secret = PROVIDER_APP_PASSWORD,
	.where = "https://id.yandex.ru (Security, app passwords)"},
    {.id = "mailru",
	.name = "Mail.ru",
	.domains = "mail.ru|bk.ru|list.ru|inbox.ru|internet.ru",
	.mx = "emx.mail.ru",
	.host = "smtp.mail.ru",
	.port = 465,
	.secret = PROVIDER_APP_PASSWORD,
	.where = "the security settings of the mailbox (passwords for external applications)"},
    {.id = "qq",
	.name = "QQ Mail",
	.domains = "qq.com|foxmail.com",
	.host = "smtp.qq.com",
	.port = 465,
	.secret = PROVIDER_TOKEN,
	.where = "the settings of the mailbox (an authorization code, once SMTP is switched on)"},
    {.id = "netease",
	.name = "NetEase",
	.domains = "163.com",
	.host = "smtp.163.com",
	.port = 465,
	.secret = PROVIDER_TOKEN,
	.where = "the settings of the mailbox (an authorization code, once SMTP is switched on)"},
    {.id = "gmx",
	.name = "GMX",
	.domains = "gmx.de|gmx.net|gmx.at|gmx.ch",
	.host = "mail.gmx.net",
	.port = 465},
    {.id = "gmx-com",
	.name = "GMX",
	.domains = "gmx.com|gmx.*",
	.host = "mail.gmx.com",
	.port = 465},
    {.id = "webde",
	.name = "WEB.DE",
	.domains = "web.de",
	.host = "smtp.web.de",
	.port = 587,
	.starttls = true},
    {.id = "t-online",
	.name = "Telekom",
	.domains = "t-online.de|magenta.de",
	.host = "securesmtp.t-online.de",
	.port = 465,
	.secret = PROVIDER_APP_PASSWORD,
	.where = "the customer centre (a password for mail programs, not that of the login)"},
    {.id = "freenet",
	.name = "freenet",
	.domains = "freenet.de",
	.host = "mx.freenet.de",
	.port = 587,
	.starttls = true},
    {.id = "posteo",
	.name = "Posteo",
	.domains = "posteo.de|posteo.net|posteo.*",
	.host = "posteo.de",
	.port = 465},
    {.id = "mailbox-org",
	.name = "mailbox.org",
	.domains = "mailbox.org",
	.mx = "mx*.mailbox.org",
	.host = "smtp.mailbox.org",
	.port = 465},
    {.id = "mailfence",
	.name = "Mailfence",
	.domains = "mailfence.com",
	.host = "smtp.mailfence.com",
	.port = 465},
    {.id = "runbox",
	.name = "Runbox",
	.domains = "runbox.com",
	.host = "mail.runbox.com",
	.port = 465},
    {.id = "riseup",
	.name = "Riseup",
	.domains = "riseup.net",
	.host = "mail.riseup.net",
	.port = 465,
	.local_user = true},
    {.id = "migadu",
	.name = "Migadu",
	.mx = "aspmx*.migadu.com",
	.host = "smtp.migadu.com",
	.port = 465},
    {.id = "purelymail",
	.name = "Purelymail",
	.domains = "purelymail.com",
	.mx = "mailserver.purelymail.com",
	.host = "smtp.purelymail.com",
	.port = 465},
    {.id = "rackspace",
	.name = "Rackspace",
	.mx = "mx1.emailsrvr.com|mx2.emailsrvr.com",
	.host = "secure.emailsrvr.com",
	.port = 465},
    {.id = "gandi",
	.name = "Gandi",
	.mx = "spool.mail.gandi.net|fb.mail.gandi.net",
	.host = "mail.gandi.net",
	.port = 465},
    {.id = "infomaniak",
	.name = "Infomaniak",
	.domains = "ik.me",
	.mx = "mta-gw.infomaniak.ch",
	.host = "mail.infomaniak.com",
	.port = 465},
    {.id = "ovh",
	.name = "OVH",
	.mx = "mx*.mail.ovh.net|mx*.ovh.net",
	.host = "ssl0.ovh.net",
	.port = 465},
    {.id = "ionos",
	.name = "IONOS",
	.domains = "online.de",
	.mx = "mx*.kundenserver.de|mx*.ionos.de|mx*.ionos.com",
	.host = "smtp.ionos.de",
	.port = 465},
    {.id = "strato", .name = "STRATO", .mx = "*.rzone.de", .host = "smtp.strato.de", .port = 465},
    {.id = "comcast",
	.name = "Xfinity",
	.domains = "comcast.net",
	.host = "smtp.comcast.net",
	.port = 465},
    {.id = "orange",
	.name = "Orange",
	.domains = "orange.fr|wanadoo.fr",
	.host = "smtp.orange.fr",
	.port = 465},
    {.id = "free", .name = "Free", .domains = "free.fr", .host = "smtp.free.fr", .port = 465},
    {.id = "laposte",
	.name = "La Poste",
	.domains = "laposte.net",
	.host = "smtp.laposte.net",
	.port = 465},
    {.id = "sfr", .name = "SFR", .domains = "sfr.fr", .host = "smtp.sfr.fr", .port = 465},
    {.id = "libero",
	.name = "Libero",
	.domains = "libero.it",
	.host = "smtp.libero.it",
	.port = 465},
    {.id = "seznam",
	.name = "Seznam",
	.domains = "seznam.cz|email.cz|post.cz",
	.host = "smtp.seznam.cz",
	.port = 465},
    {.id = "wp", .name = "WP", .domains = "wp.pl", .host = "smtp.wp.pl", .port = 465},
    {.id = "interia",
	.name = "Interia",
	.domains = "interia.pl",
	.host = "poczta.interia.pl",
	.port = 465},
    {.id = "bluewin",
	.name = "Swisscom",
	.domains = "bluewin.ch",
	.host = "smtpauths.bluewin.ch",
	.port = 465},
};

const size_t provider_table_count = sizeof provider_table / sizeof provider_table[0];

static const struct provider *
find(const char *const *(*field)(const struct provider *p), const char *text)
{
	for (size_t i = 0; i < provider_table_count; i++) {
		const char *pattern = *field(&provider_table[i]);

		if (pattern != NULL && str_glob(pattern, text))
			return &provider_table[i];
	}
	return NULL;
}

static const char *const *
domains(const struct provider *p)
{
	return &p->domains;
}

static const char *const *
mx(const struct provider *p)
{
	return &p->mx;
}

static const char *const *
host(const struct provider *p)
{
	return &p->host;
}

/* "outlook.fr", "yahoo.co.uk": what '*' may stand for is no more than a country's ending. */
static bool
is_short(const char *domain)
{
	const char *dot = strchr(domain, '.');

	if (dot == NULL)
		return false;
	if (str_starts(dot, ".co.") || str_starts(dot, ".com."))
		dot = strchr(dot + 1, '.');
	return strchr(dot + 1, '.') == NULL;
}

const struct provider *
provider_of_domain(const char *domain)
{
	return is_short(domain) ? find(domains, domain) : NULL;
}

const struct provider *
provider_of_mx(const char *name)
{
	return find(mx, name);
}

const struct provider *
provider_of_host(const char *name)
{
	return find(host, name);
}
