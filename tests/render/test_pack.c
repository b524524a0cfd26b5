#include "config.h"

#include "render/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "render/autoptr.h"
#include "render/pack_format.h"

enum { WIDTH_PX = 37, HEIGHT_PX = 41 };

struct fixture {
	char *dir;
	int dirfd;
	guint8 pixels[WIDTH_PX * HEIGHT_PX * 4];
	struct pack_info info;
};

static void set_up(struct fixture *f, const void *data)
{
	(void)data;
	f->dir = g_dir_make_tmp("test-pack-XXXXXX", NULL);
	f->dirfd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (gsize i = 0; i < sizeof(f->pixels); i++)
		f->pixels[i] = (guint8)(i * 7);
	f->info = (struct pack_info){
		.version = "0123456789abcdef",
		.mtime_s = 1700000000,
		.width_px = WIDTH_PX,
		.height_px = HEIGHT_PX,
		.n_frames = 2,
		.duration_ms = 250,
		.format = MACRO_FORMAT_PNG,
		.recipe = "r1",
		.source = "some file",
	};
}

static void tear_down(struct fixture *f, const void *data)
{
	g_autoptr(GDir) dir = g_dir_open(f->dir, 0, NULL);
	const char *name;

	(void)data;
	while ((name = g_dir_read_name(dir)))
		g_assert_cmpint(unlinkat(f->dirfd, name, 0), ==, 0);
	(void)close(f->dirfd);
	g_assert_cmpint(g_rmdir(f->dir), ==, 0);
	g_free(f->dir);
}

static void write_sample(struct fixture *f, const char *name)
{
	struct pack_section sections[] = {
		{PACK_PIXELS, 1, f->pixels, sizeof(f->pixels)},
		{PACK_CARD, 0, "{}", 2},
		{PACK_PIXELS, 0, f->pixels, sizeof(f->pixels)},
	};
	g_autoptr(GError) error = NULL;

	if (!pack_write(f->dirfd, name, &f->info, sections,
			G_N_ELEMENTS(sections), &error))
		g_error("%s", error->message);
}

static struct pack *open_ok(struct fixture *f, const char *name)
{
	g_autoptr(GError) error = NULL;
	struct pack *pack = pack_open(f->dirfd, name, &error);

	if (!pack)
		g_error("%s", error->message);
	return pack;
}

static void round_trip(struct fixture *f, const void *data)
{
	g_autoptr(pack_auto) pack = NULL;
	g_autoptr(cairo_surface_t) surface = NULL;
	const struct pack_info *info;
	const guint8 *section;
	gsize size;

	(void)data;
	write_sample(f, "a.pack");
	pack = open_ok(f, "a.pack");
	info = pack_get_info(pack);
	g_assert_cmpstr(info->version, ==, f->info.version);
	g_assert_cmpstr(info->recipe, ==, f->info.recipe);
	g_assert_cmpstr(info->source, ==, f->info.source);
	g_assert_cmpint(info->mtime_s, ==, f->info.mtime_s);
	g_assert_cmpint(info->width_px, ==, WIDTH_PX);
	g_assert_cmpint(info->height_px, ==, HEIGHT_PX);
	g_assert_cmpuint(info->n_frames, ==, 2);
	g_assert_cmpuint(info->duration_ms, ==, 250);
	g_assert_false(info->is_opaque);
	g_assert_cmpint(info->format, ==, MACRO_FORMAT_PNG);
	g_assert_true(pack_section(pack, PACK_CARD, 0, &section, &size));
	g_assert_cmpmem(section, size, "{}", 2);
	g_assert_true(pack_section(pack, PACK_PIXELS, 1, &section, &size));
	g_assert_cmpmem(section, size, f->pixels, sizeof(f->pixels));
	g_assert_cmpuint((gsize)section % PACK_PAGE_BYTES, ==, 0);
	g_assert_false(pack_section(pack, PACK_JPEG, 0, &section, &size));
	g_assert_false(pack_section(pack, PACK_PIXELS, 2, &section, &size));
	surface = pack_surface(pack, 1);
	g_assert_cmpint(cairo_image_surface_get_format(surface), ==,
			CAIRO_FORMAT_ARGB32);
	g_assert_cmpmem(cairo_image_surface_get_data(surface),
			sizeof(f->pixels), f->pixels, sizeof(f->pixels));
	g_assert_null(pack_surface(pack, 2));
}

static void negative_times_and_opaque(struct fixture *f, const void *data)
{
	g_autoptr(pack_auto) pack = NULL;
	g_autoptr(cairo_surface_t) surface = NULL;

	(void)data;
	f->info.mtime_s = -5;
	f->info.is_opaque = TRUE;
	write_sample(f, "a.pack");
	pack = open_ok(f, "a.pack");
	surface = pack_surface(pack, 0);
	g_assert_cmpint(pack_get_info(pack)->mtime_s, ==, -5);
	g_assert_cmpint(cairo_image_surface_get_format(surface), ==,
			CAIRO_FORMAT_RGB24);
}

static void replacing_is_seen(struct fixture *f, const void *data)
{
	g_autoptr(pack_auto) pack = NULL;
	g_autoptr(pack_auto) later = NULL;
	struct pack *second;

	(void)data;
	write_sample(f, "a.pack");
	pack = open_ok(f, "a.pack");
	g_assert_true(pack_is_current(pack, f->dirfd, "a.pack"));
	f->info.version = "fedcba9876543210";
	write_sample(f, "a.pack");
	g_assert_false(pack_is_current(pack, f->dirfd, "a.pack"));
	g_assert_cmpstr(pack_get_info(pack)->version, ==, "0123456789abcdef");
	later = open_ok(f, "a.pack");
	g_assert_cmpstr(pack_get_info(later)->version, ==, "fedcba9876543210");
	g_assert_cmpint(unlinkat(f->dirfd, "a.pack", 0), ==, 0);
	g_assert_false(pack_is_current(later, f->dirfd, "a.pack"));
	second = pack_ref(pack);
	pack_unref(second);
	g_assert_cmpstr(pack_get_info(pack)->recipe, ==, "r1");
	pack_unref(NULL);
}

static void assert_bad(struct fixture *f, const char *name, int code)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(pack_open(f->dirfd, name, &error));
	g_assert_error(error, PACK_ERROR, code);
}

static char *read_sample(struct fixture *f, gsize *out_size)
{
	g_autofree char *path = g_build_filename(f->dir, "a.pack", NULL);
	char *bytes;

	write_sample(f, "a.pack");
	g_assert_true(g_file_get_contents(path, &bytes, out_size, NULL));
	return bytes;
}

static void put_file(struct fixture *f, const void *bytes, gsize size)
{
	int fd = openat(f->dirfd, "b.pack", O_WRONLY | O_CREAT | O_CLOEXEC,
			0600);

	g_assert_cmpint(pwrite(fd, bytes, size, 0), ==, (gssize)size);
	g_assert_cmpint(ftruncate(fd, (off_t)size), ==, 0);
	(void)close(fd);
}

static void missing_and_strange_files(struct fixture *f, const void *data)
{
	(void)data;
	assert_bad(f, "a.pack", PACK_ERROR_MISSING);
	g_assert_cmpint(mkdirat(f->dirfd, "a.pack", 0700), ==, 0);
	assert_bad(f, "a.pack", PACK_ERROR_BAD);
	g_assert_cmpint(unlinkat(f->dirfd, "a.pack", AT_REMOVEDIR), ==, 0);
	g_assert_cmpint(mkfifoat(f->dirfd, "a.pack", 0700), ==, 0);
	assert_bad(f, "a.pack", PACK_ERROR_BAD);
	put_file(f, "", 0);
	assert_bad(f, "b.pack", PACK_ERROR_BAD);
	g_assert_cmpint(symlinkat("a.pack/x", f->dirfd, "c.pack"), ==, 0);
	assert_bad(f, "c.pack", PACK_ERROR_IO);
}

static void cut_packs_are_bad(struct fixture *f, const void *data)
{
	gsize size;
	g_autofree char *bytes = read_sample(f, &size);

	(void)data;
	for (gsize n = 0; n < size; n += n < 300 ? 1 : 97) {
		put_file(f, bytes, n);
		assert_bad(f, "b.pack", PACK_ERROR_BAD);
	}
	put_file(f, bytes, size);
	pack_unref(open_ok(f, "b.pack"));
	bytes = g_realloc(bytes, size + 1);
	bytes[size] = 0;
	put_file(f, bytes, size + 1);
	assert_bad(f, "b.pack", PACK_ERROR_BAD);
}

static void flipped_bits_are_seen(struct fixture *f, const void *data)
{
	gsize size;
	g_autofree char *bytes = read_sample(f, &size);

	(void)data;
	for (gsize i = 0; i < size; i += i < 400 ? 1 : 53) {
		bytes[i] = (char)(bytes[i] ^ 1 << i % 8);
		put_file(f, bytes, size);
		assert_bad(f, "b.pack", PACK_ERROR_BAD);
		bytes[i] = (char)(bytes[i] ^ 1 << i % 8);
	}
}

/* A copy over a pack that stopped midway, or that came in pieces: any page of
 * one may stand beside any of the other. */
static void half_replaced_packs_are_bad(struct fixture *f, const void *data)
{
	gsize size, new_size;
	g_autofree char *old = read_sample(f, &size);
	g_autofree char *new = NULL;

	(void)data;
	for (gsize i = 0; i < sizeof(f->pixels); i++)
		f->pixels[i]++;
	new = read_sample(f, &new_size);
	g_assert_cmpuint(size, ==, new_size);
	for (gsize n = PACK_PAGE_BYTES; n < size; n += PACK_PAGE_BYTES) {
		g_autofree char *mixed = g_memdup2(old, size);

		memcpy(mixed, new, n);
		put_file(f, mixed, size);
		assert_bad(f, "b.pack", PACK_ERROR_BAD);
	}
}

/* Fields of the header, each made wrong with the checksums put right: what
 * must be caught by its own check. */
static void wrong_fields_are_bad(struct fixture *f, const void *data)
{
#define FIELD(name) G_STRUCT_OFFSET(struct pack_header, name)
#define ENTRY(i, name)                                                  \
	(sizeof(struct pack_header) + (i) * sizeof(struct pack_entry) + \
	 G_STRUCT_OFFSET(struct pack_entry, name))
	static const struct {
		gsize at;
		guint64 value;
		gsize size;
	} cases[] = {
		{FIELD(magic), 0, 1},
		{FIELD(format_version), PACK_FORMAT + 1, 4},
		{FIELD(byte_order), 0x04030201, 4},
		{FIELD(header_bytes), 0, 8},
		{FIELD(header_bytes), 100, 8},
		{FIELD(header_bytes), G_MAXUINT64 - PACK_PAGE_BYTES + 1, 8},
		{FIELD(total_bytes), 1, 8},
		{FIELD(width_px), 0, 4},
		{FIELD(width_px), WIDTH_PX + 1, 4},
		{FIELD(width_px), 0x40000000, 4},
		{FIELD(height_px), 0, 4},
		{FIELD(height_px), G_MAXUINT32, 4},
		{FIELD(n_frames), 0, 4},
		{FIELD(n_frames), 1, 4},
		{FIELD(n_frames), LIMIT_TEMPLATE_FRAMES + 1, 4},
		{FIELD(duration_ms), G_MAXUINT32, 4},
		{FIELD(is_opaque), 2, 4},
		{FIELD(source_format), MACRO_FORMAT_DEFAULT, 4},
		{FIELD(source_format), MACRO_FORMAT_WEBP + 1, 4},
		{FIELD(n_sections), 0, 4},
		{FIELD(n_sections), 2, 4},
		{FIELD(n_sections), 4, 4},
		{FIELD(n_sections), PACK_SECTIONS_MAX, 4},
		{FIELD(n_sections), G_MAXUINT32, 4},
		{FIELD(version_bytes), 0, 4},
		{FIELD(version_bytes), 16, 4},
		{FIELD(recipe_bytes), G_MAXUINT32, 4},
		{FIELD(source_bytes), PACK_STRING_BYTES_MAX + 1, 4},
		{ENTRY(0, tag), PACK_PIXELS + 1, 4},
		{ENTRY(0, offset), 0, 8},
		{ENTRY(0, offset), G_MAXUINT64, 8},
		{ENTRY(0, size), 0, 8},
		{ENTRY(0, size), G_MAXUINT64, 8},
		{ENTRY(1, index), 1, 4},
		{ENTRY(1, size), 4, 8},
		{ENTRY(2, index), 0, 4},
		{ENTRY(2, index), 2, 4},
		{ENTRY(2, size), 1, 8},
	};
	gsize size;
	g_autofree char *bytes = read_sample(f, &size);

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *copy = g_memdup2(bytes, size);
		guint64 value = GUINT64_TO_LE(cases[i].value), crc;

		memcpy(copy + cases[i].at, &value, cases[i].size);
		crc = GUINT64_TO_LE(
			pack_format_crc(0, copy + PACK_CRC_START,
					PACK_PAGE_BYTES - PACK_CRC_START));
		memcpy(copy + FIELD(header_crc), &crc, sizeof(crc));
		put_file(f, copy, size);
		g_test_message("case %" G_GSIZE_FORMAT, i);
		assert_bad(f, "b.pack", PACK_ERROR_BAD);
	}
#undef FIELD
#undef ENTRY
}

static void peek_sees_a_later_write(struct fixture *f, const void *data)
{
	g_autoptr(pack_auto) pack = NULL;
	g_autoptr(GError) error = NULL;
	const guint8 *section;
	gsize size;
	int fd;

	(void)data;
	write_sample(f, "a.pack");
	pack = pack_peek(f->dirfd, "a.pack", &error);
	g_assert_no_error(error);
	g_assert_cmpstr(pack_get_info(pack)->source, ==, "some file");
	g_assert_true(pack_section(pack, PACK_CARD, 0, &section, &size));
	fd = openat(f->dirfd, "a.pack", O_WRONLY | O_CLOEXEC);
	g_assert_cmpint(pwrite(fd, "x", 1, PACK_PAGE_BYTES), ==, 1);
	(void)close(fd);
	g_assert_null(pack_peek(f->dirfd, "a.pack", &error));
	g_assert_error(error, PACK_ERROR, PACK_ERROR_BAD);
	g_clear_error(&error);
	g_assert_null(pack_peek(f->dirfd, "none", &error));
	g_assert_error(error, PACK_ERROR, PACK_ERROR_MISSING);
}

static void encoded_sections_are_checked(struct fixture *f, const void *data)
{
	static const enum pack_tag tags[] = {PACK_JPEG, PACK_PNG, PACK_GIF};

	(void)data;
	for (gsize i = 0; i < G_N_ELEMENTS(tags); i++) {
		struct pack_section sections[] = {
			{PACK_PIXELS, 0, f->pixels, sizeof(f->pixels)},
			{tags[i], 0, "not what it should be", 21},
		};

		g_assert_true(pack_write(f->dirfd, "a.pack", &f->info, sections,
					 G_N_ELEMENTS(sections), NULL));
		assert_bad(f, "a.pack", PACK_ERROR_BAD);
	}
}

static guint count_files(struct fixture *f)
{
	g_autoptr(GDir) dir = g_dir_open(f->dir, 0, NULL);
	guint n = 0;

	while (g_dir_read_name(dir))
		n++;
	return n;
}

static void a_failed_write_leaves_nothing(struct fixture *f, const void *data)
{
	struct pack_section section = {PACK_PIXELS, 0, f->pixels,
				       sizeof(f->pixels)};
	g_autoptr(GError) error = NULL;

	(void)data;
	/* A folder in the way of the rename, and one of the new file. */
	g_assert_cmpint(mkdirat(f->dirfd, "a.pack", 0700), ==, 0);
	g_assert_false(
		pack_write(f->dirfd, "a.pack", &f->info, &section, 1, &error));
	g_assert_error(error, PACK_ERROR, PACK_ERROR_IO);
	g_clear_error(&error);
	g_assert_cmpuint(count_files(f), ==, 1);
	g_assert_cmpint(unlinkat(f->dirfd, "a.pack", AT_REMOVEDIR), ==, 0);
	write_sample(f, "a.pack");
	g_assert_cmpint(mkdirat(f->dirfd, ".a.pack.tmp", 0700), ==, 0);
	g_assert_false(
		pack_write(f->dirfd, "a.pack", &f->info, &section, 1, &error));
	g_assert_error(error, PACK_ERROR, PACK_ERROR_IO);
	g_assert_cmpint(unlinkat(f->dirfd, ".a.pack.tmp", AT_REMOVEDIR), ==, 0);
	pack_unref(open_ok(f, "a.pack"));
	g_assert_cmpuint(count_files(f), ==, 1);
}

static void leftovers_are_written_over(struct fixture *f, const void *data)
{
	int fd = openat(f->dirfd, ".a.pack.tmp", O_WRONLY | O_CREAT | O_CLOEXEC,
			0600);

	(void)data;
	g_assert_cmpint(ftruncate(fd, 1000000), ==, 0);
	(void)close(fd);
	write_sample(f, "a.pack");
	pack_unref(open_ok(f, "a.pack"));
	g_assert_cmpuint(count_files(f), ==, 1);
}

static void add(const char *path, void (*test)(struct fixture *, const void *))
{
	g_test_add(path, struct fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	add("/pack/round-trip", round_trip);
	add("/pack/negative", negative_times_and_opaque);
	add("/pack/replaced", replacing_is_seen);
	add("/pack/missing", missing_and_strange_files);
	add("/pack/cut", cut_packs_are_bad);
	add("/pack/flipped", flipped_bits_are_seen);
	add("/pack/half-replaced", half_replaced_packs_are_bad);
	add("/pack/fields", wrong_fields_are_bad);
	add("/pack/peek", peek_sees_a_later_write);
	add("/pack/encoded", encoded_sections_are_checked);
	add("/pack/failed-write", a_failed_write_leaves_nothing);
	add("/pack/leftovers", leftovers_are_written_over);
	return g_test_run();
}
