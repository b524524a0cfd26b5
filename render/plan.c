#include "config.h"

#include "render/plan.h"

#include "render/coverage.h"
#include "render/layout.h"

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (gsize i = 0; i < plan->n_captions; i++) {
		struct plan_caption *caption = &plan->captions[i];

		g_strfreev(caption->lines);
		if (caption->glyphs)
			g_array_unref(caption->glyphs);
		if (caption->letters)
			g_array_unref(caption->letters);
		coverage_free(caption->coverage);
	}
	g_free(plan->captions);
	g_free(plan);
}

gsize plan_n_captions(const struct plan *plan)
{
	return plan->n_captions;
}

void plan_caption_info(const struct plan *plan, gsize i,
		       struct plan_caption_info *out)
{
	const struct plan_caption *caption;

	g_assert(i < plan->n_captions);
	caption = &plan->captions[i];
	*out = (struct plan_caption_info){
		.size_px = caption->size_px,
		.font_name = caption->font_name,
		.lines = (const char *const *)caption->lines,
		.ink = caption->ink,
		.start = caption->start,
		.stop = caption->stop,
	};
}

cairo_region_t *plan_damage(const struct plan *plan)
{
	cairo_region_t *damage = cairo_region_create();

	for (gsize i = 0; i < plan->n_captions; i++)
		if (plan->captions[i].ink.width > 0)
			(void)cairo_region_union_rectangle(
				damage, &plan->captions[i].ink);
	return damage;
}
