#include "config.h"

#include "render/caption_read.h"

#include <math.h>
#include <string.h>

#include <json-c/json.h>

#include "render/limits.h"
#include "render/caption_names.h"

/* Fractions that add up to 1 on paper may miss it in binary. */
#define AREA_TOLERANCE 1e-6

gboolean caption_read_simple_text(const struct place *place,
				  struct json_object *value, void *out,
				  GError **error)
{
	struct caption *caption = out;
	g_autoptr(GError) failure = NULL;
	g_autofree char *clean = NULL;
	const char *text;

	if (!value_string(place, value, &text, error))
		return FALSE;
	clean = text_clean(text, strlen(text), &failure);
	if (!clean)
		return place_error(place, error, "%s", failure->message);
	/* `captions` and `top_text` may both have been here; only later is that
	 * an error */
	g_free(caption->text);
	caption->text = *clean != '\0' ? g_steal_pointer(&clean) : NULL;
	return TRUE;
}

static gboolean read_text(const struct place *place, struct json_object *value,
			  void *out, GError **error)
{
	struct caption *caption = out;

	if (!caption_read_simple_text(place, value, out, error))
		return FALSE;
	if (!caption->text)
		return value_error_value(place, value, "a non-empty string",
					 error);
	return TRUE;
}

static gboolean read_valign(const struct place *place,
			    struct json_object *value, void *out,
			    GError **error)
{
	struct caption *caption = out;
	guint valign;

	if (!value_variant(place, value, caption_valign_names, &valign, error))
		return FALSE;
	caption->valign = (enum caption_valign)valign;
	return TRUE;
}

gboolean caption_read_halign(const struct place *place,
			     struct json_object *value, void *out,
			     GError **error)
{
	struct caption *caption = out;
	guint halign;

	if (!value_variant(place, value, caption_halign_names, &halign, error))
		return FALSE;
	caption->halign = (enum caption_halign)halign;
	return TRUE;
}

static gboolean read_case(const struct place *place, struct json_object *value,
			  void *out, GError **error)
{
	struct caption *caption = out;
	guint text_case;

	if (!value_variant(place, value, caption_case_names, &text_case, error))
		return FALSE;
	caption->text_case = (enum text_case)text_case;
	return TRUE;
}

gboolean caption_read_font(const struct place *place, struct json_object *value,
			   void *out, GError **error)
{
	struct caption *caption = out;
	char *font;

	if (!value_name(place, value, &font, error))
		return FALSE;
	/* `font` for all may have been here before `top_font` */
	g_free(caption->font);
	caption->font = font;
	return TRUE;
}

static gboolean read_opaque(const struct place *place,
			    struct json_object *value, struct color *out,
			    GError **error)
{
	struct color color;

	if (!value_color(place, value, &color, error))
		return FALSE;
	if (color.a != 255)
		return place_error(place, error,
				   "color transparency not supported");
	*out = color;
	return TRUE;
}

gboolean caption_read_color(const struct place *place,
			    struct json_object *value, void *out,
			    GError **error)
{
	struct caption *caption = out;

	return read_opaque(place, value, &caption->color, error);
}

gboolean caption_read_outline(const struct place *place,
			      struct json_object *value, void *out,
			      GError **error)
{
	struct caption *caption = out;

	caption->has_outline = !value_is_none(value);
	return !caption->has_outline ||
	       read_opaque(place, value, &caption->outline, error);
}

static gboolean read_shadow(const struct place *place,
			    struct json_object *value, void *out,
			    GError **error)
{
	struct caption *caption = out;

	caption->has_shadow = !value_is_none(value);
	return !caption->has_shadow ||
	       value_color(place, value, &caption->shadow, error);
}

static gboolean read_background(const struct place *place,
				struct json_object *value, void *out,
				GError **error)
{
	struct caption *caption = out;

	caption->has_background = !value_is_none(value);
	return !caption->has_background ||
	       value_color(place, value, &caption->background, error);
}

static gboolean find_size_word(struct json_object *value,
			       enum caption_size *out)
{
	static const struct {
		const char *name;
		enum caption_size size;
	} words[] = {
		{"auto", CAPTION_SIZE_AUTO},
		{"shrink", CAPTION_SIZE_SHRINK},
		{"fit", CAPTION_SIZE_FIT},
		{"flex", CAPTION_SIZE_FIT},
	};
	const char *text = json_object_get_string(value);

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		if (g_ascii_strcasecmp(text, words[i].name) == 0) {
			*out = words[i].size;
			return TRUE;
		}
	}
	return FALSE;
}

/* A number of pixels or a word. As both are one key's values, a string may
 * stand for the number in JSON too. */
gboolean caption_read_size(const struct place *place, struct json_object *value,
			   void *out, GError **error)
{
	struct caption *caption = out;
	struct place any = *place;
	g_autofree char *expected = g_strdup_printf(
		"a number of pixels up to %d, `shrink`, `fit` or `auto`",
		LIMIT_FONT_SIZE_PX);
	double size_px;

	if (json_object_is_type(value, json_type_string) &&
	    find_size_word(value, &caption->size))
		return TRUE;
	any.is_query = TRUE;
	if (!value_number(&any, value, expected, &size_px, error))
		return FALSE;
	if (size_px <= 0 || size_px > LIMIT_FONT_SIZE_PX)
		return value_error_value(place, value, expected, error);
	caption->size = CAPTION_SIZE_PX;
	caption->size_px = size_px;
	return TRUE;
}

/* For what is one number from 0 to 1: out points at it. */
static gboolean read_fraction(const struct place *place,
			      struct json_object *value, void *out,
			      GError **error)
{
	return value_range(place, value, 0, 1, out, error);
}

static gboolean read_outline_width(const struct place *place,
				   struct json_object *value, void *out,
				   GError **error)
{
	return value_range(place, value, 0, LIMIT_OUTLINE_PX, out, error);
}

static gboolean read_angle(const struct place *place, struct json_object *value,
			   void *out, GError **error)
{
	double *angle_deg = out;

	if (!value_number(place, value, "a number of degrees", angle_deg,
			  error))
		return FALSE;
	*angle_deg = fmod(*angle_deg, 360);
	if (*angle_deg > 180)
		*angle_deg -= 360;
	else if (*angle_deg <= -180)
		*angle_deg += 360;
	return TRUE;
}

enum {
	FIELD_VALIGN,
	FIELD_HALIGN,
	FIELD_FONT,
	FIELD_COLOR,
	FIELD_OUTLINE,
	FIELD_SIZE,
	FIELD_X,
	FIELD_Y,
	FIELD_W,
	FIELD_H,
	FIELD_ANGLE,
	FIELD_OUTLINE_WIDTH,
	FIELD_CASE,
	FIELD_SHADOW,
	FIELD_BACKGROUND,
	FIELD_OPACITY,
	FIELD_START,
	FIELD_STOP,
	FIELD_TEXT, /* last: a slot has all the others */
	N_FIELDS,
};

#define AT(member) offsetof(struct caption, member)

static const struct field caption_fields[N_FIELDS] = {
	[FIELD_VALIGN] = {"valign", NULL, read_valign, 0},
	[FIELD_HALIGN] = {"halign", "align", caption_read_halign, 0},
	[FIELD_FONT] = {"font", NULL, caption_read_font, 0},
	[FIELD_COLOR] = {"color", NULL, caption_read_color, 0},
	[FIELD_OUTLINE] = {"outline", NULL, caption_read_outline, 0},
	[FIELD_SIZE] = {"size", NULL, caption_read_size, 0},
	[FIELD_X] = {"x", NULL, read_fraction, AT(x)},
	[FIELD_Y] = {"y", NULL, read_fraction, AT(y)},
	[FIELD_W] = {"w", NULL, read_fraction, AT(w)},
	[FIELD_H] = {"h", NULL, read_fraction, AT(h)},
	[FIELD_ANGLE] = {"angle", NULL, read_angle, AT(angle_deg)},
	[FIELD_OUTLINE_WIDTH] = {"outline_width", NULL, read_outline_width,
				 AT(outline_width_px)},
	[FIELD_CASE] = {"case", NULL, read_case, 0},
	[FIELD_SHADOW] = {"shadow", NULL, read_shadow, 0},
	[FIELD_BACKGROUND] = {"background", NULL, read_background, 0},
	[FIELD_OPACITY] = {"opacity", NULL, read_fraction, AT(opacity)},
	[FIELD_START] = {"start", NULL, read_fraction, AT(start)},
	[FIELD_STOP] = {"stop", NULL, read_fraction, AT(stop)},
	[FIELD_TEXT] = {"text", NULL, read_text, 0},
};

static gboolean is_seen(guint32 seen, guint field)
{
	return seen >> field & 1;
}

static gboolean error_missing(const struct place *place, guint field,
			      GError **error)
{
	return place_error(place, error, "missing field `%s`",
			   caption_fields[field].name);
}

/* An extent along one axis: what remains, where it is not given. */
static gboolean finish_extent(const struct place *place, guint field,
			      guint32 seen, double origin, double *extent,
			      GError **error)
{
	const char *name = caption_fields[field].name;
	struct place here = place_key(place, name);

	if (is_seen(seen, field) && *extent - (1 - origin) > AREA_TOLERANCE)
		return place_error(&here, error, "the area leaves the picture");
	if (!is_seen(seen, field) || *extent > 1 - origin)
		*extent = 1 - origin;
	if (*extent <= 0)
		return place_error(&here, error, "the area is empty");
	return TRUE;
}

static gboolean finish_area(const struct place *place, guint32 seen,
			    struct caption *caption, GError **error)
{
	if (!is_seen(seen, FIELD_X))
		return error_missing(place, FIELD_X, error);
	if (!is_seen(seen, FIELD_Y))
		return error_missing(place, FIELD_Y, error);
	caption->has_area = TRUE;
	if (!is_seen(seen, FIELD_VALIGN))
		caption->valign = CAPTION_VALIGN_MIDDLE;
	return finish_extent(place, FIELD_W, seen, caption->x, &caption->w,
			     error) &&
	       finish_extent(place, FIELD_H, seen, caption->y, &caption->h,
			     error);
}

static gboolean read_fields(const struct place *place,
			    struct json_object *object, gsize n_fields,
			    struct caption *out, GError **error)
{
	const guint32 area =
		1u << FIELD_X | 1u << FIELD_Y | 1u << FIELD_W | 1u << FIELD_H;
	guint32 seen;

	if (!fields_read(place, object, caption_fields, n_fields, out, &seen,
			 error))
		return FALSE;
	if (n_fields > FIELD_TEXT && !is_seen(seen, FIELD_TEXT))
		return error_missing(place, FIELD_TEXT, error);
	if (seen & area) {
		if (!finish_area(place, seen, out, error))
			return FALSE;
	} else if (!is_seen(seen, FIELD_VALIGN)) {
		return error_missing(place, FIELD_VALIGN, error);
	}
	if (out->start >= out->stop) {
		struct place here = place_key(
			place, is_seen(seen, FIELD_STOP) ? "stop" : "start");

		return place_error(&here, error,
				   "`start` must be less than `stop`");
	}
	caption_normalise(out);
	return TRUE;
}

gboolean caption_read(const struct place *place, struct json_object *object,
		      struct caption *out, GError **error)
{
	return read_fields(place, object, N_FIELDS, out, error);
}

gboolean caption_read_slot(struct json_object *object, struct caption *out,
			   GError **error)
{
	const struct place place = {0};
	struct caption slot;

	caption_init(&slot);
	if (!read_fields(&place, object, FIELD_TEXT, &slot, error)) {
		caption_fini(&slot);
		return FALSE;
	}
	*out = slot;
	return TRUE;
}

void caption_normalise(struct caption *caption)
{
	struct caption defaults;

	caption_init(&defaults);
	if (caption->outline_width_px <= 0)
		caption->has_outline = FALSE;
	if (!caption->has_outline) {
		caption->outline = defaults.outline;
		caption->outline_width_px = defaults.outline_width_px;
	}
	if (!caption->has_shadow || caption->shadow.a == 0) {
		caption->has_shadow = FALSE;
		caption->shadow = defaults.shadow;
	}
	if (!caption->has_background || caption->background.a == 0) {
		caption->has_background = FALSE;
		caption->background = defaults.background;
	}
	caption->has_valign =
		!caption->has_area || caption->valign != CAPTION_VALIGN_MIDDLE;
}
