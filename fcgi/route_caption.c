/* The captioned picture, its description, and what validates them. */
#include "config.h"

#include "fcgi/route_handlers.h"

#include <string.h>

#include "fcgi/access.h"
#include "fcgi/errors.h"
#include "fcgi/negotiate.h"
#include "render/autoptr.h"
#include "render/resample.h"

/* Bytes of a SHA-256 kept in an ETag: enough that no two answers meet. */
enum { ETAG_HASH_BYTES = 18 };

#define PICTURE_LIFE   "max-age=86400"
#define IMMUTABLE_LIFE "max-age=31536000, immutable"

/* A macro on its way to a picture: what is known before anything is drawn. */
struct drawing {
	const struct macro *macro;
	const struct pack_info *info;
	enum macro_format format;
	int width_px, height_px;
	gboolean is_description;
	gboolean is_private;
	gboolean is_cache_asking;
	gint64 deadline_us;
	guint32 fresh_s; /* a picture from a URL: its origin's word */
};

static gboolean is_json_body(const struct request *request)
{
	gsize at = 0;

	while (at < request->body_size && g_ascii_isspace(request->body[at]))
		at++;
	return at < request->body_size && request->body[at] == '{';
}

static gboolean is_type(const char *content_type, const char *type)
{
	gsize length = strcspn(content_type, "; \t");

	return length == strlen(type) &&
	       g_ascii_strncasecmp(content_type, type, length) == 0;
}

/* A body that begins with a brace is JSON whatever its type says: clients of
 * long standing send none, and curl says form. */
static struct macro *read_macro(const struct request *request, GError **error)
{
	if (request->method != REQUEST_POST)
		return macro_from_query(request->query, strlen(request->query),
					error);
	if (is_json_body(request) ||
	    is_type(request->content_type, "application/json"))
		return macro_from_json(request->body, request->body_size,
				       error);
	if (is_type(request->content_type, "application/x-www-form-urlencoded"))
		return macro_from_query(request->body, request->body_size,
					error);
	g_set_error(error, HTTP_ERROR, 415,
		    "a body of application/json or "
		    "application/x-www-form-urlencoded expected");
	return NULL;
}

gboolean route_is_format(const char *rest)
{
	enum macro_format format;

	return macro_format_from_name(rest, &format);
}

/* The suffix is the format; a format key beside it must say the same. */
static gboolean apply_suffix(struct macro *macro, const char *suffix,
			     GError **error)
{
	enum macro_format format;

	if (!macro_format_from_name(suffix, &format))
		g_assert_not_reached(); /* see route_is_format() */
	if (macro->format != MACRO_FORMAT_DEFAULT && macro->format != format) {
		g_set_error(error, MACRO_ERROR, MACRO_ERROR_INVALID,
			    "format: `%s` given, but the path says `%s`",
			    macro_format_name(macro->format), suffix);
		return FALSE;
	}
	macro_set_format(macro, format);
	return TRUE;
}

gboolean route_caption(struct service *service, const struct request *request,
		       const char *rest, struct response *response,
		       GError **error)
{
	g_autoptr(macro_auto) macro = read_macro(request, error);

	if (!macro || (*rest && !apply_suffix(macro, rest, error)))
		return FALSE;
	return route_answer_macro(service, request, macro, response, error);
}

static gboolean check_fonts(struct fonts *fonts, const struct macro *macro,
			    GError **error)
{
	const char *name;

	for (gsize i = 0; i < macro->n_captions; i++)
		if (!fonts_check(fonts, macro->captions[i].font, &name, error))
			return FALSE;
	return TRUE;
}

/* A picture from a URL costs its origin, and the client, time: last. */
static gboolean open_template(struct service *service, struct drawing *drawing,
			      GError **error)
{
	const struct macro *macro = drawing->macro;
	const struct background_order order = {
		.url = macro->background,
		.client_fd = service->client_fd,
		.deadline_us = drawing->deadline_us,
	};

	if (!macro->background) {
		service->pack = catalog_get(service->catalog,
					    macro->template_id, error);
		return service->pack &&
		       check_fonts(service->fonts, macro, error);
	}
	if (!check_fonts(service->fonts, macro, error))
		return FALSE;
	service->pack = background_get(service->background, &order,
				       &drawing->fresh_s, error);
	return service->pack != NULL;
}

static gboolean begin_drawing(struct service *service,
			      const struct request *request,
			      const struct macro *macro, struct drawing *out,
			      GError **error)
{
	account_set_template(&service->account, macro->template_id);
	out->macro = macro;
	out->deadline_us = service_soft_deadline_us(service);
	if (!open_template(service, out, error))
		return FALSE;
	out->info = pack_get_info(service->pack);
	out->format = macro->format == MACRO_FORMAT_DEFAULT ? out->info->format
							    : macro->format;
	out->is_private = access_is_private(service->settings->access, request,
					    ACCESS_RENDER);
	out->is_cache_asking = request->is_cache_asking;
	out->is_description =
		macro->is_description || negotiate_is_json(request->accept);
	resample_fit(out->info->width_px, out->info->height_px, macro->width_px,
		     macro->height_px, &out->width_px, &out->height_px);
	return TRUE;
}

/* Strong: made of all that the bytes depend on. */
static char *make_etag(const struct service *service,
		       const struct drawing *drawing, const char *canonical)
{
	struct jpeg_params jpeg = service_jpeg_params(service);
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *rest = g_strdup_printf(
		"%s|%s|%d|%d|%d|%d|%d|%d|%d|%s", drawing->info->version,
		fonts_version(service->fonts), (int)drawing->format,
		drawing->is_description, jpeg.quality, jpeg.is_444,
		service->settings->webp_quality, service->settings->webp_method,
		service->settings->gif_quality, PACKAGE_VERSION);
	guint8 hash[32];
	gsize size = sizeof(hash);
	g_autofree char *text = NULL;

	g_checksum_update(checksum, (const guchar *)canonical,
			  (gssize)strlen(canonical) + 1);
	g_checksum_update(checksum, (const guchar *)rest, -1);
	g_checksum_get_digest(checksum, hash, &size);
	text = g_base64_encode(hash, ETAG_HASH_BYTES);
	g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
	return g_strdup_printf("\"%s\"", text);
}

static char *life_of(const struct drawing *drawing, gboolean is_immutable)
{
	if (is_immutable)
		return g_strdup(IMMUTABLE_LIFE);
	return drawing->macro->background
		       ? g_strdup_printf("max-age=%u", drawing->fresh_s)
		       : g_strdup(PICTURE_LIFE);
}

/* Clients may keep their picture; nginx keeps it too, but out of date since
 * 1970, so that it asks each time whether the ETag still holds and a replaced
 * template is seen at once. (A life of one second is up to two by its clock.)
 *
 * A picture for which somebody had to show that he may is kept by nobody else,
 * but for a cache that says that it asks again for everybody: each time, even
 * where the picture can never change. X-Accel-Expires comes first: nginx 1.22
 * goes by the first of the two that forbids or allows. */
static void add_cache_headers(struct response *response,
			      const struct drawing *drawing,
			      const struct validators *validators)
{
	g_autofree char *date = negotiate_http_date(validators->modified_s);
	gboolean is_immutable =
		drawing->macro->version &&
		strcmp(drawing->macro->version, drawing->info->version) == 0;
	g_autofree char *life = life_of(drawing, is_immutable);
	g_autofree char *control = g_strconcat(
		drawing->is_private ? "private, " : "public, ", life, NULL);

	if (drawing->is_private)
		response_header(response, "X-Accel-Expires",
				drawing->is_cache_asking ? "@1" : "0");
	else if (!is_immutable)
		response_header(response, "X-Accel-Expires", "@1");
	response_header(response, "ETag", validators->etag);
	response_header(response, "Last-Modified", date);
	response_header(response, "Cache-Control", control);
	response_header(response, "Vary", "Accept");
}

static struct json_object *describe_box(const cairo_rectangle_int_t *ink)
{
	struct json_object *box = json_object_new_object();

	json_object_object_add(box, "x", json_object_new_int(ink->x));
	json_object_object_add(box, "y", json_object_new_int(ink->y));
	json_object_object_add(box, "w", json_object_new_int(ink->width));
	json_object_object_add(box, "h", json_object_new_int(ink->height));
	return box;
}

static struct json_object *describe_lines(const char *const *lines)
{
	struct json_object *array = json_object_new_array();

	for (; *lines; lines++)
		json_object_array_add(array, json_object_new_string(*lines));
	return array;
}

static void add_string(struct json_object *object, const char *key,
		       const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

/* Takes value over. */
static void add_text(struct json_object *object, const char *key, char *value)
{
	add_string(object, key, value);
	g_free(value);
}

static struct json_object *
describe_caption(const struct caption *caption,
		 const struct plan_caption_info *info)
{
	struct json_object *object = json_object_new_object();

	add_string(object, "text", caption->text);
	add_string(object, "valign", caption_valign_name(caption->valign));
	add_string(object, "halign", caption_halign_name(caption->halign));
	add_string(object, "font", info->font_name);
	add_text(object, "color", color_format(caption->color));
	if (caption->has_outline)
		add_text(object, "outline", color_format(caption->outline));
	else
		json_object_object_add(object, "outline", NULL);
	if (caption->size == CAPTION_SIZE_PX)
		json_object_object_add(
			object, "size",
			json_object_new_double(caption->size_px));
	else
		add_text(object, "size", caption_size_text(caption));
	json_object_object_add(object, "size_px",
			       json_object_new_double(info->size_px));
	json_object_object_add(object, "lines", describe_lines(info->lines));
	json_object_object_add(object, "box", describe_box(&info->ink));
	return object;
}

/* The texts in the order of the picture, one after the other. */
static char *make_alt(const struct macro *macro)
{
	GString *alt = g_string_new(NULL);

	for (gsize i = 0; i < macro->n_captions; i++)
		g_string_append_printf(alt, "%s%s", alt->len ? " " : "",
				       macro->captions[i].text);
	return g_string_free(alt, FALSE);
}

static void answer_description(const struct drawing *drawing,
			       const struct plan *plan, const char *canonical,
			       struct response *response)
{
	g_autoptr(json_object_auto) body = json_object_new_object();
	struct json_object *captions = json_object_new_array();
	const struct macro *macro = drawing->macro;

	add_string(body, "template", macro->template_id);
	add_string(body, "version", drawing->info->version);
	json_object_object_add(body, "width",
			       json_object_new_int(drawing->width_px));
	json_object_object_add(body, "height",
			       json_object_new_int(drawing->height_px));
	add_string(body, "format", macro_format_name(drawing->format));
	add_text(body, "url", g_strconcat("/caption?", canonical, NULL));
	add_text(body, "alt", make_alt(macro));
	for (gsize i = 0; i < macro->n_captions; i++) {
		struct plan_caption_info info;

		plan_caption_info(plan, i, &info);
		json_object_array_add(
			captions, describe_caption(&macro->captions[i], &info));
	}
	json_object_object_add(body, "captions", captions);
	response_text(response, "application/json",
		      g_strdup(json_object_to_json_string_ext(
			      body, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE)));
}

/* With the variant that the job needs, where there is one. */
static gboolean render(struct service *service, struct render_job *job,
		       const char *id, struct chain *out, GError **error)
{
	struct variant_params params;
	struct painting painting = {0};
	gboolean is_done;
	/* A picture from a URL has none: it may be gone tomorrow. */
	gboolean is_variant = service->variants &&
			      strcmp(id, MACRO_CUSTOM) != 0 &&
			      render_variant(job, &params);

	if (is_variant)
		service->variant = variants_get(service->variants, id,
						service->pack, &params);
	job->variant = service->variant;
	account_enter(&service->account, TALLY_PAINT);
	is_done = render_paint(job, service->canvas, &painting, error);
	account_enter(&service->account, TALLY_ENCODE);
	is_done = is_done && render_encode(job, &painting, out, error);
	painting_fini(&painting);
	if (is_done && is_variant)
		variants_told(service->variants, id, &params,
			      service->variant != NULL);
	return is_done;
}

static gboolean answer_picture(struct service *service,
			       const struct drawing *drawing,
			       const struct plan *plan,
			       struct response *response, GError **error)
{
	g_autofree char *type =
		g_strconcat("image/", macro_format_name(drawing->format), NULL);
	struct render_job job = {
		.pack = service->pack,
		.plan = plan,
		.format = drawing->format,
		.width_px = drawing->width_px,
		.height_px = drawing->height_px,
		.jpeg = service_jpeg_params(service),
		.pack_jpeg = service_jpeg_params(service),
		.webp = {service->settings->webp_quality,
			 service->settings->webp_method},
		.gif_quality = service->settings->gif_quality,
		.deadline_us = drawing->deadline_us,
	};

	if (drawing->macro->quality > 0) {
		job.jpeg.quality = drawing->macro->quality;
		job.webp.quality = drawing->macro->quality;
	}
	if (!render(service, &job, drawing->macro->template_id, response->body,
		    error))
		return FALSE;
	response_header(response, "Content-Type", type);
	response_header(response, "Content-Security-Policy",
			"default-src 'none'; sandbox");
	return TRUE;
}

static gboolean draw(struct service *service, const struct drawing *drawing,
		     const char *canonical, struct response *response,
		     GError **error)
{
	g_autoptr(plan_auto) plan = NULL;

	account_enter(&service->account, TALLY_LAYOUT);
	plan = layout_plan(drawing->macro, drawing->width_px,
			   drawing->height_px, service->fonts,
			   drawing->deadline_us, error);

	if (!plan)
		return FALSE;
	if (!drawing->is_description)
		return answer_picture(service, drawing, plan, response, error);
	answer_description(drawing, plan, canonical, response);
	return TRUE;
}

gboolean route_answer_macro(struct service *service,
			    const struct request *request,
			    const struct macro *macro,
			    struct response *response, GError **error)
{
	g_autofree char *canonical = macro_to_query(macro);
	g_autofree char *etag = NULL;
	struct drawing drawing;
	struct validators validators;

	if (!begin_drawing(service, request, macro, &drawing, error))
		return FALSE;
	etag = make_etag(service, &drawing, canonical);
	validators.etag = etag;
	validators.modified_s = MAX(drawing.info->mtime_s, service->modified_s);
	if (request->method != REQUEST_POST &&
	    negotiate_is_not_modified(&validators, request->if_none_match,
				      request->if_modified_since)) {
		response->status = 304;
	} else if (!draw(service, &drawing, canonical, response, error)) {
		return FALSE;
	}
	add_cache_headers(response, &drawing, &validators);
	return TRUE;
}
