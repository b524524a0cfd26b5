#include "config.h"

#include "render/jpeg.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/jpeg_sample.h"
#include "render/jpeg_section.h"

G_DEFINE_QUARK(jpeg - error - quark, jpeg_error)

/* A picture that is coded from its first run to its last. */
struct maker {
	struct jpeg_source source;
	struct jpeg_header header;
	struct jpeg_coder coders[2];
	struct jpeg_scan scan;
	struct jpeg_run run;
	struct jpeg_bits bits;
	guint8 plain[JPEG_RUN_BYTES_MAX + JPEG_SLACK];
	GByteArray *stream;
};

static gboolean maker_init(struct maker *maker, cairo_surface_t *surface,
			   const struct jpeg_params *params, GError **error)
{
	int width_px = cairo_image_surface_get_width(surface);
	int height_px = cairo_image_surface_get_height(surface);

	if (width_px < 1 || height_px < 1 || width_px > JPEG_SIDE_MAX ||
	    height_px > JPEG_SIDE_MAX) {
		g_set_error(error, JPEG_ERROR, JPEG_ERROR_ENCODE,
			    "a picture of %d × %d can't be a JPEG, whose sides "
			    "are 1 to %d",
			    width_px, height_px, JPEG_SIDE_MAX);
		return FALSE;
	}
	maker->header = (struct jpeg_header){
		.width_px = (guint)width_px,
		.height_px = (guint)height_px,
		.is_444 = params->is_444,
	};
	jpeg_header_set_quality(&maker->header, params->quality);
	jpeg_source_init(&maker->source, surface, &maker->header);
	maker->scan = (struct jpeg_scan){maker->coders,
					 maker->source.grid.blocks_per_mcu};
	return TRUE;
}

/* Writes the header, and makes the coders that agree with it. */
static void start_stream(struct maker *maker)
{
	guint8 bytes[JPEG_HEADER_BYTES];
	gsize size = jpeg_header_write(&maker->header, bytes);

	for (guint plane = 0; plane < 2; plane++) {
		gboolean is_code =
			jpeg_coder_init(&maker->coders[plane],
					&maker->header.huffman[JPEG_DC][plane],
					&maker->header.huffman[JPEG_AC][plane]);

		g_assert(is_code);
	}
	maker->stream = g_byte_array_new();
	g_byte_array_append(maker->stream, bytes, (guint)size);
	maker->bits = (struct jpeg_bits){maker->plain, 0, 0};
}

/* Moves the whole bytes to the stream. */
static void drain(struct maker *maker)
{
	gsize plain = (gsize)(maker->bits.at - maker->plain);
	guint size = maker->stream->len;

	g_byte_array_set_size(maker->stream, size + 2 * (guint)plain);
	size += (guint)jpeg_stuff(maker->plain, plain,
				  maker->stream->data + size);
	g_byte_array_set_size(maker->stream, size);
	maker->bits.at = maker->plain;
}

static void put_marker(struct maker *maker, guint8 marker)
{
	const guint8 bytes[JPEG_MARKER_BYTES] = {0xff, marker};

	g_byte_array_append(maker->stream, bytes, sizeof(bytes));
}

/* The standard tables: optimal ones would make the file 4 % smaller and need
 * every block twice, which took twice as long. */
gboolean jpeg_encode(cairo_surface_t *surface, const struct jpeg_params *params,
		     struct chain *out, GError **error)
{
	struct maker maker;
	int dc[3] = {0, 0, 0};
	g_autoptr(GBytes) bytes = NULL;

	if (!maker_init(&maker, surface, params, error))
		return FALSE;
	for (guint plane = 0; plane < 2; plane++)
		for (guint class = 0; class < 2; class ++)
			maker.header.huffman[class][plane] =
				*jpeg_huffman_standard(class, plane);
	start_stream(&maker);
	for (guint i = 0; i < maker.source.grid.n_runs; i++) {
		jpeg_source_run(&maker.source, i, NULL, &maker.run);
		jpeg_entropy_code(&maker.scan, maker.run.blocks,
				  maker.run.n_blocks, dc, &maker.bits, NULL);
		drain(&maker);
	}
	jpeg_bits_align(&maker.bits);
	drain(&maker);
	put_marker(&maker, JPEG_EOI);
	bytes = g_byte_array_free_to_bytes(maker.stream);
	chain_append_bytes(out, bytes);
	return TRUE;
}

/* The optimum for the picture with a caption on it. */
static gboolean choose_tables(struct maker *maker, cairo_surface_t *surface,
			      GError **error)
{
	g_autoptr(cairo_surface_t) sample = jpeg_sample_caption(surface);
	cairo_status_t status = cairo_surface_status(sample);
	guint32 counts[2][2][256] = {0};
	struct jpeg_source source;

	if (status != CAIRO_STATUS_SUCCESS) {
		g_set_error_literal(error, JPEG_ERROR, JPEG_ERROR_ENCODE,
				    cairo_status_to_string(status));
		return FALSE;
	}
	jpeg_source_init(&source, sample, &maker->header);
	for (guint i = 0; i < source.grid.n_runs; i++) {
		int dc[3] = {0, 0, 0};

		jpeg_source_run(&source, i, NULL, &maker->run);
		jpeg_entropy_count(&maker->scan, maker->run.blocks,
				   maker->run.n_blocks, dc, counts);
	}
	for (guint plane = 0; plane < 2; plane++)
		for (guint class = 0; class < 2; class ++)
			jpeg_huffman_optimal(
				counts[class][plane], class,
				&maker->header.huffman[class][plane]);
	return TRUE;
}

static void make_runs(struct maker *maker, guint32 *ends,
		      struct jpeg_mark *marks)
{
	guint n_runs = maker->source.grid.n_runs;

	for (guint i = 0; i < n_runs; i++) {
		int dc[3] = {0, 0, 0};

		jpeg_source_run(&maker->source, i, NULL, &maker->run);
		jpeg_entropy_code(&maker->scan, maker->run.blocks,
				  maker->run.n_blocks, dc, &maker->bits, marks);
		jpeg_bits_align(&maker->bits);
		drain(maker);
		put_marker(maker, jpeg_section_marker(&maker->source.grid, i));
		ends[i] = maker->stream->len;
		marks += maker->run.n_blocks;
	}
}

GBytes *jpeg_section_new(cairo_surface_t *surface,
			 const struct jpeg_params *params, GError **error)
{
	struct maker maker;
	g_autofree guint32 *ends = NULL;
	g_autofree struct jpeg_mark *marks = NULL;
	g_autoptr(GByteArray) stream = NULL;

	if (!maker_init(&maker, surface, params, error))
		return NULL;
	maker.header.restart_mcus = JPEG_RUN_MCUS;
	if (!choose_tables(&maker, surface, error))
		return NULL;
	start_stream(&maker);
	stream = maker.stream;
	ends = g_new(guint32, maker.source.grid.n_runs);
	marks = g_new(struct jpeg_mark, jpeg_grid_blocks(&maker.source.grid));
	make_runs(&maker, ends, marks);
	return jpeg_section_join(&maker.source.grid, ends, marks, stream);
}
