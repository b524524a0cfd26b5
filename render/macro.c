#include "config.h"

#include "render/macro.h"

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

void macro_free(struct macro *macro)
{
	if (!macro)
		return;
	for (gsize i = 0; i < macro->n_captions; i++)
		caption_fini(&macro->captions[i]);
	g_free(macro->captions);
	g_free(macro->template_id);
	g_free(macro->background);
	g_free(macro->version);
	g_free(macro);
}
