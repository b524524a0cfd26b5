#include "config.h"

#include "render/macro.h"

#include "render/number.h"
#include "render/query.h"

/* The keys of one caption: prefix + name + suffix. */
struct writer {
	GString *query;
	char prefix[24];
	const char *suffix;
};

static void put(const struct writer *writer, const char *name,
		const char *value)
{
	g_autofree char *key =
		g_strconcat(writer->prefix, name, writer->suffix, NULL);

	query_append(writer->query, key, value);
}

static void put_number(const struct writer *writer, const char *name,
		       double value)
{
	g_autofree char *text = number_format(value);

	put(writer, name, text);
}

static void put_color(const struct writer *writer, const char *name,
		      struct color color)
{
	g_autofree char *text = color_format(color);

	put(writer, name, text);
}

/* The properties that simple captions have too, where they are no defaults. */
static void put_common(const struct writer *writer,
		       const struct caption *caption,
		       const struct caption *defaults)
{
	if (caption->font)
		put(writer, "font", caption->font);
	if (!color_equal(caption->color, defaults->color))
		put_color(writer, "color", caption->color);
	if (!caption->has_outline)
		put(writer, "outline", "none");
	else if (!color_equal(caption->outline, defaults->outline))
		put_color(writer, "outline", caption->outline);
	if (caption->size != defaults->size) {
		g_autofree char *size = caption_size_text(caption);

		put(writer, "size", size);
	}
}

static void put_area(const struct writer *writer, const struct caption *caption)
{
	if (!caption->has_area)
		return;
	put_number(writer, "x", caption->x);
	put_number(writer, "y", caption->y);
	put_number(writer, "w", caption->w);
	put_number(writer, "h", caption->h);
}

/* The properties that only full captions have. */
static void put_rest(const struct writer *writer, const struct caption *caption,
		     const struct caption *defaults)
{
	put_area(writer, caption);
	if (caption->angle_deg != defaults->angle_deg)
		put_number(writer, "angle", caption->angle_deg);
	if (caption->outline_width_px != defaults->outline_width_px)
		put_number(writer, "outline_width", caption->outline_width_px);
	if (caption->text_case != defaults->text_case)
		put(writer, "case", text_case_name(caption->text_case));
	if (caption->has_shadow)
		put_color(writer, "shadow", caption->shadow);
	if (caption->has_background)
		put_color(writer, "background", caption->background);
	if (caption->opacity != defaults->opacity)
		put_number(writer, "opacity", caption->opacity);
	if (caption->start != defaults->start)
		put_number(writer, "start", caption->start);
	if (caption->stop != defaults->stop)
		put_number(writer, "stop", caption->stop);
}

static void append_simple(GString *query, const struct caption *caption,
			  const struct caption *defaults)
{
	struct writer writer = {.query = query, .suffix = ""};

	(void)g_snprintf(writer.prefix, sizeof(writer.prefix), "%s_",
			 caption_valign_name(caption->valign));
	put(&writer, "text", caption->text);
	if (caption->halign != defaults->halign)
		put(&writer, "align", caption_halign_name(caption->halign));
	put_common(&writer, caption, defaults);
}

static void append_full(GString *query, gsize index,
			const struct caption *caption,
			const struct caption *defaults)
{
	struct writer writer = {.query = query, .suffix = "]"};

	(void)g_snprintf(writer.prefix, sizeof(writer.prefix),
			 "captions[%" G_GSIZE_FORMAT "][", index);
	put(&writer, "text", caption->text);
	if (caption->has_valign)
		put(&writer, "valign", caption_valign_name(caption->valign));
	if (caption->halign != defaults->halign)
		put(&writer, "halign", caption_halign_name(caption->halign));
	put_common(&writer, caption, defaults);
	put_rest(&writer, caption, defaults);
}

static gboolean has_only_simple_properties(const struct caption *caption,
					   const struct caption *defaults)
{
	return !caption->has_area && !caption->has_shadow &&
	       !caption->has_background &&
	       caption->angle_deg == defaults->angle_deg &&
	       caption->outline_width_px == defaults->outline_width_px &&
	       caption->text_case == defaults->text_case &&
	       caption->opacity == defaults->opacity &&
	       caption->start == defaults->start &&
	       caption->stop == defaults->stop;
}

/* Whether the captions can be said as `top_text` and so on. They are sorted:
 * two on one side stand together. */
static gboolean is_simple(const struct macro *macro,
			  const struct caption *defaults)
{
	for (gsize i = 0; i < macro->n_captions; i++) {
		const struct caption *caption = &macro->captions[i];

		if (!has_only_simple_properties(caption, defaults))
			return FALSE;
		if (i > 0 && caption[-1].valign == caption->valign)
			return FALSE;
	}
	return TRUE;
}

static void append_integer(GString *query, const char *key, int value)
{
	char text[16];

	(void)g_snprintf(text, sizeof(text), "%d", value);
	query_append(query, key, text);
}

char *macro_to_query(const struct macro *macro)
{
	GString *query = g_string_new(NULL);
	struct caption defaults;
	gboolean simple;

	caption_init(&defaults);
	simple = is_simple(macro, &defaults);
	query_append(query, "template", macro->template_id);
	if (macro->background)
		query_append(query, "background", macro->background);
	if (macro->width_px > 0)
		append_integer(query, "width", macro->width_px);
	if (macro->height_px > 0)
		append_integer(query, "height", macro->height_px);
	if (macro->format != MACRO_FORMAT_DEFAULT)
		query_append(query, "format", macro_format_name(macro->format));
	if (macro->quality > 0)
		append_integer(query, "quality", macro->quality);
	for (gsize i = 0; i < macro->n_captions; i++) {
		if (simple)
			append_simple(query, &macro->captions[i], &defaults);
		else
			append_full(query, i, &macro->captions[i], &defaults);
	}
	return g_string_free(query, FALSE);
}
