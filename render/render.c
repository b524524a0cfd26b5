#include "config.h"

#include "render/render.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/paint.h"
#include "render/png.h"
#include "render/resample.h"

G_DEFINE_QUARK(captiond_render_error, render_error)

struct canvas {
	guchar *pixels;
	gsize capacity;
};

/* How a pack's section of one format is spliced. */
struct splicer {
	enum pack_tag tag;
	cairo_region_t *(*reads)(const guint8 *data, gsize size,
				 const cairo_region_t *damage);
	gboolean (*splice)(const struct pack *pack,
			   const struct painting *painting, struct chain *out,
			   GError **error);
};

static gboolean splice_jpeg(const struct pack *pack,
			    const struct painting *painting, struct chain *out,
			    GError **error)
{
	g_autoptr(cairo_surface_t) blank = pack_surface(pack, 0);
	struct jpeg_change change = {blank, painting->surface,
				     painting->damage};

	return jpeg_splice(painting->section, painting->section_size, &change,
			   out, error);
}

static gboolean splice_png(const struct pack *pack,
			   const struct painting *painting, struct chain *out,
			   GError **error)
{
	(void)pack; /* bands are found by damage alone */
	return png_splice(painting->section, painting->section_size,
			  painting->surface, painting->damage, out, error);
}

static const struct splicer jpeg_splicer = {PACK_JPEG, jpeg_section_reads,
					    splice_jpeg};
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
	       format == MACRO_FORMAT_WEBP;
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

/* source, of which only region holds, painted on. */
static cairo_surface_t *paint_copy(struct canvas *canvas,
				   cairo_surface_t *source,
				   const cairo_region_t *region,
				   const struct plan *plan)
{
	cairo_surface_t *target = take_canvas(canvas, source);

	for (int i = 0; i < cairo_region_num_rectangles(region); i++) {
		cairo_rectangle_int_t area;

		cairo_region_get_rectangle(region, i, &area);
		copy_rectangle(source, target, &area);
	}
	cairo_surface_mark_dirty(target);
	if (plan)
		paint_plan(plan, target);
	cairo_surface_flush(target);
	return target;
}

static gboolean check_deadline(const struct render_job *job, GError **error)
{
	if (job->deadline_us == 0 || g_get_monotonic_time() < job->deadline_us)
		return TRUE;
	g_set_error(error, RENDER_ERROR, RENDER_ERROR_DEADLINE,
		    "rendering took too long");
	return FALSE;
}

static const struct splicer *splicer_for(enum macro_format format)
{
	if (format == MACRO_FORMAT_JPEG)
		return &jpeg_splicer;
	return format == MACRO_FORMAT_PNG ? &png_splicer : NULL;
}

/* The splicer that gives what job wants, and its section; NULL: none. */
static const struct splicer *find_splicer(const struct render_job *job,
					  const guint8 **out_data,
					  gsize *out_size)
{
	const struct pack_info *info = pack_get_info(job->pack);
	const struct splicer *splicer = splicer_for(job->format);

	if (!splicer || job->width_px != info->width_px ||
	    job->height_px != info->height_px)
		return NULL;
	if (job->format == MACRO_FORMAT_JPEG &&
	    (job->jpeg.quality != job->pack_jpeg.quality ||
	     job->jpeg.is_444 != job->pack_jpeg.is_444))
		return NULL;
	if (!pack_section(job->pack, splicer->tag, 0, out_data, out_size))
		return NULL;
	return splicer;
}

static gboolean encode_whole(const struct render_job *job,
			     cairo_surface_t *painted, struct chain *out,
			     GError **error)
{
	switch (job->format) {
	case MACRO_FORMAT_JPEG:
		return jpeg_encode(painted, &job->jpeg, out, error);
	case MACRO_FORMAT_PNG:
		return png_encode(painted, out, error);
	case MACRO_FORMAT_WEBP:
		return webp_encode(painted, &job->webp, out, error);
	case MACRO_FORMAT_GIF:
	case MACRO_FORMAT_DEFAULT:
		break;
	}
	g_assert_not_reached();
}

/* The pack's pixels in the size that is wanted. A new reference. */
static cairo_surface_t *sized_pixels(const struct render_job *job)
{
	const struct pack_info *info = pack_get_info(job->pack);
	g_autoptr(cairo_surface_t) mapped = pack_surface(job->pack, 0);

	if (info->width_px == job->width_px &&
	    info->height_px == job->height_px)
		return g_steal_pointer(&mapped);
	return resample_surface(mapped, job->width_px, job->height_px);
}

static cairo_region_t *whole_picture(const struct render_job *job)
{
	const cairo_rectangle_int_t all = {0, 0, job->width_px, job->height_px};

	return cairo_region_create_rectangle(&all);
}

gboolean render_paint(const struct render_job *job, struct canvas *canvas,
		      struct painting *out, GError **error)
{
	g_autoptr(cairo_surface_t) source = NULL;
	g_autoptr(cairo_region_t) reads = NULL;

	if (!render_can_write(job->format)) {
		g_set_error(error, RENDER_ERROR, RENDER_ERROR_FORMAT,
			    "%s can't be written",
			    macro_format_name(job->format));
		return FALSE;
	}
	source = sized_pixels(job);
	if (!check_deadline(job, error))
		return FALSE;
	out->damage =
		job->plan ? plan_damage(job->plan) : cairo_region_create();
	out->splicer = find_splicer(job, &out->section, &out->section_size);
	reads = out->splicer
			? out->splicer->reads(out->section, out->section_size,
					      out->damage)
			: whole_picture(job);
	out->surface = paint_copy(canvas, source, reads, job->plan);
	return TRUE;
}

void painting_fini(struct painting *painting)
{
	g_clear_pointer(&painting->surface, cairo_surface_destroy);
	g_clear_pointer(&painting->damage, cairo_region_destroy);
}

gboolean render_encode(const struct render_job *job,
		       const struct painting *painting, struct chain *out,
		       GError **error)
{
	if (!check_deadline(job, error))
		return FALSE;
	if (!painting->splicer)
		return encode_whole(job, painting->surface, out, error);
	return painting->splicer->splice(job->pack, painting, out, error);
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
