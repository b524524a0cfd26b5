#include "config.h"

#include "cli/offline.h"

#include <string.h>
#include <sysexits.h>

#include "cli/failure.h"
#include "cli/template_pack.h"
#include "render/fonts.h"
#include "render/layout.h"
#include "render/render.h"
#include "render/resample.h"

static struct jpeg_params jpeg_of(const struct settings *settings)
{
	return (struct jpeg_params){
		.quality = settings->jpeg_quality,
		.is_444 = strcmp(settings->jpeg_chroma, "444") == 0,
	};
}

static struct pack *open_template(const struct settings *settings,
				  const char *packs_dir, const char *id,
				  GError **error)
{
	const struct template_pack_setup setup = {
		.templates_dir = settings->templates_dir,
		.packs_dir = packs_dir,
		.shared_dir = settings->packs_dir,
		.jpeg = jpeg_of(settings),
	};

	return template_pack_open(&setup, id, error);
}

static struct fonts *open_fonts(const struct settings *settings, GError **error)
{
	const struct fonts_config config = {
		.dir = settings->fonts_dir,
		.defaults = (const char *const *)settings->default_fonts,
		.fallback_dirs =
			(const char *const *)settings->fallback_font_dirs,
		.fallbacks = (const char *const *)settings->fallback_faces,
		.cache_entries = (guint)settings->font_cache,
	};

	return fonts_open(&config, error);
}

static struct render_job job_of(const struct settings *settings,
				const struct macro *macro, struct pack *pack)
{
	const struct pack_info *info = pack_get_info(pack);
	struct render_job job = {
		.pack = pack,
		.format = macro->format == MACRO_FORMAT_DEFAULT ? info->format
								: macro->format,
		.jpeg = jpeg_of(settings),
		.pack_jpeg = jpeg_of(settings),
		.webp = {settings->webp_quality, settings->webp_method},
		.gif_quality = settings->gif_quality,
	};

	if (macro->quality > 0) {
		job.jpeg.quality = macro->quality;
		job.webp.quality = macro->quality;
	}
	resample_fit(info->width_px, info->height_px, macro->width_px,
		     macro->height_px, &job.width_px, &job.height_px);
	return job;
}

/* One copy, while the pack that the chain borrows from is there. */
static GBytes *encode(const struct render_job *job, GError **error)
{
	g_autoptr(chain_auto) chain = chain_new();
	g_autoptr(GError) cause = NULL;
	struct canvas *canvas = canvas_new();
	gboolean is_drawn = render_picture(job, canvas, chain, &cause);
	gsize size;
	void *data;

	canvas_free(canvas);
	if (!is_drawn) {
		(void)failure_set(error, EX_SOFTWARE, "cannot draw: %s",
				  cause->message);
		return NULL;
	}
	data = chain_flatten(chain, &size);
	return g_bytes_new_take(data, size);
}

static gboolean draw(const struct settings *settings, const struct macro *macro,
		     struct pack *pack, struct offline_picture *out,
		     GError **error)
{
	struct render_job job = job_of(settings, macro, pack);
	g_autoptr(fonts_auto) fonts = open_fonts(settings, error);
	g_autoptr(plan_auto) plan = NULL;
	GBytes *bytes;

	if (!fonts)
		return FALSE;
	plan = layout_plan(macro, job.width_px, job.height_px, fonts, 0, error);
	if (!plan)
		return FALSE;
	job.plan = plan;
	bytes = encode(&job, error);
	if (!bytes)
		return FALSE;
	*out = (struct offline_picture){bytes, job.format, job.width_px,
					job.height_px};
	return TRUE;
}

gboolean offline_draw(const struct settings *settings, const char *packs_dir,
		      const struct macro *macro, struct offline_picture *out,
		      GError **error)
{
	g_autoptr(pack_auto) pack = NULL;

	if (macro->background)
		return failure_set(error, EX_USAGE,
				   "only a server fetches a background: "
				   "caption get");
	/* Before the fonts: it forks, and Pango has threads. */
	pack = open_template(settings, packs_dir, macro->template_id, error);
	return pack && draw(settings, macro, pack, out, error);
}
