#include "config.h"

#include "render/masks.h"

#include <string.h>

/* Keys of the box for a missing character: it needs no font. */
static struct mask_key box_key(guint size_px, enum mask_kind kind)
{
	return (struct mask_key){.size_64ths = size_px * 64,
				 .outline_64ths =
					 kind == MASK_OUTLINE ? 2 * 64 : 0,
				 .kind = (guint16)kind};
}

/* At 100 px: from 7 to 55 across, 70 high, 9 thick. */
static void a_mask_is_tight(void)
{
	struct masks *masks = masks_new(1 << 20);
	struct mask_key key = box_key(100, MASK_FILL);
	const struct mask *mask = masks_get(masks, &key);

	g_assert_cmpint(mask->left, ==, 7);
	g_assert_cmpint(mask->width, ==, 48);
	g_assert_cmpint(mask->top, ==, -70);
	g_assert_cmpint(mask->height, ==, 70);
	g_assert_cmpint(mask->data[0], ==, 255);
	g_assert_cmpint(mask->data[mask->stride * 35 + 8], ==, 255);
	g_assert_cmpint(mask->data[mask->stride * 35 + 10], ==, 0);
	masks_free(masks);
}

static void an_outline_is_wider_and_solid_inside_the_stroke(void)
{
	struct masks *masks = masks_new(1 << 20);
	struct mask_key key = box_key(100, MASK_OUTLINE);
	const struct mask *mask = masks_get(masks, &key);

	g_assert_cmpint(mask->left, ==, 5);
	g_assert_cmpint(mask->width, ==, 52);
	g_assert_cmpint(mask->top, ==, -72);
	g_assert_cmpint(mask->height, ==, 74);
	for (int x = 0; x < 2 + 9 + 2; x++)
		g_assert_cmpint(mask->data[mask->stride * 35 + x], ==, 255);
	masks_free(masks);
}

static void a_fraction_moves_the_ink(void)
{
	struct masks *masks = masks_new(1 << 20);
	struct mask_key key = box_key(100, MASK_FILL);
	const struct mask *mask;

	key.x_64ths = 32;
	mask = masks_get(masks, &key);
	g_assert_cmpint(mask->left, ==, 7);
	g_assert_cmpint(mask->width, ==, 49);
	g_assert_cmpint(ABS(mask->data[0] - 128), <=, 4);
	masks_free(masks);
}

/* Nothing of it is seen; it is kept all the same. */
static void without_ink_a_mask_is_empty(void)
{
	struct masks *masks = masks_new(1 << 20);
	struct mask_key key = box_key(0, MASK_FILL);
	const struct mask *mask = masks_get(masks, &key);

	g_assert_cmpint(mask->width, ==, 0);
	g_assert_cmpint(mask->height, ==, 0);
	masks_free(masks);
}

static void the_latest_used_are_kept(void)
{
	enum { LIMIT = 40000, KINDS = 100 };
	struct masks *masks = masks_new(LIMIT);
	struct mask_key first = box_key(10, MASK_FILL);
	struct masks_stats stats;

	for (guint i = 0; i < KINDS; i++) {
		struct mask_key key = box_key(10 + i, MASK_FILL);

		(void)masks_get(masks, &key);
		(void)masks_get(masks, &first);
		masks_get_stats(masks, &stats);
		g_assert_cmpuint(stats.size_bytes, <=, LIMIT);
	}
	g_assert_cmpuint(stats.entries, <, KINDS);
	g_assert_cmpuint(stats.entries, >, 1);
	g_assert_cmpuint(stats.misses, ==, KINDS);
	g_assert_cmpuint(stats.hits, ==, KINDS);
	masks_free(masks);
}

/* One that is larger than the cache serves, and is the only one. */
static void a_mask_above_the_limit_serves_alone(void)
{
	struct masks *masks = masks_new(100);
	struct masks_stats stats;

	for (guint i = 0; i < 3; i++) {
		struct mask_key key = box_key(100 + i, MASK_FILL);

		g_assert_cmpint(masks_get(masks, &key)->height, >=, 70);
	}
	masks_get_stats(masks, &stats);
	g_assert_cmpuint(stats.entries, ==, 1);
	masks_free(masks);
	masks_free(NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/masks/tight", a_mask_is_tight);
	g_test_add_func("/masks/outline",
			an_outline_is_wider_and_solid_inside_the_stroke);
	g_test_add_func("/masks/fraction", a_fraction_moves_the_ink);
	g_test_add_func("/masks/empty", without_ink_a_mask_is_empty);
	g_test_add_func("/masks/kept", the_latest_used_are_kept);
	g_test_add_func("/masks/above", a_mask_above_the_limit_serves_alone);
	return g_test_run();
}
