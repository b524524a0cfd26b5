#include "config.h"

#include "render/webp_animation.h"

#include <webp/encode.h>
#include <webp/mux.h>

#include "render/webp_picture.h"

struct webp_animation {
	WebPAnimEncoder *encoder;
	WebPConfig config;
	int width_px, height_px;
	gint64 now_ms; /* when the next frame begins */
};

static gboolean fail(GError **error, const char *why)
{
	g_set_error(error, WEBP_ERROR, WEBP_ERROR_ENCODE, "libwebp gave up: %s",
		    why);
	return FALSE;
}

struct webp_animation *webp_animation_new(int width_px, int height_px,
					  int loop_count,
					  const struct webp_params *params,
					  GError **error)
{
	struct webp_animation *animation = g_new0(struct webp_animation, 1);
	WebPAnimEncoderOptions options;

	animation->width_px = width_px;
	animation->height_px = height_px;
	if (WebPAnimEncoderOptionsInit(&options) &&
	    WebPConfigInit(&animation->config)) {
		options.anim_params.loop_count = loop_count;
		animation->config.quality = (float)params->quality;
		animation->config.method = params->method;
		animation->encoder =
			WebPAnimEncoderNew(width_px, height_px, &options);
	}
	if (animation->encoder)
		return animation;
	(void)fail(error, "no encoder of this size and version");
	webp_animation_free(animation);
	return NULL;
}

void webp_animation_free(struct webp_animation *animation)
{
	if (!animation)
		return;
	WebPAnimEncoderDelete(animation->encoder);
	g_free(animation);
}

gboolean webp_animation_add(struct webp_animation *animation,
			    cairo_surface_t *frame, guint delay_ms,
			    GError **error)
{
	WebPPicture picture;
	gboolean is_added;

	if (!webp_picture_init(&picture, frame))
		return fail(error, "no memory for a frame");
	is_added =
		WebPAnimEncoderAdd(animation->encoder, &picture,
				   (int)animation->now_ms, &animation->config);
	WebPPictureFree(&picture);
	animation->now_ms += delay_ms;
	if (is_added && animation->now_ms <= G_MAXINT)
		return TRUE;
	return fail(error,
		    is_added ? "the animation is too long"
			     : WebPAnimEncoderGetError(animation->encoder));
}

gboolean webp_animation_end(struct webp_animation *animation, struct chain *out,
			    GError **error)
{
	WebPData data;

	WebPDataInit(&data);
	/* The frame without a picture says how long the last one shows. */
	if (!WebPAnimEncoderAdd(animation->encoder, NULL,
				(int)animation->now_ms, NULL) ||
	    !WebPAnimEncoderAssemble(animation->encoder, &data))
		return fail(error, WebPAnimEncoderGetError(animation->encoder));
	chain_append_owned(out, g_memdup2(data.bytes, data.size), data.size);
	WebPDataClear(&data);
	return TRUE;
}
