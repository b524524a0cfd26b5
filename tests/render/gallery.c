#include "config.h"

#include "tests/render/gallery.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/paint.h"
#include "tests/render/fixture.h"

static const char *const folders[] = {
	"/usr/share/fonts/truetype/noto",
	"/usr/share/fonts/opentype/noto",
	"/usr/share/fonts/truetype/open-sans",
	NULL,
};

#define OPEN_SANS "OpenSans-CondBold.ttf"

static const struct gallery_case cases[] = {
	{"capitals", "top_text=NEED A MEME?&bottom_text=WHY NOT ZOIDBERG?",
	 OPEN_SANS, 240, 180, GALLERY_BUSY},
	{"letters",
	 "top_text=Jumpy Ågy ÇÉ&bottom_text=quietly jumping "
	 "frogs, again and again and again",
	 OPEN_SANS, 240, 180, GALLERY_LIGHT},
	{"fit", "top_text=As large as it can be&size=fit&bottom_text=gÅ",
	 OPEN_SANS, 240, 180, GALLERY_DARK},
	{"sizes",
	 "captions[0][text]=shrunk, because it is a long line of text"
	 "&captions[0][valign]=top&captions[0][size]=shrink"
	 "&captions[1][text]=left%0Aline&captions[1][valign]=middle"
	 "&captions[1][align]=left&captions[1][size]=24"
	 "&captions[2][text]=right%0Aline&captions[2][valign]=bottom"
	 "&captions[2][align]=right&captions[2][size]=40",
	 OPEN_SANS, 240, 180, GALLERY_BUSY},
	{"shadow",
	 "captions[0][text]=Shadow&captions[0][valign]=top"
	 "&captions[0][outline]=none&captions[0][shadow]=black"
	 "&captions[1][text]=and outline&captions[1][valign]=bottom"
	 "&captions[1][shadow]=rgba(0,0,0,.6)&captions[1][color]=gold",
	 OPEN_SANS, 240, 180, GALLERY_LIGHT},
	{"background",
	 "captions[0][text]=A box behind all of the lines"
	 "&captions[0][valign]=top&captions[0][background]=rgba(0,0,0,.6)"
	 "&captions[0][outline]=none"
	 "&captions[1][text]=half there&captions[1][valign]=bottom"
	 "&captions[1][background]=crimson&captions[1][opacity]=.5",
	 OPEN_SANS, 240, 180, GALLERY_BUSY},
	{"turned",
	 "captions[0][text]=Turned a little&captions[0][angle]=12"
	 "&captions[0][x]=.1&captions[0][y]=.1&captions[0][w]=.8"
	 "&captions[0][h]=.5&captions[0][shadow]=black"
	 "&captions[1][text]=up&captions[1][angle]=90"
	 "&captions[1][background]=navy&captions[1][x]=.4"
	 "&captions[1][y]=.6&captions[1][w]=.2&captions[1][h]=.4",
	 OPEN_SANS, 240, 180, GALLERY_DARK},
	{"outlines",
	 "captions[0][text]=thick&captions[0][valign]=top"
	 "&captions[0][outline_width]=9&captions[0][outline]=purple"
	 "&captions[1][text]=thin&captions[1][valign]=middle"
	 "&captions[1][outline_width]=1"
	 "&captions[2][text]=none&captions[2][valign]=bottom"
	 "&captions[2][outline]=none&captions[2][color]=teal",
	 OPEN_SANS, 240, 180, GALLERY_LIGHT},
	{"small", "top_text=small pictures have&bottom_text=small letters",
	 OPEN_SANS, 96, 72, GALLERY_BUSY},
	{"missing", "top_text=no font has this: \U000f0000", OPEN_SANS, 240, 90,
	 GALLERY_LIGHT},
	{"greek", "top_text=Γειά σου κόσμε&bottom_text=Добрый бобр",
	 "NotoSans-ExtraCondensedBlack.ttf", 240, 180, GALLERY_BUSY},
	{"arabic", "top_text=مرحبا بالعالم 123 ok&bottom_text=شكراً جزيلاً",
	 "NotoSansArabic-ExtraCondensedBlack.ttf", 240, 180, GALLERY_BUSY},
	{"hebrew", "top_text=שלום (עולם) 42!&bottom_text=abc שלום",
	 "NotoSansHebrew-ExtraCondensedBlack.ttf", 240, 180, GALLERY_LIGHT},
	{"devanagari", "top_text=नमस्ते दुनिया&bottom_text=क्या हाल है दोस्तों",
	 "NotoSansDevanagari-ExtraCondensedBlack.ttf", 240, 180, GALLERY_DARK},
	{"thai", "top_text=สวัสดีชาวโลก&bottom_text=กินข้าวหรือยังครับทุกคน",
	 "NotoSansThai-ExtraCondensedBlack.ttf", 240, 180, GALLERY_BUSY},
	{"han",
	 "top_text=你好，世界！&bottom_text=吾輩は猫である。名前はまだ無い。",
	 "NotoSansCJK-Black.ttc", 240, 180, GALLERY_BUSY},
	{"hangul", "top_text=안녕하세요&bottom_text=밈이 필요하세요?",
	 "NotoSansCJK-Black.ttc", 240, 180, GALLERY_DARK},
	{"emoji",
	 "top_text=👍🏽 👩‍🚀 🇩🇪 1️⃣ "
	 "ok&bottom_text=😀❤️",
	 "NotoColorEmoji.ttf", 240, 180, GALLERY_DARK},
};

const struct gallery_case *gallery_cases(gsize *out_n)
{
	*out_n = G_N_ELEMENTS(cases);
	return cases;
}

static gboolean is_installed(const char *file)
{
	for (gsize i = 0; folders[i]; i++) {
		g_autofree char *path =
			g_build_filename(folders[i], file, NULL);

		if (g_file_test(path, G_FILE_TEST_EXISTS))
			return TRUE;
	}
	return FALSE;
}

gboolean gallery_can_draw(const struct gallery_case *one)
{
	return is_installed(one->font);
}

struct fonts *gallery_fonts(void)
{
	static const char *const defaults[] = {"OpenSans-CondBold", NULL};
	const struct fonts_config config = {
		.defaults = defaults,
		.fallback_dirs = folders,
		.cache_entries = 4,
	};

	return is_installed(OPEN_SANS) ? fonts_open(&config, NULL) : NULL;
}

/* Discs of many colours: the worst that a text can be laid over. */
static void draw_discs(cairo_t *cr, int width, int height)
{
	GRand *random = g_rand_new_with_seed(2);

	for (int i = 0; i < 40; i++) {
		double shade = g_rand_int_range(random, 0, 5) / 4.0;
		double x = g_rand_int_range(random, 0, 100) * width / 100.0;
		double y = g_rand_int_range(random, 0, 100) * height / 100.0;

		cairo_set_source_rgb(cr, shade, i % 5 / 4.0, i % 3 / 2.0);
		cairo_arc(cr, x, y, (2 + i % 7) * width / 60.0, 0, 2 * G_PI);
		cairo_fill(cr);
	}
	g_rand_free(random);
}

static void draw_ground(cairo_surface_t *surface, enum gallery_ground ground)
{
	g_autoptr(cairo_t) cr = cairo_create(surface);

	if (ground == GALLERY_LIGHT)
		cairo_set_source_rgb(cr, 0.94, 0.93, 0.88);
	else
		cairo_set_source_rgb(cr, 0.1, 0.1, 0.16);
	cairo_paint(cr);
	if (ground == GALLERY_BUSY)
		draw_discs(cr, cairo_image_surface_get_width(surface),
			   cairo_image_surface_get_height(surface));
}

cairo_surface_t *gallery_draw(const struct gallery_case *one,
			      struct fonts *fonts, double scale)
{
	int width = (int)(one->width_px * scale);
	int height = (int)(one->height_px * scale);
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
	g_autoptr(plan_auto) plan =
		fixture_plan(fonts, one->query, width, height);

	draw_ground(surface, one->ground);
	paint_plan(plan, surface);
	return surface;
}
