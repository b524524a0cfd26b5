#include "config.h"

#include "render/gif_room.h"

#include <string.h>

#include "render/gif_color.h"

#define WHITE 0xffffffffu
#define BLACK 0xff000000u
#define PINK  0xffff40c0u

/* A palette of greys 0, 1, 2 and so on, each of 100 pixels but for the first
 * n_free, which have none. */
static void fill(struct gif_room_palette *palette, guint8 *entries,
		 guint n_entries, guint n_free)
{
	*palette = (struct gif_room_palette){
		.entries = entries, .n_entries = n_entries, .transparent = 256};
	for (guint i = 0; i < n_entries; i++) {
		memset(&entries[3 * i], (int)i, 3);
		palette->counts[i] = i < n_free ? 0 : 100;
	}
}

static guint add_many(struct gif_room *room, guint32 color, guint n)
{
	guint group = 0;

	for (guint i = 0; i < n; i++)
		group = gif_room_add(room, color, FALSE);
	return group;
}

static guint32 color_of(const struct gif_room *room,
			const struct gif_room_palette *palette, guint group)
{
	return gif_color_from_rgb(
		&palette->entries[3 * gif_room_entry(room, group)]);
}

static void like_colors_are_one_group(void)
{
	g_autoptr(gif_room_auto) room = gif_room_new();
	guint one = gif_room_add(room, 0xff101010, FALSE);

	g_assert_cmpuint(gif_room_add(room, 0xff171717, FALSE), ==, one);
	g_assert_cmpuint(gif_room_add(room, 0xff181818, FALSE), !=, one);
	g_assert_cmpuint(gif_room_add(room, 0xff101010, TRUE), !=, one);
	g_assert_cmpuint(gif_room_add(room, 0xff101010, TRUE), !=,
			 gif_room_add(room, 0xff111111, TRUE));
	gif_room_reset(room);
	g_assert_cmpuint(gif_room_add(room, PINK, FALSE), ==, 0);
}

/* What most of a group's pixels are counts, not what came first. */
static void a_solid_color_is_met_exactly(void)
{
	g_autoptr(gif_room_auto) room = gif_room_new();
	struct gif_room_palette palette;
	guint8 entries[768];
	guint group;

	(void)add_many(room, 0xfff8f8f8, 5);
	group = add_many(room, WHITE, 50);
	(void)add_many(room, 0xfffafafa, 20);
	fill(&palette, entries, 256, 1);
	gif_room_settle(room, &palette);
	g_assert_cmphex(color_of(room, &palette, group), ==, WHITE);
}

static void free_entries_go_where_they_help(void)
{
	g_autoptr(gif_room_auto) room = gif_room_new();
	struct gif_room_palette palette;
	guint8 entries[768];
	guint few = add_many(room, 0xff4060f0, 3);
	guint many = add_many(room, PINK, 90);
	guint near = add_many(room, 0xff202020, 900);

	fill(&palette, entries, 64, 1);
	gif_room_settle(room, &palette);
	g_assert_true(palette.is_changed);
	g_assert_false(palette.is_merged);
	g_assert_cmphex(color_of(room, &palette, many), ==, PINK);
	g_assert_cmpuint(gif_room_entry(room, near), ==, 0x20);
	g_assert_cmphex(color_of(room, &palette, few), !=, 0xff4060f0);
	fill(&palette, entries, 64, 2);
	gif_room_settle(room, &palette);
	g_assert_cmphex(color_of(room, &palette, few), ==, 0xff4060f0);
}

static void what_is_near_takes_no_entry(void)
{
	g_autoptr(gif_room_auto) room = gif_room_new();
	struct gif_room_palette palette;
	guint8 entries[768];
	guint group;

	(void)add_many(room, 0xff101010, 1000);
	group = add_many(room, 0xff232022, 10);
	fill(&palette, entries, 64, 1);
	gif_room_settle(room, &palette);
	g_assert_false(palette.is_changed);
	g_assert_cmpuint(gif_room_entry(room, group), >, 0);
}

/* A colour that has to be exact gets an entry where a blend would not. */
static void exact_colors_come_before_blends(void)
{
	g_autoptr(gif_room_auto) room = gif_room_new();
	struct gif_room_palette palette;
	guint8 entries[768];
	guint exact = gif_room_add(room, 0xff232022, TRUE);
	guint blend = add_many(room, 0xff4060f0, 40);

	(void)add_many(room, 0xff101010, 1000);
	fill(&palette, entries, 64, 1);
	gif_room_settle(room, &palette);
	g_assert_cmphex(color_of(room, &palette, exact), ==, 0xff232022);
	g_assert_cmphex(color_of(room, &palette, blend), !=, 0xff4060f0);
}

static void the_transparent_entry_is_left_alone(void)
{
	g_autoptr(gif_room_auto) room = gif_room_new();
	struct gif_room_palette palette;
	guint8 entries[768];
	guint group = add_many(room, 0xff202020, 100);

	fill(&palette, entries, 64, 0);
	palette.transparent = 0x20;
	palette.counts[0x20] = 0;
	gif_room_settle(room, &palette);
	g_assert_cmpuint(gif_room_entry(room, group), !=, 0x20);
	g_assert_false(palette.is_changed);
}

/* No entry is free and none near: the entry of the fewest pixels goes to its
 * neighbour. */
static void a_full_palette_merges(void)
{
	g_autoptr(gif_room_auto) room = gif_room_new();
	struct gif_room_palette palette;
	guint8 entries[768];
	guint group = add_many(room, PINK, 100);

	fill(&palette, entries, 256, 0);
	palette.counts[77] = 2;
	gif_room_settle(room, &palette);
	g_assert_true(palette.is_merged);
	g_assert_cmphex(color_of(room, &palette, group), ==, PINK);
	g_assert_cmpuint(gif_room_entry(room, group), ==, 77);
	for (guint i = 0; i < 256; i++)
		if (i != 77)
			g_assert_cmpuint(palette.merged[i], ==, i);
	g_assert_true(palette.merged[77] == 76 || palette.merged[77] == 78);
}

/* The same for a colour of few pixels, a blend: it takes the nearest. */
static void blends_merge_nothing(void)
{
	g_autoptr(gif_room_auto) room = gif_room_new();
	struct gif_room_palette palette;
	guint8 entries[768];

	(void)add_many(room, BLACK, 1000);
	(void)add_many(room, PINK, 50);
	fill(&palette, entries, 256, 0);
	gif_room_settle(room, &palette);
	g_assert_false(palette.is_merged);
	g_assert_false(palette.is_changed);
	gif_room_free(NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gif-room/groups", like_colors_are_one_group);
	g_test_add_func("/gif-room/solid", a_solid_color_is_met_exactly);
	g_test_add_func("/gif-room/free", free_entries_go_where_they_help);
	g_test_add_func("/gif-room/near", what_is_near_takes_no_entry);
	g_test_add_func("/gif-room/exact", exact_colors_come_before_blends);
	g_test_add_func("/gif-room/transparent",
			the_transparent_entry_is_left_alone);
	g_test_add_func("/gif-room/full", a_full_palette_merges);
	g_test_add_func("/gif-room/blends", blends_merge_nothing);
	return g_test_run();
}
