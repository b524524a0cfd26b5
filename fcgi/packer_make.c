#include "config.h"

#include "fcgi/packer_make.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/packer_job.h"
#include "render/autoptr.h"
#include "render/decode.h"
#include "render/gif_section.h"
#include "render/jpeg_section.h"
#include "render/limits.h"
#include "render/pack.h"
#include "render/png.h"
#include "render/png_section.h"
#include "render/sidecar.h"

/* Raised when a decoder or what follows it gives other pixels than before. */
enum { PIXELS_FORMAT = 1, VERSION_DIGITS = 16 };

G_DEFINE_QUARK(packer_error, packer_error)

char *packer_pack_name(const char *id)
{
	return g_strconcat(id, ".pack", NULL);
}

char *packer_recipe(enum macro_format format, const struct jpeg_params *jpeg)
{
	if (format == MACRO_FORMAT_JPEG)
		return g_strdup_printf("pixels=%d jpeg=%d:%d:%s", PIXELS_FORMAT,
				       JPEG_SECTION_VERSION, jpeg->quality,
				       jpeg->is_444 ? "444" : "420");
	if (format == MACRO_FORMAT_GIF)
		return g_strdup_printf("pixels=%d png=%d gif=%x", PIXELS_FORMAT,
				       PNG_SECTION_VERSION, GIF_SECTION_MAGIC);
	return g_strdup_printf("pixels=%d png=%d", PIXELS_FORMAT,
			       PNG_SECTION_VERSION);
}

/* A file as it was at one moment. */
struct source_file {
	GBytes *bytes;
	struct stat st;
};

static gboolean fail(enum packer_error code, const char *file, const char *why,
		     GError **error)
{
	g_set_error(error, PACKER_ERROR, (int)code, "cannot read '%s': %s",
		    file, why);
	return FALSE;
}

/* Errors of the system pass; a file that is too large or not ours to read
 * stays so until somebody changes it, which changes its source. */
static gboolean fail_system(const char *file, GError **error)
{
	return fail(errno == EACCES ? PACKER_ERROR_PICTURE : PACKER_ERROR_AGAIN,
		    file, g_strerror(errno), error);
}

static gboolean read_bytes(int fd, guint8 *bytes, gsize size)
{
	while (size > 0) {
		ssize_t n = read(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ESTALE; /* it got shorter */
		if (n <= 0)
			return FALSE;
		bytes += n;
		size -= (gsize)n;
	}
	return TRUE;
}

static gboolean is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static gboolean read_open_file(int fd, const char *file, gsize most,
			       struct source_file *out, GError **error)
{
	g_autofree guint8 *bytes = NULL;
	struct stat later;
	gsize size;

	if (fstat(fd, &out->st) < 0)
		return fail_system(file, error);
	if (out->st.st_size > (off_t)most) {
		g_set_error(error, PACKER_ERROR, PACKER_ERROR_PICTURE,
			    "'%s' has %" G_GINT64_FORMAT
			    " bytes, at most %" G_GSIZE_FORMAT " are allowed",
			    file, (gint64)out->st.st_size, most);
		return FALSE;
	}
	size = (gsize)out->st.st_size;
	bytes = g_malloc(size + 1);
	if (!read_bytes(fd, bytes, size) || fstat(fd, &later) < 0)
		return fail_system(file, error);
	if (!is_same(&later, &out->st))
		return fail(PACKER_ERROR_AGAIN, file, "it is being written",
			    error);
	out->bytes = g_bytes_new_take(g_steal_pointer(&bytes), size);
	return TRUE;
}

static int open_source(int dirfd, const char *file, GError **error)
{
	int fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		(void)fail_system(file, error);
	return fd;
}

/* What a pack is made of, and the pack on its way. All that is opened is opened
 * first: what comes after may be the picture's own doing. */
struct making {
	const struct packer_order *order;
	int picture_fd, sidecar_fd; /* -1: no sidecar */
	int old_fd;		    /* the pack that is there; -1: none */
	int new_fd;
	struct source_file picture, sidecar; /* bytes NULL: no sidecar */
	char *name, *version, *source, *card;
	struct picture decoded;
	GBytes *encoded;
};

static void making_fini(struct making *making)
{
	const int fds[] = {making->picture_fd, making->sidecar_fd,
			   making->old_fd, making->new_fd};

	for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
		if (fds[i] >= 0)
			(void)close(fds[i]); /* written ones are synced */
	g_clear_pointer(&making->picture.bytes, g_bytes_unref);
	g_clear_pointer(&making->sidecar.bytes, g_bytes_unref);
	g_clear_pointer(&making->encoded, g_bytes_unref);
	picture_fini(&making->decoded);
	g_free(making->name);
	g_free(making->version);
	g_free(making->source);
	g_free(making->card);
}

static void add_to_hash(GChecksum *checksum, GBytes *bytes)
{
	gsize size = 0;
	const guchar *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
	/* The length before the bytes: no byte can move from the picture into
	 * the sidecar and leave the hash as it was. */
	guint64 length = GUINT64_TO_LE((guint64)size);

	g_checksum_update(checksum, (const guchar *)&length, sizeof(length));
	if (size > 0)
		g_checksum_update(checksum, data, (gssize)size);
}

static char *version_of(const struct making *making)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

	add_to_hash(checksum, making->picture.bytes);
	add_to_hash(checksum, making->sidecar.bytes);
	return g_strndup(g_checksum_get_string(checksum), VERSION_DIGITS);
}

/* Fails only where it is worth trying again. */
static gboolean fail_pack(const GError *cause, GError **error)
{
	g_set_error_literal(error, PACKER_ERROR, PACKER_ERROR_AGAIN,
			    cause->message);
	return FALSE;
}

static gboolean open_all(struct making *making, GError **error)
{
	const struct packer_order *order = making->order;
	const struct packer_find *find = order->find;
	g_autoptr(GError) cause = NULL;

	making->picture_fd =
		open_source(order->templates_fd, find->file, error);
	if (making->picture_fd < 0)
		return FALSE;
	if (find->sidecar) {
		making->sidecar_fd =
			open_source(order->templates_fd, find->sidecar, error);
		if (making->sidecar_fd < 0)
			return FALSE;
	}
	making->old_fd = openat(order->packs_fd, making->name,
				O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	making->new_fd = pack_begin(order->packs_fd, making->name, &cause);
	return making->new_fd >= 0 || fail_pack(cause, error);
}

static gboolean read_source(struct making *making, GError **error)
{
	const struct packer_find *find = making->order->find;

	if (!read_open_file(making->picture_fd, find->file,
			    LIMIT_TEMPLATE_BYTES, &making->picture, error))
		return FALSE;
	/* One byte more than a sidecar may have is enough to refuse it. */
	if (find->sidecar &&
	    !read_open_file(making->sidecar_fd, find->sidecar,
			    LIMIT_TEMPLATE_BYTES, &making->sidecar, error))
		return FALSE;
	making->source = packer_source(
		&making->picture.st,
		making->sidecar.bytes ? &making->sidecar.st : NULL);
	making->version = version_of(making);
	return TRUE;
}

/* A picture moved here brings its own, older time; what it replaced was seen
 * with a newer one. The change time is when it came to lie here. */
static gint64 changed_s(const struct stat *st)
{
	return MAX(st->st_mtim.tv_sec, st->st_ctim.tv_sec);
}

static struct pack_info info_of(const struct making *making, const char *recipe)
{
	gint64 mtime_s = changed_s(&making->picture.st);

	if (making->sidecar.bytes)
		mtime_s = MAX(mtime_s, changed_s(&making->sidecar.st));
	return (struct pack_info){
		.version = making->version,
		.mtime_s = mtime_s,
		.n_frames = 1,
		.recipe = recipe,
		.source = making->source,
	};
}

static gboolean write_pack(const struct making *making,
			   const struct pack_info *info,
			   const struct pack_section *sections, gsize n,
			   GError **error)
{
	g_autoptr(GError) cause = NULL;

	return pack_write_fd(making->new_fd, making->name, info, sections, n,
			     &cause) ||
	       fail_pack(cause, error);
}

/* A pack of the same bytes by the same recipe only needs to hear of the files'
 * new state: after a restored backup, or a checkout. NULL: there is none. */
static struct pack *find_equal(const struct making *making)
{
	g_autoptr(pack_auto) pack =
		pack_open_fd(making->old_fd, making->name, NULL);
	g_autofree char *recipe = NULL;
	const struct pack_info *info;

	if (!pack)
		return NULL;
	info = pack_get_info(pack);
	recipe = packer_recipe(info->format, &making->order->jpeg);
	if (strcmp(info->version, making->version) != 0 ||
	    strcmp(info->recipe, recipe) != 0)
		return NULL;
	return g_steal_pointer(&pack);
}

static gboolean write_again(const struct making *making,
			    const struct pack *pack, GError **error)
{
	const struct pack_info *old = pack_get_info(pack);
	struct pack_info info = info_of(making, old->recipe);
	guint n = pack_n_sections(pack);
	g_autofree struct pack_section *sections =
		g_new(struct pack_section, n);

	info.width_px = old->width_px;
	info.height_px = old->height_px;
	info.n_frames = old->n_frames;
	info.duration_ms = old->duration_ms;
	info.is_opaque = old->is_opaque;
	info.format = old->format;
	for (guint i = 0; i < n; i++)
		sections[i] = pack_section_at(pack, i);
	return write_pack(making, &info, sections, n, error);
}

/* Whether nothing is to be done at all: it was only doubted. */
static gboolean is_as_it_should_be(const struct making *making,
				   const struct pack *equal)
{
	g_autoptr(pack_auto) pack =
		pack_peek_fd(making->old_fd, making->name, NULL);

	return pack &&
	       strcmp(pack_get_info(equal)->source, making->source) == 0;
}

static char *card_with_error(const char *message)
{
	g_autoptr(json_object_auto) card = json_object_new_object();
	g_autofree char *text = g_utf8_make_valid(message, -1);

	json_object_object_add(card, "sidecar_error",
			       json_object_new_string(text));
	return g_strdup(
		json_object_to_json_string_ext(card, JSON_C_TO_STRING_PLAIN));
}

static char *read_card(const struct making *making)
{
	g_autoptr(GError) error = NULL;
	const char *bytes;
	gsize size;
	char *card;

	if (!making->sidecar.bytes)
		return g_strdup("{}");
	bytes = g_bytes_get_data(making->sidecar.bytes, &size);
	card = sidecar_read(bytes ? bytes : "", size, &error);
	return card ? card : card_with_error(error->message);
}

static gboolean decode(struct making *making, GError **error)
{
	g_autoptr(GError) cause = NULL;
	gsize size;
	const guint8 *bytes = g_bytes_get_data(making->picture.bytes, &size);

	if (decode_picture(bytes, size, &making->decoded, &cause))
		return TRUE;
	g_set_error_literal(error, PACKER_ERROR, PACKER_ERROR_PICTURE,
			    cause->message);
	return FALSE;
}

static gboolean encode(struct making *making, GError **error)
{
	g_autoptr(GError) cause = NULL;
	cairo_surface_t *surface = making->decoded.surface;

	making->encoded =
		making->decoded.format == MACRO_FORMAT_JPEG
			? jpeg_section_new(surface, &making->order->jpeg,
					   &cause)
			: png_section_new(surface, &cause);
	if (making->encoded)
		return TRUE;
	g_set_error_literal(error, PACKER_ERROR, PACKER_ERROR_PICTURE,
			    cause->message);
	return FALSE;
}

static void describe(const struct picture *decoded, struct pack_info *info)
{
	cairo_surface_t *surface = decoded->surface;
	struct gif_info gif;
	gsize size;
	const guint8 *data;

	info->format = decoded->format;
	info->width_px = cairo_image_surface_get_width(surface);
	info->height_px = cairo_image_surface_get_height(surface);
	info->is_opaque =
		cairo_image_surface_get_format(surface) == CAIRO_FORMAT_RGB24;
	if (!decoded->gif)
		return;
	data = g_bytes_get_data(decoded->gif, &size);
	gif_section_info(data, size, &gif);
	info->n_frames = gif.n_frames;
	info->duration_ms = gif.duration_ms;
}

static void add_section(GArray *sections, enum pack_tag tag, GBytes *bytes)
{
	struct pack_section section = {.tag = tag};

	section.data = g_bytes_get_data(bytes, &section.size);
	g_array_append_val(sections, section);
}

static void add_pixels(GArray *sections, guint frame, cairo_surface_t *surface)
{
	struct pack_section section = {
		PACK_PIXELS, frame, cairo_image_surface_get_data(surface),
		(gsize)cairo_image_surface_get_height(surface) *
			(gsize)cairo_image_surface_get_stride(surface)};

	g_array_append_val(sections, section);
}

/* In the order of their tags and numbers, as a pack has them. */
static GArray *list_sections(const struct making *making)
{
	const struct picture *decoded = &making->decoded;
	GArray *sections =
		g_array_new(FALSE, FALSE, sizeof(struct pack_section));
	struct pack_section card = {PACK_CARD, 0, making->card,
				    strlen(making->card)};

	g_array_append_val(sections, card);
	add_pixels(sections, 0, decoded->surface);
	for (guint i = 1; decoded->frames && i < decoded->frames->len; i++)
		add_pixels(sections, i, g_ptr_array_index(decoded->frames, i));
	add_section(sections,
		    decoded->format == MACRO_FORMAT_JPEG ? PACK_JPEG : PACK_PNG,
		    making->encoded);
	if (decoded->gif)
		add_section(sections, PACK_GIF, decoded->gif);
	return sections;
}

static gboolean write_new(struct making *making, GError **error)
{
	g_autoptr(GArray) sections = NULL;
	g_autofree char *recipe = NULL;
	struct pack_info info;

	if (!decode(making, error) || !encode(making, error))
		return FALSE;
	making->card = read_card(making);
	recipe = packer_recipe(making->decoded.format, &making->order->jpeg);
	info = info_of(making, recipe);
	describe(&making->decoded, &info);
	sections = list_sections(making);
	return write_pack(
		making, &info,
		(const struct pack_section *)(const void *)sections->data,
		sections->len, error);
}

static gboolean make(struct making *making, GError **error)
{
	g_autoptr(pack_auto) equal = NULL;

	if (!read_source(making, error))
		return FALSE;
	equal = find_equal(making);
	if (!equal)
		return write_new(making, error);
	return is_as_it_should_be(making, equal) ||
	       write_again(making, equal, error);
}

gboolean packer_make(const struct packer_order *order, GError **error)
{
	struct making making = {.order = order,
				.picture_fd = -1,
				.sidecar_fd = -1,
				.old_fd = -1,
				.new_fd = -1};
	gboolean is_made;

	making.name = packer_pack_name(order->find->id);
	is_made = open_all(&making, error) &&
		  (!order->is_sandboxed || packer_job_seal(error)) &&
		  make(&making, error);
	making_fini(&making);
	return is_made;
}
