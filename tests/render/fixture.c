#include "config.h"

#include "tests/render/fixture.h"

#include <string.h>

const char *fixture_folder(void)
{
	const char *folder = g_getenv("TEST_FONTS");

	if (!folder)
		g_error("TEST_FONTS does not name the folder that "
			"tests/fonts/make_fonts.py wrote into");
	return folder;
}

struct fonts *fixture_fonts(void)
{
	g_autofree char *site =
		g_build_filename(fixture_folder(), "site", NULL);
	g_autofree char *fallback =
		g_build_filename(fixture_folder(), "fallback", NULL);
	const char *const defaults[] = {"Impact", "Block", NULL};
	const char *const dirs[] = {fallback, NULL};
	const char *const fallbacks[] = {"Spare*-Black", "Spare*", NULL};
	const struct fonts_config config = {
		.dir = site,
		.defaults = defaults,
		.fallback_dirs = dirs,
		.fallbacks = fallbacks,
		.cache_entries = 4,
	};
	g_autoptr(GError) error = NULL;
	struct fonts *fonts = fonts_open(&config, &error);

	g_assert_no_error(error);
	return fonts;
}

struct macro *fixture_macro(const char *query)
{
	g_autofree char *whole = g_strconcat("template=x&", query, NULL);
	g_autoptr(GError) error = NULL;
	struct macro *macro = macro_from_query(whole, strlen(whole), &error);

	g_assert_no_error(error);
	return macro;
}

struct plan *fixture_plan(struct fonts *fonts, const char *query, int width_px,
			  int height_px)
{
	g_autoptr(macro_auto) macro = fixture_macro(query);
	g_autoptr(GError) error = NULL;
	struct plan *plan =
		layout_plan(macro, width_px, height_px, fonts, 0, &error);

	g_assert_no_error(error);
	return plan;
}

char *fixture_lines(const struct plan_caption_info *info)
{
	return g_strjoinv("|", (char **)info->lines);
}
