#include "config.h"

#include "render/caption.h"

#include "render/caption_names.h"
#include "render/number.h"

#define DEFAULT_OUTLINE_WIDTH_PX 3

const char *const caption_valign_names[] = {"top", "middle", "bottom", NULL};
const char *const caption_halign_names[] = {"left", "center", "right", NULL};
const char *const caption_case_names[] = {"none", "upper", "lower", "title",
					  NULL};

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
		.stop = 1,
	};
}

void caption_fini(struct caption *caption)
{
	g_clear_pointer(&caption->text, g_free);
	g_clear_pointer(&caption->font, g_free);
}

const char *caption_valign_name(enum caption_valign valign)
{
	return caption_valign_names[valign];
}

const char *caption_halign_name(enum caption_halign halign)
{
	return caption_halign_names[halign];
}

const char *text_case_name(enum text_case text_case)
{
	return caption_case_names[text_case];
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
