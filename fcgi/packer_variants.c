#include "config.h"

#include "fcgi/packer_variants.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fcgi/log.h"
#include "fcgi/packer_asked.h"
#include "fcgi/packer_job.h"
#include "fcgi/packer_store.h"
#include "fcgi/packer_variants_dir.h"
#include "fcgi/variants.h"
#include "fcgi/wishes.h"
#include "render/resample.h"

enum {
	/* A thousand templates, four sizes each. */
	ASKED_MAX = 4096,
	ASKED_ENOUGH = 2,
	/* What waits longer is asked for again. */
	WAITING_MAX = 32,
	NICENESS = 10, /* after requests, and after templates */
};

/* A variant being made. */
struct order {
	int packs_fd, dir_fd;
	char *key, *id, *name, *stamp;
	struct variant_params params;
	gboolean is_sandboxed;
};

struct packer_variants {
	struct packer_variants_setup setup;
	int dir_fd; /* -1: there was none to make yet */
	struct packer_asked *asked;
	struct packer_store *store;
	GQueue waiting; /* struct wish */
	struct packer_job job;
	struct order order; /* the job's */
	guint32 wanted_seen[SCOREBOARD_SLOTS_MAX];
	guint32 used_seen[SCOREBOARD_SLOTS_MAX];
};

static void order_clear(struct order *order)
{
	g_free(order->key);
	g_free(order->id);
	g_free(order->name);
	g_free(order->stamp);
	memset(order, 0, sizeof(*order));
}

static void tell(const struct packer_variants *variants)
{
	struct scoreboard *board = variants->setup.board;

	if (!board)
		return;
	atomic_store(&board->variant_bytes,
		     packer_store_bytes(variants->store));
	atomic_store(&board->variants, packer_store_n(variants->store));
}

static void remove_file(const struct packer_stored *stored, void *data)
{
	const struct packer_variants *variants = data;

	if (unlinkat(variants->dir_fd, stored->name, 0) < 0 && errno != ENOENT)
		log_error("cannot remove '%s': %s", stored->name,
			  g_strerror(errno));
	if (variants->setup.board)
		atomic_fetch_add(&variants->setup.board->variants_removed, 1);
}

/* Without a cache, what an earlier life had in it only takes up room. */
static void empty(int packs_fd)
{
	int fd = packer_variants_dir_open(packs_fd);

	if (fd < 0)
		return;
	packer_variants_dir_read(fd, NULL);
	(void)close(fd);
}

struct packer_variants *
packer_variants_new(const struct packer_variants_setup *setup)
{
	struct packer_variants *variants;

	if (setup->bytes_max == 0) {
		empty(setup->packs_fd);
		return NULL;
	}
	variants = g_new0(struct packer_variants, 1);
	variants->setup = *setup;
	variants->dir_fd = packer_variants_dir_open(setup->packs_fd);
	variants->asked = packer_asked_new(ASKED_MAX);
	variants->store =
		packer_store_new(setup->bytes_max, remove_file, variants);
	g_queue_init(&variants->waiting);
	if (variants->dir_fd >= 0)
		packer_variants_dir_read(variants->dir_fd, variants->store);
	if (setup->board)
		atomic_store(&setup->board->variant_bytes_max,
			     setup->bytes_max);
	tell(variants);
	return variants;
}

void packer_variants_free(struct packer_variants *variants)
{
	if (!variants)
		return;
	if (variants->job.pid > 0) {
		packer_job_kill(&variants->job);
		(void)packer_job_end(&variants->job, NULL); /* not asked */
	}
	order_clear(&variants->order);
	g_queue_clear_full(&variants->waiting, g_free);
	packer_asked_free(variants->asked);
	packer_store_free(variants->store);
	if (variants->dir_fd >= 0)
		(void)close(variants->dir_fd);
	g_free(variants);
}

static struct pack *peek_template(const struct packer_variants *variants,
				  const char *id, GError **error)
{
	g_autofree char *name = packer_pack_name(id);

	return pack_peek(variants->setup.packs_fd, name, error);
}

/* What a template's variants must be made of; NULL: it has none any more. One
 * that can't be read is being made anew, and keeps its variants until then. */
static char *find_stamp(const struct packer_variants *variants, const char *id)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(pack_auto) pack = peek_template(variants, id, &error);

	if (pack)
		return variant_stamp(pack);
	return g_error_matches(error, PACK_ERROR, PACK_ERROR_MISSING)
		       ? NULL
		       : g_strdup("");
}

struct weeding {
	const struct packer_variants *variants;
	GHashTable *stamps; /* id → what its variants must be made of */
};

static gboolean is_old(const struct packer_stored *stored, void *data)
{
	const struct weeding *weeding = data;
	const char *stamp;

	if (!g_hash_table_contains(weeding->stamps, stored->id))
		g_hash_table_insert(weeding->stamps, g_strdup(stored->id),
				    find_stamp(weeding->variants, stored->id));
	stamp = g_hash_table_lookup(weeding->stamps, stored->id);
	return !stamp || (*stamp && strcmp(stamp, stored->stamp) != 0);
}

void packer_variants_weed(struct packer_variants *variants)
{
	struct weeding weeding = {.variants = variants};

	if (!variants)
		return;
	weeding.stamps =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	packer_store_weed(variants->store, is_old, &weeding);
	g_hash_table_unref(weeding.stamps);
	tell(variants);
}

static struct variant_params params_of(const struct packer_variants *variants,
				       const struct wish *wish)
{
	return (struct variant_params){
		.width_px = wish->width_px,
		.height_px = wish->height_px,
		.format = wish->format,
		.jpeg = {wish->quality, variants->setup.jpeg.is_444},
		.gif_quality = variants->setup.gif_quality,
	};
}

/* A template's variants by its id alone: whatever it is at the moment. */
static char *key_of(const struct packer_variants *variants,
		    const struct wish *wish)
{
	struct variant_params params = params_of(variants, wish);
	g_autofree char *key = variant_key(&params);

	return packer_variants_key(key, wish->id);
}

static gboolean is_same(const struct wish *a, const struct wish *b)
{
	return a->width_px == b->width_px && a->height_px == b->height_px &&
	       a->format == b->format && a->quality == b->quality &&
	       strcmp(a->id, b->id) == 0;
}

static void enqueue(struct packer_variants *variants, const struct wish *wish)
{
	struct wish *copy;

	if (variants->waiting.length >= WAITING_MAX)
		return;
	for (GList *at = variants->waiting.head; at; at = at->next)
		if (is_same(at->data, wish))
			return;
	copy = g_new(struct wish, 1);
	*copy = *wish;
	g_queue_push_tail(&variants->waiting, copy);
}

static void take_wanted(struct packer_variants *variants,
			const struct wish *wish)
{
	g_autofree char *key = key_of(variants, wish);

	if (packer_asked_count(variants->asked, key) >= ASKED_ENOUGH &&
	    g_strcmp0(key, variants->order.key) != 0)
		enqueue(variants, wish);
}

/* One that was written over is no good any more: see pack_peek(). */
static void take_used(struct packer_variants *variants, const struct wish *wish)
{
	g_autofree char *key = key_of(variants, wish);
	const struct packer_stored *stored =
		packer_store_use(variants->store, key);

	if (!stored || packer_variants_dir_has(variants->dir_fd, stored))
		return;
	log_warning("the variant '%s' was changed by somebody else", key);
	packer_store_remove(variants->store, key);
	tell(variants);
}

void packer_variants_listen(struct packer_variants *variants)
{
	struct wish wishes[SCOREBOARD_WISHES];

	if (!variants || !variants->setup.board)
		return;
	for (guint i = 0; i < scoreboard_n_slots(variants->setup.board); i++) {
		const struct scoreboard_slot *slot =
			&variants->setup.board->slots[i];
		guint n = wishes_take(&slot->wanted, &variants->wanted_seen[i],
				      wishes);

		for (guint j = 0; j < n; j++)
			take_wanted(variants, &wishes[j]);
		n = wishes_take(&slot->used, &variants->used_seen[i], wishes);
		for (guint j = 0; j < n; j++)
			take_used(variants, &wishes[j]);
	}
}

static gboolean fail_again(const GError *cause, GError **error)
{
	g_set_error_literal(error, PACKER_ERROR, PACKER_ERROR_AGAIN,
			    cause->message);
	return FALSE;
}

/* What is there already and sound stays. */
static gboolean make_of(const struct order *order, int made_fd, int template_fd,
			int new_fd, GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autoptr(pack_auto) made = pack_open_fd(made_fd, order->name, NULL);
	g_autoptr(pack_auto) template = NULL;

	if (made)
		return TRUE;
	template = pack_open_fd(template_fd, order->id, &cause);
	return (template && variant_write(new_fd, order->name, order->id,
					  template, &order->params, &cause)) ||
	       fail_again(cause, error);
}

static int open_read(int dir_fd, const char *name)
{
	return openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* Runs in the child, which ends after it: nothing needs to be closed. What a
 * template's pack holds, a decoder has made. */
static gboolean make(const void *data, GError **error)
{
	const struct order *order = data;
	g_autofree char *pack_name = packer_pack_name(order->id);
	g_autoptr(GError) cause = NULL;
	int made_fd = open_read(order->dir_fd, order->name);
	int template_fd = open_read(order->packs_fd, pack_name);
	int new_fd = pack_begin(order->dir_fd, order->name, &cause);

	if (new_fd < 0)
		return fail_again(cause, error);
	return (!order->is_sandboxed || packer_job_seal(error)) &&
	       make_of(order, made_fd, template_fd, new_fd, error);
}

static gboolean can_have(const struct pack_info *info,
			 const struct variant_params *params)
{
	int width_px, height_px;

	resample_fit(info->width_px, info->height_px, params->width_px, 0,
		     &width_px, &height_px);
	if (width_px == params->width_px && height_px == params->height_px)
		return TRUE;
	resample_fit(info->width_px, info->height_px, 0, params->height_px,
		     &width_px, &height_px);
	return width_px == params->width_px && height_px == params->height_px;
}

/* Fills order in. FALSE: the wish makes no sense for its template. */
static gboolean settle_order(const struct packer_variants *variants,
			     const struct wish *wish, struct order *order)
{
	g_autoptr(pack_auto) template = peek_template(variants, wish->id, NULL);
	struct variant_params params = params_of(variants, wish);
	guint64 pixels_bytes =
		(guint64)wish->width_px * (guint64)wish->height_px * 4;

	if (!template || !can_have(pack_get_info(template), &params) ||
	    pixels_bytes > variants->setup.bytes_max ||
	    !variant_settle(template, &variants->setup.jpeg, &params))
		return FALSE;
	order->packs_fd = variants->setup.packs_fd;
	order->dir_fd = variants->dir_fd;
	order->key = key_of(variants, wish);
	order->id = g_strdup(wish->id);
	order->name = variant_pack_name(wish->id, template, &params);
	order->stamp = variant_stamp(template);
	order->params = params;
	order->is_sandboxed = variants->setup.is_sandboxed;
	return TRUE;
}

void packer_variants_work(struct packer_variants *variants)
{
	while (variants && variants->job.pid == 0) {
		g_autofree struct wish *wish =
			g_queue_pop_head(&variants->waiting);
		struct packer_work work = {.run = make, .niceness = NICENESS};

		if (!wish)
			return;
		if (variants->dir_fd < 0)
			variants->dir_fd = packer_variants_dir_make(
				variants->setup.packs_fd);
		if (variants->dir_fd < 0 ||
		    !settle_order(variants, wish, &variants->order))
			continue;
		work.order = &variants->order;
		work.dir_fd = variants->dir_fd;
		work.pack = variants->order.name;
		if (packer_job_start(&variants->job, &work))
			return;
		log_error("cannot make a variant: %s", g_strerror(errno));
		order_clear(&variants->order);
		return;
	}
}

int packer_variants_fd(const struct packer_variants *variants)
{
	return variants && variants->job.pid > 0 ? variants->job.pipe_fd : -1;
}

static void put(struct packer_variants *variants)
{
	const struct order *order = &variants->order;
	struct packer_stored stored = {.key = order->key,
				       .id = order->id,
				       .name = order->name,
				       .stamp = order->stamp};
	struct stat st;

	if (fstatat(variants->dir_fd, order->name, &st, AT_SYMLINK_NOFOLLOW) <
	    0)
		return;
	stored.bytes = (guint64)st.st_size;
	packer_store_put(variants->store, &stored);
	tell(variants);
	log_info("made the variant '%s'", order->key);
}

void packer_variants_collect(struct packer_variants *variants)
{
	g_autoptr(GError) error = NULL;

	if (!variants || variants->job.pid == 0)
		return;
	packer_job_check(&variants->job, g_get_monotonic_time());
	if (!packer_job_read(&variants->job))
		return;
	if (packer_job_end(&variants->job, &error)) {
		put(variants);
	} else {
		log_warning("cannot make the variant '%s': %s",
			    variants->order.key, error->message);
	}
	/* A failure is not repeated at once, nor is what a worker can't use. */
	packer_asked_forget(variants->asked, variants->order.key);
	order_clear(&variants->order);
}
