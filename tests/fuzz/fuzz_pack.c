#include "config.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/autoptr.h"
#include "render/pack.h"
#include "render/pack_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WRITTEN_S = 1 };

/* Puts right what no fuzzer guesses, so that what lies behind is reached. */
static void seal(guint8 *bytes, gsize size)
{
	struct pack_header header;

	memcpy(&header, bytes, sizeof(header));
	memcpy(header.magic, PACK_MAGIC, sizeof(header.magic));
	header.format_version = GUINT32_TO_LE(PACK_FORMAT);
	header.byte_order = PACK_BYTE_ORDER;
	header.header_bytes = GUINT64_TO_LE((guint64)PACK_PAGE_BYTES);
	header.total_bytes = GUINT64_TO_LE((guint64)size);
	header.written_s = GUINT64_TO_LE((guint64)WRITTEN_S);
	header.body_crc = GUINT64_TO_LE(pack_format_crc(
		0, bytes + PACK_PAGE_BYTES, size - PACK_PAGE_BYTES));
	memcpy(bytes, &header, sizeof(header));
	header.header_crc = GUINT64_TO_LE(pack_format_crc(
		0, bytes + PACK_CRC_START, PACK_PAGE_BYTES - PACK_CRC_START));
	memcpy(bytes, &header, sizeof(header));
}

/* All that a reader may touch. */
static void use(struct pack *pack)
{
	const struct pack_info *info = pack_get_info(pack);

	g_assert_cmpuint(strlen(info->version), <, PACK_STRING_BYTES_MAX);
	g_assert_cmpuint(strlen(info->recipe), <, PACK_STRING_BYTES_MAX);
	g_assert_cmpuint(strlen(info->source), <, PACK_STRING_BYTES_MAX);
	for (guint i = 0; i < pack_n_sections(pack); i++) {
		struct pack_section section = pack_section_at(pack, i);
		const guint8 *found;
		gsize size;

		g_free(g_memdup2(section.data, section.size)); /* reads it */
		g_assert_true(pack_section(pack, section.tag, section.index,
					   &found, &size));
		g_assert_true(found == section.data && size == section.size);
	}
	for (guint i = 0; i < info->n_frames; i++) {
		g_autoptr(cairo_surface_t) surface = pack_surface(pack, i);

		g_assert_true(surface || i > 0);
		if (surface)
			g_assert_cmpint(cairo_surface_status(surface), ==,
					CAIRO_STATUS_SUCCESS);
	}
}

static void open_bytes(const guint8 *bytes, gsize size)
{
	const struct timespec times[2] = {{WRITTEN_S, 0}, {WRITTEN_S, 0}};
	g_autofree char *path = NULL;
	int fd = memfd_create("pack", MFD_CLOEXEC);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, bytes, size), ==, (gssize)size);
	g_assert_cmpint(futimens(fd, times), ==, 0); /* for pack_peek() */
	path = g_strdup_printf("/proc/self/fd/%d", fd);
	{
		g_autoptr(pack_auto) pack = pack_open(-1, path, NULL);
		g_autoptr(pack_auto) peeked = pack_peek(-1, path, NULL);

		if (pack)
			use(pack);
		if (peeked)
			use(peeked);
	}
	(void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree guint8 *sealed = NULL;

	open_bytes(data, size);
	if (size < PACK_PAGE_BYTES)
		return 0;
	sealed = g_memdup2(data, size);
	seal(sealed, size);
	open_bytes(sealed, size);
	return 0;
}
