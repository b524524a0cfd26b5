#include "config.h"

#include "cli/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/failure.h"
#include "cli/job.h"
#include "render/decode.h"
#include "render/gif.h"
#include "render/limits.h"
#include "render/sidecar.h"

/* Enough for decode_knows(). */
enum { SNIFF_BYTES = 64 };

/* What the child tells; in memory that both have. */
struct facts {
	enum macro_format format;
	int width_px, height_px;
	guint n_frames;
};

struct order {
	GBytes *bytes;
	struct facts *facts;
};

static gboolean fail_system(const char *file, GError **error)
{
	return failure_set(error, EX_NOINPUT, "cannot read '%s': %s", file,
			   g_strerror(errno));
}

static gboolean check_size(int fd, const char *file, gsize most, gsize *out,
			   GError **error)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_system(file, error);
	if (st.st_size > (off_t)most)
		return failure_set(error, EX_DATAERR,
				   "%" G_GINT64_FORMAT
				   " bytes, at most %" G_GSIZE_FORMAT
				   " are allowed",
				   (gint64)st.st_size, most);
	*out = (gsize)st.st_size;
	return TRUE;
}

/* What there is of size bytes: a file that got shorter is no picture, which
 * its decoder will say. */
static GBytes *read_open(int fd, const char *file, gsize size, GError **error)
{
	g_autofree guint8 *bytes = g_malloc(size + 1);
	gsize done = 0;

	while (done < size) {
		ssize_t n = read(fd, bytes + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			(void)fail_system(file, error);
			return NULL;
		}
		if (n == 0)
			break;
		done += (gsize)n;
	}
	return g_bytes_new_take(g_steal_pointer(&bytes), done);
}

static GBytes *read_file(int dirfd, const char *file, gsize most,
			 GError **error)
{
	int fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	GBytes *bytes = NULL;
	gsize size = 0;

	if (fd < 0) {
		(void)fail_system(file, error);
		return NULL;
	}
	if (check_size(fd, file, most, &size, error))
		bytes = read_open(fd, file, size, error);
	(void)close(fd); /* was only read */
	return bytes;
}

gboolean inspect_is_picture(int dirfd, const char *file)
{
	guint8 bytes[SNIFF_BYTES];
	int fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return FALSE;
	n = read(fd, bytes, sizeof(bytes));
	(void)close(fd); /* was only read */
	return n > 0 && decode_knows(bytes, (gsize)n);
}

static guint count_frames(const struct picture *picture)
{
	struct gif_info gif;
	gsize size;
	const guint8 *data;

	if (!picture->gif)
		return 1;
	data = g_bytes_get_data(picture->gif, &size);
	gif_section_info(data, size, &gif);
	return gif.n_frames;
}

/* In the child. */
static gboolean decode(const void *data, GError **error)
{
	const struct order *order = data;
	struct picture picture;
	gsize size;
	const guint8 *bytes = g_bytes_get_data(order->bytes, &size);
	g_autoptr(GError) cause = NULL;

	if (!packer_job_seal(error))
		return FALSE;
	if (!decode_picture(bytes, size, &picture, &cause)) {
		g_set_error_literal(error, PACKER_ERROR, PACKER_ERROR_PICTURE,
				    cause->message);
		return FALSE;
	}
	*order->facts = (struct facts){
		picture.format,
		cairo_image_surface_get_width(picture.surface),
		cairo_image_surface_get_height(picture.surface),
		count_frames(&picture),
	};
	picture_fini(&picture);
	return TRUE;
}

static gboolean decode_apart(GBytes *bytes, struct inspection *out,
			     GError **error)
{
	struct facts *facts = mmap(NULL, sizeof(*facts), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const struct order order = {bytes, facts};
	const struct packer_work work = {.run = decode, .order = &order};
	gboolean is_good;

	if (facts == MAP_FAILED)
		return failure_set(error, EX_OSERR, "%s", g_strerror(errno));
	is_good = job_run(&work, error);
	if (is_good) {
		out->format = facts->format;
		out->width_px = facts->width_px;
		out->height_px = facts->height_px;
		out->n_frames = facts->n_frames;
	}
	(void)munmap(facts, sizeof(*facts));
	return is_good;
}

static void read_sidecar(int dirfd, const struct packer_find *find,
			 struct inspection *out)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	gsize size = 0;
	const char *text = NULL;

	if (find->sidecar) {
		bytes = read_file(dirfd, find->sidecar, LIMIT_TEMPLATE_BYTES,
				  &error);
		if (bytes) {
			text = g_bytes_get_data(bytes, &size);
			out->card =
				sidecar_read(text ? text : "", size, &error);
		}
	}
	if (error)
		out->sidecar_error = g_strdup(error->message);
	if (!out->card)
		out->card = g_strdup("{}");
}

gboolean inspect_picture(int dirfd, const struct packer_find *find,
			 struct inspection *out, GError **error)
{
	g_autoptr(GBytes) bytes =
		read_file(dirfd, find->file, LIMIT_TEMPLATE_BYTES, error);

	*out = (struct inspection){0};
	if (!bytes || !decode_apart(bytes, out, error))
		return FALSE;
	read_sidecar(dirfd, find, out);
	return TRUE;
}

void inspection_fini(struct inspection *inspection)
{
	g_clear_pointer(&inspection->card, g_free);
	g_clear_pointer(&inspection->sidecar_error, g_free);
}
