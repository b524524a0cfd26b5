#include "config.h"

#include "fcgi/wishes.h"

#include <string.h>

static const struct variant_params sample = {
	.width_px = 300, .height_px = 200, .format = MACRO_FORMAT_PNG};

static void put_width(struct scoreboard_wishes *wishes, int width_px)
{
	struct variant_params params = sample;

	params.width_px = width_px;
	wishes_put(wishes, "cat", &params);
}

static void what_is_put_is_taken_once(void)
{
	g_autofree struct scoreboard_wishes *wishes =
		g_new0(struct scoreboard_wishes, 1);
	const struct variant_params jpeg = {.width_px = 10,
					    .height_px = 20,
					    .format = MACRO_FORMAT_JPEG,
					    .jpeg = {70, TRUE}};
	struct wish out[SCOREBOARD_WISHES];
	guint32 seen = 0;

	g_assert_cmpuint(wishes_take(wishes, &seen, out), ==, 0);
	wishes_put(wishes, "cat", &sample);
	wishes_put(wishes, "grüße ö", &jpeg);
	g_assert_cmpuint(wishes_take(wishes, &seen, out), ==, 2);
	g_assert_cmpstr(out[0].id, ==, "cat");
	g_assert_cmpint(out[0].width_px, ==, 300);
	g_assert_cmpint(out[0].height_px, ==, 200);
	g_assert_cmpint(out[0].format, ==, MACRO_FORMAT_PNG);
	g_assert_cmpint(out[0].quality, ==, 0);
	g_assert_cmpstr(out[1].id, ==, "grüße ö");
	g_assert_cmpint(out[1].quality, ==, 70);
	g_assert_cmpuint(wishes_take(wishes, &seen, out), ==, 0);
}

static void a_full_ring_keeps_the_last(void)
{
	g_autofree struct scoreboard_wishes *wishes =
		g_new0(struct scoreboard_wishes, 1);
	struct wish out[SCOREBOARD_WISHES];
	guint32 seen = 0;

	for (int i = 1; i <= 3 * SCOREBOARD_WISHES + 5; i++)
		put_width(wishes, i);
	g_assert_cmpuint(wishes_take(wishes, &seen, out), ==,
			 SCOREBOARD_WISHES);
	for (int i = 0; i < SCOREBOARD_WISHES; i++)
		g_assert_cmpint(out[i].width_px, ==,
				2 * SCOREBOARD_WISHES + 6 + i);
	g_assert_cmpuint(seen, ==, 3 * SCOREBOARD_WISHES + 5);
}

/* At the end of its numbers the count begins anew. */
static void the_count_goes_round(void)
{
	g_autofree struct scoreboard_wishes *wishes =
		g_new0(struct scoreboard_wishes, 1);
	struct wish out[SCOREBOARD_WISHES];
	guint32 seen = G_MAXUINT32 - 2;

	atomic_store(&wishes->count, G_MAXUINT32 - 2);
	for (int i = 1; i <= 6; i++)
		put_width(wishes, i);
	g_assert_cmpuint(wishes_take(wishes, &seen, out), ==, 6);
	for (int i = 0; i < 6; i++)
		g_assert_cmpint(out[i].width_px, ==, i + 1);
	g_assert_cmpuint(seen, ==, 3);
}

static void what_is_being_written_is_left(void)
{
	g_autofree struct scoreboard_wishes *wishes =
		g_new0(struct scoreboard_wishes, 1);
	struct wish out[SCOREBOARD_WISHES];
	guint32 seen = 0;

	put_width(wishes, 1);
	put_width(wishes, 2);
	atomic_store(&wishes->ring[0].number, 0);
	g_assert_cmpuint(wishes_take(wishes, &seen, out), ==, 1);
	g_assert_cmpint(out[0].width_px, ==, 2);
}

static void too_long_an_id_is_none(void)
{
	g_autofree struct scoreboard_wishes *wishes =
		g_new0(struct scoreboard_wishes, 1);
	g_autofree char *longest = g_strnfill(LIMIT_ID_BYTES, 'a');
	g_autofree char *longer = g_strnfill(LIMIT_ID_BYTES + 1, 'a');
	struct wish out[SCOREBOARD_WISHES];
	guint32 seen = 0;

	wishes_put(wishes, longer, &sample);
	g_assert_cmpuint(wishes_take(wishes, &seen, out), ==, 0);
	wishes_put(wishes, longest, &sample);
	g_assert_cmpuint(wishes_take(wishes, &seen, out), ==, 1);
	g_assert_cmpstr(out[0].id, ==, longest);
}

static void nonsense_is_left_out(void)
{
	static const struct {
		const char *id;
		int width_px, height_px;
		guint32 format;
		int quality;
		gboolean is_good;
	} cases[] = {
		{"a", 1, 1, MACRO_FORMAT_GIF, 0, TRUE},
		{"a", LIMIT_TEMPLATE_SIDE_PX, 1, MACRO_FORMAT_PNG, 0, TRUE},
		{"a", LIMIT_TEMPLATE_SIDE_PX + 1, 1, MACRO_FORMAT_PNG, 0,
		 FALSE},
		{"a", 1, LIMIT_TEMPLATE_SIDE_PX + 1, MACRO_FORMAT_PNG, 0,
		 FALSE},
		{"a", 0, 1, MACRO_FORMAT_PNG, 0, FALSE},
		{"a", 1, 0, MACRO_FORMAT_PNG, 0, FALSE},
		{"a", -1, 1, MACRO_FORMAT_PNG, 0, FALSE},
		{"a", G_MININT, G_MININT, MACRO_FORMAT_PNG, 0, FALSE},
		{"a", 1, 1, MACRO_FORMAT_DEFAULT, 0, FALSE},
		{"a", 1, 1, MACRO_FORMAT_WEBP, 0, TRUE},
		{"a", 1, 1, MACRO_FORMAT_WEBP + 1, 0, FALSE},
		{"a", 1, 1, G_MAXUINT32, 0, FALSE},
		{"a", 1, 1, MACRO_FORMAT_JPEG, 1, TRUE},
		{"a", 1, 1, MACRO_FORMAT_JPEG, 100, TRUE},
		{"a", 1, 1, MACRO_FORMAT_JPEG, 0, FALSE},
		{"a", 1, 1, MACRO_FORMAT_JPEG, 101, FALSE},
		{"a", 1, 1, MACRO_FORMAT_JPEG, G_MININT, FALSE},
		{"a", 1, 1, MACRO_FORMAT_PNG, 85, FALSE},
		{"", 1, 1, MACRO_FORMAT_PNG, 0, FALSE},
		{".", 1, 1, MACRO_FORMAT_PNG, 0, FALSE},
		{"../etc/passwd", 1, 1, MACRO_FORMAT_PNG, 0, FALSE},
		{"a/b", 1, 1, MACRO_FORMAT_PNG, 0, FALSE},
		{"\xff", 1, 1, MACRO_FORMAT_PNG, 0, FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree struct scoreboard_wishes *wishes =
			g_new0(struct scoreboard_wishes, 1);
		const struct variant_params params = {
			.width_px = cases[i].width_px,
			.height_px = cases[i].height_px,
			.jpeg = {cases[i].quality, FALSE},
		};
		struct wish out[SCOREBOARD_WISHES];
		guint32 seen = 0;

		g_test_message("case %zu", i);
		wishes_put(wishes, cases[i].id, &params);
		atomic_store(&wishes->ring[0].format, cases[i].format);
		g_assert_cmpuint(wishes_take(wishes, &seen, out), ==,
				 cases[i].is_good);
	}
}

static void assert_sane(const struct wish *wish)
{
	g_assert_cmpint(wish->width_px, >, 0);
	g_assert_cmpint(wish->height_px, >, 0);
	g_assert_cmpint(wish->width_px, <=, LIMIT_TEMPLATE_SIDE_PX);
	g_assert_cmpint(wish->height_px, <=, LIMIT_TEMPLATE_SIDE_PX);
	g_assert_nonnull(macro_format_name(wish->format));
	g_assert_nonnull(memchr(wish->id, 0, sizeof(wish->id)));
	g_assert_null(strchr(wish->id, '/'));
}

/* A worker run wild writes what it likes, where it likes in its slot. */
static void garbage_is_survived(void)
{
	g_autofree struct scoreboard_wishes *wishes =
		g_new0(struct scoreboard_wishes, 1);
	struct wish out[SCOREBOARD_WISHES];
	guint n_taken = 0;

	for (int i = 0; i < 20000; i++) {
		guint8 *bytes = (guint8 *)wishes;
		gsize n = (gsize)g_test_rand_int_range(1, 64);
		guint32 seen = (guint32)g_test_rand_int();
		guint taken;

		put_width(wishes, i % 1000 + 1);
		while (n-- > 0)
			bytes[g_test_rand_int_range(0, sizeof(*wishes))] =
				(guint8)g_test_rand_int();
		taken = wishes_take(wishes, &seen, out);
		g_assert_cmpuint(taken, <=, SCOREBOARD_WISHES);
		for (guint j = 0; j < taken; j++)
			assert_sane(&out[j]);
		n_taken += taken;
	}
	g_assert_cmpuint(n_taken, >, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wishes/once", what_is_put_is_taken_once);
	g_test_add_func("/wishes/full", a_full_ring_keeps_the_last);
	g_test_add_func("/wishes/round", the_count_goes_round);
	g_test_add_func("/wishes/torn", what_is_being_written_is_left);
	g_test_add_func("/wishes/long-id", too_long_an_id_is_none);
	g_test_add_func("/wishes/nonsense", nonsense_is_left_out);
	g_test_add_func("/wishes/garbage", garbage_is_survived);
	return g_test_run();
}
