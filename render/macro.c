#include "config.h"

#include "render/macro.h"

#include "render/macro_names.h"
#include "render/number.h"

#define DEFAULT_OUTLINE_WIDTH_PX 3

const char *const macro_valign_names[] = {"top", "middle", "bottom", NULL};
const char *const macro_halign_names[] = {"left", "center", "right", NULL};
const char *const macro_case_names[] = {"none", "upper", "lower", "title",
					NULL};

static const struct format_name {
	const char *name;
	enum macro_format format;
} format_names[] = {
	{"jpeg", MACRO_FORMAT_JPEG}, /* a format's first name is its own */
	{"jpg", MACRO_FORMAT_JPEG},  {"png", MACRO_FORMAT_PNG},
	{"gif", MACRO_FORMAT_GIF},   {"webp", MACRO_FORMAT_WEBP},
};

GQuark macro_error_quark(void)
{
	return g_quark_from_static_string("macro-error");
}

gboolean macro_format_from_name(const char *name, enum macro_format *out)
{
	for (gsize i = 0; i < G_N_ELEMENTS(format_names); i++) {
		if (g_ascii_strcasecmp(name, format_names[i].name) == 0) {
			*out = format_names[i].format;
			return TRUE;
		}
	}
	return FALSE;
}

const char *macro_format_name(enum macro_format format)
{
	for (gsize i = 0; i < G_N_ELEMENTS(format_names); i++)
		if (format_names[i].format == format)
			return format_names[i].name;
	return NULL;
}

void macro_set_format(struct macro *macro, enum macro_format format)
{
	macro->format = format;
	if (format == MACRO_FORMAT_PNG || format == MACRO_FORMAT_GIF)
		macro->quality = 0;
}

void caption_init(struct caption *caption)
{
	*caption = (struct caption){
		.valign = CAPTION_VALIGN_BOTTOM,
		.has_valign = TRUE,
		.halign = CAPTION_HALIGN_CENTER,
		.color = COLOR_WHITE,
		.has_outline = TRUE,
		.outline = COLOR_BLACK,
		.outline_width_px = DEFAULT_OUTLINE_WIDTH_PX,
		.size = CAPTION_SIZE_AUTO,
		.text_case = TEXT_CASE_NONE,
		.opacity = 1,
	};
}

void caption_fini(struct caption *caption)
{
	g_clear_pointer(&caption->text, g_free);
	g_clear_pointer(&caption->font, g_free);
}

void macro_free(struct macro *macro)
{
	if (!macro)
		return;
	for (gsize i = 0; i < macro->n_captions; i++)
		caption_fini(&macro->captions[i]);
	g_free(macro->captions);
	g_free(macro->template_id);
	g_free(macro->version);
	g_free(macro);
}

const char *caption_valign_name(enum caption_valign valign)
{
	return macro_valign_names[valign];
}

const char *caption_halign_name(enum caption_halign halign)
{
	return macro_halign_names[halign];
}

const char *text_case_name(enum text_case text_case)
{
	return macro_case_names[text_case];
}

char *caption_size_text(const struct caption *caption)
{
	switch (caption->size) {
	case CAPTION_SIZE_PX:
		return number_format(caption->size_px);
	case CAPTION_SIZE_SHRINK:
		return g_strdup("shrink");
	case CAPTION_SIZE_FIT:
		return g_strdup("fit");
	case CAPTION_SIZE_AUTO:
		break;
	}
	return g_strdup("auto");
}
