#include "config.h"

#include "fcgi/signature.h"

#include <string.h>

#define SECRET	   "correct horse battery staple"
#define OLD_SECRET "the one before that, still good"
#define TARGET	   "/caption?template=snail&top_text=Need%20a%20meme%3F"
#define EXPIRES	   "&exp=1893456000"
/* By `openssl dgst -sha256 -hmac`, and by Python's hmac. */
#define SIGNED_TARGET \
	TARGET EXPIRES "&sig=XPG-5SmnUKW8qhb9_dxS3w-K2Sdux8DVWPV8wh0HS5o"

enum { EXPIRES_S = 1893456000 };

static GPtrArray *make_secrets(void)
{
	static const char text[] =
		"# newest first\n" SECRET "\n\n  " OLD_SECRET "\r\n";
	GPtrArray *secrets = signature_secrets(text, strlen(text), NULL);

	g_assert_nonnull(secrets);
	g_assert_cmpuint(secrets->len, ==, 2);
	return secrets;
}

static void the_published_vector_holds(void)
{
	g_autoptr(GPtrArray) secrets = make_secrets();
	GBytes *secret = g_ptr_array_index(secrets, 0);
	g_autofree char *with_end =
		signature_sign(secret, TARGET, EXPIRES_S, NULL);
	g_autofree char *without =
		signature_sign(secret, "/caption?template=snail", 0, NULL);
	g_autofree char *alone = signature_sign(secret, "/templates", 0, NULL);

	g_assert_cmpstr(with_end, ==, SIGNED_TARGET);
	g_assert_cmpstr(without, ==,
			"/caption?template=snail"
			"&sig=lyRqdszIrkmD7TjsQQxn0HIH0DpxYnw5oHzbMsFWi3s");
	g_assert_cmpstr(alone, ==,
			"/templates"
			"?sig=tP_Kk-QZFof2raJxgJKAZBdLgT6FkWJCN6T3-MQ9f0k");
}

static void what_is_signed_holds_until_its_end(void)
{
	static const struct {
		gint64 now_s;
		gboolean is_good;
	} cases[] = {
		{0, TRUE},	     {EXPIRES_S - 1, TRUE},
		{EXPIRES_S, FALSE},  {EXPIRES_S + 1, FALSE},
		{G_MAXINT64, FALSE},
	};
	g_autoptr(GPtrArray) secrets = make_secrets();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		gboolean is_good = signature_verify(secrets, SIGNED_TARGET,
						    cases[i].now_s, &error);

		g_assert_cmpint(is_good, ==, cases[i].is_good);
		if (!is_good)
			g_assert_error(error, SIGNATURE_ERROR,
				       SIGNATURE_ERROR_EXPIRED);
	}
}

static void each_secret_holds_and_no_other(void)
{
	g_autoptr(GPtrArray) secrets = make_secrets();
	g_autoptr(GBytes) other = g_bytes_new_static("never been one here", 19);
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < secrets->len; i++) {
		g_autofree char *target = signature_sign(
			g_ptr_array_index(secrets, i), TARGET, 0, NULL);

		g_assert_true(signature_verify(secrets, target, 1, NULL));
	}
	{
		g_autofree char *target =
			signature_sign(other, TARGET, 0, NULL);

		g_assert_false(signature_verify(secrets, target, 1, &error));
		g_assert_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_WRONG);
	}
}

#define GOOD "lyRqdszIrkmD7TjsQQxn0HIH0DpxYnw5oHzbMsFWi3s"

static void every_other_target_is_refused(void)
{
	static const struct {
		const char *target;
		enum signature_error code;
	} cases[] = {
		{"/caption?template=snail", SIGNATURE_ERROR_MISSING},
		{"/caption", SIGNATURE_ERROR_MISSING},
		{"", SIGNATURE_ERROR_MISSING},
		{"?", SIGNATURE_ERROR_MISSING},
		{"/caption?template=cat&sig=" GOOD, SIGNATURE_ERROR_WRONG},
		{"/caption?template=snail&&sig=" GOOD, SIGNATURE_ERROR_WRONG},
		{"/caption/?template=snail&sig=" GOOD, SIGNATURE_ERROR_WRONG},
		{"/caption?template=snai%6c&sig=" GOOD, SIGNATURE_ERROR_WRONG},
		{"/caption?template=snail&sig=", SIGNATURE_ERROR_WRONG},
		{"/caption?template=snail&sig=" GOOD "=",
		 SIGNATURE_ERROR_WRONG},
		{"/caption?template=snail&sig=" GOOD "A",
		 SIGNATURE_ERROR_WRONG},
		/* The same 32 bytes, by the two bits that 43 letters have over. */
		{"/caption?template=snail&sig="
		 "lyRqdszIrkmD7TjsQQxn0HIH0DpxYnw5oHzbMsFWi3t",
		 SIGNATURE_ERROR_WRONG},
		{"/caption?template=snail&sig="
		 "lyRqdszIrkmD7TjsQQxn0HIH0DpxYnw5oHzbMsFWi3",
		 SIGNATURE_ERROR_WRONG},
		/* base64 proper, where the alphabets differ. */
		{TARGET EXPIRES
		 "&sig=XPG+5SmnUKW8qhb9/dxS3w+K2Sdux8DVWPV8wh0HS5o",
		 SIGNATURE_ERROR_WRONG},
		{"/caption?template=snail&sig=" GOOD "&sig=" GOOD,
		 SIGNATURE_ERROR_MALFORMED},
		{"/caption?sig=" GOOD "&template=snail",
		 SIGNATURE_ERROR_MALFORMED},
		{"/caption?template=snail&sig=" GOOD "&",
		 SIGNATURE_ERROR_MALFORMED},
		{"/caption?template=snail&%73ig=" GOOD,
		 SIGNATURE_ERROR_MALFORMED},
		{"/caption?template=snail&SIG=" GOOD,
		 SIGNATURE_ERROR_MALFORMED},
		{"/caption?template=snail&+sig=" GOOD,
		 SIGNATURE_ERROR_MALFORMED},
		{"/caption?template=snail&sig", SIGNATURE_ERROR_MALFORMED},
		{"/caption?template=snail&sig=" GOOD "&exp=1",
		 SIGNATURE_ERROR_MALFORMED},
		{"/caption?exp=1&exp=2&sig=" GOOD, SIGNATURE_ERROR_MALFORMED},
		{"/caption?%65xp=9999999999&sig=" GOOD,
		 SIGNATURE_ERROR_MALFORMED},
	};
	g_autoptr(GPtrArray) secrets = make_secrets();

	g_assert_true(signature_verify(
		secrets, "/caption?template=snail&sig=" GOOD, 1, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%s", cases[i].target);
		g_assert_false(
			signature_verify(secrets, cases[i].target, 1, &error));
		g_assert_error(error, SIGNATURE_ERROR, (int)cases[i].code);
	}
}

/* Signed by us, so that only the number is at fault. */
static void an_end_must_be_a_number(void)
{
	static const char *const ends[] = {
		"", "-1", "+1", "1.5", "0x10", "%31", "1e9", "1000000000000"};
	g_autoptr(GPtrArray) secrets = make_secrets();

	for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *target =
			g_strconcat("/caption?exp=", ends[i], NULL);
		g_autofree char *sig = signature_make(
			g_ptr_array_index(secrets, 0), target, strlen(target));
		g_autofree char *whole =
			g_strconcat(target, "&sig=", sig, NULL);

		g_assert_false(signature_verify(secrets, whole, 0, &error));
		g_assert_error(error, SIGNATURE_ERROR,
			       SIGNATURE_ERROR_MALFORMED);
	}
}

static void some_targets_cannot_be_signed(void)
{
	static const char *const targets[] = {
		"",	      "caption",     "http://x/caption",
		"/a b",	      "/a\n",	     "/\xc3\xa9",
		"/a#b",	      "/a?sig=x",    "/a?exp=1",
		"/a?%73ig=x", "/a?x=1&sig=", "/a?exp=1&exp=2",
	};
	g_autoptr(GPtrArray) secrets = make_secrets();

	for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(signature_sign(g_ptr_array_index(secrets, 0),
					     targets[i], 0, &error));
		g_assert_error(error, SIGNATURE_ERROR, SIGNATURE_ERROR_TARGET);
	}
}

static char *repeat(char letter, gsize n, gsize lines)
{
	GString *text = g_string_new(NULL);

	for (gsize i = 0; i < lines; i++) {
		for (gsize j = 0; j < n; j++)
			g_string_append_c(text, letter);
		g_string_append_c(text, '\n');
	}
	return g_string_free(text, FALSE);
}

static void secrets_have_limits(void)
{
	static const struct {
		gsize size, lines;
		gboolean is_good;
	} cases[] = {
		{16, 1, TRUE},	 {15, 1, FALSE}, {256, 1, TRUE},
		{257, 1, FALSE}, {16, 16, TRUE}, {16, 17, FALSE},
		{0, 3, FALSE},	 {16, 0, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text =
			repeat('s', cases[i].size, cases[i].lines);
		g_autoptr(GPtrArray) secrets =
			signature_secrets(text, strlen(text), &error);

		g_assert_cmpint(secrets != NULL, ==, cases[i].is_good);
		if (!secrets) {
			g_assert_error(error, SIGNATURE_ERROR,
				       SIGNATURE_ERROR_SECRET);
			g_assert_null(strstr(error->message, "sss"));
		}
	}
	g_assert_null(signature_secrets("long enough\0 for one", 20, NULL));
}

static void names_are_told_apart(void)
{
	static const struct {
		const char *parameter;
		enum signature_name is;
	} cases[] = {
		{"key=", SIGNATURE_NAME_SAME},
		{"key=a=b", SIGNATURE_NAME_SAME},
		{"key", SIGNATURE_NAME_DISGUISED},
		{"KEY=", SIGNATURE_NAME_DISGUISED},
		{"ke%79=", SIGNATURE_NAME_DISGUISED},
		{"%4bey=", SIGNATURE_NAME_DISGUISED},
		{"key+=", SIGNATURE_NAME_DISGUISED},
		{"%09key=", SIGNATURE_NAME_DISGUISED},
		{"key%3D=", SIGNATURE_NAME_OTHER},
		{"ke%2579=", SIGNATURE_NAME_OTHER},
		{"ke%=", SIGNATURE_NAME_OTHER},
		{"key%00=", SIGNATURE_NAME_OTHER},
		{"keys=", SIGNATURE_NAME_OTHER},
		{"=key", SIGNATURE_NAME_OTHER},
		{"", SIGNATURE_NAME_OTHER},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].parameter);
		g_assert_cmpint(signature_name(cases[i].parameter,
					       strlen(cases[i].parameter),
					       "key"),
				==, cases[i].is);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/signature/vector", the_published_vector_holds);
	g_test_add_func("/signature/clock", what_is_signed_holds_until_its_end);
	g_test_add_func("/signature/rotation", each_secret_holds_and_no_other);
	g_test_add_func("/signature/refused", every_other_target_is_refused);
	g_test_add_func("/signature/end", an_end_must_be_a_number);
	g_test_add_func("/signature/unsignable", some_targets_cannot_be_signed);
	g_test_add_func("/signature/secrets", secrets_have_limits);
	g_test_add_func("/signature/names", names_are_told_apart);
	return g_test_run();
}
