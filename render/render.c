#include "config.h"

#include "render/render.h"

#include <string.h>

#include "render/animation.h"
#include "render/autoptr.h"
#include "render/paint.h"
#include "render/png.h"

G_DEFINE_QUARK(captiond_render_error, render_error)

struct canvas {
	guchar *pixels;
	gsize capacity;
};

/* How a section of one format is spliced. reads is NULL where that is nothing
 * but tiles that were painted on. */
struct splicer {
	enum pack_tag tag;
	cairo_region_t *(*reads)(const guint8 *data, gsize size,
				 const cairo_region_t *damage);
	gboolean (*splice)(const struct painting *painting, struct chain *out,
			   GError **error);
};

static gboolean splice_jpeg(const struct painting *painting, struct chain *out,
			    GError **error)
{
	struct jpeg_change change = {painting->blank, painting->surface,
				     painting->damage};

	return jpeg_splice(painting->section, painting->section_size, &change,
			   out, error);
}

static gboolean splice_png(const struct painting *painting, struct chain *out,
			   GError **error)
{
	return png_splice(painting->section, painting->section_size,
			  painting->surface, painting->damage, out, error);
}

static const struct splicer jpeg_splicer = {PACK_JPEG, NULL, splice_jpeg};
static const struct splicer png_splicer = {PACK_PNG, png_section_reads,
					   splice_png};

struct canvas *canvas_new(void)
{
	return g_new0(struct canvas, 1);
}

void canvas_free(struct canvas *canvas)
{
	if (!canvas)
		return;
	g_free(canvas->pixels);
	g_free(canvas);
}

gboolean render_can_write(enum macro_format format)
{
	return format == MACRO_FORMAT_JPEG || format == MACRO_FORMAT_PNG ||
	       format == MACRO_FORMAT_WEBP || format == MACRO_FORMAT_GIF;
}

/* A surface of source's shape on the canvas' memory; its pixels are whatever
 * the last request left. */
static cairo_surface_t *take_canvas(struct canvas *canvas,
				    cairo_surface_t *source)
{
	int height_px = cairo_image_surface_get_height(source);
	int stride = cairo_image_surface_get_stride(source);
	gsize size = (gsize)stride * (gsize)height_px;

	if (size > canvas->capacity) {
		g_free(canvas->pixels);
		canvas->pixels = g_malloc(size);
		canvas->capacity = size;
	}
	return cairo_image_surface_create_for_data(
		canvas->pixels, cairo_image_surface_get_format(source),
		cairo_image_surface_get_width(source), height_px, stride);
}

static void copy_rectangle(cairo_surface_t *from, cairo_surface_t *to,
			   const cairo_rectangle_int_t *area)
{
	gsize stride = (gsize)cairo_image_surface_get_stride(from);
	gsize at = (gsize)area->y * stride + (gsize)area->x * 4;
	const guchar *source = cairo_image_surface_get_data(from) + at;
	guchar *target = cairo_image_surface_get_data(to) + at;

	for (int y = 0; y < area->height; y++) {
		memcpy(target, source, (gsize)area->width * 4);
		source += stride;
		target += stride;
	}
}

/* A still of an animation has the captions that its first frame has. */
static void paint_shown(const struct render_job *job, struct tiles *tiles)
{
	const guint8 *section;
	gsize size, n = plan_n_captions(job->plan);

	if (!pack_section(job->pack, PACK_GIF, 0, &section, &size)) {
		paint_plan_tiles(job->plan, tiles);
		return;
	}
	for (gsize i = 0; i < n; i++)
		if (animation_shows_first(job->plan, i, section, size))
			paint_plan_caption(job->plan, i, tiles);
}

/* The blank picture, of which only region holds, painted on. */
static void paint_copy(const struct render_job *job, struct painting *out,
		       const cairo_region_t *region)
{
	g_autoptr(tiles_auto) tiles = tiles_new(out->surface, NULL);

	for (int i = 0; i < cairo_region_num_rectangles(region); i++) {
		cairo_rectangle_int_t area;

		cairo_region_get_rectangle(region, i, &area);
		copy_rectangle(out->blank, out->surface, &area);
	}
	cairo_surface_mark_dirty(out->surface);
	if (job->plan)
		paint_shown(job, tiles);
}

/* The blank picture, of which only tiles that ink falls on hold. */
static void paint_tiles(const struct render_job *job, struct painting *out)
{
	g_autoptr(tiles_auto) tiles = tiles_new(out->surface, out->blank);

	if (job->plan)
		paint_shown(job, tiles);
	out->damage = tiles_taken(tiles);
}

static cairo_region_t *whole_picture(const struct render_job *job)
{
	const cairo_rectangle_int_t all = {0, 0, job->width_px, job->height_px};

	return cairo_region_create_rectangle(&all);
}

static void paint_region(const struct render_job *job, struct painting *out)
{
	g_autoptr(cairo_region_t) reads = NULL;

	out->damage =
		job->plan ? plan_damage(job->plan) : cairo_region_create();
	reads = out->splicer
			? out->splicer->reads(out->section, out->section_size,
					      out->damage)
			: whole_picture(job);
	paint_copy(job, out, reads);
}

static gboolean check_deadline(const struct render_job *job, GError **error)
{
	if (job->deadline_us == 0 || g_get_monotonic_time() < job->deadline_us)
		return TRUE;
	g_set_error(error, RENDER_ERROR, RENDER_ERROR_DEADLINE,
		    "rendering took too long");
	return FALSE;
}

static gboolean is_native_size(const struct render_job *job)
{
	const struct pack_info *info = pack_get_info(job->pack);

	return job->width_px == info->width_px &&
	       job->height_px == info->height_px;
}

gboolean render_variant(const struct render_job *job,
			struct variant_params *out)
{
	*out = (struct variant_params){
		.width_px = job->width_px,
		.height_px = job->height_px,
		.format = job->format,
		.jpeg = job->jpeg,
		.gif_quality = job->gif_quality,
	};
	return variant_settle(job->pack, &job->pack_jpeg, out);
}

static const struct splicer *splicer_for(enum macro_format format)
{
	if (format == MACRO_FORMAT_JPEG)
		return &jpeg_splicer;
	return format == MACRO_FORMAT_PNG ? &png_splicer : NULL;
}

static gboolean encode_whole(const struct render_job *job,
			     cairo_surface_t *painted, struct chain *out,
			     GError **error)
{
	g_assert(job->format == MACRO_FORMAT_WEBP); /* others are spliced */
	return webp_encode(painted, &job->webp, out, error);
}

/* A still GIF is an animation of one frame. */
static gboolean wants_frames(const struct render_job *job)
{
	const struct pack_info *info = pack_get_info(job->pack);

	return job->format == MACRO_FORMAT_GIF ||
	       (job->format == MACRO_FORMAT_WEBP && info->n_frames > 1);
}

/* The section that the format is made from; a format without one has none in
 * any pack. */
static enum pack_tag tag_for(const struct render_job *job)
{
	const struct splicer *splicer = splicer_for(job->format);

	return splicer ? splicer->tag : PACK_GIF;
}

/* A section from pack, which may have none of that kind. */
static void borrow(const struct pack *pack, enum pack_tag tag,
		   struct painting *out)
{
	out->blank = pack_surface(pack, 0);
	if (!pack_section(pack, tag, 0, &out->section, &out->section_size))
		out->section = NULL;
}

static gboolean make(const struct render_job *job,
		     const struct variant_params *params, struct painting *out,
		     GError **error)
{
	struct variant variant;

	if (!variant_make(job->pack, params, job->deadline_us, &variant, error))
		return FALSE;
	out->blank = variant.surface;
	out->made = variant.section;
	if (out->made)
		out->section = g_bytes_get_data(out->made, &out->section_size);
	return TRUE;
}

/* The picture without captions as job wants it: from its pack, from the
 * variant's, or made for this once. */
static gboolean take_blank(const struct render_job *job, enum pack_tag tag,
			   struct painting *out, GError **error)
{
	struct variant_params params;

	if (!render_variant(job, &params))
		borrow(job->pack, tag, out);
	else if (job->variant)
		borrow(job->variant, tag, out);
	else
		return make(job, &params, out, error);
	return TRUE;
}

/* Whether the pack has more of an animation than its GIF. */
static gboolean has_all_pixels(const struct render_job *job)
{
	const guint8 *data;
	gsize size;

	return is_native_size(job) &&
	       pack_section(job->pack, PACK_PIXELS, 1, &data, &size);
}

static gboolean encode_frames(const struct render_job *job,
			      const struct painting *painting,
			      struct chain *out, GError **error)
{
	if (job->format == MACRO_FORMAT_WEBP)
		return animation_to_webp(painting->section,
					 painting->section_size,
					 has_all_pixels(job) ? job->pack : NULL,
					 painting->layers, &job->webp,
					 job->deadline_us, out, error);
	gif_splice(
		painting->section, painting->section_size,
		(const struct gif_layer *)(const void *)painting->layers->data,
		painting->layers->len, out);
	return TRUE;
}

gboolean render_paint(const struct render_job *job, struct canvas *canvas,
		      struct painting *out, GError **error)
{
	if (!render_can_write(job->format)) {
		g_set_error(error, RENDER_ERROR, RENDER_ERROR_FORMAT,
			    "%s can't be written",
			    macro_format_name(job->format));
		return FALSE;
	}
	out->splicer = splicer_for(job->format);
	if (!take_blank(job, tag_for(job), out, error) ||
	    !check_deadline(job, error))
		return FALSE;
	if (wants_frames(job) && out->section) {
		out->layers = animation_layers(job->plan, out->section,
					       out->section_size);
		return TRUE;
	}
	out->surface = take_canvas(canvas, out->blank);
	if (out->splicer && !out->splicer->reads)
		paint_tiles(job, out);
	else
		paint_region(job, out);
	return TRUE;
}

void painting_fini(struct painting *painting)
{
	g_clear_pointer(&painting->surface, cairo_surface_destroy);
	g_clear_pointer(&painting->damage, cairo_region_destroy);
	g_clear_pointer(&painting->layers, g_array_unref);
	g_clear_pointer(&painting->blank, cairo_surface_destroy);
	g_clear_pointer(&painting->made, g_bytes_unref);
}

gboolean render_encode(const struct render_job *job,
		       const struct painting *painting, struct chain *out,
		       GError **error)
{
	if (!check_deadline(job, error))
		return FALSE;
	/* What a splice borrows must live as long as the answer. */
	if (painting->made)
		chain_keep(out, painting->made);
	if (painting->layers)
		return encode_frames(job, painting, out, error);
	if (!painting->splicer)
		return encode_whole(job, painting->surface, out, error);
	return painting->splicer->splice(painting, out, error);
}

gboolean render_picture(const struct render_job *job, struct canvas *canvas,
			struct chain *out, GError **error)
{
	struct painting painting = {0};
	gboolean is_done = render_paint(job, canvas, &painting, error) &&
			   render_encode(job, &painting, out, error);

	painting_fini(&painting);
	return is_done;
}
