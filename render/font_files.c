#include "config.h"

#include "render/font_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <fontconfig/fcfreetype.h>

void font_face_free(struct font_face *face)
{
	if (!face)
		return;
	if (face->cairo_face)
		cairo_font_face_destroy(face->cairo_face);
	if (face->pattern)
		FcPatternDestroy(face->pattern);
	g_free(face->path);
	g_free(face->stem);
	g_free(face->family);
	g_free(face->full_name);
	g_free(face->key);
	g_free(face->place);
	g_free(face);
}

static gboolean is_font_name(const char *name)
{
	static const char *const suffixes[] = {".ttf", ".otf", ".ttc", ".otc"};
	gsize len = strlen(name);

	if (name[0] == '.' || len < 5)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (g_ascii_strcasecmp(name + len - 4, suffixes[i]) == 0)
			return TRUE;
	return FALSE;
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the font files in dir, in byte order; NULL with errno. */
static GPtrArray *list_names(const char *dir)
{
	g_autoptr(GDir) handle = g_dir_open(dir, 0, NULL);
	GPtrArray *names;
	const char *name;

	if (!handle)
		return NULL;
	names = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(handle)))
		if (is_font_name(name) && g_utf8_validate(name, -1, NULL))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_names);
	return names;
}

static char *pattern_string(FcPattern *pattern, const char *object)
{
	FcChar8 *value;

	if (FcPatternGetString(pattern, object, 0, &value) != FcResultMatch)
		return NULL;
	return g_strdup((const char *)value);
}

char *font_pattern_place(FcPattern *pattern)
{
	g_autofree char *path = pattern_string(pattern, FC_FILE);
	int index = 0;

	(void)FcPatternGetInteger(pattern, FC_INDEX, 0, &index);
	return g_strdup_printf("%s#%d", path ? path : "", index);
}

static gboolean pattern_is(FcPattern *pattern, const char *object)
{
	FcBool value;

	return FcPatternGetBool(pattern, object, 0, &value) == FcResultMatch &&
	       value == FcTrue;
}

/* A variable font's default stands for it; its named instances, which have
 * numbers of their own above bit 16, are left out. */
static gboolean is_wanted(FcPattern *pattern)
{
	int index = 0;

	(void)FcPatternGetInteger(pattern, FC_INDEX, 0, &index);
	return index >> 16 == 0 && !pattern_is(pattern, FC_VARIABLE);
}

static enum han han_of(const char *family)
{
	static const struct {
		const char *suffix;
		enum han han;
	} suffixes[] = {{" CJK SC", HAN_CHINESE},
			{" CJK JP", HAN_JAPANESE},
			{" CJK KR", HAN_KOREAN}};

	for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (g_str_has_suffix(family, suffixes[i].suffix))
			return suffixes[i].han;
	return HAN_NONE;
}

static int irregularity_of(FcPattern *pattern)
{
	int weight = FC_WEIGHT_REGULAR, width = FC_WIDTH_NORMAL, slant = 0;

	(void)FcPatternGetInteger(pattern, FC_WEIGHT, 0, &weight);
	(void)FcPatternGetInteger(pattern, FC_WIDTH, 0, &width);
	(void)FcPatternGetInteger(pattern, FC_SLANT, 0, &slant);
	return ABS(weight - FC_WEIGHT_REGULAR) + ABS(width - FC_WIDTH_NORMAL) +
	       ABS(slant - FC_SLANT_ROMAN);
}

/* Takes over a reference to pattern. */
static struct font_face *face_new(FcPattern *pattern, const char *path,
				  const struct stat *st, guint number)
{
	struct font_face *face = g_new0(struct font_face, 1);
	g_autofree char *name = g_path_get_basename(path);
	double strike_px;

	face->pattern = pattern;
	face->path = g_strdup(path);
	face->place = font_pattern_place(pattern);
	face->stem = g_strndup(name, strlen(name) - 4);
	face->family = pattern_string(pattern, FC_FAMILY);
	if (!face->family)
		face->family = g_strdup(face->stem);
	face->full_name = pattern_string(pattern, FC_FULLNAME);
	face->name = face->stem;
	face->han = han_of(face->family);
	face->irregularity = irregularity_of(pattern);
	face->is_color = pattern_is(pattern, FC_COLOR);
	face->size_bytes = st->st_size;
	face->mtime_ns =
		(gint64)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	if (!pattern_is(pattern, FC_OUTLINE) &&
	    FcPatternGetDouble(pattern, FC_PIXEL_SIZE, 0, &strike_px) ==
		    FcResultMatch)
		face->strike_px = strike_px;
	face->key = g_strdup_printf("captiond-%u", number);
	(void)FcPatternDel(pattern, FC_FAMILY);
	(void)FcPatternDel(pattern, FC_FAMILYLANG);
	/* A strike's size would win over the size that is asked for. */
	(void)FcPatternDel(pattern, FC_PIXEL_SIZE);
	(void)FcPatternAddString(pattern, FC_FAMILY,
				 (const FcChar8 *)face->key);
	/* The name that Pango asks for where a character is to be a picture. */
	if (face->is_color)
		(void)FcPatternAddString(pattern, FC_FAMILY,
					 (const FcChar8 *)"emoji");
	return face;
}

static void read_file(const char *path, gboolean is_site, GPtrArray *faces)
{
	FcFontSet *set;
	guint first = faces->len;
	struct stat st;
	int count = 0;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	set = FcFontSetCreate();
	(void)FcFreeTypeQueryAll((const FcChar8 *)path, (unsigned)-1, NULL,
				 &count, set);
	for (int i = 0; i < set->nfont; i++) {
		struct font_face *face;

		if (!is_wanted(set->fonts[i]))
			continue;
		FcPatternReference(set->fonts[i]);
		face = face_new(set->fonts[i], path, &st, faces->len);
		face->is_site = is_site;
		if (faces->len > first)
			face->name = face->family;
		g_ptr_array_add(faces, face);
	}
	FcFontSetDestroy(set);
}

gboolean font_files_read_dir(const char *dir, GPtrArray *faces)
{
	g_autoptr(GPtrArray) names = list_names(dir);

	if (!names)
		return FALSE;
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *path = g_build_filename(
			dir, g_ptr_array_index(names, i), NULL);

		read_file(path, TRUE, faces);
	}
	return TRUE;
}

static char *group_of(const char *stem)
{
	const char *hyphen = strrchr(stem, '-');

	return hyphen ? g_strndup(stem, hyphen - stem) : g_strdup(stem);
}

static void read_matches(const char *dir, GPatternSpec *spec, GHashTable *seen,
			 GPtrArray *faces)
{
	g_autoptr(GPtrArray) names = list_names(dir);

	for (guint i = 0; names && i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);
		g_autofree char *stem = g_strndup(name, strlen(name) - 4);
		g_autofree char *group = group_of(stem);
		g_autofree char *path = g_build_filename(dir, name, NULL);

		if (!g_pattern_spec_match_string(spec, stem) ||
		    g_hash_table_contains(seen, group))
			continue;
		read_file(path, FALSE, faces);
		g_hash_table_add(seen, g_steal_pointer(&group));
	}
}

void font_files_read_glob(const char *const *dirs, const char *glob,
			  GHashTable *seen, GPtrArray *faces)
{
	g_autoptr(GPatternSpec) spec = g_pattern_spec_new(glob);

	for (; dirs && *dirs; dirs++)
		read_matches(*dirs, spec, seen, faces);
}
