#include "config.h"

#include "render/color.h"
#include "render/color_names.h"

#include <string.h>

static void forms(void)
{
	static const struct {
		const char *text, *color; /* NULL: refused */
	} cases[] = {
		{"white", "#ffffff"},
		{"BLACK", "#000000"},
		{" RebeccaPurple\t", "#663399"},
		{"aliceblue", "#f0f8ff"},
		{"yellowgreen", "#9acd32"},
		{"lightgoldenrodyellow", "#fafad2"},
		{"transparent", "#00000000"},
		{"currentcolor", NULL},
		{"whit", NULL},
		{"whitee", NULL},
		{"", NULL},
		{" ", NULL},
		/* # and hex digits */
		{"#fff", "#ffffff"},
		{"#1aF", "#11aaff"},
		{"#1af8", "#11aaff88"},
		{"#1af0", "#11aaff00"},
		{"#012345", "#012345"},
		{"#ABCDEF", "#abcdef"},
		{"#12345678", "#12345678"},
		{"#123456ff", "#123456"},
		{"#", NULL},
		{"#f", NULL},
		{"#ff", NULL},
		{"#fffff", NULL},
		{"#fffffff", NULL},
		{"#123456789", NULL},
		{"#ggg", NULL},
		{"# fff", NULL},
		{"##fff", NULL},
		/* exactly six digits, one prefix */
		{"0x00ff7f", "#00ff7f"},
		{"0X00FF7F", "#00ff7f"},
		{"$00ff7f", "#00ff7f"},
		{"0xfff", NULL},
		{"$fff", NULL},
		{"0x12345678", NULL},
		{"$12345678", NULL},
		{"0x", NULL},
		{"$", NULL},
		{"$0xffffff", NULL},
		{"0x$ffffff", NULL},
		{"#0xffffff", NULL},
		{"#$ffffff", NULL},
		{"$$ffffff", NULL},
		/* digits alone are no colour */
		{"ffffff", NULL},
		{"fff", NULL},
		{"000000", NULL},
		{"123", NULL},
		/* rgb() */
		{"rgb(1,2,3)", "#010203"},
		{"RGB( 1 , 2 ,3 )", "#010203"},
		{"rgb(1 2 3)", "#010203"},
		{"rgb(255, 300, -5)", "#ffff00"},
		{"rgb(1.4, 1.5, 254.6)", "#0102ff"},
		{"rgb(100%, 50%, 0%)", "#ff8000"},
		{"rgb(200%, -5%, 10%)", "#ff001a"},
		{"rgb(100% 128 0)", "#ff8000"},
		{"rgb(100%, 128, 0)", NULL},
		{"rgba(1,2,3,0.5)", "#01020380"},
		{"rgba(1,2,3,50%)", "#01020380"},
		{"rgb(1,2,3,1)", "#010203"},
		{"rgb(1,2,3,7)", "#010203"},
		{"rgb(1,2,3,-1)", "#01020300"},
		{"rgb(1 2 3 / 0)", "#01020300"},
		{"rgb(1 2 3/20%)", "#01020333"},
		{"rgba(1,2,3)", "#010203"},
		{"rgb(none 2 3)", "#000203"},
		{"rgb(none,2,3)", NULL},
		{"rgb(1e1,2,3)", "#0a0203"},
		{"rgb(1,2)", NULL},
		{"rgb()", NULL},
		{"rgb(1,2,3,4,5)", NULL},
		{"rgb(1,2 3)", NULL},
		{"rgb(1 2,3)", NULL},
		{"rgb(1 2 3 4)", NULL},
		{"rgb(1,2,3/4)", NULL},
		{"rgb(1,2,3", NULL},
		{"rgb(1,2,3))", NULL},
		{"rgb(1,2,3) x", NULL},
		{"rgb (1,2,3)", NULL},
		{"rgb(1,,3)", NULL},
		{"rgb(1deg,2,3)", NULL},
		{"rgb(a,b,c)", NULL},
		{"rgb(0x1,2,3)", NULL},
		{"rgb(inf,2,3)", NULL},
		{"rgb(1,2,3,1deg)", NULL},
		/* hsl() */
		{"hsl(0,100%,50%)", "#ff0000"},
		{"hsl(120,100%,25%)", "#008000"},
		{"hsl(240, 100%, 50%)", "#0000ff"},
		{"hsl(39,100%,50%)", "#ffa600"},
		{"hsl(120,100,50)", "#00ff00"},
		{"hsl(120deg 100% 50%)", "#00ff00"},
		{"hsl(480 100% 50%)", "#00ff00"},
		{"hsl(-240,100%,50%)", "#00ff00"},
		{"hsl(0.5turn 100% 50%)", "#00ffff"},
		{"hsl(200grad 100% 50%)", "#00ffff"},
		{"hsl(3.14159265rad 100% 50%)", "#00ffff"},
		{"hsl(0,0%,50%)", "#808080"},
		{"hsl(0,0%,200%)", "#ffffff"},
		{"hsl(0,-10%,50%)", "#808080"},
		{"hsla(0,100%,50%,.5)", "#ff000080"},
		{"hsl(0 100% 50% / 50%)", "#ff000080"},
		{"hsl(10%,100%,50%)", NULL},
		{"hsl(0,1deg,50%)", NULL},
		{"hsl(0,100%)", NULL},
		{"hwb(0 0% 0%)", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text = NULL;
		struct color color = {1, 2, 3, 4};

		g_test_message("%s", cases[i].text);
		if (!cases[i].color) {
			g_assert_false(
				color_parse(cases[i].text, &color, &error));
			g_assert_error(error, COLOR_ERROR, COLOR_ERROR_SYNTAX);
			g_assert_nonnull(strstr(error->message, cases[i].text));
			g_assert_cmpuint(color.a, ==, 4);
			continue;
		}
		g_assert_true(color_parse(cases[i].text, &color, &error));
		g_assert_no_error(error);
		text = color_format(color);
		g_assert_cmpstr(text, ==, cases[i].color);
	}
}

static void a_long_text_is_refused_and_cut(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = g_strnfill(60000, 'x');
	struct color color;

	g_assert_false(color_parse(text, &color, &error));
	g_assert_error(error, COLOR_ERROR, COLOR_ERROR_SYNTAX);
	g_assert_cmpuint(strlen(error->message), <, 400);
}

static void every_form_gives_the_same(void)
{
	for (int i = 0; i < 2000; i++) {
		guint32 rgb = (guint32)g_test_rand_int() & 0xffffff;
		const struct color want = {rgb >> 16, rgb >> 8 & 0xff,
					   rgb & 0xff, 255};
		char *texts[] = {
			g_strdup_printf("#%06x", rgb),
			g_strdup_printf("0x%06X", rgb),
			g_strdup_printf("$%06x", rgb),
			g_strdup_printf("rgb(%d,%d,%d)", want.r, want.g,
					want.b),
			color_format(want),
		};

		for (gsize t = 0; t < G_N_ELEMENTS(texts); t++) {
			struct color color;

			g_assert_true(color_parse(texts[t], &color, NULL));
			g_assert_true(color_equal(color, want));
			g_free(texts[t]);
		}
	}
}

static void differing_colors_are_not_equal(void)
{
	const struct color color = {1, 2, 3, 4};

	g_assert_true(color_equal(color, (struct color){1, 2, 3, 4}));
	g_assert_false(color_equal(color, (struct color){0, 2, 3, 4}));
	g_assert_false(color_equal(color, (struct color){1, 0, 3, 4}));
	g_assert_false(color_equal(color, (struct color){1, 2, 0, 4}));
	g_assert_false(color_equal(color, (struct color){1, 2, 3, 0}));
}

/* All 148 by a checksum of our own making would prove nothing: these are the
 * pairs that X11 has otherwise, and both spellings of grey. */
static void names(void)
{
	static const char *const greys[] = {
		"", "dark", "dim", "light", "darkslate", "slate", "lightslate"};
	static const struct {
		const char *name;
		guint32 rgb;
	} cases[] = {
		{"gray", 0x808080},    {"green", 0x008000},
		{"maroon", 0x800000},  {"purple", 0x800080},
		{"lime", 0x00ff00},    {"olive", 0x808000},
		{"teal", 0x008080},    {"silver", 0xc0c0c0},
		{"crimson", 0xdc143c}, {"indigo", 0x4b0082},
		{"aqua", 0x00ffff},    {"fuchsia", 0xff00ff},
	};
	guint32 rgb, other;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_assert_true(color_name_find(cases[i].name, &rgb));
		g_assert_cmphex(rgb, ==, cases[i].rgb);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(greys); i++) {
		g_autofree char *gray = g_strconcat(greys[i], "gray", NULL);
		g_autofree char *grey = g_strconcat(greys[i], "grey", NULL);

		g_assert_true(color_name_find(gray, &rgb));
		g_assert_true(color_name_find(grey, &other));
		g_assert_cmphex(rgb, ==, other);
	}
	g_assert_false(color_name_find("transparent", &rgb));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/color/forms", forms);
	g_test_add_func("/color/long", a_long_text_is_refused_and_cut);
	g_test_add_func("/color/same", every_form_gives_the_same);
	g_test_add_func("/color/equal", differing_colors_are_not_equal);
	g_test_add_func("/color/names", names);
	return g_test_run();
}
