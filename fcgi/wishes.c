#include "config.h"

#include "fcgi/wishes.h"

#include <string.h>

G_STATIC_ASSERT((int)SCOREBOARD_WISH_ID_BYTES == (int)LIMIT_ID_BYTES + 1);

/* A wish's number in the ring's count, never 0. */
static guint32 number_of(guint32 count)
{
	return count == G_MAXUINT32 ? 1 : count + 1;
}

void wishes_put(struct scoreboard_wishes *wishes, const char *id,
		const struct variant_params *params)
{
	guint32 count = atomic_load(&wishes->count);
	struct scoreboard_wish *wish = &wishes->ring[count % SCOREBOARD_WISHES];

	if (strlen(id) >= sizeof(wish->id))
		return;
	atomic_store(&wish->number, 0);
	(void)g_strlcpy(wish->id, id, sizeof(wish->id));
	atomic_store(&wish->width_px, params->width_px);
	atomic_store(&wish->height_px, params->height_px);
	atomic_store(&wish->format, (guint32)params->format);
	atomic_store(&wish->quality, params->jpeg.quality);
	atomic_store(&wish->number, number_of(count));
	atomic_store(&wishes->count, count + 1);
}

static gboolean is_in(int value, int least, int most)
{
	return value >= least && value <= most;
}

static gboolean is_file_stem(const char *id)
{
	return *id && *id != '.' && !strchr(id, '/') &&
	       g_utf8_validate(id, -1, NULL);
}

static gboolean makes_sense(const struct wish *wish)
{
	gboolean is_jpeg = wish->format == MACRO_FORMAT_JPEG;

	return is_file_stem(wish->id) &&
	       is_in(wish->width_px, 1, LIMIT_TEMPLATE_SIDE_PX) &&
	       is_in(wish->height_px, 1, LIMIT_TEMPLATE_SIDE_PX) &&
	       is_in((int)wish->format, MACRO_FORMAT_JPEG, MACRO_FORMAT_WEBP) &&
	       (is_jpeg ? is_in(wish->quality, 1, 100) : wish->quality == 0);
}

/* FALSE: it is being written, or was written over. */
static gboolean read_wish(const struct scoreboard_wish *from, guint32 number,
			  struct wish *out)
{
	guint32 format;

	if (atomic_load(&from->number) != number)
		return FALSE;
	memset(out, 0, sizeof(*out));
	for (gsize i = 0; i + 1 < sizeof(out->id) && from->id[i]; i++)
		out->id[i] = from->id[i];
	out->width_px = atomic_load(&from->width_px);
	out->height_px = atomic_load(&from->height_px);
	out->quality = atomic_load(&from->quality);
	format = atomic_load(&from->format);
	out->format = format <= MACRO_FORMAT_WEBP ? (enum macro_format)format
						  : MACRO_FORMAT_DEFAULT;
	return atomic_load(&from->number) == number;
}

guint wishes_take(const struct scoreboard_wishes *wishes, guint32 *seen,
		  struct wish *out)
{
	guint32 count = atomic_load(&wishes->count);
	guint32 n_new = MIN(count - *seen, SCOREBOARD_WISHES);
	guint n = 0;

	for (guint32 at = count - n_new; at != count; at++)
		if (read_wish(&wishes->ring[at % SCOREBOARD_WISHES],
			      number_of(at), &out[n]) &&
		    makes_sense(&out[n]))
			n++;
	*seen = count;
	return n;
}
