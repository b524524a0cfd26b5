/* pack.h - a template made ready: one file, mapped read-only and shared.
 *
 * File: header (magic, format version, checksums, total length, table of
 * sections), then page-aligned sections; pack_format.h has it to the byte. A
 * pack is never changed in place: it is written beside, fsynced and renamed,
 * and can always be made anew from its picture.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/macro.h"

struct pack;

#define PACK_ERROR (pack_error_quark())
GQuark pack_error_quark(void);
enum pack_error {
	PACK_ERROR_IO,
	PACK_ERROR_MISSING, /* no such file */
	PACK_ERROR_BAD,	    /* not a pack, damaged, or of another version */
};

enum pack_tag {
	PACK_CARD = 1, /* JSON: the sidecar's fields, checked by the packer */
	PACK_PIXELS,   /* one section a frame: rows of width × 4 bytes */
	PACK_JPEG,     /* see jpeg.h */
	PACK_PNG,      /* see png.h */
	PACK_GIF,      /* see gif.h */
};

struct pack_info {
	const char *version; /* hash of the picture and its sidecar, hex */
	gint64 mtime_s;	     /* when the picture or the sidecar last changed */
	int width_px, height_px;
	guint n_frames;
	guint duration_ms;	  /* of all frames; 0 for one */
	gboolean is_opaque;	  /* pixels are RGB24, else ARGB32 */
	enum macro_format format; /* of the source */
	const char *recipe;	  /* what the packer was told: qualities and so
				   on; another recipe makes the pack old */
	const char *source;	  /* what the packer knows its picture again by
				   without reading it; means nothing here */
};

/* The longest strings in a pack_info, NUL included. */
enum { PACK_STRING_BYTES_MAX = 256 };

/* Opens name below dirfd, maps it and checks it whole: magic, version, length,
 * checksum, every offset with its length, and that encoded sections are what
 * their own check accepts. The pack starts with one reference;
 * the mapping lives until the last is dropped. */
struct pack *pack_open(int dirfd, const char *name, GError **error);

/* As pack_open(), for one who looks at thousands: the header is checked and
 * the sections are not read. The file's own time must still be the one that
 * pack_write() gave it, so that a pack written over later is PACK_ERROR_BAD. */
struct pack *pack_peek(int dirfd, const char *name, GError **error);

/* The same of a file that is open, which stays the caller's; name is for
 * errors. */
struct pack *pack_open_fd(int fd, const char *name, GError **error);
struct pack *pack_peek_fd(int fd, const char *name, GError **error);
struct pack *pack_ref(struct pack *pack);
void pack_unref(struct pack *pack);
typedef struct pack pack_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(pack_auto, pack_unref)

/* Strings in it are the pack's. */
const struct pack_info *pack_get_info(const struct pack *pack);

/* TRUE when the file that name now stands for is still the one mapped. */
gboolean pack_is_current(const struct pack *pack, int dirfd, const char *name);

struct pack_section {
	enum pack_tag tag;
	guint index;
	const void *data;
	gsize size;
};

/* Finds a section. FALSE: the pack has none. */
gboolean pack_section(const struct pack *pack, enum pack_tag tag, guint index,
		      const guint8 **out_data, gsize *out_size);

/* All sections in the order of the file, for a pack that is written again. */
guint pack_n_sections(const struct pack *pack);
struct pack_section pack_section_at(const struct pack *pack, guint i);

/* A new surface over a frame's mapped pixels: only read it (a write would
 * fault). It must not outlive the pack; the caller destroys it. Frame 0 is
 * always there; NULL for another one that the pack does not hold. */
cairo_surface_t *pack_surface(const struct pack *pack, guint frame);

/* Writes a pack beside name, fsyncs and renames it (and fsyncs the folder).
 * Sections come in any order, each (tag, index) once; PACK_PIXELS of frame 0
 * must be there; their data stays the caller's. On failure nothing is left
 * behind and an older file stays. A folder has one writer: the file beside is
 * ".NAME.tmp", and one that a crash left is written over. Error:
 * PACK_ERROR_IO. */
gboolean pack_write(int dirfd, const char *name, const struct pack_info *info,
		    const struct pack_section *sections, gsize n_sections,
		    GError **error);

/* pack_write() in steps, for a process that may open nothing in between. Begins:
 * the file beside, which is the caller's to close; -1 where it can't be. */
int pack_begin(int dirfd, const char *name, GError **error);
/* Writes the whole of it, and fsyncs. */
gboolean pack_write_fd(int fd, const char *name, const struct pack_info *info,
		       const struct pack_section *sections, gsize n_sections,
		       GError **error);
/* Renames the file beside; one that is empty is removed instead, since the pack
 * was to stay as it is. On failure it is removed too. */
gboolean pack_commit(int dirfd, const char *name, GError **error);
void pack_abandon(int dirfd, const char *name);
