/* fonts.h - the fonts a site may use, behind a fontconfig set-up of our own.
 *
 * Only what the configuration names is seen, so a stray system font never
 * changes a picture. Pango starts a thread for each font map and a thread does
 * not survive fork: open this after the fork, once a process, one thread.
 */
#pragma once

#include <glib.h>

struct fonts;

#define FONTS_ERROR (fonts_error_quark())
GQuark fonts_error_quark(void);
enum fonts_error {
	FONTS_ERROR_SETUP,	/* the folder, the default or a fallback */
	FONTS_ERROR_NOT_FOUND,	/* the client's font; message for the client */
};

/* The heaviest, narrowest face of each family that Debian packages, so that
 * every script keeps the look. Of files that differ only in what follows their
 * last hyphen, the first that a glob finds counts. */
#define FONTS_FALLBACKS                                                        \
	"NotoSans-ExtraCondensedBlack;NotoSans*-ExtraCondensedBlack;"          \
	"NotoSans*-Black;NotoSerif*-ExtraCondensedBlack;NotoSans*-Bold;"       \
	"OpenSans-CondBold;NotoColorEmoji;NotoSansSymbols2-Regular;"           \
	"NotoSans*-Regular;DejaVuSans-Bold"

struct fonts_config {
	const char *dir;		/* the site's folder; NULL: none */
	const char *const *defaults;	/* font names, the first one there is
					   wins; NULL-terminated */
	const char *const *fallback_dirs; /* where defaults (by stem) and
					     fallbacks are looked for beside
					     dir; NULL-terminated, or NULL */
	const char *const *fallbacks;	/* stems as globs, in the order in which
					   they are asked for a character that
					   the caption's font lacks;
					   NULL-terminated. NULL: the list
					   below */
	guint cache_entries;		/* loaded fonts kept, at least 1 */
};

/* Reads the folders (a fallback folder may be missing). Errors:
 * FONTS_ERROR_SETUP, e.g. when no default is there; the message names what was
 * looked for. */
struct fonts *fonts_open(const struct fonts_config *config, GError **error);
void fonts_close(struct fonts *fonts);
typedef struct fonts fonts_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(fonts_auto, fonts_close)

/* Sorted names for /fonts: the stems of the font files in the site's folder,
 * and the default's. NULL-terminated; stays the fonts'. */
const char *const *fonts_names(const struct fonts *fonts);

/* The name of the font that a caption without `font` gets. */
const char *fonts_default_name(const struct fonts *fonts);

/* Whether a name (a stem or a family, case-insensitive) is one of ours; NULL
 * is the default. On success out_name is its name as in fonts_names() or the
 * family, and stays the fonts'. Error: FONTS_ERROR_NOT_FOUND. */
gboolean fonts_check(struct fonts *fonts, const char *name,
		     const char **out_name, GError **error);

/* A hash over what is there (names, sizes, times): part of each ETag. */
const char *fonts_version(const struct fonts *fonts);

/* When any of it last changed, as Unix time: the newest of the files and the
 * folders. */
gint64 fonts_modified_s(const struct fonts *fonts);

/* Loads every face, for --preload. */
void fonts_preload(struct fonts *fonts);

struct fonts_stats {
	guint64 hits, misses;
	guint entries, capacity;
	guint64 missing_chars;	/* laid out, and in no font: drawn as a box */
};
void fonts_get_stats(const struct fonts *fonts, struct fonts_stats *out);
