#include "config.h"

#include "render/macro_read.h"

#include <string.h>

#include <json-c/json.h>

#include "render/limits.h"
#include "render/caption_read.h"
#include "render/macro_value.h"

#define MAX_VERSION_BYTES 64
#define N_SIDES		  3

/* A macro being read. Simple captions are one a side, in the order of enum
 * caption_valign; those without a text are dropped at the end. */
struct draft {
	struct macro *macro;
	struct caption sides[N_SIDES];
};

static gboolean read_template(const struct place *place,
			      struct json_object *value, void *out,
			      GError **error)
{
	struct draft *draft = out;

	return value_name(place, value, &draft->macro->template_id, error);
}

/* Whether it may be fetched is not this library's to say. */
static gboolean read_background(const struct place *place,
				struct json_object *value, void *out,
				GError **error)
{
	struct draft *draft = out;
	const char *text = "";

	if (!value_string(place, value, &text, error))
		return FALSE;
	if (*text == '\0')
		return value_error_value(place, value, "a URL", error);
	if (strlen(text) > LIMIT_URL_BYTES)
		return place_error(place, error,
				   "a URL of %" G_GSIZE_FORMAT
				   " bytes, at most %d are allowed",
				   strlen(text), LIMIT_URL_BYTES);
	draft->macro->background = g_strdup(text);
	return TRUE;
}

static gboolean read_width(const struct place *place, struct json_object *value,
			   void *out, GError **error)
{
	struct draft *draft = out;

	return value_integer(place, value, 1, LIMIT_SIDE_PX,
			     &draft->macro->width_px, error);
}

static gboolean read_height(const struct place *place,
			    struct json_object *value, void *out,
			    GError **error)
{
	struct draft *draft = out;

	return value_integer(place, value, 1, LIMIT_SIDE_PX,
			     &draft->macro->height_px, error);
}

/* A picture's format, or `json` for the description instead of a picture. */
static gboolean read_format(const struct place *place,
			    struct json_object *value, void *out,
			    GError **error)
{
	static const char *const names[] = {"jpeg", "png", "gif", "webp",
					    "json", "jpg", NULL};
	struct macro *macro = ((struct draft *)out)->macro;
	guint name;

	if (!value_variant(place, value, names, &name, error))
		return FALSE;
	macro->is_description = strcmp(names[name], "json") == 0;
	if (!macro->is_description)
		(void)macro_format_from_name(names[name], &macro->format);
	return TRUE;
}

static gboolean read_quality(const struct place *place,
			     struct json_object *value, void *out,
			     GError **error)
{
	struct draft *draft = out;

	return value_integer(place, value, 1, 100, &draft->macro->quality,
			     error);
}

/* A token: it is compared with a hash, and copied into headers. */
static gboolean read_version(const struct place *place,
			     struct json_object *value, void *out,
			     GError **error)
{
	struct draft *draft = out;
	const char *text;
	gsize length;

	if (!value_string(place, value, &text, error))
		return FALSE;
	length = strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-");
	if (length == 0 || length > MAX_VERSION_BYTES || text[length] != '\0')
		return value_error_value(place, value,
					 "1 to 64 letters, digits, `_` or `-`",
					 error);
	draft->macro->version = g_strdup(text);
	return TRUE;
}

/* One goes to the bottom; two to top, bottom; three to top, middle, bottom. */
static gboolean read_texts(const struct place *place, struct json_object *array,
			   struct draft *draft, GError **error)
{
	static const enum caption_valign sides[N_SIDES + 1][N_SIDES] = {
		[1] = {CAPTION_VALIGN_BOTTOM},
		[2] = {CAPTION_VALIGN_TOP, CAPTION_VALIGN_BOTTOM},
		[3] = {CAPTION_VALIGN_TOP, CAPTION_VALIGN_MIDDLE,
		       CAPTION_VALIGN_BOTTOM},
	};
	gsize n = json_object_array_length(array);

	if (n > N_SIDES)
		return place_error(place, error,
				   "invalid length %" G_GSIZE_FORMAT
				   ", expected 0, 1, 2, or 3 strings",
				   n);
	for (gsize i = 0; i < n; i++) {
		struct place here = place_index(place, i);

		if (!caption_read_simple_text(
			    &here, json_object_array_get_idx(array, i),
			    &draft->sides[sides[n][i]], error))
			return FALSE;
	}
	return TRUE;
}

static gboolean read_objects(const struct place *place,
			     struct json_object *array, struct macro *macro,
			     GError **error)
{
	gsize n = json_object_array_length(array);

	if (n > LIMIT_CAPTIONS)
		return place_error(place, error,
				   "%" G_GSIZE_FORMAT
				   " captions, at most %d are allowed",
				   n, LIMIT_CAPTIONS);
	macro->captions = g_new0(struct caption, n);
	for (gsize i = 0; i < n; i++) {
		struct place here = place_index(place, i);
		struct caption *caption = &macro->captions[i];

		macro->n_captions++;
		caption_init(caption);
		if (!caption_read(&here, json_object_array_get_idx(array, i),
				  caption, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean are_all(struct json_object *array, enum json_type type)
{
	gsize n = json_object_array_length(array);

	for (gsize i = 0; i < n; i++)
		if (!json_object_is_type(json_object_array_get_idx(array, i),
					 type))
			return FALSE;
	return TRUE;
}

static gboolean read_captions(const struct place *place,
			      struct json_object *value, void *out,
			      GError **error)
{
	struct draft *draft = out;

	if (!json_object_is_type(value, json_type_array))
		return value_error_type(place, value, "an array of captions",
					error);
	if (are_all(value, json_type_string))
		return read_texts(place, value, draft, error);
	if (are_all(value, json_type_object))
		return read_objects(place, value, draft->macro, error);
	return place_error(place, error,
			   "captions must be either all texts, or all complete "
			   "representations");
}

/* What `font`, `color`, `outline`, `size` say is said to every side. */
static gboolean read_all(const struct place *place, struct json_object *value,
			 struct draft *draft, value_reader *read,
			 GError **error)
{
	for (guint side = 0; side < N_SIDES; side++)
		if (!read(place, value, &draft->sides[side], error))
			return FALSE;
	return TRUE;
}

static gboolean read_fonts(const struct place *place, struct json_object *value,
			   void *out, GError **error)
{
	return read_all(place, value, out, caption_read_font, error);
}

static gboolean read_colors(const struct place *place,
			    struct json_object *value, void *out,
			    GError **error)
{
	return read_all(place, value, out, caption_read_color, error);
}

static gboolean read_outlines(const struct place *place,
			      struct json_object *value, void *out,
			      GError **error)
{
	return read_all(place, value, out, caption_read_outline, error);
}

static gboolean read_sizes(const struct place *place, struct json_object *value,
			   void *out, GError **error)
{
	return read_all(place, value, out, caption_read_size, error);
}

/* The keys of one simple caption, in the order of the fields below; the last
 * four are those that `font`, `color`, `outline`, `size` set for all. */
enum {
	SIMPLE_TEXT,
	SIMPLE_ALIGN,
	SIMPLE_FONT,
	N_COMMON = 4,
	N_SIMPLE = SIMPLE_FONT + N_COMMON
};

enum {
	FIELD_TEMPLATE,
	FIELD_WIDTH,
	FIELD_HEIGHT,
	FIELD_FORMAT,
	FIELD_QUALITY,
	FIELD_VERSION,
	FIELD_BACKGROUND,
	FIELD_CAPTIONS,
	FIELD_COMMON,
	FIELD_SIMPLE = FIELD_COMMON + N_COMMON,
	N_FIELDS = FIELD_SIMPLE + N_SIDES * N_SIMPLE,
};

#define SIDE(valign) offsetof(struct draft, sides[CAPTION_VALIGN_##valign])

/* In the order of the two enums above. */
static const struct field macro_fields[] = {
	{"template", NULL, read_template, 0},
	{"width", NULL, read_width, 0},
	{"height", NULL, read_height, 0},
	{"format", NULL, read_format, 0},
	{"quality", NULL, read_quality, 0},
	{"v", NULL, read_version, 0},
	{"background", NULL, read_background, 0},
	{"captions", NULL, read_captions, 0},
	{"font", NULL, read_fonts, 0},
	{"color", NULL, read_colors, 0},
	{"outline", NULL, read_outlines, 0},
	{"size", NULL, read_sizes, 0},
	{"top_text", NULL, caption_read_simple_text, SIDE(TOP)},
	{"top_align", NULL, caption_read_halign, SIDE(TOP)},
	{"top_font", NULL, caption_read_font, SIDE(TOP)},
	{"top_color", NULL, caption_read_color, SIDE(TOP)},
	{"top_outline", NULL, caption_read_outline, SIDE(TOP)},
	{"top_size", NULL, caption_read_size, SIDE(TOP)},
	{"middle_text", NULL, caption_read_simple_text, SIDE(MIDDLE)},
	{"middle_align", NULL, caption_read_halign, SIDE(MIDDLE)},
	{"middle_font", NULL, caption_read_font, SIDE(MIDDLE)},
	{"middle_color", NULL, caption_read_color, SIDE(MIDDLE)},
	{"middle_outline", NULL, caption_read_outline, SIDE(MIDDLE)},
	{"middle_size", NULL, caption_read_size, SIDE(MIDDLE)},
	{"bottom_text", NULL, caption_read_simple_text, SIDE(BOTTOM)},
	{"bottom_align", NULL, caption_read_halign, SIDE(BOTTOM)},
	{"bottom_font", NULL, caption_read_font, SIDE(BOTTOM)},
	{"bottom_color", NULL, caption_read_color, SIDE(BOTTOM)},
	{"bottom_outline", NULL, caption_read_outline, SIDE(BOTTOM)},
	{"bottom_size", NULL, caption_read_size, SIDE(BOTTOM)},
};

G_STATIC_ASSERT(G_N_ELEMENTS(macro_fields) == N_FIELDS);

static gboolean is_seen(guint32 seen, guint field)
{
	return seen >> field & 1;
}

/* One property for all and for one side. */
static gboolean check_common(const struct place *place, guint32 seen,
			     guint property, GError **error)
{
	guint common = FIELD_COMMON + property;

	if (!is_seen(seen, common))
		return TRUE;
	for (guint side = 0; side < N_SIDES; side++) {
		guint own =
			FIELD_SIMPLE + side * N_SIMPLE + SIMPLE_FONT + property;

		if (is_seen(seen, own))
			return place_error(place, error,
					   "duplicate field `%s`: `%s` is for "
					   "all captions, give one of them",
					   macro_fields[own].name,
					   macro_fields[common].name);
	}
	return TRUE;
}

/* The two come together or not at all. */
static gboolean check_background(const struct place *place,
				 const struct macro *macro, GError **error)
{
	gboolean is_custom = strcmp(macro->template_id, MACRO_CUSTOM) == 0;

	if (is_custom && !macro->background)
		return place_error(place, error,
				   "missing field `background`: the template "
				   "`" MACRO_CUSTOM "` is the picture that it "
				   "names");
	if (!is_custom && macro->background)
		return place_error(place, error,
				   "background: only the template "
				   "`" MACRO_CUSTOM "` has one");
	return TRUE;
}

static gboolean check_seen(const struct place *place, guint32 seen,
			   const struct macro *macro, GError **error)
{
	if (!is_seen(seen, FIELD_TEMPLATE))
		return place_error(place, error, "missing field `template`");
	if (!check_background(place, macro, error))
		return FALSE;
	for (guint i = FIELD_COMMON; i < N_FIELDS; i++)
		if (is_seen(seen, FIELD_CAPTIONS) && is_seen(seen, i))
			return place_error(place, error,
					   "`captions` and `%s` cannot be "
					   "given together",
					   macro_fields[i].name);
	for (guint property = 0; property < N_COMMON; property++)
		if (!check_common(place, seen, property, error))
			return FALSE;
	return TRUE;
}

/* Hands the simple captions that have a text over to the macro. */
static void add_sides(struct draft *draft)
{
	struct macro *macro = draft->macro;

	macro->captions = g_renew(struct caption, macro->captions,
				  macro->n_captions + N_SIDES);
	for (guint side = 0; side < N_SIDES; side++) {
		struct caption *caption = &draft->sides[side];

		if (!caption->text)
			continue;
		caption_normalise(caption);
		macro->captions[macro->n_captions++] = *caption;
		caption_init(caption);
	}
}

static int compare_places(gconstpointer a, gconstpointer b, gpointer unused)
{
	const struct caption *one = a, *other = b;

	(void)unused;
	if (one->valign != other->valign)
		return (int)one->valign - (int)other->valign;
	return (int)one->halign - (int)other->halign;
}

static void finish(struct draft *draft)
{
	struct macro *macro = draft->macro;

	add_sides(draft);
	/* stable, as GLib says: captions on one side keep their order */
	g_qsort_with_data(macro->captions, (int)macro->n_captions,
			  sizeof(*macro->captions), compare_places, NULL);
	/* the quality may have been read after the format */
	macro_set_format(macro, macro->format);
}

static void draft_init(struct draft *draft)
{
	draft->macro = g_new0(struct macro, 1);
	for (guint side = 0; side < N_SIDES; side++) {
		caption_init(&draft->sides[side]);
		draft->sides[side].valign = (enum caption_valign)side;
	}
}

static void draft_fini(struct draft *draft)
{
	macro_free(draft->macro);
	for (guint side = 0; side < N_SIDES; side++)
		caption_fini(&draft->sides[side]);
}

struct macro *macro_read(struct json_object *tree, gboolean is_query,
			 GError **error)
{
	const struct place root = {.is_query = is_query};
	struct macro *macro = NULL;
	struct draft draft;
	guint32 seen;

	draft_init(&draft);
	if (fields_read(&root, tree, macro_fields, N_FIELDS, &draft, &seen,
			error) &&
	    check_seen(&root, seen, draft.macro, error)) {
		finish(&draft);
		macro = g_steal_pointer(&draft.macro);
	}
	draft_fini(&draft);
	return macro;
}
