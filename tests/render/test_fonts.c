#include "config.h"

#include "render/fonts.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

#include "render/typeface.h"
#include "tests/render/fixture.h"

static void names_are_the_site_s_stems(void)
{
	g_autoptr(fonts_auto) fonts = fixture_fonts();
	g_autofree char *names = g_strjoinv(" ", (char **)fonts_names(fonts));

	g_assert_cmpstr(names, ==, "Block Block-Heavy Broad");
	g_assert_cmpstr(fonts_default_name(fonts), ==, "Block");
}

static void a_font_is_found_by_stem_and_family(void)
{
	static const struct {
		const char *asked, *name;
	} cases[] = {
		{NULL, "Block"},
		{"Block", "Block"},
		{"bLOCK", "Block"},
		{"Block-Heavy", "Block-Heavy"},
		{"block bold", "Block-Heavy"}, /* the full name */
		{"Broad", "Broad"},
		{"broad face", "Broad"}, /* the family */
		{"Impact", NULL},
		{"broken", NULL},
		{"", NULL},
		{"Spare", NULL}, /* a fallback is nobody's to name */
		{"captiond-0", NULL},
		{"Block*", NULL},
	};
	g_autoptr(fonts_auto) fonts = fixture_fonts();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		const char *name = "untouched";
		gboolean is_there =
			fonts_check(fonts, cases[i].asked, &name, &error);

		if (cases[i].name) {
			g_assert_no_error(error);
			g_assert_cmpstr(name, ==, cases[i].name);
			continue;
		}
		g_assert_false(is_there);
		g_assert_cmpstr(name, ==, "untouched");
		g_assert_error(error, FONTS_ERROR, FONTS_ERROR_NOT_FOUND);
		g_assert_true(
			g_str_has_prefix(error->message, "cannot load font `"));
		g_assert_nonnull(strstr(error->message, cases[i].asked));
	}
}

/* A family with several files: each name must give its own file. */
static void a_stem_selects_exactly_its_file(void)
{
	g_autoptr(fonts_auto) fonts = fixture_fonts();
	static const char *const names[] = {"Block", "Block-Heavy", "Broad"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		const struct typeface *typeface =
			fonts_typeface(fonts, names[i], HAN_CHINESE, NULL);
		g_autoptr(PangoFont) font = pango_context_load_font(
			typeface->context,
			pango_context_get_font_description(typeface->context));
		g_autofree char *name =
			g_path_get_basename(fonts_face_of(fonts, font)->path);
		g_autofree char *wanted = g_strconcat(names[i], ".ttf", NULL);

		g_assert_cmpstr(name, ==, wanted);
		g_assert_cmpfloat_with_epsilon(typeface->cap_height_em, 0.7,
					       1e-6);
	}
}

/* The font that a fontset of face's, at size_px, gives for a letter. */
static PangoFont *letter_font(const struct typeface *typeface, int size_px,
			      const char *language)
{
	PangoContext *context = typeface->context;
	PangoFontDescription *desc = pango_font_description_copy(
		pango_context_get_font_description(context));
	PangoFontset *first, *second;
	PangoLanguage *tag = pango_language_from_string(language);
	PangoFont *font;

	pango_font_description_set_absolute_size(desc, size_px * PANGO_SCALE);
	first = pango_context_load_fontset(context, desc, tag);
	second = pango_context_load_fontset(context, desc, tag);
	g_assert_true(first == second);
	font = pango_fontset_get_font(first, 'H');
	pango_font_description_free(desc);
	g_object_unref(first);
	g_object_unref(second);
	return font;
}

/* More of them than are remembered, so that some come from there, some not. */
static void fontsets_are_not_mixed_up(void)
{
	static const char *const names[] = {"Block", "Block-Heavy", "Broad"};
	static const char *const languages[] = {"en", "ja", "he"};
	g_autoptr(fonts_auto) fonts = fixture_fonts();

	for (int i = 0; i < 300; i++) {
		int which = g_test_rand_int_range(0, 3);
		int size_px = g_test_rand_int_range(20, 23);
		const struct typeface *typeface =
			fonts_typeface(fonts, names[which], HAN_CHINESE, NULL);
		g_autoptr(PangoFont) font =
			letter_font(typeface, size_px,
				    languages[g_test_rand_int_range(0, 3)]);
		PangoFontDescription *desc =
			pango_font_describe_with_absolute_size(font);

		g_assert_true(fonts_face_of(fonts, font) == typeface->face);
		g_assert_cmpint(pango_font_description_get_size(desc), ==,
				size_px * PANGO_SCALE);
		pango_font_description_free(desc);
	}
}

static struct fonts *open_with(const char *dir, const char *default_name,
			       GError **error)
{
	g_autofree char *fallback =
		g_build_filename(fixture_folder(), "fallback", NULL);
	const char *const defaults[] = {"Impact", default_name, NULL};
	const char *const dirs[] = {"/nonexistent", fallback, NULL};
	const struct fonts_config config = {
		.dir = dir,
		.defaults = defaults,
		.fallback_dirs = dirs,
		.cache_entries = 1,
	};

	return fonts_open(&config, error);
}

static void the_default_may_be_a_fallback_s(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(fonts_auto) fonts = open_with(NULL, "Spare", &error);

	g_assert_no_error(error);
	g_assert_cmpstr(fonts_default_name(fonts), ==, "Spare");
	g_assert_cmpstr(fonts_names(fonts)[0], ==, "Spare");
	g_assert_null(fonts_names(fonts)[1]);
}

static void without_a_default_it_does_not_open(void)
{
	static const char *const names[] = {"Nothing", "Spar", "Spare*",
					    "Spare Hebrew"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(fonts_auto) fonts = open_with(NULL, names[i], &error);

		g_assert_null(fonts);
		g_assert_error(error, FONTS_ERROR, FONTS_ERROR_SETUP);
		g_assert_nonnull(strstr(error->message, "Impact"));
		g_assert_nonnull(strstr(error->message, names[i]));
	}
}

static void a_missing_folder_is_named(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(fonts_auto) fonts =
		open_with("/nonexistent/fonts", "Spare", &error);

	g_assert_null(fonts);
	g_assert_error(error, FONTS_ERROR, FONTS_ERROR_SETUP);
	g_assert_nonnull(strstr(error->message, "/nonexistent/fonts"));
}

static void copy_font(const char *dir, const char *name)
{
	g_autofree char *from = g_build_filename(fixture_folder(), "fallback",
						 "Spare.ttf", NULL);
	g_autofree char *to = g_build_filename(dir, name, NULL);
	g_autofree char *bytes = NULL;
	gsize size;

	g_assert_true(g_file_get_contents(from, &bytes, &size, NULL));
	g_assert_true(g_file_set_contents(to, bytes, (gssize)size, NULL));
}

static void set_time(const char *dir, const char *name, time_t when)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	struct utimbuf times = {when, when};

	g_assert_cmpint(utime(path, &times), ==, 0);
}

static char *version_of(const char *dir)
{
	g_autoptr(fonts_auto) fonts = open_with(dir, "A", NULL);

	g_assert_nonnull(fonts);
	return g_strdup(fonts_version(fonts));
}

static void remove_fonts(const char *dir)
{
	static const char *const names[] = {"A.ttf", "A.otf", "B.ttf"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *path = g_build_filename(dir, names[i], NULL);

		(void)g_remove(path);
	}
	g_assert_cmpint(g_rmdir(dir), ==, 0);
}

static void the_version_tells_what_is_there(void)
{
	g_autofree char *dir = g_dir_make_tmp("fonts-XXXXXX", NULL);
	g_autofree char *first = NULL, *again = NULL, *later = NULL;
	g_autofree char *more = NULL;

	copy_font(dir, "A.ttf");
	set_time(dir, "A.ttf", 1000000000);
	first = version_of(dir);
	again = version_of(dir);
	set_time(dir, "A.ttf", 1000000001);
	later = version_of(dir);
	copy_font(dir, "B.ttf");
	more = version_of(dir);
	g_assert_cmpstr(first, ==, again);
	g_assert_cmpstr(first, !=, later);
	g_assert_cmpstr(later, !=, more);
	remove_fonts(dir);
}

static gint64 modified_s_of(const char *dir)
{
	g_autoptr(fonts_auto) fonts = open_with(dir, "A", NULL);

	g_assert_nonnull(fonts);
	return fonts_modified_s(fonts);
}

static void the_newest_time_is_told(void)
{
	g_autofree char *dir = g_dir_make_tmp("fonts-XXXXXX", NULL);

	copy_font(dir, "A.ttf");
	set_time(dir, "A.ttf", 4000000000);
	g_assert_cmpint(modified_s_of(dir), ==, 4000000000);
	/* An old file came to lie in the folder when that changed. */
	set_time(dir, "A.ttf", 1000000000);
	set_time(dir, ".", 3999999999);
	g_assert_cmpint(modified_s_of(dir), ==, 3999999999);
	remove_fonts(dir);
}

static void of_one_stem_the_first_file_counts(void)
{
	g_autofree char *dir = g_dir_make_tmp("fonts-XXXXXX", NULL);
	g_autoptr(fonts_auto) fonts = NULL;
	const struct typeface *typeface;

	copy_font(dir, "A.ttf");
	copy_font(dir, "A.otf");
	fonts = open_with(dir, "A", NULL);
	g_assert_nonnull(fonts);
	g_assert_cmpstr(fonts_names(fonts)[0], ==, "A");
	g_assert_null(fonts_names(fonts)[1]);
	typeface = fonts_typeface(fonts, "A", HAN_CHINESE, NULL);
	g_assert_true(g_str_has_suffix(typeface->face->path, "A.otf"));
	remove_fonts(dir);
}

static void loaded_fonts_are_kept_up_to_the_limit(void)
{
	static const char *const names[] = {"Block", "Broad", "Block-Heavy"};
	g_autofree char *site =
		g_build_filename(fixture_folder(), "site", NULL);
	g_autoptr(fonts_auto) fonts = open_with(site, "Block", NULL);
	struct fonts_stats stats;

	fonts_get_stats(fonts, &stats);
	g_assert_cmpuint(stats.misses, ==, 1); /* the default was tried */
	g_assert_cmpuint(stats.capacity, ==, 1);
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		g_assert_nonnull(
			fonts_typeface(fonts, names[i], HAN_CHINESE, NULL));
	g_assert_nonnull(
		fonts_typeface(fonts, "Block-Heavy", HAN_CHINESE, NULL));
	fonts_get_stats(fonts, &stats);
	g_assert_cmpuint(stats.hits, ==, 2);
	g_assert_cmpuint(stats.misses, ==, 3);
	g_assert_cmpuint(stats.entries, ==, 1);
	fonts_preload(fonts);
	fonts_get_stats(fonts, &stats);
	g_assert_cmpuint(stats.entries, ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fonts/names", names_are_the_site_s_stems);
	g_test_add_func("/fonts/check", a_font_is_found_by_stem_and_family);
	g_test_add_func("/fonts/stem", a_stem_selects_exactly_its_file);
	g_test_add_func("/fonts/fontsets", fontsets_are_not_mixed_up);
	g_test_add_func("/fonts/default/fallback",
			the_default_may_be_a_fallback_s);
	g_test_add_func("/fonts/default/none",
			without_a_default_it_does_not_open);
	g_test_add_func("/fonts/folder", a_missing_folder_is_named);
	g_test_add_func("/fonts/version", the_version_tells_what_is_there);
	g_test_add_func("/fonts/modified", the_newest_time_is_told);
	g_test_add_func("/fonts/same-stem", of_one_stem_the_first_file_counts);
	g_test_add_func("/fonts/cache", loaded_fonts_are_kept_up_to_the_limit);
	return g_test_run();
}
