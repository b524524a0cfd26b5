#include "config.h"

#include "fcgi/variants.h"

#include "fcgi/held_packs.h"
#include "fcgi/wishes.h"

struct variants {
	guint64 epoch; /* a new one for each look: files may go at any time */
	guint64 generation;
	guint32 removed;
	struct held_packs *held;
	struct scoreboard_slot *slot;
};

struct variants *variants_new(const char *packs_dir, guint capacity,
			      struct scoreboard_slot *slot)
{
	struct variants *variants = g_new0(struct variants, 1);
	g_autofree char *dir = g_build_filename(packs_dir, VARIANTS_DIR, NULL);

	variants->held = held_packs_new(dir, capacity);
	variants->slot = slot;
	atomic_store(&slot->variants.capacity, capacity);
	return variants;
}

void variants_free(struct variants *variants)
{
	if (!variants)
		return;
	held_packs_free(variants->held);
	g_free(variants);
}

static void count_held(const struct variants *variants)
{
	atomic_store(&variants->slot->variants.entries,
		     held_packs_n(variants->held));
}

void variants_refresh(struct variants *variants, const struct scoreboard *board)
{
	guint64 generation = atomic_load(&board->generation);
	guint32 removed = atomic_load(&board->variants_removed);

	if (generation == variants->generation && removed == variants->removed)
		return;
	variants->generation = generation;
	variants->removed = removed;
	/* It may not be there: then nor is what could be found in it. */
	(void)held_packs_follow(variants->held);
	count_held(variants);
}

static struct pack *find(struct variants *variants, const char *name)
{
	struct pack *pack =
		held_packs_find(variants->held, name, ++variants->epoch);

	/* No good or not there: the packer is told by a wish. */
	return pack ? pack
		    : held_packs_open(variants->held, name, variants->epoch,
				      NULL);
}

struct pack *variants_get(struct variants *variants, const char *id,
			  const struct pack *template,
			  const struct variant_params *params)
{
	struct scoreboard_cache *counters = &variants->slot->variants;
	g_autofree char *name = variant_pack_name(id, template, params);
	g_autoptr(pack_auto) pack = find(variants, name);

	if (pack && !variant_is(pack, id, template, params)) {
		held_packs_drop(variants->held, name);
		g_clear_pointer(&pack, pack_unref);
	}
	count_held(variants);
	atomic_fetch_add(pack ? &counters->hits : &counters->misses, 1);
	return g_steal_pointer(&pack);
}

void variants_told(struct variants *variants, const char *id,
		   const struct variant_params *params, gboolean is_used)
{
	wishes_put(is_used ? &variants->slot->used : &variants->slot->wanted,
		   id, params);
}
