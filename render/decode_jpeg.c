#include "config.h"

#include "render/decode_formats.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* A progressive file may repeat scans without end, each of them costing as
 * much as the whole picture; what real encoders write has at most a dozen. */
enum { SCANS_MAX = 500 };

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define JCS_CAIRO JCS_EXT_BGRX
#else
#define JCS_CAIRO JCS_EXT_XRGB
#endif

struct jpeg_decoder {
	struct jpeg_decompress_struct cinfo;
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	jmp_buf failed;
	GError **error;
	cairo_surface_t *surface;
	guint8 *cmyk_row;
	int orientation;
};

static struct jpeg_decoder *decoder_of(j_common_ptr cinfo)
{
	return cinfo->client_data;
}

static enum decode_error code_of(int message)
{
	switch (message) {
	case JERR_ARITH_NOTIMPL:
	case JERR_BAD_PRECISION:
	case JERR_CONVERSION_NOTIMPL:
	case JERR_SOF_UNSUPPORTED:
		return DECODE_ERROR_UNSUPPORTED;
	case JERR_IMAGE_TOO_BIG:
	case JERR_OUT_OF_MEMORY:
		return DECODE_ERROR_LIMIT;
	default:
		return DECODE_ERROR_CORRUPT;
	}
}

static void fail(j_common_ptr cinfo)
{
	struct jpeg_decoder *decoder = decoder_of(cinfo);
	char message[JMSG_LENGTH_MAX];

	cinfo->err->format_message(cinfo, message);
	g_set_error(decoder->error, DECODE_ERROR, code_of(cinfo->err->msg_code),
		    "JPEG: %s", message);
	longjmp(decoder->failed, 1);
}

/* libjpeg goes on after damage and fills in grey. Only warnings about what the
 * picture can do without are passed over. */
static void warn(j_common_ptr cinfo, int level)
{
	if (level >= 0)
		return;
	switch (cinfo->err->msg_code) {
	case JWRN_ADOBE_XFORM:
	case JWRN_BOGUS_ICC:
	case JWRN_EXTRANEOUS_DATA:
	case JWRN_JFIF_MAJOR:
		return;
	default:
		fail(cinfo);
	}
}

static void count_scans(j_common_ptr cinfo)
{
	struct jpeg_decoder *decoder = decoder_of(cinfo);

	if (decoder->cinfo.input_scan_number <= SCANS_MAX)
		return;
	g_set_error(decoder->error, DECODE_ERROR, DECODE_ERROR_LIMIT,
		    "JPEG: more than %d scans", SCANS_MAX);
	longjmp(decoder->failed, 1);
}

static int orientation_of(const struct jpeg_decompress_struct *cinfo)
{
	jpeg_saved_marker_ptr marker = cinfo->marker_list;

	for (; marker; marker = marker->next) {
		if (marker->data_length >= 6 &&
		    memcmp(marker->data, "Exif\0", 6) == 0)
			return decode_exif_orientation(marker->data + 6,
						       marker->data_length - 6);
	}
	return 1;
}

/* Adobe's encoders store ink upside down, and say so by their marker. */
static void cmyk_to_rgb(const guint8 *cmyk, guint32 *rgb, guint n,
			gboolean is_inverted)
{
	guint flip = is_inverted ? 0 : 255;

	for (guint i = 0; i < n; i++, cmyk += 4) {
		guint k = cmyk[3] ^ flip;
		guint r = ((cmyk[0] ^ flip) * k + 127) / 255;
		guint g = ((cmyk[1] ^ flip) * k + 127) / 255;
		guint b = ((cmyk[2] ^ flip) * k + 127) / 255;

		rgb[i] = 0xff000000 | r << 16 | g << 8 | b;
	}
}

static void read_row(struct jpeg_decoder *decoder)
{
	struct jpeg_decompress_struct *cinfo = &decoder->cinfo;
	guint32 *row =
		decode_row(decoder->surface, (int)cinfo->output_scanline);
	JSAMPROW line =
		decoder->cmyk_row ? decoder->cmyk_row : (JSAMPROW)(void *)row;

	(void)jpeg_read_scanlines(cinfo, &line, 1); /* 1, or it jumps away */
	if (decoder->cmyk_row)
		cmyk_to_rgb(decoder->cmyk_row, row, cinfo->output_width,
			    cinfo->saw_Adobe_marker);
}

static gboolean read_picture(struct jpeg_decoder *decoder, const guint8 *bytes,
			     gsize size)
{
	struct jpeg_decompress_struct *cinfo = &decoder->cinfo;

	if (setjmp(decoder->failed))
		return FALSE;
	jpeg_create_decompress(cinfo);
	cinfo->client_data = decoder;
	cinfo->progress = &decoder->progress;
	jpeg_mem_src(cinfo, bytes, size);
	jpeg_save_markers(cinfo, JPEG_APP0 + 1, 0xffff);
	(void)jpeg_read_header(cinfo, TRUE);
	decoder->orientation = orientation_of(cinfo);
	decoder->surface =
		decode_canvas(cinfo->image_width, cinfo->image_height,
			      CAIRO_FORMAT_RGB24, decoder->error);
	if (!decoder->surface)
		return FALSE;
	cinfo->out_color_space =
		cinfo->num_components == 4 ? JCS_CMYK : JCS_CAIRO;
	(void)jpeg_start_decompress(cinfo);
	if (cinfo->out_color_space == JCS_CMYK)
		decoder->cmyk_row = g_malloc((gsize)cinfo->output_width * 4);
	while (cinfo->output_scanline < cinfo->output_height)
		read_row(decoder);
	(void)jpeg_finish_decompress(cinfo);
	return TRUE;
}

gboolean decode_jpeg(const guint8 *bytes, gsize size, struct picture *out,
		     GError **error)
{
	struct jpeg_decoder decoder = {.error = error};
	gboolean is_read;

	decoder.cinfo.err = jpeg_std_error(&decoder.errors);
	decoder.cinfo.client_data = &decoder; /* creating may fail already */
	decoder.errors.error_exit = fail;
	decoder.errors.emit_message = warn;
	decoder.progress.progress_monitor = count_scans;
	is_read = read_picture(&decoder, bytes, size);
	jpeg_destroy_decompress(&decoder.cinfo);
	g_free(decoder.cmyk_row);
	if (!is_read) {
		if (decoder.surface)
			cairo_surface_destroy(decoder.surface);
		return FALSE;
	}
	out->surface =
		decode_orient(decoder.surface, decoder.orientation, error);
	return out->surface != NULL;
}
