/* pack_format.h - the bytes of a pack; for its reader, its writer and tests.
 *
 * A header of whole pages: struct pack_header, then n_sections times struct
 * pack_entry in ascending order of (tag, index), then version, recipe and
 * source, each with its NUL. Then the sections in the same order, each at the
 * next page boundary, zeros between; the file ends with the last one. Integers
 * are little-endian; pixels are in the machine's own order, which byte_order
 * tells.
 *
 * The checksums are CRC-64 (ECMA-182, reflected), from ISA-L: it runs at the
 * speed of memory, so checking a whole pack costs less than reading it in, and
 * 64 bits leave no room for damage to pass by chance. The header has its own,
 * so that it can be looked at alone; the sections' is inside of it.
 */
#pragma once

#include <glib.h>

#include "render/limits.h"

enum {
	PACK_FORMAT = 1,
	PACK_BYTE_ORDER = 0x01020304, /* in the machine's order */
	PACK_PAGE_BYTES = 4096,
	PACK_SECTIONS_MAX = 4 * LIMIT_TEMPLATE_FRAMES + 16
};

#define PACK_MAGIC \
	"\x89"     \
	"CPK\r\n\x1a\n"

struct pack_header {
	char magic[8];
	guint32 format_version;
	guint32 byte_order;
	guint64 header_crc;   /* of the header's bytes after this field */
	guint64 body_crc;     /* of everything after the header */
	guint64 header_bytes; /* a multiple of PACK_PAGE_BYTES */
	guint64 total_bytes;
	guint64 written_s; /* the file's own mtime, set by the writer */
	guint64 mtime_s;   /* see struct pack_info for this and the rest */
	guint32 width_px, height_px;
	guint32 n_frames;
	guint32 duration_ms;
	guint32 is_opaque; /* 0 or 1 */
	guint32 source_format;
	guint32 n_sections;
	guint32 version_bytes, recipe_bytes, source_bytes; /* NULs included */
};

struct pack_entry {
	guint32 tag;
	guint32 index;
	guint64 offset;
	guint64 size;
};

/* The first byte that header_crc covers. */
#define PACK_CRC_START \
	(G_STRUCT_OFFSET(struct pack_header, header_crc) + sizeof(guint64))

guint64 pack_format_crc(guint64 crc, const void *data, gsize size);

/* n rounded up to whole pages; n is at most G_MAXINT64. */
guint64 pack_format_pages(guint64 n);
