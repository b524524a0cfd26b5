#include "config.h"

#include "fcgi/scaling.h"

/* So many idle ones are too many. */
enum { SPARE = 2 };

static const gint64 grow_us = SCALING_GROW_MS * G_GINT64_CONSTANT(1000);
static const gint64 shrink_us = SCALING_SHRINK_MS * G_GINT64_CONSTANT(1000);

static void begin_peak(struct scaling *scaling,
		       const struct scaling_sample *sample)
{
	scaling->peak = sample->busy;
	scaling->peak_since_us = sample->now_us;
}

/* Those who are still starting may be enough. */
static gboolean is_full(const struct scaling *scaling,
			const struct scaling_sample *sample)
{
	return sample->is_queued && sample->busy >= sample->ready &&
	       sample->ready >= scaling->target;
}

static void grow(struct scaling *scaling, const struct scaling_sample *sample)
{
	if (!is_full(scaling, sample)) {
		scaling->full_since_us = 0;
		return;
	}
	if (scaling->full_since_us == 0)
		scaling->full_since_us = sample->now_us;
	if (sample->now_us - scaling->full_since_us < grow_us)
		return;
	scaling->target += MAX(scaling->target / 4, 1);
	scaling->full_since_us = 0;
	begin_peak(scaling, sample);
}

static void shrink(struct scaling *scaling, const struct scaling_sample *sample)
{
	if (sample->busy + SPARE > scaling->target) {
		begin_peak(scaling, sample);
		return;
	}
	scaling->peak = MAX(scaling->peak, sample->busy);
	if (sample->now_us - scaling->peak_since_us < shrink_us)
		return;
	/* HUP may have brought fewer than were busy before. */
	scaling->target -=
		(scaling->target - MIN(scaling->peak, scaling->target)) / 2;
	begin_peak(scaling, sample);
}

guint scaling_decide(struct scaling *scaling,
		     const struct scaling_sample *sample)
{
	if (scaling->target == 0) {
		scaling->target = sample->least;
		begin_peak(scaling, sample);
	}
	grow(scaling, sample);
	shrink(scaling, sample);
	scaling->target = CLAMP(scaling->target, sample->least, sample->most);
	return scaling->target;
}
