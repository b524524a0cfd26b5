#include "config.h"

#include "render/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "render/pack_format.h"

/* A pack on its way to the disk. */
struct draft {
	GByteArray *head;	       /* the header's pages */
	struct pack_section *sections; /* a sorted copy of the caller's */
	gsize n_sections;
	guint64 total_bytes;
};

static int compare_sections(const void *a, const void *b)
{
	const struct pack_section *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void append_string(GByteArray *head, const char *string)
{
	gsize size = strlen(string) + 1;

	g_assert(size <= PACK_STRING_BYTES_MAX);
	g_byte_array_append(head, (const guint8 *)string, (guint)size);
}

static gsize header_bytes(const struct pack_info *info, gsize n_sections)
{
	return pack_format_pages(sizeof(struct pack_header) +
				 n_sections * sizeof(struct pack_entry) +
				 strlen(info->version) + strlen(info->recipe) +
				 strlen(info->source) + 3);
}

/* The table, and where the sections come to lie. */
static void append_table(struct draft *draft, guint64 offset)
{
	for (gsize i = 0; i < draft->n_sections; i++) {
		const struct pack_section *section = &draft->sections[i];
		struct pack_entry entry = {
			.tag = GUINT32_TO_LE((guint32)section->tag),
			.index = GUINT32_TO_LE(section->index),
			.size = GUINT64_TO_LE((guint64)section->size),
		};

		g_assert(section->size > 0);
		g_assert(i == 0 || compare_sections(section - 1, section) < 0);
		offset = pack_format_pages(offset);
		entry.offset = GUINT64_TO_LE(offset);
		offset += section->size;
		g_byte_array_append(draft->head, (const guint8 *)&entry,
				    sizeof(entry));
	}
	draft->total_bytes = offset;
}

static const guint8 zeros[PACK_PAGE_BYTES];

static guint64 body_crc(const struct draft *draft)
{
	guint64 crc = 0;

	for (gsize i = 0; i < draft->n_sections; i++) {
		const struct pack_section *section = &draft->sections[i];
		gsize gap = pack_format_pages(section->size) - section->size;

		crc = pack_format_crc(crc, section->data, section->size);
		if (i + 1 < draft->n_sections)
			crc = pack_format_crc(crc, zeros, gap);
	}
	return crc;
}

static struct pack_header header_of(const struct pack_info *info,
				    const struct draft *draft)
{
	return (struct pack_header){
		.magic = PACK_MAGIC,
		.format_version = GUINT32_TO_LE(PACK_FORMAT),
		.byte_order = PACK_BYTE_ORDER,
		.body_crc = GUINT64_TO_LE(body_crc(draft)),
		.header_bytes = GUINT64_TO_LE(
			(guint64)header_bytes(info, draft->n_sections)),
		.total_bytes = GUINT64_TO_LE(draft->total_bytes),
		.written_s = GUINT64_TO_LE((guint64)time(NULL)),
		.mtime_s = GUINT64_TO_LE((guint64)info->mtime_s),
		.width_px = GUINT32_TO_LE((guint32)info->width_px),
		.height_px = GUINT32_TO_LE((guint32)info->height_px),
		.n_frames = GUINT32_TO_LE(info->n_frames),
		.duration_ms = GUINT32_TO_LE(info->duration_ms),
		.is_opaque = GUINT32_TO_LE(info->is_opaque ? 1U : 0U),
		.source_format = GUINT32_TO_LE((guint32)info->format),
		.n_sections = GUINT32_TO_LE((guint32)draft->n_sections),
		.version_bytes =
			GUINT32_TO_LE((guint32)strlen(info->version) + 1),
		.recipe_bytes =
			GUINT32_TO_LE((guint32)strlen(info->recipe) + 1),
		.source_bytes =
			GUINT32_TO_LE((guint32)strlen(info->source) + 1),
	};
}

static void draft_init(struct draft *draft, const struct pack_info *info,
		       const struct pack_section *sections, gsize n_sections)
{
	gsize size = header_bytes(info, n_sections);
	struct pack_header header = {0};
	guint filled;

	g_assert(n_sections <= PACK_SECTIONS_MAX);
	draft->sections = g_memdup2(sections, n_sections * sizeof(*sections));
	draft->n_sections = n_sections;
	qsort(draft->sections, n_sections, sizeof(*sections), compare_sections);
	draft->head = g_byte_array_sized_new((guint)size);
	g_byte_array_append(draft->head, (const guint8 *)&header,
			    sizeof(header));
	append_table(draft, size);
	append_string(draft->head, info->version);
	append_string(draft->head, info->recipe);
	append_string(draft->head, info->source);
	filled = draft->head->len;
	g_byte_array_set_size(draft->head, (guint)size);
	memset(draft->head->data + filled, 0, size - filled);
	header = header_of(info, draft);
	memcpy(draft->head->data, &header, sizeof(header));
	header.header_crc = GUINT64_TO_LE(pack_format_crc(
		0, draft->head->data + PACK_CRC_START, size - PACK_CRC_START));
	memcpy(draft->head->data, &header, sizeof(header));
}

static void draft_fini(struct draft *draft)
{
	g_byte_array_unref(draft->head);
	g_free(draft->sections);
}

static gboolean write_at(int fd, const void *data, gsize size, guint64 offset)
{
	const guint8 *from = data;

	while (size > 0) {
		ssize_t n = pwrite(fd, from, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FALSE;
		from += n;
		size -= (gsize)n;
		offset += (guint64)n;
	}
	return TRUE;
}

/* The gaps between sections are holes, which read as zeros. */
static gboolean write_draft(int fd, const struct draft *draft)
{
	struct pack_header header;
	struct timespec times[2] = {{0}};
	guint64 offset = draft->head->len;

	memcpy(&header, draft->head->data, sizeof(header));
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_sec = (time_t)GUINT64_FROM_LE(header.written_s);
	if (!write_at(fd, draft->head->data, draft->head->len, 0))
		return FALSE;
	for (gsize i = 0; i < draft->n_sections; i++) {
		offset = pack_format_pages(offset);
		if (!write_at(fd, draft->sections[i].data,
			      draft->sections[i].size, offset))
			return FALSE;
		offset += draft->sections[i].size;
	}
	/* Whole seconds, which every file system keeps; see pack_peek(). */
	return futimens(fd, times) == 0 && fsync(fd) == 0;
}

static gboolean fail_io(const char *name, GError **error)
{
	g_set_error(error, PACK_ERROR, PACK_ERROR_IO, "cannot write '%s': %s",
		    name, g_strerror(errno));
	return FALSE;
}

static char *beside(const char *name)
{
	return g_strdup_printf(".%s.tmp", name);
}

int pack_begin(int dirfd, const char *name, GError **error)
{
	g_autofree char *temporary = beside(name);
	int fd = openat(dirfd, temporary,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0644);

	if (fd < 0)
		(void)fail_io(name, error);
	return fd;
}

gboolean pack_write_fd(int fd, const char *name, const struct pack_info *info,
		       const struct pack_section *sections, gsize n_sections,
		       GError **error)
{
	struct draft draft;
	gboolean is_written;

	draft_init(&draft, info, sections, n_sections);
	is_written = write_draft(fd, &draft) || fail_io(name, error);
	draft_fini(&draft);
	return is_written;
}

void pack_abandon(int dirfd, const char *name)
{
	g_autofree char *temporary = beside(name);

	(void)unlinkat(dirfd, temporary, 0); /* may not be there */
}

gboolean pack_commit(int dirfd, const char *name, GError **error)
{
	g_autofree char *temporary = beside(name);
	struct stat st;

	if (fstatat(dirfd, temporary, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (st.st_size == 0)
			return unlinkat(dirfd, temporary, 0) == 0 ||
			       fail_io(name, error);
		if (renameat(dirfd, temporary, dirfd, name) == 0 &&
		    fsync(dirfd) == 0)
			return TRUE;
	}
	(void)fail_io(name, error);
	pack_abandon(dirfd, name);
	return FALSE;
}

gboolean pack_write(int dirfd, const char *name, const struct pack_info *info,
		    const struct pack_section *sections, gsize n_sections,
		    GError **error)
{
	int fd = pack_begin(dirfd, name, error);
	gboolean is_written = fd >= 0 && pack_write_fd(fd, name, info, sections,
						       n_sections, error);

	if (fd >= 0 && close(fd) < 0 && is_written)
		is_written = fail_io(name, error);
	if (is_written)
		return pack_commit(dirfd, name, error);
	pack_abandon(dirfd, name);
	return FALSE;
}
