#include "config.h"

#include "render/strict_json.h"

#include <string.h>

#include <json-c/json.h>

#include "render/autoptr.h"
#include "render/limits.h"

static void json_is_read(void)
{
	static const struct {
		const char *text, *compact;
	} cases[] = {
		{"{}", "{}"},
		{" \t\r\n{ } \n", "{}"},
		{"{\"a\":1}", "{\"a\":1}"},
		{"{\"a\":[1,-2,0,-0.5,1e3,1E-3]}",
		 "{\"a\":[1,-2,0,-0.5,1e3,1E-3]}"},
		{"{\"a\":[2e-05,2E-05,2e+05]}", "{\"a\":[2e-05,2E-05,2e+05]}"},
		{"{\"a\":[true,false,null]}", "{\"a\":[true,false,null]}"},
		{"{\"a\":{\"a\":{\"a\":1}}}", "{\"a\":{\"a\":{\"a\":1}}}"},
		{"{\"a\":[{\"b\":1},{\"b\":2}]}",
		 "{\"a\":[{\"b\":1},{\"b\":2}]}"},
		{"{\"a\":\"NaN -01 1. Infinity,{[\"}",
		 "{\"a\":\"NaN -01 1. Infinity,{[\"}"},
		{"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
		 "{\"a\":\"\\\"\\\\/\\b\\f\\n\\r\\t\"}"},
		{"{\"a\":\"\\u00df\\ud83d\\uDE00\"}", "{\"a\":\"ß😀\"}"},
		{"{\"\\u0061\":1,\"b\":2}", "{\"a\":1,\"b\":2}"},
		{"{\"a\":\"a\",\"b\":\"a\"}", "{\"a\":\"a\",\"b\":\"a\"}"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(json_object_auto) object = strict_json_parse(
			cases[i].text, strlen(cases[i].text), &error);

		g_test_message("%s", cases[i].text);
		g_assert_no_error(error);
		g_assert_cmpstr(json_object_to_json_string_ext(
					object, JSON_C_TO_STRING_NOSLASHESCAPE),
				==, cases[i].compact);
	}
}

static void what_is_no_json_is_refused(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "at byte 0"},
		{"{", "at byte 1: unexpected end"},
		{"{\"a\":1", "unexpected end"},
		{"{\"a\":\"", "unexpected end"},
		{"[]", "expected an object"},
		{"1", "expected an object"},
		{"null", "expected an object"},
		{"{} {}", "at byte 3"},
		{"{}x", "at byte 2"},
		{"{\"a\":1,}", "at byte 7"},
		{"{\"a\":[1,]}", "at byte 8"},
		{"{a:1}", "at byte 1"},
		{"{'a':1}", "at byte 1"},
		{"{\"a\":'b'}", "at byte 5"},
		{"{\"a\" 1}", "at byte 5"},
		{"{\"a\":01}", "at byte"},
		{"{\"a\":-01}", "at byte 5: a leading zero"},
		{"{\"a\":1.}", "at byte 6: no digit after the point"},
		{"{\"a\":1.e5}", "no digit after the point"},
		{"{\"a\":.5}", "at byte 5"},
		{"{\"a\":+5}", "at byte 5"},
		{"{\"a\":0x5}", "at byte 6"},
		{"{\"a\":NaN}", "at byte 5: no such number"},
		{"{\"a\":Infinity}", "at byte 5: no such number"},
		{"{\"a\":-Infinity}", "at byte 6: no such number"},
		{"{\"a\":True}", "at byte 5"},
		{"/**/{}", "at byte 0"},
		{"\xef\xbb\xbf{}", "at byte 0"},
		{"{\"a\":\"\t\"}", "at byte 6: a raw control character"},
		{"{\"a\n\":1}", "at byte 3: a raw control character"},
		{"{\"a\":\"\\x\"}", "at byte 7"},
		{"{\"a\":\"\\u12g4\"}", "at byte 10"},
		{"{\"a\":\"\\u0000\"}", "at byte 6: a NUL"},
		{"{\"a\\u0000b\":1}", "at byte 3: a NUL"},
		{"{\"a\":\"\\ud83d\"}", "at byte 6: half of a surrogate"},
		{"{\"a\":\"\\ud83dx\"}", "half of a surrogate"},
		{"{\"a\":\"\\ud83d\\n\"}", "half of a surrogate"},
		{"{\"a\":\"\\ud83d\\u0041\"}", "half of a surrogate"},
		{"{\"a\":\"\\ud83d\\ud83d\"}", "half of a surrogate"},
		{"{\"a\":\"\\ude00\\ud83d\"}", "half of a surrogate"},
		{"{\"a\":\"\xff\"}", "at byte 6: not UTF-8"},
		{"{\"a\":\"\xed\xa0\x80\"}", "at byte 6: not UTF-8"},
		{"{\"a\":\"\xc0\x80\"}", "at byte 6: not UTF-8"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_test_message("%s", cases[i].text);
		g_assert_null(strict_json_parse(cases[i].text,
						strlen(cases[i].text), &error));
		g_assert_error(error, STRICT_JSON_ERROR,
			       STRICT_JSON_ERROR_SYNTAX);
		g_test_message("%s", error->message);
		g_assert_nonnull(strstr(error->message, cases[i].message));
	}
}

static void a_raw_nul_is_refused(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(strict_json_parse("{}\0", 3, &error));
	g_assert_error(error, STRICT_JSON_ERROR, STRICT_JSON_ERROR_SYNTAX);
}

static void a_key_given_twice_is_named(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"{\"a\":1,\"a\":1}", "duplicate field `a`"},
		{"{\"a\":1,\"b\":{\"a\":2},\"a\":3}", "duplicate field `a`"},
		{"{\"a\":1,\"\\u0061\":1}", "duplicate field `a`"},
		{"{\"\":1,\"\":1}", "duplicate field ``"},
		{"{\"x\":{\"a\":1,\"a\":1}}", "x: duplicate field `a`"},
		{"{\"x\":[1,[2],{\"y\":{\"a\":[],\"a\":{}}}]}",
		 "x[2].y: duplicate field `a`"},
		{"{\"x\":[{\"a\":1,\"b\":1},{\"a\":1,\"a\":1}]}",
		 "x[1]: duplicate field `a`"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(strict_json_parse(cases[i].text,
						strlen(cases[i].text), &error));
		g_assert_error(error, STRICT_JSON_ERROR,
			       STRICT_JSON_ERROR_DUPLICATE);
		g_assert_cmpstr(error->message, ==, cases[i].message);
	}
}

/* An object with arrays in it, n levels in all, and what is innermost. */
static char *nested(gsize n, const char *innermost)
{
	g_autofree char *open = g_strnfill(n - 1, '[');
	g_autofree char *close = g_strnfill(n - 1, ']');

	return g_strconcat("{\"a\":", open, innermost, close, "}", NULL);
}

static void depth_is_limited(void)
{
	static const char *const innermost[] = {"", "1", "\"a\""};

	for (gsize i = 0; i < G_N_ELEMENTS(innermost); i++) {
		g_autofree char *most = nested(LIMIT_JSON_DEPTH, innermost[i]);
		g_autofree char *more =
			nested(LIMIT_JSON_DEPTH + 1, innermost[i]);
		g_autoptr(GError) error = NULL;
		g_autoptr(json_object_auto) object =
			strict_json_parse(most, strlen(most), &error);

		g_assert_no_error(error);
		g_assert_null(strict_json_parse(more, strlen(more), &error));
		g_assert_error(error, STRICT_JSON_ERROR,
			       STRICT_JSON_ERROR_LIMIT);
	}
}

static void wild_depth_is_refused(void)
{
	static const char opens[] = "[{";

	for (gsize i = 0; i < strlen(opens); i++) {
		g_autofree char *wild = g_strnfill(LIMIT_BODY_BYTES, opens[i]);

		g_assert_null(strict_json_parse(wild, strlen(wild), NULL));
	}
}

static void size_is_limited(void)
{
	g_autofree char *text = g_strnfill(LIMIT_BODY_BYTES + 1, ' ');
	g_autoptr(GError) error = NULL;
	g_autoptr(json_object_auto) object = NULL;

	memcpy(text, "{}", 2);
	object = strict_json_parse(text, LIMIT_BODY_BYTES, &error);
	g_assert_no_error(error);
	g_assert_null(strict_json_parse(text, LIMIT_BODY_BYTES + 1, &error));
	g_assert_error(error, STRICT_JSON_ERROR, STRICT_JSON_ERROR_LIMIT);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/strict_json/read", json_is_read);
	g_test_add_func("/strict_json/refused", what_is_no_json_is_refused);
	g_test_add_func("/strict_json/nul", a_raw_nul_is_refused);
	g_test_add_func("/strict_json/duplicate", a_key_given_twice_is_named);
	g_test_add_func("/strict_json/depth", depth_is_limited);
	g_test_add_func("/strict_json/wild", wild_depth_is_refused);
	g_test_add_func("/strict_json/size", size_is_limited);
	return g_test_run();
}
