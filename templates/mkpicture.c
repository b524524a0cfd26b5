/* mkpicture - the pictures that rsvg-convert drew, in the kind that ships.
 *
 * mkpicture [--quality N] [--colors N] [--delay CS] OUT IN.png...
 *
 * OUT's suffix says the kind. A PNG gets a palette where one was asked for or
 * holds the whole picture, and loses an alpha channel that says nothing.
 * Several inputs make an endless animated GIF. The same inputs give the same
 * bytes.
 */
#include "config.h"

#include "templates/palette.h"

#include <errno.h>
#include <fcntl.h>
#include <gif_lib.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* jpeglib.h needs stdio.h before it. */
#include <jpeglib.h>

struct raster {
	guint width_px;
	guint height_px;
	guint8 *pixels; /* red, green, blue, alpha; not premultiplied */
};

struct frames {
	struct raster *items;
	guint count;
};

static int option_quality = 90;
static int option_colors;
static int option_delay_cs = 10;

static const GOptionEntry options[] = {
	{"quality", 'q', 0, G_OPTION_ARG_INT, &option_quality,
	 "JPEG quality, 1-100 (default 90)", "N"},
	{"colors", 'c', 0, G_OPTION_ARG_INT, &option_colors,
	 "at most so many colours, 2-256 (a GIF's default is 256)", "N"},
	{"delay", 'd', 0, G_OPTION_ARG_INT, &option_delay_cs,
	 "how long a frame stays, in 1/100 s (default 10)", "CS"},
	{NULL, 0, 0, 0, NULL, NULL, NULL},
};

static gsize raster_count(const struct raster *raster)
{
	return (gsize)raster->width_px * raster->height_px;
}

static gboolean fail(GError **error, const char *path, const char *why)
{
	g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "'%s': %s", path,
		    why);
	return FALSE;
}

static gboolean read_png(const char *path, struct raster *out, GError **error)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	g_autofree guint8 *pixels = NULL;

	if (!png_image_begin_read_from_file(&image, path))
		return fail(error, path, image.message);
	image.format = PNG_FORMAT_RGBA;
	pixels = g_malloc(PNG_IMAGE_SIZE(image));
	if (!png_image_finish_read(&image, NULL, pixels, 0, NULL))
		return fail(error, path, image.message);
	out->width_px = image.width;
	out->height_px = image.height;
	out->pixels = g_steal_pointer(&pixels);
	return TRUE;
}

static gboolean is_opaque(const struct raster *raster)
{
	for (gsize i = 0; i < raster_count(raster); i++)
		if (raster->pixels[4 * i + 3] != 255)
			return FALSE;
	return TRUE;
}

static guint colors_wanted(void)
{
	return option_colors > 0 ? (guint)option_colors : PALETTE_MAX;
}

/* Three bytes a pixel; the caller frees. */
static guint8 *without_alpha(const struct raster *raster)
{
	guint8 *rgb = g_malloc(3 * raster_count(raster));

	for (gsize i = 0; i < raster_count(raster); i++)
		memcpy(rgb + 3 * i, raster->pixels + 4 * i, 3);
	return rgb;
}

static gboolean write_png(const char *path, const struct raster *raster,
			  GError **error)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
			   .width = raster->width_px,
			   .height = raster->height_px};
	g_autofree guint8 *bytes = NULL;
	const guint8 *data = raster->pixels;
	struct palette palette;

	palette_choose(raster->pixels, raster_count(raster), colors_wanted(),
		       &palette);
	if (!is_opaque(raster)) {
		image.format = PNG_FORMAT_RGBA;
	} else if (palette.is_exact || option_colors > 0) {
		image.format = PNG_FORMAT_RGB_COLORMAP;
		image.colormap_entries = palette.count;
		data = bytes = g_malloc(raster_count(raster));
		palette_map(&palette, raster->pixels, raster_count(raster),
			    bytes);
	} else {
		image.format = PNG_FORMAT_RGB;
		data = bytes = without_alpha(raster);
	}
	if (!png_image_write_to_file(&image, path, 0, data, 0, palette.rgb))
		return fail(error, path, image.message);
	return TRUE;
}

/* Into memory: libjpeg's own error handler exits, and would leave half a file.
 * The caller frees with free(). */
static unsigned char *compress_jpeg(const struct raster *raster,
				    unsigned long *out_size)
{
	g_autofree guint8 *rgb = without_alpha(raster);
	unsigned char *bytes = NULL;
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr handler;

	*out_size = 0;
	jpeg.err = jpeg_std_error(&handler);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &bytes, out_size);
	jpeg.image_width = raster->width_px;
	jpeg.image_height = raster->height_px;
	jpeg.input_components = 3;
	jpeg.in_color_space = JCS_RGB;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, option_quality, TRUE);
	jpeg.optimize_coding = TRUE;
	jpeg_start_compress(&jpeg, TRUE);
	while (jpeg.next_scanline < jpeg.image_height) {
		guint8 *row =
			rgb + (gsize)3 * jpeg.image_width * jpeg.next_scanline;

		(void)jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	return bytes;
}

static gboolean write_bytes(const char *path, const void *bytes, size_t size,
			    GError **error)
{
	FILE *file = fopen(path, "wb");
	gboolean is_whole;

	if (!file)
		return fail(error, path, g_strerror(errno));
	is_whole = fwrite(bytes, 1, size, file) == size;
	if (fclose(file) != 0 || !is_whole)
		return fail(error, path, g_strerror(errno));
	return TRUE;
}

static gboolean write_jpeg(const char *path, const struct raster *raster,
			   GError **error)
{
	unsigned long size;
	unsigned char *bytes;
	gboolean is_done;

	if (!is_opaque(raster))
		return fail(error, path, "a JPEG can't be transparent");
	bytes = compress_jpeg(raster, &size);
	is_done = write_bytes(path, bytes, size, error);
	free(bytes);
	return is_done;
}

static ColorMapObject *gif_colors(const struct palette *palette)
{
	ColorMapObject *colors =
		GifMakeMapObject(1 << GifBitSize((int)palette->count), NULL);

	for (guint i = 0; colors && i < palette->count; i++) {
		colors->Colors[i].Red = palette->rgb[i][0];
		colors->Colors[i].Green = palette->rgb[i][1];
		colors->Colors[i].Blue = palette->rgb[i][2];
	}
	return colors;
}

static gboolean put_delay(GifFileType *gif)
{
	GraphicsControlBlock control = {.DisposalMode = DISPOSE_DO_NOT,
					.DelayTime = option_delay_cs,
					.TransparentColor =
						NO_TRANSPARENT_COLOR};
	GifByteType bytes[4];
	size_t size = EGifGCBToExtension(&control, bytes);

	return EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, (int)size,
				bytes) == GIF_OK;
}

/* The extension that makes an animation endless; browsers agreed on it. */
static gboolean put_loop(GifFileType *gif)
{
	static const GifByteType forever[] = {1, 0, 0};

	return EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE) ==
		       GIF_OK &&
	       EGifPutExtensionBlock(gif, 11, "NETSCAPE2.0") == GIF_OK &&
	       EGifPutExtensionBlock(gif, sizeof(forever), forever) == GIF_OK &&
	       EGifPutExtensionTrailer(gif) == GIF_OK;
}

static gboolean put_frame(GifFileType *gif, const struct raster *raster,
			  const struct palette *palette)
{
	g_autofree guint8 *indices = g_malloc(raster_count(raster));

	palette_map(palette, raster->pixels, raster_count(raster), indices);
	if (EGifPutImageDesc(gif, 0, 0, (int)raster->width_px,
			     (int)raster->height_px, FALSE, NULL) != GIF_OK)
		return FALSE;
	for (guint y = 0; y < raster->height_px; y++)
		if (EGifPutLine(gif, indices + (gsize)y * raster->width_px,
				(int)raster->width_px) != GIF_OK)
			return FALSE;
	return TRUE;
}

static gboolean put_frames(GifFileType *gif, const struct frames *frames,
			   const struct palette *palette)
{
	ColorMapObject *colors = gif_colors(palette);
	gboolean is_done =
		colors && EGifPutScreenDesc(gif, (int)frames->items->width_px,
					    (int)frames->items->height_px, 8, 0,
					    colors) == GIF_OK;

	GifFreeMapObject(colors);
	if (frames->count > 1)
		is_done = is_done && put_loop(gif);
	for (guint i = 0; is_done && i < frames->count; i++)
		is_done = (frames->count == 1 || put_delay(gif)) &&
			  put_frame(gif, &frames->items[i], palette);
	return is_done;
}

/* One palette for all frames, so that nothing flickers. */
static void choose_for_all(const struct frames *frames, struct palette *out)
{
	gsize count = raster_count(frames->items);
	g_autofree guint8 *all = g_malloc(4 * count * frames->count);

	for (guint i = 0; i < frames->count; i++)
		memcpy(all + 4 * count * i, frames->items[i].pixels, 4 * count);
	palette_choose(all, count * frames->count, colors_wanted(), out);
}

/* EGifOpenFileName would hide the picture from everyone but its owner. */
static GifFileType *open_gif(const char *path, GError **error)
{
	int code = 0;
	int descriptor =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	GifFileType *gif;

	if (descriptor == -1) {
		fail(error, path, g_strerror(errno));
		return NULL;
	}
	gif = EGifOpenFileHandle(descriptor, &code);
	if (!gif) {
		fail(error, path, GifErrorString(code));
		(void)close(descriptor);
	}
	return gif;
}

static gboolean write_gif(const char *path, const struct frames *frames,
			  GError **error)
{
	struct palette palette;
	int code = 0;
	GifFileType *gif = open_gif(path, error);
	gboolean is_done;

	if (!gif)
		return FALSE;
	EGifSetGifVersion(gif, frames->count > 1);
	choose_for_all(frames, &palette);
	is_done = put_frames(gif, frames, &palette);
	if (!is_done)
		fail(error, path, GifErrorString(gif->Error));
	if (EGifCloseFile(gif, &code) != GIF_OK && is_done)
		return fail(error, path, GifErrorString(code));
	return is_done;
}

static gboolean write_picture(const char *path, const struct frames *frames,
			      GError **error)
{
	gboolean is_done;

	if (g_str_has_suffix(path, ".gif"))
		is_done = write_gif(path, frames, error);
	else if (frames->count > 1)
		return fail(error, path, "only a GIF has several frames");
	else if (g_str_has_suffix(path, ".jpg"))
		is_done = write_jpeg(path, frames->items, error);
	else if (g_str_has_suffix(path, ".png"))
		is_done = write_png(path, frames->items, error);
	else
		return fail(error, path, "expected .jpg, .png or .gif");
	/* Else the next make would take half a picture for a whole one. */
	if (!is_done)
		(void)remove(path);
	return is_done;
}

static gboolean read_frames(char **paths, struct frames *out, GError **error)
{
	for (; *paths; paths++) {
		struct raster *raster = &out->items[out->count];

		if (!read_png(*paths, raster, error))
			return FALSE;
		out->count++;
		if (raster->width_px != out->items->width_px ||
		    raster->height_px != out->items->height_px)
			return fail(error, *paths,
				    "not as large as the first frame");
	}
	return TRUE;
}

static gboolean make(char **args, GError **error)
{
	guint count = g_strv_length(args);
	struct frames frames = {g_new0(struct raster, count), 0};
	gboolean is_done = read_frames(args + 1, &frames, error) &&
			   write_picture(args[0], &frames, error);

	for (guint i = 0; i < frames.count; i++)
		g_free(frames.items[i].pixels);
	g_free(frames.items);
	return is_done;
}

static gboolean are_options_valid(void)
{
	return option_quality >= 1 && option_quality <= 100 &&
	       option_colors != 1 && option_colors >= 0 &&
	       option_colors <= PALETTE_MAX && option_delay_cs >= 1 &&
	       option_delay_cs <= G_MAXUINT16;
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context =
		g_option_context_new("OUT IN.png...");
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "mkpicture: %s\n", error->message);
		return 64;
	}
	if (argc < 3 || !are_options_valid()) {
		g_autofree char *help =
			g_option_context_get_help(context, TRUE, NULL);

		fputs(help, stderr);
		return 64;
	}
	if (!make(argv + 1, &error)) {
		fprintf(stderr, "mkpicture: %s\n", error->message);
		return 1;
	}
	return 0;
}
