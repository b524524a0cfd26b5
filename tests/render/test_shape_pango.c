/* A line placed from a text that was shaped once, in em, is what Pango lays
 * out at that size with the same breaks. */
#include "config.h"

#include <math.h>
#include <string.h>

#include <pango/pango.h>

#include "render/shape.h"
#include "tests/render/fixture.h"
#include "tests/render/gallery.h"

static const double sizes_px[] = {7, 40, 121.5};
static const double limits_em[] = {1.5, 3, 6, 100};

static const char *const texts[] = {
	"One does not simply walk into a test, AVAVA To Ty fi ffl.",
	"Ünïcödé é à Å",
	"שלום (עולם) 42! abc def שלום, שלום",
	"abc שלום def 12 עולם 34",
	"مرحبا بالعالم 123 ok and 456 مرحبا",
	"नमस्ते दुनिया क्या हाल है दोस्तों",
	"สวัสดีชาวโลก กินข้าวหรือยัง",
	"吾輩は猫である。名前はまだ無い。",
	"안녕하세요 밈이 필요하세요?",
	"a 👍🏽 b 👩‍🚀🇩🇪 1️⃣",
};

/* The text with a line separator wherever a line of ours ends. */
static char *separate(const struct wrap *wrap, const GArray *lines,
		      const char *text)
{
	GString *out = g_string_new(NULL);
	gsize n;
	const struct wrap_cell *cells = wrap_cells(wrap, &n);

	for (guint i = 0; i < lines->len; i++) {
		const struct wrap_line *line =
			&g_array_index(lines, struct wrap_line, i);
		gsize first = cells[line->first].offset;
		gsize end =
			line->end < n ? cells[line->end].offset : strlen(text);

		if (i > 0)
			g_string_append(out, "\u2028");
		g_string_append_len(out, text + first, (gssize)(end - first));
	}
	return g_string_free(out, FALSE);
}

static void set_size(PangoLayout *layout, PangoContext *context, double size)
{
	PangoFontDescription *desc = pango_font_description_copy(
		pango_context_get_font_description(context));

	pango_font_description_set_absolute_size(desc, size * PANGO_SCALE);
	pango_layout_set_font_description(layout, desc);
	pango_font_description_free(desc);
}

/* Compares glyph for glyph; ours[] are those with ink or advance that Pango
 * does not hide. */
static void compare_line(PangoLayoutLine *line, const GArray *ours,
			 double size_px)
{
	guint at = 0;
	double x = 0;

	for (GSList *run = line->runs; run; run = run->next) {
		const PangoGlyphString *glyphs =
			((PangoGlyphItem *)run->data)->glyphs;

		for (int i = 0; i < glyphs->num_glyphs; i++) {
			const PangoGlyphInfo *info = &glyphs->glyphs[i];
			const struct shape_glyph *glyph;

			if (info->glyph == PANGO_GLYPH_EMPTY)
				continue;
			g_assert_cmpuint(at, <, ours->len);
			glyph = &g_array_index(ours, struct shape_glyph, at++);
			g_assert_cmpuint(glyph->glyph, ==, info->glyph);
			g_assert_cmpfloat_with_epsilon(
				glyph->x_em * size_px,
				(x + info->geometry.x_offset) / PANGO_SCALE,
				0.02 + size_px / 1000);
			x += info->geometry.width;
		}
	}
	g_assert_cmpuint(at, ==, ours->len);
}

static void compare(struct shape *shape, const struct typeface *typeface,
		    const char *text, double limit_em, double size_px)
{
	/* A separator within a word would part letters that join. */
	double least_em = wrap_widest_word_em(shape_wrap(shape)) + 0.01;
	g_autoptr(GArray) lines =
		wrap_lines(shape_wrap(shape), MAX(limit_em, least_em));
	g_autofree char *separated = separate(shape_wrap(shape), lines, text);
	g_autoptr(PangoLayout) layout = pango_layout_new(typeface->context);

	set_size(layout, typeface->context, size_px);
	pango_layout_set_text(layout, separated, -1);
	g_assert_cmpint(pango_layout_get_line_count(layout), ==, lines->len);
	for (guint i = 0; i < lines->len; i++) {
		struct shape_line line;

		shape_line(shape, &g_array_index(lines, struct wrap_line, i),
			   &line);
		compare_line(pango_layout_get_line_readonly(layout, (int)i),
			     line.glyphs, size_px);
		g_array_unref(line.glyphs);
		g_free(line.text);
	}
}

/* Texts with characters that no font has are left to the gallery: Pango draws
 * another box for them. */
static gboolean has_all(struct fonts *fonts, const char *text)
{
	struct fonts_stats before, after;
	g_autoptr(shape_auto) shape = NULL;

	fonts_get_stats(fonts, &before);
	shape = shape_new(fonts,
			  fonts_typeface(fonts, NULL, shape_han_of(text), NULL),
			  text);
	fonts_get_stats(fonts, &after);
	return before.missing_chars == after.missing_chars;
}

static guint compare_text(struct fonts *fonts, const char *text)
{
	const struct typeface *typeface =
		fonts_typeface(fonts, NULL, shape_han_of(text), NULL);
	g_autoptr(shape_auto) shape = NULL;

	if (!has_all(fonts, text))
		return 0;
	shape = shape_new(fonts, typeface, text);
	for (gsize i = 0; i < G_N_ELEMENTS(limits_em); i++)
		for (gsize k = 0; k < G_N_ELEMENTS(sizes_px); k++)
			compare(shape, typeface, text, limits_em[i],
				sizes_px[k]);
	return 1;
}

static guint compare_all(struct fonts *fonts)
{
	guint n = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_test_message("%s", texts[i]);
		n += compare_text(fonts, texts[i]);
	}
	fonts_close(fonts);
	return n;
}

static void drawn_fonts_are_as_pango_has_them(void)
{
	static const char *const plain[] = {"AB gg É", "אבג AB דה 12"};
	struct fonts *fonts = fixture_fonts();

	for (gsize i = 0; i < G_N_ELEMENTS(plain); i++)
		g_assert_cmpuint(compare_text(fonts, plain[i]), ==, 1);
	fonts_close(fonts);
}

static void real_fonts_are_as_pango_has_them(void)
{
	struct fonts *fonts = gallery_fonts();

	if (!fonts) {
		g_test_skip("OpenSans-CondBold is not installed");
		return;
	}
	g_assert_cmpuint(compare_all(fonts), >=, 2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/shape-pango/drawn",
			drawn_fonts_are_as_pango_has_them);
	g_test_add_func("/shape-pango/real", real_fonts_are_as_pango_has_them);
	return g_test_run();
}
