#include "config.h"

#include "render/number.h"

#include <math.h>
#include <string.h>

static void whole_texts(void)
{
	static const struct {
		const char *text;
		double value; /* NAN: refused */
	} cases[] = {
		{"0", 0},	{"-0", 0},	{"12", 12},	 {"+12", 12},
		{"-1.5", -1.5}, {".5", 0.5},	{"1e3", 1000},	 {"1E-2", 0.01},
		{"2.5e+1", 25}, {"007", 7},	{"", NAN},	 {"-", NAN},
		{".", NAN},	{"1.", NAN},	{"1e", NAN},	 {"0x10", NAN},
		{"inf", NAN},	{"nan", NAN},	{" 1", NAN},	 {"1 ", NAN},
		{"1,5", NAN},	{"1e999", NAN}, {"-1e999", NAN}, {"1e-999", 0},
		{"--1", NAN},	{"1.5.5", NAN},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		double value = 77;
		gboolean is_number = number_parse(cases[i].text, &value);

		g_test_message("%s", cases[i].text);
		g_assert_cmpint(is_number, ==, !isnan(cases[i].value));
		g_assert_cmpfloat(value, ==, is_number ? cases[i].value : 77);
	}
}

static void the_end_is_told(void)
{
	const char *text = "1.5.5deg";
	const char *end;
	double value;

	g_assert_true(number_scan(text, &end, &value));
	g_assert_cmpfloat(value, ==, 1.5);
	g_assert_cmpstr(end, ==, ".5deg");
	g_assert_true(number_scan("2em", &end, &value));
	g_assert_cmpstr(end, ==, "em");
}

static void the_shortest_form_is_written(void)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{0, "0"},
		{-0.0, "0"},
		{64, "64"},
		{0.1, "0.1"},
		{1.0 / 3, "0.3333333333333333"},
		{1024, "1024"},
		{-45.5, "-45.5"},
		{100, "100"},
		{-1000, "-1000"},
		{1e14, "100000000000000"},
		{1e15, "1e+15"},
		{0.00001, "1e-05"},
		{1234.5, "1234.5"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = number_format(cases[i].value);

		g_assert_cmpstr(text, ==, cases[i].text);
	}
}

static void what_is_written_is_read(void)
{
	for (int i = 0; i < 20000; i++) {
		guint64 bits = (guint64)g_test_rand_int() << 32 |
			       (guint32)g_test_rand_int();
		g_autofree char *text = NULL;
		double value, read;

		memcpy(&value, &bits, sizeof(value));
		if (!isfinite(value))
			continue;
		text = number_format(value);
		g_assert_true(number_parse(text, &read));
		g_assert_cmpfloat(read, ==, value);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/number/parse", whole_texts);
	g_test_add_func("/number/scan", the_end_is_told);
	g_test_add_func("/number/format", the_shortest_form_is_written);
	g_test_add_func("/number/round-trip", what_is_written_is_read);
	return g_test_run();
}
