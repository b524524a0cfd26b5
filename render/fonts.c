#include "config.h"

#include "render/fonts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include <hb.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#include "render/font_map.h"
#include "render/limits.h"
#include "render/masks.h"
#include "render/typeface.h"

G_DEFINE_QUARK(fonts - error - quark, fonts_error)

struct fonts {
	FcConfig *config;
	PangoFontMap *map;
	GPtrArray *faces;     /* struct font_face, owned; in search order */
	GHashTable *by_place; /* the faces by file and index */
	GPtrArray *names;     /* const char *, the faces'; sorted; NULL last */
	GString *fallbacks[HAN_N]; /* the family lists */
	const struct font_face *default_face;
	char *version;
	gint64 modified_s;
	GQueue typefaces; /* struct typeface, owned; latest used first */
	guint capacity;
	guint64 hits, misses, missing_chars;
	struct masks *masks;
};

static void typeface_free(void *data)
{
	struct typeface *typeface = data;

	g_clear_object(&typeface->context);
	g_free(typeface);
}

void fonts_close(struct fonts *fonts)
{
	if (!fonts)
		return;
	masks_free(fonts->masks);
	g_queue_clear_full(&fonts->typefaces, typeface_free);
	for (int i = 0; i < HAN_N; i++)
		if (fonts->fallbacks[i])
			(void)g_string_free(fonts->fallbacks[i], TRUE);
	font_map_close(fonts->map);
	g_clear_pointer(&fonts->names, g_ptr_array_unref);
	g_clear_pointer(&fonts->by_place, g_hash_table_unref);
	g_clear_pointer(&fonts->faces, g_ptr_array_unref);
	if (fonts->config)
		FcConfigDestroy(fonts->config);
	g_free(fonts->version);
	g_free(fonts);
}

static const struct font_face *face_at(const struct fonts *fonts, guint i)
{
	return g_ptr_array_index(fonts->faces, i);
}

static gboolean is_listed(const struct fonts *fonts,
			  const struct font_face *face)
{
	return face->is_site || face == fonts->default_face;
}

static gboolean is_same_name(const char *a, const char *b)
{
	g_autofree char *folded_a = g_utf8_casefold(a, -1);
	g_autofree char *folded_b = g_utf8_casefold(b, -1);

	return strcmp(folded_a, folded_b) == 0;
}

/* The face whose name, else full name, else family is name; of a family's
 * faces the one nearest to regular. */
static const struct font_face *find_face(const struct fonts *fonts,
					 const char *name)
{
	const struct font_face *by_full_name = NULL, *by_family = NULL;

	for (guint i = 0; i < fonts->faces->len; i++) {
		const struct font_face *face = face_at(fonts, i);

		if (!is_listed(fonts, face))
			continue;
		if (is_same_name(face->name, name))
			return face;
		if (!by_full_name && face->full_name &&
		    is_same_name(face->full_name, name))
			by_full_name = face;
		if (is_same_name(face->family, name) &&
		    (!by_family ||
		     face->irregularity < by_family->irregularity))
			by_family = face;
	}
	return by_full_name ? by_full_name : by_family;
}

static gboolean read_site(struct fonts *fonts, const char *dir, GError **error)
{
	if (!dir || font_files_read_dir(dir, fonts->faces))
		return TRUE;
	g_set_error(error, FONTS_ERROR, FONTS_ERROR_SETUP,
		    "cannot read the font folder '%s': %s", dir,
		    g_strerror(errno));
	return FALSE;
}

/* A stem is matched literally, whatever is in it. */
static gboolean is_literal(const char *name)
{
	return !strpbrk(name, "*?");
}

static const struct font_face *find_default(struct fonts *fonts,
					    const struct fonts_config *config,
					    const char *name)
{
	const struct font_face *face = find_face(fonts, name);
	guint before = fonts->faces->len;
	g_autoptr(GHashTable) seen = NULL;

	if (face || !is_literal(name))
		return face;
	seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	font_files_read_glob(config->fallback_dirs, name, seen, fonts->faces);
	return before < fonts->faces->len ? face_at(fonts, before) : NULL;
}

static gboolean choose_default(struct fonts *fonts,
			       const struct fonts_config *config,
			       GError **error)
{
	g_autofree char *names = NULL;

	for (const char *const *name = config->defaults; name && *name; name++)
		if ((fonts->default_face = find_default(fonts, config, *name)))
			return TRUE;
	names = config->defaults ? g_strjoinv(", ", (char **)config->defaults)
				 : g_strdup("none named");
	g_set_error(error, FONTS_ERROR, FONTS_ERROR_SETUP,
		    "no default font is there (looked for: %s; in '%s' and "
		    "the fallback folders)",
		    names, config->dir ? config->dir : "");
	return FALSE;
}

static void append_family(GString *list, const struct font_face *face)
{
	if (list->len > 0)
		g_string_append_c(list, ',');
	g_string_append(list, face->key);
}

/* One list for each Han preference: its face stands where the first face of
 * its collection stood, the others follow. */
static void list_fallbacks(struct fonts *fonts, enum han han, guint first)
{
	GString *list = g_string_new(NULL);

	for (guint i = first; i < fonts->faces->len; i++)
		if (face_at(fonts, i)->han == han)
			append_family(list, face_at(fonts, i));
	for (guint i = first; i < fonts->faces->len; i++)
		if (face_at(fonts, i)->han != han)
			append_family(list, face_at(fonts, i));
	fonts->fallbacks[han] = list;
}

static void read_fallbacks(struct fonts *fonts,
			   const struct fonts_config *config)
{
	g_auto(GStrv) ours = g_strsplit(FONTS_FALLBACKS, ";", -1);
	const char *const *globs = config->fallbacks
					   ? config->fallbacks
					   : (const char *const *)ours;
	g_autoptr(GHashTable) seen =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	guint first = fonts->faces->len;

	for (; *globs; globs++)
		font_files_read_glob(config->fallback_dirs, *globs, seen,
				     fonts->faces);
	for (int han = 0; han < HAN_N; han++)
		list_fallbacks(fonts, han, first);
}

static gint compare_folded(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_names(struct fonts *fonts)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	fonts->names = g_ptr_array_new();
	for (guint i = 0; i < fonts->faces->len; i++) {
		const struct font_face *face = face_at(fonts, i);

		if (is_listed(fonts, face) &&
		    g_hash_table_add(seen, face->stem))
			g_ptr_array_add(fonts->names, face->stem);
	}
	g_ptr_array_sort(fonts->names, compare_folded);
	g_ptr_array_add(fonts->names, NULL);
}

/* The libraries' versions are in it because they draw the same font
 * differently. */
static char *make_version(const struct fonts *fonts)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *libraries = g_strdup_printf(
		"pango %s cairo %s harfbuzz %s freetype %d.%d.%d default %s\n",
		pango_version_string(), cairo_version_string(),
		hb_version_string(), FREETYPE_MAJOR, FREETYPE_MINOR,
		FREETYPE_PATCH, fonts->default_face->path);

	g_checksum_update(sum, (const guchar *)libraries, -1);
	for (guint i = 0; i < fonts->faces->len; i++) {
		const struct font_face *face = face_at(fonts, i);
		g_autofree char *line = g_strdup_printf(
			"%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
			face->path, face->size_bytes, face->mtime_ns);

		g_checksum_update(sum, (const guchar *)line, -1);
	}
	return g_strndup(g_checksum_get_string(sum), 16);
}

static void open_map(struct fonts *fonts)
{
	FcFontSet *set;

	fonts->config = FcConfigCreate();
	(void)FcConfigBuildFonts(fonts->config);
	/* Where a library says "the current configuration", it must not go and
	 * read the system's. */
	(void)FcConfigSetCurrent(fonts->config);
	set = FcConfigGetFonts(fonts->config, FcSetSystem);
	fonts->by_place = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < fonts->faces->len; i++) {
		struct font_face *face = g_ptr_array_index(fonts->faces, i);

		if (!g_hash_table_contains(fonts->by_place, face->place))
			(void)g_hash_table_insert(fonts->by_place, face->place,
						  face);
		FcPatternReference(face->pattern);
		(void)FcFontSetAdd(set, face->pattern);
	}
	fonts->map = font_map_new();
	pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(fonts->map),
				     fonts->config);
}

static void free_face(void *face)
{
	font_face_free(face);
}

/* A font that was taken away, or an old one moved in, leaves its mark on the
 * folder alone. */
static gint64 folder_time_s(const char *dir)
{
	struct stat st;

	return dir && stat(dir, &st) == 0 ? st.st_mtim.tv_sec : 0;
}

static gint64 newest(const struct fonts *fonts,
		     const struct fonts_config *config)
{
	const char *const *dir = config->fallback_dirs;
	gint64 newest_s = folder_time_s(config->dir);

	for (; dir && *dir; dir++)
		newest_s = MAX(newest_s, folder_time_s(*dir));
	for (guint i = 0; i < fonts->faces->len; i++)
		newest_s =
			MAX(newest_s, face_at(fonts, i)->mtime_ns / 1000000000);
	return newest_s;
}

struct fonts *fonts_open(const struct fonts_config *config, GError **error)
{
	g_autoptr(fonts_auto) fonts = g_new0(struct fonts, 1);

	g_queue_init(&fonts->typefaces);
	fonts->masks = masks_new(LIMIT_GLYPH_MASKS_BYTES);
	fonts->capacity = MAX(1, config->cache_entries);
	fonts->faces = g_ptr_array_new_with_free_func(free_face);
	if (!read_site(fonts, config->dir, error) ||
	    !choose_default(fonts, config, error))
		return NULL;
	read_fallbacks(fonts, config);
	list_names(fonts);
	fonts->version = make_version(fonts);
	fonts->modified_s = newest(fonts, config);
	open_map(fonts);
	if (!fonts_typeface(fonts, NULL, HAN_CHINESE, error))
		return NULL;
	return g_steal_pointer(&fonts);
}

const char *const *fonts_names(const struct fonts *fonts)
{
	return (const char *const *)fonts->names->pdata;
}

gint64 fonts_modified_s(const struct fonts *fonts)
{
	return fonts->modified_s;
}

const char *fonts_default_name(const struct fonts *fonts)
{
	return fonts->default_face->name;
}

static const struct font_face *require_face(const struct fonts *fonts,
					    const char *name, GError **error)
{
	const struct font_face *face =
		name ? find_face(fonts, name) : fonts->default_face;

	if (!face)
		g_set_error(error, FONTS_ERROR, FONTS_ERROR_NOT_FOUND,
			    "cannot load font `%s`: no such font", name);
	return face;
}

gboolean fonts_check(struct fonts *fonts, const char *name,
		     const char **out_name, GError **error)
{
	const struct font_face *face = require_face(fonts, name, error);

	if (!face)
		return FALSE;
	*out_name = face->name;
	return TRUE;
}

const char *fonts_version(const struct fonts *fonts)
{
	return fonts->version;
}

void fonts_preload(struct fonts *fonts)
{
	for (const char *const *name = fonts_names(fonts); *name; name++)
		(void)fonts_typeface(fonts, *name, HAN_CHINESE, NULL);
}

void fonts_get_stats(const struct fonts *fonts, struct fonts_stats *out)
{
	*out = (struct fonts_stats){
		.hits = fonts->hits,
		.misses = fonts->misses,
		.entries = fonts->typefaces.length,
		.capacity = fonts->capacity,
		.missing_chars = fonts->missing_chars,
	};
}

struct masks *fonts_masks(struct fonts *fonts)
{
	return fonts->masks;
}

void fonts_count_missing(struct fonts *fonts, guint n_chars)
{
	fonts->missing_chars += n_chars;
}

/* Everything unhinted and at fractions of a pixel: what is measured here must
 * hold, multiplied, at every other size. */
static PangoContext *make_context(const struct fonts *fonts,
				  const struct font_face *face, enum han han)
{
	PangoContext *context = pango_font_map_create_context(fonts->map);
	PangoFontDescription *desc = pango_font_description_new();
	cairo_font_options_t *options = cairo_font_options_create();
	g_autofree char *families =
		g_strconcat(face->key, ",", fonts->fallbacks[han]->str, NULL);

	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	pango_cairo_context_set_font_options(context, options);
	cairo_font_options_destroy(options);
	pango_font_description_set_family(desc, families);
	pango_font_description_set_absolute_size(desc,
						 TYPEFACE_EM_PX * PANGO_SCALE);
	pango_context_set_font_description(context, desc);
	pango_font_description_free(desc);
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_context_set_language(context, pango_language_from_string("en"));
	return context;
}

static double cap_height_em(PangoFont *font)
{
	hb_font_t *hb = pango_font_get_hb_font(font);
	int x_scale, y_scale;
	hb_glyph_extents_t extents;
	hb_codepoint_t glyph;

	hb_font_get_scale(hb, &x_scale, &y_scale);
	if (y_scale > 0 && hb_font_get_nominal_glyph(hb, 'H', &glyph) &&
	    hb_font_get_glyph_extents(hb, glyph, &extents) &&
	    extents.y_bearing > 0)
		return (double)extents.y_bearing / y_scale;
	return 0.7;
}

static gboolean is_from(struct fonts *fonts, PangoFont *font,
			const struct font_face *face)
{
	const struct font_face *found = fonts_face_of(fonts, font);

	return found && strcmp(found->place, face->place) == 0;
}

/* Fontconfig always finds something; that it found this face is checked. */
static struct typeface *load_typeface(struct fonts *fonts,
				      const struct font_face *face,
				      enum han han, GError **error)
{
	g_autoptr(PangoContext) context = make_context(fonts, face, han);
	g_autoptr(PangoFont) font = pango_context_load_font(
		context, pango_context_get_font_description(context));
	struct typeface *typeface;

	if (!font || !is_from(fonts, font, face)) {
		g_set_error(error, FONTS_ERROR, FONTS_ERROR_SETUP,
			    "font '%s' cannot be loaded", face->path);
		return NULL;
	}
	typeface = g_new0(struct typeface, 1);
	typeface->face = face;
	typeface->han = han;
	typeface->name = face->name;
	typeface->cap_height_em = cap_height_em(font);
	typeface->context = g_steal_pointer(&context);
	return typeface;
}

static struct typeface *
find_typeface(struct fonts *fonts, const struct font_face *face, enum han han)
{
	for (GList *at = fonts->typefaces.head; at; at = at->next) {
		struct typeface *typeface = at->data;

		if (typeface->face != face || typeface->han != han)
			continue;
		g_queue_unlink(&fonts->typefaces, at);
		g_queue_push_head_link(&fonts->typefaces, at);
		return typeface;
	}
	return NULL;
}

const struct typeface *fonts_typeface(struct fonts *fonts, const char *name,
				      enum han han, GError **error)
{
	const struct font_face *face = require_face(fonts, name, error);
	struct typeface *typeface;

	if (!face)
		return NULL;
	typeface = find_typeface(fonts, face, han);
	if (typeface) {
		fonts->hits++;
		return typeface;
	}
	fonts->misses++;
	typeface = load_typeface(fonts, face, han, error);
	if (!typeface)
		return NULL;
	g_queue_push_head(&fonts->typefaces, typeface);
	if (fonts->typefaces.length > fonts->capacity)
		typeface_free(g_queue_pop_tail(&fonts->typefaces));
	return typeface;
}

/* By file and not by the family: a face that goes by two names comes back
 * with the one it was asked for. */
static struct font_face *face_by_pattern(struct fonts *fonts,
					 FcPattern *pattern)
{
	g_autofree char *place = font_pattern_place(pattern);

	return g_hash_table_lookup(fonts->by_place, place);
}

struct font_face *fonts_face_of(struct fonts *fonts, PangoFont *font)
{
	FcPattern *pattern = pango_fc_font_get_pattern(PANGO_FC_FONT(font));
	struct font_face *face = face_by_pattern(fonts, pattern);
	cairo_scaled_font_t *scaled;

	if (!face || face->cairo_face)
		return face;
	scaled = pango_cairo_font_get_scaled_font(PANGO_CAIRO_FONT(font));
	face->cairo_face = cairo_font_face_reference(
		cairo_scaled_font_get_font_face(scaled));
	return face;
}
