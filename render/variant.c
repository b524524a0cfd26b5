#include "config.h"

#include "render/variant.h"

#include <string.h>

#include "render/animation.h"
#include "render/autoptr.h"
#include "render/gif_builder.h"
#include "render/gif_section.h"
#include "render/jpeg_section.h"
#include "render/png.h"
#include "render/png_section.h"
#include "render/resample.h"

/* Raised when resampling, or a section made in haste, comes out otherwise. */
enum { VARIANT_VERSION = 2, NAME_DIGITS = 40 };

/* A variant's recipe: its key, that of its template, what it was made by. */
#define RECIPE_OF " of "
#define RECIPE_BY "; variant="

static gboolean is_own_size(const struct pack_info *info,
			    const struct variant_params *params)
{
	return params->width_px == info->width_px &&
	       params->height_px == info->height_px;
}

static gboolean has_section(const struct pack *pack, enum pack_tag tag)
{
	const guint8 *data;
	gsize size;

	return pack_section(pack, tag, 0, &data, &size);
}

/* The template's size: whether its pack has all that the format needs. */
static gboolean serves_own_size(const struct pack *template,
				const struct jpeg_params *pack_jpeg,
				const struct variant_params *params)
{
	if (params->format == MACRO_FORMAT_PNG)
		return has_section(template, PACK_PNG);
	if (params->format == MACRO_FORMAT_JPEG)
		return has_section(template, PACK_JPEG) &&
		       params->jpeg.quality == pack_jpeg->quality &&
		       params->jpeg.is_444 == pack_jpeg->is_444;
	if (params->format == MACRO_FORMAT_GIF)
		return has_section(template, PACK_GIF);
	return TRUE; /* encoded whole, from its pixels or its frames */
}

static gboolean is_animation(const struct pack *template)
{
	return pack_get_info(template)->n_frames > 1 &&
	       has_section(template, PACK_GIF);
}

gboolean variant_settle(const struct pack *template,
			const struct jpeg_params *pack_jpeg,
			struct variant_params *params)
{
	if (is_own_size(pack_get_info(template), params) &&
	    serves_own_size(template, pack_jpeg, params))
		return FALSE;
	if (params->format == MACRO_FORMAT_WEBP && is_animation(template))
		params->format = MACRO_FORMAT_GIF;
	if (params->format != MACRO_FORMAT_JPEG)
		params->jpeg = (struct jpeg_params){0};
	if (params->format != MACRO_FORMAT_GIF)
		params->gif_quality = 0;
	return TRUE;
}

/* FALSE: its format has no section. */
static gboolean find_tag(const struct variant_params *params,
			 enum pack_tag *out)
{
	if (params->format == MACRO_FORMAT_JPEG)
		*out = PACK_JPEG;
	else if (params->format == MACRO_FORMAT_PNG)
		*out = PACK_PNG;
	else if (params->format == MACRO_FORMAT_GIF)
		*out = PACK_GIF;
	else
		return FALSE;
	return TRUE;
}

static cairo_surface_t *make_surface(const struct pack *template,
				     const struct variant_params *params)
{
	g_autoptr(cairo_surface_t) mapped = pack_surface(template, 0);

	if (is_own_size(pack_get_info(template), params))
		return g_steal_pointer(&mapped);
	return resample_surface(mapped, params->width_px, params->height_px);
}

static GBytes *resize_animation(const struct pack *template,
				const struct variant_params *params,
				gint64 deadline_us, GError **error)
{
	const guint8 *data;
	gsize size;

	if (!pack_section(template, PACK_GIF, 0, &data, &size))
		g_assert_not_reached(); /* is_animation() has seen it */
	return animation_resize(data, size, params->width_px, params->height_px,
				params->gif_quality, deadline_us, error);
}

static GBytes *quantize(cairo_surface_t *surface, int quality)
{
	g_autoptr(gif_builder_auto) builder =
		gif_builder_new(cairo_image_surface_get_width(surface),
				cairo_image_surface_get_height(surface),
				GIF_LOOP_NONE, quality);

	gif_builder_add(builder, surface, 0);
	return gif_builder_end(builder);
}

static GBytes *make_section(const struct pack *template,
			    const struct variant_params *params,
			    gint64 deadline_us, const struct variant *variant,
			    GError **error)
{
	if (variant->tag == PACK_JPEG)
		return jpeg_section_new(variant->surface, &params->jpeg, error);
	if (variant->tag == PACK_PNG)
		return png_section_new_fast(variant->surface, error);
	if (!is_animation(template))
		return quantize(variant->surface, params->gif_quality);
	return resize_animation(template, params, deadline_us, error);
}

gboolean variant_make(const struct pack *template,
		      const struct variant_params *params, gint64 deadline_us,
		      struct variant *out, GError **error)
{
	struct variant variant = {.surface = make_surface(template, params)};

	if (find_tag(params, &variant.tag)) {
		variant.section = make_section(template, params, deadline_us,
					       &variant, error);
		if (!variant.section) {
			variant_fini(&variant);
			return FALSE;
		}
	}
	*out = variant;
	return TRUE;
}

void variant_fini(struct variant *variant)
{
	g_clear_pointer(&variant->surface, cairo_surface_destroy);
	g_clear_pointer(&variant->section, g_bytes_unref);
}

char *variant_key(const struct variant_params *params)
{
	const char *format = macro_format_name(params->format);

	if (params->format == MACRO_FORMAT_JPEG)
		return g_strdup_printf("%dx%d %s %d %s", params->width_px,
				       params->height_px, format,
				       params->jpeg.quality,
				       params->jpeg.is_444 ? "444" : "420");
	return g_strdup_printf("%dx%d %s", params->width_px, params->height_px,
			       format);
}

static int section_version(const struct variant_params *params)
{
	if (params->format == MACRO_FORMAT_JPEG)
		return JPEG_SECTION_VERSION;
	if (params->format == MACRO_FORMAT_GIF)
		return GIF_SECTION_MAGIC;
	return PNG_SECTION_VERSION;
}

static char *recipe_of(const struct pack *template,
		       const struct variant_params *params)
{
	g_autofree char *key = variant_key(params);

	return g_strdup_printf(
		"%s" RECIPE_OF "%s" RECIPE_BY "%d section=%x gif=%d", key,
		pack_get_info(template)->recipe, VARIANT_VERSION,
		(guint)section_version(params), params->gif_quality);
}

char *variant_pack_name(const char *id, const struct pack *template,
			const struct variant_params *params)
{
	g_autofree char *recipe = recipe_of(template, params);
	g_autofree char *all = g_strdup_printf(
		"%s|%s|%s", pack_get_info(template)->version, recipe, id);
	g_autofree char *hash =
		g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);

	return g_strdup_printf("%.*s.pack", NAME_DIGITS, hash);
}

static gsize pixels_size(cairo_surface_t *surface)
{
	return (gsize)cairo_image_surface_get_height(surface) *
	       (gsize)cairo_image_surface_get_stride(surface);
}

gboolean variant_write(int fd, const char *name, const char *id,
		       const struct pack *template,
		       const struct variant_params *params, GError **error)
{
	g_autofree char *recipe = recipe_of(template, params);
	struct pack_info info = *pack_get_info(template);
	struct pack_section sections[2];
	struct variant variant;
	gboolean is_written;

	if (!variant_make(template, params, 0, &variant, error))
		return FALSE;
	info.width_px = params->width_px;
	info.height_px = params->height_px;
	info.format = params->format;
	info.recipe = recipe;
	info.source = id;
	sections[0] = (struct pack_section){
		PACK_PIXELS, 0, cairo_image_surface_get_data(variant.surface),
		pixels_size(variant.surface)};
	if (variant.section) {
		sections[1] = (struct pack_section){.tag = variant.tag};
		sections[1].data =
			g_bytes_get_data(variant.section, &sections[1].size);
	}
	is_written = pack_write_fd(fd, name, &info, sections,
				   variant.section ? 2 : 1, error);
	variant_fini(&variant);
	return is_written;
}

gboolean variant_is(const struct pack *pack, const char *id,
		    const struct pack *template,
		    const struct variant_params *params)
{
	const struct pack_info *info = pack_get_info(pack);
	const struct pack_info *of = pack_get_info(template);
	g_autofree char *recipe = recipe_of(template, params);
	enum pack_tag tag;

	return strcmp(info->version, of->version) == 0 &&
	       strcmp(info->recipe, recipe) == 0 &&
	       strcmp(info->source, id) == 0 &&
	       info->is_opaque == of->is_opaque && is_own_size(info, params) &&
	       (!find_tag(params, &tag) || has_section(pack, tag));
}

char *variant_pack_key(const struct pack *pack)
{
	const char *recipe = pack_get_info(pack)->recipe;
	const char *end = strstr(recipe, RECIPE_OF);

	return end ? g_strndup(recipe, (gsize)(end - recipe)) : NULL;
}

char *variant_stamp(const struct pack *template)
{
	const struct pack_info *info = pack_get_info(template);

	return g_strdup_printf("%s %s", info->version, info->recipe);
}

char *variant_pack_stamp(const struct pack *pack)
{
	const struct pack_info *info = pack_get_info(pack);
	const char *of = strstr(info->recipe, RECIPE_OF);
	const char *by = of ? strstr(of, RECIPE_BY) : NULL;

	if (!by)
		return NULL;
	of += strlen(RECIPE_OF);
	return g_strdup_printf("%s %.*s", info->version, (int)(by - of), of);
}
