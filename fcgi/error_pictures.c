#include "config.h"

#include "fcgi/error_pictures.h"

#include <string.h>

enum {
	ENTRIES = 16,
	/* An error gets a moment of its own, also after a deadline. */
	DRAW_MS = 1000,
};

struct entry {
	char *key; /* NULL: none yet */
	GBytes *bytes;
};

/* The last used come first. */
struct error_pictures {
	struct entry entries[ENTRIES];
};

struct error_pictures *error_pictures_new(void)
{
	return g_new0(struct error_pictures, 1);
}

static void entry_fini(struct entry *entry)
{
	g_free(entry->key);
	g_clear_pointer(&entry->bytes, g_bytes_unref);
}

void error_pictures_free(struct error_pictures *pictures)
{
	if (!pictures)
		return;
	for (gsize i = 0; i < ENTRIES; i++)
		entry_fini(&pictures->entries[i]);
	g_free(pictures);
}

static GBytes *draw(const struct error_picture *picture, struct fonts *fonts,
		    GError **error)
{
	g_autoptr(chain_auto) chain = chain_new();
	gint64 deadline_us =
		g_get_monotonic_time() + DRAW_MS * G_TIME_SPAN_MILLISECOND;
	gsize size;
	void *bytes;

	if (!error_picture_draw(picture, fonts, deadline_us, chain, error))
		return NULL;
	bytes = chain_flatten(chain, &size);
	return g_bytes_new_take(bytes, size);
}

/* Puts entry, which stood at place i, first. */
static GBytes *put_first(struct error_pictures *pictures, gsize i,
			 struct entry entry)
{
	memmove(&pictures->entries[1], &pictures->entries[0],
		i * sizeof(pictures->entries[0]));
	pictures->entries[0] = entry;
	return g_bytes_ref(entry.bytes);
}

GBytes *error_pictures_get(struct error_pictures *pictures,
			   const struct error_picture *picture,
			   struct fonts *fonts, GError **error)
{
	g_autofree char *key = g_strdup_printf(
		"%d %dx%d %d %s", picture->status, picture->width_px,
		picture->height_px, (int)picture->format, picture->message);
	GBytes *drawn;

	for (gsize i = 0; i < ENTRIES && pictures->entries[i].key; i++)
		if (strcmp(pictures->entries[i].key, key) == 0)
			return put_first(pictures, i, pictures->entries[i]);
	drawn = draw(picture, fonts, error);
	if (!drawn)
		return NULL;
	entry_fini(&pictures->entries[ENTRIES - 1]);
	return put_first(pictures, ENTRIES - 1,
			 (struct entry){g_steal_pointer(&key), drawn});
}
