#include "config.h"

#include "render/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <isa-l/crc64.h>

#include "render/gif.h"
#include "render/jpeg.h"
#include "render/limits.h"
#include "render/pack_format.h"
#include "render/png.h"

struct pack {
	grefcount refs;
	dev_t dev;
	ino_t ino;
	const guint8 *map;
	gsize size;
	struct pack_header header; /* in the machine's byte order */
	struct pack_info info;
};

G_DEFINE_QUARK(pack_error, pack_error)

guint64 pack_format_crc(guint64 crc, const void *data, gsize size)
{
	return crc64_ecma_refl(crc, data, size);
}

guint64 pack_format_pages(guint64 n)
{
	return (n + PACK_PAGE_BYTES - 1) / PACK_PAGE_BYTES * PACK_PAGE_BYTES;
}

static gboolean fail_io(const char *name, const char *what, GError **error)
{
	int code = errno == ENOENT ? PACK_ERROR_MISSING : PACK_ERROR_IO;

	g_set_error(error, PACK_ERROR, code, "cannot %s '%s': %s", what, name,
		    g_strerror(errno));
	return FALSE;
}

static gboolean bad(const char *why, GError **error)
{
	g_set_error(error, PACK_ERROR, PACK_ERROR_BAD, "bad pack: %s", why);
	return FALSE;
}

static void read_header(const guint8 *map, struct pack_header *h)
{
	memcpy(h, map, sizeof(*h));
	h->format_version = GUINT32_FROM_LE(h->format_version);
	h->header_crc = GUINT64_FROM_LE(h->header_crc);
	h->body_crc = GUINT64_FROM_LE(h->body_crc);
	h->header_bytes = GUINT64_FROM_LE(h->header_bytes);
	h->total_bytes = GUINT64_FROM_LE(h->total_bytes);
	h->written_s = GUINT64_FROM_LE(h->written_s);
	h->mtime_s = GUINT64_FROM_LE(h->mtime_s);
	h->width_px = GUINT32_FROM_LE(h->width_px);
	h->height_px = GUINT32_FROM_LE(h->height_px);
	h->n_frames = GUINT32_FROM_LE(h->n_frames);
	h->duration_ms = GUINT32_FROM_LE(h->duration_ms);
	h->is_opaque = GUINT32_FROM_LE(h->is_opaque);
	h->source_format = GUINT32_FROM_LE(h->source_format);
	h->n_sections = GUINT32_FROM_LE(h->n_sections);
	h->version_bytes = GUINT32_FROM_LE(h->version_bytes);
	h->recipe_bytes = GUINT32_FROM_LE(h->recipe_bytes);
	h->source_bytes = GUINT32_FROM_LE(h->source_bytes);
}

static struct pack_entry entry_at(const struct pack *pack, guint32 i)
{
	struct pack_entry entry;

	memcpy(&entry,
	       pack->map + sizeof(struct pack_header) + i * sizeof(entry),
	       sizeof(entry));
	entry.tag = GUINT32_FROM_LE(entry.tag);
	entry.index = GUINT32_FROM_LE(entry.index);
	entry.offset = GUINT64_FROM_LE(entry.offset);
	entry.size = GUINT64_FROM_LE(entry.size);
	return entry;
}

static gboolean check_identity(const struct pack *pack, GError **error)
{
	const struct pack_header *h = &pack->header;

	if (memcmp(h->magic, PACK_MAGIC, sizeof(h->magic)) != 0)
		return bad("not a pack", error);
	if (h->format_version != PACK_FORMAT)
		return bad("of another format version", error);
	if (h->byte_order != PACK_BYTE_ORDER)
		return bad("of a machine with another byte order", error);
	if (h->total_bytes != pack->size)
		return bad("not as long as it was written", error);
	if (h->header_bytes < PACK_PAGE_BYTES ||
	    h->header_bytes % PACK_PAGE_BYTES != 0 ||
	    h->header_bytes > pack->size)
		return bad("no whole header", error);
	if (pack_format_crc(0, pack->map + PACK_CRC_START,
			    h->header_bytes - PACK_CRC_START) != h->header_crc)
		return bad("wrong checksum of the header", error);
	return TRUE;
}

static gboolean check_picture(const struct pack_header *h, GError **error)
{
	if (h->width_px < 1 || h->width_px > LIMIT_TEMPLATE_SIDE_PX ||
	    h->height_px < 1 || h->height_px > LIMIT_TEMPLATE_SIDE_PX ||
	    h->width_px * h->height_px > LIMIT_TEMPLATE_PIXELS)
		return bad("size of the picture", error);
	if (h->n_frames < 1 || h->n_frames > LIMIT_TEMPLATE_FRAMES ||
	    h->duration_ms > G_MAXINT)
		return bad("number of frames", error);
	if (h->is_opaque > 1 || h->source_format <= MACRO_FORMAT_DEFAULT ||
	    h->source_format > MACRO_FORMAT_WEBP)
		return bad("format of the picture", error);
	return TRUE;
}

/* The strings follow the table of sections, one after the other. */
static const char *take_string(const struct pack *pack, gsize *at, guint32 size)
{
	const char *string = (const char *)pack->map + *at;

	if (size < 1 || size > PACK_STRING_BYTES_MAX ||
	    size > pack->header.header_bytes - *at ||
	    strnlen(string, size) != size - 1)
		return NULL;
	*at += size;
	return string;
}

static gboolean read_info(struct pack *pack, GError **error)
{
	const struct pack_header *h = &pack->header;
	struct pack_info *info = &pack->info;
	gsize at = sizeof(*h);

	if (h->n_sections > PACK_SECTIONS_MAX ||
	    h->n_sections > (h->header_bytes - at) / sizeof(struct pack_entry))
		return bad("number of sections", error);
	at += h->n_sections * sizeof(struct pack_entry);
	info->version = take_string(pack, &at, h->version_bytes);
	if (info->version)
		info->recipe = take_string(pack, &at, h->recipe_bytes);
	if (info->recipe)
		info->source = take_string(pack, &at, h->source_bytes);
	if (!info->source)
		return bad("strings of the header", error);
	info->mtime_s = (gint64)h->mtime_s;
	info->width_px = (int)h->width_px;
	info->height_px = (int)h->height_px;
	info->n_frames = h->n_frames;
	info->duration_ms = h->duration_ms;
	info->is_opaque = h->is_opaque != 0;
	info->format = (enum macro_format)h->source_format;
	return TRUE;
}

static gboolean check_pixels(const struct pack_header *h,
			     const struct pack_entry *entry, GError **error)
{
	if (entry->index >= h->n_frames ||
	    entry->size != (guint64)h->width_px * 4 * h->height_px)
		return bad("size of the pixels", error);
	return TRUE;
}

static gboolean check_table(const struct pack *pack, GError **error)
{
	const struct pack_header *h = &pack->header;
	guint64 end = h->header_bytes;
	struct pack_entry last = {0};
	gboolean has_pixels = FALSE;

	for (guint32 i = 0; i < h->n_sections; i++) {
		struct pack_entry entry = entry_at(pack, i);

		if (entry.tag < last.tag ||
		    (entry.tag == last.tag && entry.index <= last.index && i))
			return bad("order of the sections", error);
		if (entry.offset != pack_format_pages(end) ||
		    entry.offset > pack->size || entry.size < 1 ||
		    entry.size > pack->size - entry.offset)
			return bad("place of a section", error);
		if (entry.tag == PACK_PIXELS && !check_pixels(h, &entry, error))
			return FALSE;
		has_pixels |= entry.tag == PACK_PIXELS && entry.index == 0;
		end = entry.offset + entry.size;
		last = entry;
	}
	if (end != pack->size || !has_pixels)
		return bad("sections missing", error);
	return TRUE;
}

static gboolean check_body(const struct pack *pack, GError **error)
{
	const guint8 *body = pack->map + pack->header.header_bytes;

	if (pack_format_crc(0, body, pack->size - pack->header.header_bytes) !=
	    pack->header.body_crc)
		return bad("wrong checksum", error);
	return TRUE;
}

/* What is encoded has offsets of its own, which its reader will trust. */
static gboolean check_contents(const struct pack *pack, GError **error)
{
	static const struct {
		enum pack_tag tag;
		gboolean (*check)(const guint8 *data, gsize size, int width_px,
				  int height_px, GError **error);
	} checks[] = {
		{PACK_JPEG, jpeg_section_check},
		{PACK_PNG, png_section_check},
		{PACK_GIF, gif_section_check},
	};
	g_autoptr(GError) cause = NULL;
	const guint8 *data;
	gsize size;

	for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
		if (!pack_section(pack, checks[i].tag, 0, &data, &size) ||
		    checks[i].check(data, size, pack->info.width_px,
				    pack->info.height_px, &cause))
			continue;
		return bad(cause->message, error);
	}
	return TRUE;
}

static gboolean map_file(struct pack *pack, int fd, const struct stat *st,
			 const char *name, GError **error)
{
	void *map;

	if (!S_ISREG(st->st_mode) || st->st_size < PACK_PAGE_BYTES)
		return bad("too short", error);
	pack->dev = st->st_dev;
	pack->ino = st->st_ino;
	pack->size = (gsize)st->st_size;
	map = mmap(NULL, pack->size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return fail_io(name, "map", error);
	pack->map = map;
	read_header(pack->map, &pack->header);
	return check_identity(pack, error) &&
	       check_picture(&pack->header, error) && read_info(pack, error) &&
	       check_table(pack, error);
}

static struct pack *map_open(int fd, const char *name, struct stat *out_st,
			     GError **error)
{
	g_autoptr(pack_auto) pack = g_new0(struct pack, 1);

	g_ref_count_init(&pack->refs);
	if (fd < 0 || fstat(fd, out_st) < 0) {
		(void)fail_io(name, "open", error);
		return NULL;
	}
	return map_file(pack, fd, out_st, name, error) ? g_steal_pointer(&pack)
						       : NULL;
}

struct pack *pack_open_fd(int fd, const char *name, GError **error)
{
	struct stat st;
	g_autoptr(pack_auto) pack = map_open(fd, name, &st, error);

	if (!pack || !check_body(pack, error) || !check_contents(pack, error))
		return NULL;
	return g_steal_pointer(&pack);
}

struct pack *pack_peek_fd(int fd, const char *name, GError **error)
{
	struct stat st;
	g_autoptr(pack_auto) pack = map_open(fd, name, &st, error);

	if (!pack)
		return NULL;
	if (st.st_mtim.tv_sec != (time_t)pack->header.written_s ||
	    st.st_mtim.tv_nsec != 0) {
		(void)bad("written over since it was made", error);
		return NULL;
	}
	return g_steal_pointer(&pack);
}

static struct pack *open_with(struct pack *(*open_fd)(int, const char *,
						      GError **),
			      int dirfd, const char *name, GError **error)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct pack *pack = open_fd(fd, name, error);

	if (fd >= 0)
		(void)close(fd); /* was only read */
	return pack;
}

struct pack *pack_open(int dirfd, const char *name, GError **error)
{
	return open_with(pack_open_fd, dirfd, name, error);
}

struct pack *pack_peek(int dirfd, const char *name, GError **error)
{
	return open_with(pack_peek_fd, dirfd, name, error);
}

struct pack *pack_ref(struct pack *pack)
{
	g_ref_count_inc(&pack->refs);
	return pack;
}

void pack_unref(struct pack *pack)
{
	if (!pack || !g_ref_count_dec(&pack->refs))
		return;
	if (pack->map)
		(void)munmap((void *)pack->map, pack->size);
	g_free(pack);
}

const struct pack_info *pack_get_info(const struct pack *pack)
{
	return &pack->info;
}

gboolean pack_is_current(const struct pack *pack, int dirfd, const char *name)
{
	struct stat st;

	/* The mapping keeps the inode from being given to another file. */
	return fstatat(dirfd, name, &st, 0) == 0 && st.st_dev == pack->dev &&
	       st.st_ino == pack->ino;
}

gboolean pack_section(const struct pack *pack, enum pack_tag tag, guint index,
		      const guint8 **out_data, gsize *out_size)
{
	for (guint32 i = 0; i < pack->header.n_sections; i++) {
		struct pack_entry entry = entry_at(pack, i);

		if (entry.tag != tag || entry.index != index)
			continue;
		*out_data = pack->map + entry.offset;
		*out_size = entry.size;
		return TRUE;
	}
	return FALSE;
}

guint pack_n_sections(const struct pack *pack)
{
	return pack->header.n_sections;
}

struct pack_section pack_section_at(const struct pack *pack, guint i)
{
	struct pack_entry entry = entry_at(pack, i);

	return (struct pack_section){(enum pack_tag)entry.tag, entry.index,
				     pack->map + entry.offset, entry.size};
}

cairo_surface_t *pack_surface(const struct pack *pack, guint frame)
{
	const struct pack_info *info = &pack->info;
	const guint8 *pixels;
	gsize size;

	if (!pack_section(pack, PACK_PIXELS, frame, &pixels, &size))
		return NULL;
	return cairo_image_surface_create_for_data(
		(guint8 *)pixels, /* mapped read-only: a write would fault */
		info->is_opaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32,
		info->width_px, info->height_px, info->width_px * 4);
}
