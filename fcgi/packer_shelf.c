#include "config.h"

#include "fcgi/packer_shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/log.h"
#include "fcgi/packer_entry.h"
#include "fcgi/packer_template.h"

enum {
	JOBS_MAX = 16,
	NICENESS = 5, /* requests go first */
};

struct packer_shelf {
	int packs_fd, templates_fd;
	struct jpeg_params jpeg;
	gboolean is_sandboxed; /* its children */
	guint64 look;
	GHashTable *templates; /* id → struct packer_template */
	GQueue waiting;	       /* struct packer_template */
	GPtrArray *working;    /* struct packer_template */
	guint jobs_max;
	GPtrArray *skips; /* struct packer_skip, of the last look */
	gboolean is_dirty, is_unsettled;
};

static void free_template(void *data)
{
	packer_template_free(data);
}

struct packer_shelf *packer_shelf_new(int packs_fd,
				      const struct jpeg_params *jpeg,
				      gboolean is_sandboxed)
{
	struct packer_shelf *shelf = g_new0(struct packer_shelf, 1);

	shelf->packs_fd = packs_fd;
	shelf->templates_fd = -1;
	shelf->jpeg = *jpeg;
	shelf->is_sandboxed = is_sandboxed;
	shelf->templates = g_hash_table_new_full(g_str_hash, g_str_equal,
						 g_free, free_template);
	g_queue_init(&shelf->waiting);
	shelf->working = g_ptr_array_new();
	shelf->jobs_max = MIN(g_get_num_processors(), JOBS_MAX);
	shelf->skips = g_ptr_array_new();
	shelf->is_dirty = TRUE;
	return shelf;
}

static void remove_pack(const struct packer_shelf *shelf, const char *id)
{
	g_autofree char *name = packer_pack_name(id);

	if (unlinkat(shelf->packs_fd, name, 0) < 0 && errno != ENOENT)
		log_error("cannot remove '%s': %s", name, g_strerror(errno));
}

/* Ends its work now, whatever comes of it. A killed child is dead at once. */
static void stop_work(struct packer_shelf *shelf,
		      struct packer_template *template)
{
	if (template->is_waiting)
		(void)g_queue_remove(&shelf->waiting, template);
	template->is_waiting = FALSE;
	if (template->job.pid == 0)
		return;
	packer_job_kill(&template->job);
	(void)packer_job_end(&template->job, NULL); /* nobody asks any more */
	(void)g_ptr_array_remove_fast(shelf->working, template);
}

void packer_shelf_free(struct packer_shelf *shelf)
{
	if (!shelf)
		return;
	while (shelf->working->len > 0)
		stop_work(shelf, shelf->working->pdata[0]);
	g_queue_clear(&shelf->waiting);
	g_hash_table_unref(shelf->templates);
	g_ptr_array_unref(shelf->working);
	g_ptr_array_unref(shelf->skips);
	if (shelf->templates_fd >= 0)
		(void)close(shelf->templates_fd);
	g_free(shelf);
}

static void enqueue(struct packer_shelf *shelf,
		    struct packer_template *template)
{
	template->is_waiting = TRUE;
	g_queue_push_tail(&shelf->waiting, template);
}

/* Takes the find over. */
static struct packer_template *place(struct packer_shelf *shelf,
				     struct packer_find *find)
{
	struct packer_template *template =
		g_hash_table_lookup(shelf->templates, find->id);

	if (!template) {
		template = packer_template_new();
		g_hash_table_insert(shelf->templates, g_strdup(find->id),
				    template);
		shelf->is_dirty = TRUE;
	}
	packer_find_free(template->find);
	template->find = find;
	template->look = shelf->look;
	return template;
}

static void consider(struct packer_shelf *shelf,
		     struct packer_template *template)
{
	gboolean is_new = !template->done_source && !template->reason;

	/* At its job's end it is looked at once more. */
	if (template->is_waiting || template->job.pid > 0)
		return;
	if (packer_template_is_current(template, shelf->packs_fd))
		return;
	if (is_new && packer_template_adopt(template, shelf->packs_fd,
					    &shelf->jpeg, TRUE))
		return;
	enqueue(shelf, template);
}

static void remove_unseen(struct packer_shelf *shelf)
{
	GHashTableIter iter;
	void *value;

	g_hash_table_iter_init(&iter, shelf->templates);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct packer_template *template = value;

		if (template->look == shelf->look)
			continue;
		log_info("'%s' is gone", template->find->file);
		stop_work(shelf, template);
		remove_pack(shelf, template->find->id);
		g_hash_table_iter_remove(&iter);
		shelf->is_dirty = TRUE;
	}
}

static gboolean has_skip(const GPtrArray *skips, const struct packer_skip *skip)
{
	for (guint i = 0; i < skips->len; i++) {
		const struct packer_skip *other = skips->pdata[i];

		if (strcmp(other->file, skip->file) == 0 &&
		    strcmp(other->reason, skip->reason) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Each is told once, and listed for as long as it is there. */
static void take_skips(struct packer_shelf *shelf, GPtrArray *skips)
{
	shelf->is_dirty |= shelf->skips->len != skips->len;
	for (guint i = 0; i < skips->len; i++) {
		const struct packer_skip *skip = skips->pdata[i];

		if (has_skip(shelf->skips, skip))
			continue;
		log_warning("skipped '%s': %s", skip->file, skip->reason);
		shelf->is_dirty = TRUE;
	}
	g_ptr_array_unref(shelf->skips);
	shelf->skips = skips;
}

void packer_shelf_look(struct packer_shelf *shelf, int templates_fd,
		       struct packer_folder *folder)
{
	g_autofree struct packer_find **finds = NULL;
	gsize n;

	shelf->look++;
	shelf->is_unsettled = FALSE;
	if (shelf->templates_fd >= 0)
		(void)close(shelf->templates_fd);
	shelf->templates_fd = templates_fd;
	finds = (struct packer_find **)g_ptr_array_steal(folder->finds, &n);
	for (gsize i = 0; i < n; i++)
		consider(shelf, place(shelf, finds[i]));
	take_skips(shelf, g_steal_pointer(&folder->skips));
	remove_unseen(shelf);
}

static gboolean is_stray(const struct packer_shelf *shelf, const char *name)
{
	g_autofree char *id = NULL;

	if (name[0] == '.')
		return g_str_has_suffix(name, ".tmp");
	if (!g_str_has_suffix(name, ".pack"))
		return FALSE;
	id = g_strndup(name, strlen(name) - strlen(".pack"));
	return !g_hash_table_contains(shelf->templates, id);
}

void packer_shelf_sweep(struct packer_shelf *shelf)
{
	int fd = openat(shelf->packs_fd, ".",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *item;

	if (!dir) {
		log_error("cannot list the packs: %s", g_strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((item = readdir(dir))) {
		if (is_stray(shelf, item->d_name))
			(void)unlinkat(shelf->packs_fd, item->d_name, 0);
	}
	(void)closedir(dir);
}

void packer_shelf_pack_changed(struct packer_shelf *shelf, const char *name)
{
	g_autofree char *id = NULL;
	struct packer_template *template;

	if (!g_str_has_suffix(name, ".pack"))
		return;
	id = g_strndup(name, strlen(name) - strlen(".pack"));
	template = g_hash_table_lookup(shelf->templates, id);
	/* Our own renames and removals are told here too. */
	if (!template || !template->entry || template->is_waiting ||
	    template->job.pid > 0 ||
	    packer_template_is_current(template, shelf->packs_fd))
		return;
	log_warning("'%s' was changed by somebody else, it is checked", name);
	enqueue(shelf, template);
}

void packer_shelf_doubt(struct packer_shelf *shelf, guint hash)
{
	GHashTableIter iter;
	void *id, *value;

	g_hash_table_iter_init(&iter, shelf->templates);
	while (g_hash_table_iter_next(&iter, &id, &value)) {
		struct packer_template *template = value;

		if (g_str_hash(id) != hash || !template->entry ||
		    template->is_waiting || template->job.pid > 0)
			continue;
		log_warning("a worker found '%s.pack' bad, it is checked",
			    (const char *)id);
		enqueue(shelf, template);
	}
}

static gboolean make(const void *order, GError **error)
{
	return packer_make(order, error);
}

void packer_shelf_work(struct packer_shelf *shelf)
{
	while (shelf->working->len < shelf->jobs_max) {
		struct packer_template *template =
			g_queue_pop_head(&shelf->waiting);
		struct packer_order order = {
			.templates_fd = shelf->templates_fd,
			.packs_fd = shelf->packs_fd,
			.jpeg = shelf->jpeg,
			.is_sandboxed = shelf->is_sandboxed,
		};
		g_autofree char *name = NULL;
		struct packer_work work = {
			.run = make,
			.order = &order,
			.niceness = NICENESS,
			.dir_fd = shelf->packs_fd,
		};

		if (!template)
			return;
		order.find = template->find;
		work.pack = name = packer_pack_name(template->find->id);
		if (!packer_job_start(&template->job, &work)) {
			log_error("cannot start a decoder: %s",
				  g_strerror(errno));
			g_queue_push_head(&shelf->waiting, template);
			return;
		}
		template->is_waiting = FALSE;
		template->job_started_us = g_get_monotonic_time();
		g_free(template->job_source);
		template->job_source = g_strdup(template->find->source);
		g_ptr_array_add(shelf->working, template);
	}
}

gboolean packer_shelf_is_busy(const struct packer_shelf *shelf)
{
	return shelf->working->len > 0 || shelf->waiting.length > 0;
}

gboolean packer_shelf_is_unsettled(const struct packer_shelf *shelf)
{
	return shelf->is_unsettled;
}

void packer_shelf_tally(const struct packer_shelf *shelf,
			struct packer_tally *out)
{
	GHashTableIter iter;
	void *value;

	*out = (struct packer_tally){
		.n_templates = g_hash_table_size(shelf->templates),
		.n_left = shelf->working->len + shelf->waiting.length,
	};
	g_hash_table_iter_init(&iter, shelf->templates);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct packer_template *template = value;

		if (template->entry && template->job_started_us)
			out->n_packed++;
		else if (template->entry)
			out->n_current++;
	}
}

guint packer_shelf_jobs_max(const struct packer_shelf *shelf)
{
	return shelf->jobs_max;
}

guint packer_shelf_fds(const struct packer_shelf *shelf, int *out)
{
	for (guint i = 0; i < shelf->working->len; i++) {
		const struct packer_template *template =
			shelf->working->pdata[i];

		out[i] = template->job.pipe_fd;
	}
	return shelf->working->len;
}

static void settle_made(struct packer_shelf *shelf,
			struct packer_template *template)
{
	gint64 took_us = g_get_monotonic_time() - template->job_started_us;

	if (packer_template_adopt(template, shelf->packs_fd, &shelf->jpeg,
				  FALSE))
		log_info("packed '%s' in %" G_GINT64_FORMAT " ms",
			 template->find->file, took_us / 1000);
	else
		packer_template_refuse(template,
				       g_strdup("its pack was changed at once"),
				       NULL);
}

static void settle_failed(struct packer_shelf *shelf,
			  struct packer_template *template, const GError *error)
{
	gboolean is_final =
		g_error_matches(error, PACKER_ERROR, PACKER_ERROR_PICTURE);

	packer_template_refuse(template, g_strdup(error->message),
			       is_final ? g_steal_pointer(&template->job_source)
					: NULL);
	if (is_final)
		remove_pack(shelf, template->find->id);
}

static void settle(struct packer_shelf *shelf, struct packer_template *template)
{
	g_autoptr(GError) error = NULL;

	shelf->is_dirty = TRUE;
	if (packer_job_end(&template->job, &error))
		settle_made(shelf, template);
	else
		settle_failed(shelf, template, error);
	/* The files may have changed meanwhile. What may do better later waits
	 * for the next look, lest it keep a processor busy until then. */
	if (!template->done_source)
		shelf->is_unsettled = TRUE;
	else if (!packer_template_is_current(template, shelf->packs_fd))
		enqueue(shelf, template);
}

void packer_shelf_collect(struct packer_shelf *shelf)
{
	gint64 now_us = g_get_monotonic_time();
	guint i = 0;

	while (i < shelf->working->len) {
		struct packer_template *template = shelf->working->pdata[i];

		packer_job_check(&template->job, now_us);
		if (packer_job_read(&template->job)) {
			(void)g_ptr_array_remove_index_fast(shelf->working, i);
			settle(shelf, template);
		} else {
			i++;
		}
	}
}

gboolean packer_shelf_is_dirty(const struct packer_shelf *shelf)
{
	return shelf->is_dirty;
}

static void add_to_index(struct packer_index *index, const char *id,
			 const struct packer_template *template)
{
	const struct packer_find *find = template->find;

	if (template->entry)
		packer_index_add_entry(index, template->entry);
	else if (!template->reason)
		packer_index_add_pending(index, id);
	if (template->reason)
		packer_index_add_skipped(index, find->file, template->reason);
	if (template->sidecar_error)
		packer_index_add_skipped(index,
					 find->sidecar ? find->sidecar : id,
					 template->sidecar_error);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

gboolean packer_shelf_publish(struct packer_shelf *shelf,
			      struct scoreboard *board, GError **error)
{
	g_autoptr(packer_index_auto) index = packer_index_new();
	GList *ids = g_list_sort(g_hash_table_get_keys(shelf->templates),
				 compare_ids);

	for (GList *at = ids; at; at = at->next)
		add_to_index(index, at->data,
			     g_hash_table_lookup(shelf->templates, at->data));
	g_list_free(ids);
	for (guint i = 0; i < shelf->skips->len; i++) {
		const struct packer_skip *skip = shelf->skips->pdata[i];

		packer_index_add_skipped(index, skip->file, skip->reason);
	}
	if (!packer_index_write(index, shelf->packs_fd, error))
		return FALSE;
	shelf->is_dirty = FALSE;
	if (board)
		scoreboard_bump_generation(board);
	return TRUE;
}
