/* font_files.h - the font files a configuration names, read in a fixed order.
 *
 * Each face gets a family name of its own towards fontconfig, so that asking
 * for it can never select another. Reading a file's tables this way takes a
 * tenth of a millisecond, so there is no cache to keep.
 */
#pragma once

#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <glib.h>

/* Which of a pan-CJK collection's faces comes first for a text. */
enum han {
	HAN_NONE = -1, /* not such a face */
	HAN_CHINESE,
	HAN_JAPANESE,
	HAN_KOREAN,
	HAN_N
};

struct font_face {
	char *path;
	char *stem;	    /* the file's name without its suffix */
	char *family;	    /* as the file calls it */
	char *full_name;    /* NULL: the file has none */
	int irregularity;   /* how far from regular, upright, normal width */
	char *key;	    /* the family name fontconfig knows it by */
	char *place;	    /* as font_pattern_place() gives it */
	FcPattern *pattern; /* key is in it */
	enum han han;
	const char *name;  /* the stem; of a collection's later faces the
				 family */
	gboolean is_site;  /* from the site's folder */
	gboolean is_color; /* its glyphs are pictures */
	double strike_px;  /* its pictures' own size; 0: scalable */
	gint64 size_bytes, mtime_ns;
	cairo_font_face_t *cairo_face; /* NULL until a glyph is wanted */
};

void font_face_free(struct font_face *face);

/* "FILE#INDEX": which face of which file a pattern stands for. The caller
 * frees it. */
char *font_pattern_place(FcPattern *pattern);

/* Appends the faces of every font file in dir, in the byte order of the file
 * names, to faces (of struct font_face). FALSE with errno: the folder can't
 * be read. Files that are no fonts are left out. */
gboolean font_files_read_dir(const char *dir, GPtrArray *faces);

/* Appends the faces of the files in dirs whose stems match glob: in the order
 * of dirs, then of names. A folder that is not there has no files. A file
 * whose stem up to its last hyphen (NotoSansThai of NotoSansThai-Bold) is in
 * seen is left out; those read are added to seen (a set of strings). */
void font_files_read_glob(const char *const *dirs, const char *glob,
			  GHashTable *seen, GPtrArray *faces);
