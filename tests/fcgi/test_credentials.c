#include "config.h"

#include "fcgi/credentials.h"

#include <string.h>

static void targets_lose_them(void)
{
	static const struct {
		const char *target, *rest, *key; /* key NULL: none */
		gboolean has_sig, has_exp;
	} cases[] = {
		{"", "", NULL, FALSE, FALSE},
		{"/caption", "/caption", NULL, FALSE, FALSE},
		{"/caption?", "/caption?", NULL, FALSE, FALSE},
		{"/caption?&&", "/caption?&&", NULL, FALSE, FALSE},
		{"/caption?a=1&b=?key=x", "/caption?a=1&b=?key=x", NULL, FALSE,
		 FALSE},
		{"/key=x?a=1", "/key=x?a=1", NULL, FALSE, FALSE},
		{"/caption?keys=1&mykey=2", "/caption?keys=1&mykey=2", NULL,
		 FALSE, FALSE},
		{"/caption?key=k", "/caption", "k", FALSE, FALSE},
		{"/caption?key=k&a=1", "/caption?a=1", "k", FALSE, FALSE},
		{"/caption?a=1&key=k", "/caption?a=1", "k", FALSE, FALSE},
		{"/caption?a=1&key=k&b=2", "/caption?a=1&b=2", "k", FALSE,
		 FALSE},
		{"/caption?key=", "/caption", "", FALSE, FALSE},
		{"/caption?key=a%2Bb%2f", "/caption", "a+b/", FALSE, FALSE},
		{"/caption?key=a+b=c", "/caption", "a b=c", FALSE, FALSE},
		{"/caption?a=1&sig=s", "/caption?a=1", NULL, TRUE, FALSE},
		{"/caption?exp=1&sig=s", "/caption", NULL, TRUE, TRUE},
		{"/caption?sig=s&a=1&sig=t", "/caption?a=1", NULL, TRUE, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct credentials credentials;
		g_autofree char *rest =
			credentials_read_target(&credentials, cases[i].target);

		g_test_message("%s", cases[i].target);
		g_assert_cmpstr(rest, ==, cases[i].rest);
		g_assert_cmpstr(credentials.key, ==, cases[i].key);
		g_assert_cmpint(credentials.has_sig, ==, cases[i].has_sig);
		g_assert_cmpint(credentials.has_exp, ==, cases[i].has_exp);
		g_assert_cmpint(credentials_any(&credentials), ==,
				cases[i].key || cases[i].has_sig ||
					cases[i].has_exp);
		g_assert_null(credentials.fault);
		g_assert_true(credentials.signed_target == cases[i].target);
		credentials_fini(&credentials);
	}
}

static void faults_are_told(void)
{
	static const char *const targets[] = {
		"/caption?key=a&key=a",
		"/caption?key=a%00b",
		"/caption?key=%0",
		"/caption?key=%zz",
		"/caption?Key=a",
		"/caption?k%65y=a",
		"/caption?key",
		"/caption?%73ig=s",
		"/caption?a=1&+exp=1",
		"/caption?SIG=s",
		"/caption?key=a&b&%4Bey=a",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
		struct credentials credentials;
		g_autofree char *rest =
			credentials_read_target(&credentials, targets[i]);

		g_test_message("%s", targets[i]);
		g_assert_nonnull(credentials.fault);
		g_assert_null(strstr(rest, "=a"));
		credentials_fini(&credentials);
	}
}

static void headers_bring_keys(void)
{
	static const struct {
		const char *parameter, *key;
	} cases[] = {
		{"HTTP_X_API_KEY=k", "k"},
		{"HTTP_X_API_KEY=k=l", "k=l"},
		{"HTTP_X_API_KEY=", NULL},
		{"HTTP_X_API_KEY", NULL},
		{"HTTP_X_API_KEYS=k", NULL},
		{"X_API_KEY=k", NULL},
		{"HTTP_AUTHORIZATION=Bearer k", "k"},
		{"HTTP_AUTHORIZATION=bEARER \t k", "k"},
		{"HTTP_AUTHORIZATION=Bearer", ""},
		{"HTTP_AUTHORIZATION=Bearerk", NULL},
		{"HTTP_AUTHORIZATION=Basic k", NULL},
		{"HTTP_AUTHORIZATION=", NULL},
		{"HTTP_COOKIE=key=k", NULL},
		{"", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct credentials credentials;
		g_autofree char *rest =
			credentials_read_target(&credentials, "/");

		g_assert_cmpstr(rest, ==, "/");
		g_test_message("%s", cases[i].parameter);
		credentials_read_header(&credentials, cases[i].parameter);
		g_assert_cmpstr(credentials.key, ==, cases[i].key);
		g_assert_null(credentials.fault);
		credentials_fini(&credentials);
	}
}

static void two_places_are_one_too_many(void)
{
	struct credentials credentials;
	g_autofree char *rest =
		credentials_read_target(&credentials, "/caption?key=k");

	g_assert_cmpstr(rest, ==, "/caption");
	credentials_read_header(&credentials, "HTTP_X_API_KEY=k");
	g_assert_nonnull(credentials.fault);
	credentials_fini(&credentials);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/credentials/targets", targets_lose_them);
	g_test_add_func("/credentials/faults", faults_are_told);
	g_test_add_func("/credentials/headers", headers_bring_keys);
	g_test_add_func("/credentials/twice", two_places_are_one_too_many);
	return g_test_run();
}
