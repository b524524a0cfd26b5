#include "config.h"

#include "tests/render/random_caption.h"

#include <string.h>

#include "render/limits.h"

guint chooser_next(struct chooser *chooser, guint n)
{
	guint value = 0;

	for (guint limit = n; limit > 1 && chooser->size > 0; limit /= 256) {
		value = value * 256 + *chooser->bytes++;
		chooser->size--;
	}
	return value % n;
}

/* First and last of what texts are made of. */
static const struct {
	gunichar first, last;
} ranges[] = {
	{'a', 'z'},	    {'A', 'Z'},		{' ', ' '},
	{' ', '~'},	    {'\n', '\n'},	{0xc0, 0x17f},
	{0x300, 0x36f},	    {0x391, 0x3c9},	{0x410, 0x44f},
	{0x5d0, 0x5ea},	    {0x627, 0x64a},	{0x915, 0x94d},
	{0xe01, 0xe3a},	    {0x1100, 0x1112},	{0x200b, 0x200f},
	{0x202a, 0x202e},   {0x2066, 0x2069},	{0x3041, 0x3096},
	{0x4e00, 0x9fff},   {0xac00, 0xd7a3},	{0xfe0e, 0xfe0f},
	{0x1f1e6, 0x1f1ff}, {0x1f3fb, 0x1f3ff}, {0x1f600, 0x1f64f},
	{0x20, 0x10ffff},
};

static char *random_text(struct chooser *chooser)
{
	GString *text = g_string_new(NULL);
	guint n = chooser_next(chooser, 5) ? chooser_next(chooser, 40)
					   : chooser_next(chooser, 256);
	guint range = 0;
	char *clean;

	for (guint i = 0; i <= n; i++) {
		gunichar c;

		if (chooser_next(chooser, 4) == 0)
			range = chooser_next(chooser, G_N_ELEMENTS(ranges));
		c = ranges[range].first +
		    chooser_next(chooser,
				 ranges[range].last - ranges[range].first + 1);
		if (g_unichar_validate(c))
			g_string_append_unichar(text, c);
	}
	clean = text_clean(text->str, text->len, NULL);
	(void)g_string_free(text, TRUE);
	return clean && *clean ? clean : (g_free(clean), g_strdup("A g"));
}

static double fraction(struct chooser *chooser)
{
	return chooser_next(chooser, 1001) / 1000.0;
}

static struct color random_color(struct chooser *chooser, gboolean is_opaque)
{
	return (struct color){(guint8)chooser_next(chooser, 256),
			      (guint8)chooser_next(chooser, 256),
			      (guint8)chooser_next(chooser, 256),
			      is_opaque ? 255
					: (guint8)chooser_next(chooser, 256)};
}

static void random_place(struct chooser *chooser, struct caption *out)
{
	out->valign = (enum caption_valign)chooser_next(chooser, 3);
	out->halign = (enum caption_halign)chooser_next(chooser, 3);
	out->has_area = chooser_next(chooser, 2);
	if (!out->has_area)
		return;
	out->x = fraction(chooser);
	out->y = fraction(chooser);
	out->w = MIN(fraction(chooser), 1 - out->x);
	out->h = MIN(fraction(chooser), 1 - out->y);
}

static void random_look(struct chooser *chooser, struct caption *out)
{
	out->color = random_color(chooser, TRUE);
	out->has_outline = chooser_next(chooser, 4) > 0;
	out->outline = random_color(chooser, TRUE);
	if (chooser_next(chooser, 3) == 0)
		out->outline_width_px =
			chooser_next(chooser, LIMIT_OUTLINE_PX * 8 + 1) / 8.0;
	out->has_shadow = chooser_next(chooser, 4) == 0;
	out->shadow = random_color(chooser, FALSE);
	out->has_background = chooser_next(chooser, 4) == 0;
	out->background = random_color(chooser, FALSE);
	if (chooser_next(chooser, 4) == 0)
		out->opacity = fraction(chooser);
	out->text_case = (enum text_case)chooser_next(chooser, 4);
	if (chooser_next(chooser, 8) == 0)
		out->angle_deg = (double)chooser_next(chooser, 721) - 360;
}

void random_properties(struct chooser *chooser, struct caption *out)
{
	static const char *const fonts[] = {NULL, "Block", "Block-Heavy",
					    "Broad"};

	caption_init(out);
	out->size = (enum caption_size)chooser_next(chooser, 4);
	if (out->size == CAPTION_SIZE_PX)
		out->size_px =
			1 +
			chooser_next(chooser, LIMIT_FONT_SIZE_PX * 2 - 1) / 2.0;
	random_place(chooser, out);
	random_look(chooser, out);
	out->font = g_strdup(fonts[chooser_next(chooser, G_N_ELEMENTS(fonts))]);
}

void random_caption(struct chooser *chooser, struct caption *out)
{
	random_properties(chooser, out);
	out->text = random_text(chooser);
}
