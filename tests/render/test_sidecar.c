#include "config.h"

#include "render/sidecar.h"

#include <string.h>

#include "render/limits.h"

static void good_ones_come_out_in_one_form(void)
{
	static const struct {
		const char *given, *card;
	} cases[] = {
		{"{}", "{}"},
		{" {\"license\":\"MIT\" , \"name\" : \"A b\"}\n",
		 "{\"name\":\"A b\",\"license\":\"MIT\"}"},
		{"{\"name\":\"e\\u0301/\"}", "{\"name\":\"\u00e9/\"}"},
		{"{\"keywords\":[]}", "{\"keywords\":[]}"},
		{"{\"source\":\"http://x/?a=b\",\"keywords\":[\"b\",\"a\"]}",
		 "{\"keywords\":[\"b\",\"a\"],\"source\":\"http://x/?a=b\"}"},
		{"{\"slots\":[{\"x\":0,\"y\":0,\"w\":1,\"h\":0.2}]}",
		 "{\"slots\":[{\"x\":0,\"y\":0,\"w\":1,\"h\":0.2}]}"},
		{"{\"slots\":[{\"valign\":\"top\",\"color\":\"#fff\"}]}",
		 "{\"slots\":[{\"valign\":\"top\",\"color\":\"#fff\"}]}"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *card = sidecar_read(
			cases[i].given, strlen(cases[i].given), &error);

		g_assert_no_error(error);
		g_assert_cmpstr(card, ==, cases[i].card);
	}
}

static void assert_refused(const char *given, int code, const char *part)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(sidecar_read(given, strlen(given), &error));
	g_assert_error(error, SIDECAR_ERROR, code);
	if (!strstr(error->message, part))
		g_error("no '%s' in '%s'", part, error->message);
}

static void bad_ones_are_refused(void)
{
	static const struct {
		const char *given;
		int code;
		const char *part;
	} cases[] = {
		{"", SIDECAR_ERROR_SYNTAX, ""},
		{"{", SIDECAR_ERROR_SYNTAX, ""},
		{"[]", SIDECAR_ERROR_SYNTAX, ""},
		{"null", SIDECAR_ERROR_SYNTAX, ""},
		{"{} x", SIDECAR_ERROR_SYNTAX, ""},
		{"{\"name\":\"a\",\"name\":\"b\"}", SIDECAR_ERROR_SYNTAX,
		 "name"},
		{"{\"name\":\"\xff\"}", SIDECAR_ERROR_SYNTAX, ""},
		{"{\"nam\":\"a\"}", SIDECAR_ERROR_FIELD, "`nam`"},
		{"{\"name\":1}", SIDECAR_ERROR_FIELD, "name"},
		{"{\"name\":\"\"}", SIDECAR_ERROR_FIELD, "name"},
		{"{\"name\":null}", SIDECAR_ERROR_FIELD, "name"},
		{"{\"license\":\"a\\u0001\"}", SIDECAR_ERROR_FIELD, "license"},
		{"{\"source\":[]}", SIDECAR_ERROR_FIELD, "source"},
		{"{\"source\":\"a\\nb\"}", SIDECAR_ERROR_FIELD, "source"},
		{"{\"keywords\":\"a\"}", SIDECAR_ERROR_FIELD, "keywords"},
		{"{\"keywords\":[1]}", SIDECAR_ERROR_FIELD, "keywords"},
		{"{\"slots\":{}}", SIDECAR_ERROR_FIELD, "slots"},
		{"{\"slots\":[1]}", SIDECAR_ERROR_FIELD, "slots"},
		{"{\"slots\":[{\"colour\":\"red\"}]}", SIDECAR_ERROR_FIELD,
		 "colour"},
		{"{\"slots\":[{\"x\":2,\"y\":0,\"w\":1,\"h\":1}]}",
		 SIDECAR_ERROR_FIELD, "slots"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_refused(cases[i].given, cases[i].code, cases[i].part);
}

/* {"KEY":[ITEM,ITEM,...]} with n items. */
static char *with_items(const char *key, const char *item, int n)
{
	GString *text = g_string_new(NULL);

	g_string_printf(text, "{\"%s\":[", key);
	for (int i = 0; i < n; i++)
		g_string_append_printf(text, "%s%s", i ? "," : "", item);
	g_string_append(text, "]}");
	return g_string_free(text, FALSE);
}

static char *with_length(const char *key, gsize n)
{
	g_autofree char *letters = g_strnfill(n, 'a');

	return g_strdup_printf("{\"%s\":\"%s\"}", key, letters);
}

static void assert_taken(const char *given)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *card = sidecar_read(given, strlen(given), &error);

	g_assert_no_error(error);
	g_assert_nonnull(card);
}

static void limits_hold_on_both_sides(void)
{
	static const char slot[] = "{\"valign\":\"top\"}";
	g_autofree char *most_slots = with_items("slots", slot, LIMIT_SLOTS);
	g_autofree char *too_many_slots =
		with_items("slots", slot, LIMIT_SLOTS + 1);
	g_autofree char *most_keywords =
		with_items("keywords", "\"k\"", LIMIT_KEYWORDS);
	g_autofree char *too_many_keywords =
		with_items("keywords", "\"k\"", LIMIT_KEYWORDS + 1);
	g_autofree char *long_source =
		with_length("source", LIMIT_SOURCE_BYTES);
	g_autofree char *too_long_source =
		with_length("source", LIMIT_SOURCE_BYTES + 1);
	g_autofree char *long_name = with_length("name", LIMIT_CODE_POINTS);
	g_autofree char *too_long_name =
		with_length("name", LIMIT_CODE_POINTS + 1);
	g_autofree char *large = g_strnfill(LIMIT_SIDECAR_BYTES, ' ');
	g_autofree char *too_large = g_strnfill(LIMIT_SIDECAR_BYTES + 1, ' ');

	memcpy(large, "{}", 2);
	memcpy(too_large, "{}", 2);
	assert_taken(most_slots);
	assert_taken(most_keywords);
	assert_taken(long_source);
	assert_taken(long_name);
	assert_taken(large);
	assert_refused(too_many_slots, SIDECAR_ERROR_LIMIT, "slots: 17 given");
	assert_refused(too_many_keywords, SIDECAR_ERROR_LIMIT, "at most 64");
	assert_refused(too_long_source, SIDECAR_ERROR_LIMIT, "at most 2048");
	assert_refused(too_long_name, SIDECAR_ERROR_FIELD, "name");
	assert_refused(too_large, SIDECAR_ERROR_LIMIT, "at most 65536");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sidecar/good", good_ones_come_out_in_one_form);
	g_test_add_func("/sidecar/bad", bad_ones_are_refused);
	g_test_add_func("/sidecar/limits", limits_hold_on_both_sides);
	return g_test_run();
}
