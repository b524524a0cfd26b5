#include "config.h"

#include "fcgi/service.h"

#include <string.h>
#include <sys/stat.h>

#include "fcgi/log.h"

enum {
	/* Longer than the packer goes without an index at its start. */
	FIRST_SCAN_MS = 3000,
	FIRST_SCAN_STEP_US = 2000,
};

/* Until the packer has told what there is: it takes a moment, for which those
 * who come first had rather wait than be refused. */
static void wait_for_first_scan(const struct scoreboard *board)
{
	const gint64 end_us = g_get_monotonic_time() +
			      FIRST_SCAN_MS * G_GINT64_CONSTANT(1000);

	while (atomic_load(&board->generation) == 0 &&
	       g_get_monotonic_time() < end_us)
		g_usleep(FIRST_SCAN_STEP_US);
}

static gint64 renderer_time_s(void)
{
	struct stat st;

	return stat("/proc/self/exe", &st) == 0 ? st.st_mtim.tv_sec : 0;
}

gboolean service_init(struct service *service, const struct settings *settings,
		      struct scoreboard *board, guint slot, GError **error)
{
	const struct fonts_config fonts = {
		.dir = settings->fonts_dir,
		.defaults = (const char *const *)settings->default_fonts,
		.fallback_dirs =
			(const char *const *)settings->fallback_font_dirs,
		.fallbacks = (const char *const *)settings->fallback_faces,
		.cache_entries = (guint)settings->font_cache,
	};

	*service = (struct service){.settings = settings,
				    .board = board,
				    .slot = &board->slots[slot],
				    .canvas = canvas_new(),
				    .error_pictures = error_pictures_new()};
	service->font_hits_before = atomic_load(&service->slot->fonts.hits);
	service->missing_chars_before =
		atomic_load(&service->slot->missing_chars);
	service->font_misses_before = atomic_load(&service->slot->fonts.misses);
	memory_open(&service->memory, &service->slot->memory);
	service->fonts = fonts_open(&fonts, error);
	if (!service->fonts)
		return FALSE;
	service->modified_s =
		MAX(fonts_modified_s(service->fonts), renderer_time_s());
	/* It also makes the folder, where there is none yet. */
	wait_for_first_scan(board);
	service->catalog = catalog_open(settings->packs_dir,
					(guint)settings->template_cache,
					&service->slot->templates, error);
	if (!service->catalog)
		return FALSE;
	if (settings->pack_cache_mib > 0)
		service->variants = variants_new(
			settings->packs_dir, (guint)settings->template_cache,
			service->slot);
	service_next(service);
	if (settings->preload_fonts)
		fonts_preload(service->fonts);
	if (settings->preload_templates)
		catalog_preload(service->catalog);
	return TRUE;
}

void service_fini(struct service *service)
{
	g_clear_pointer(&service->pack, pack_unref);
	g_clear_pointer(&service->variant, pack_unref);
	variants_free(service->variants);
	background_free(service->background);
	catalog_close(service->catalog);
	fonts_close(service->fonts);
	canvas_free(service->canvas);
	error_pictures_free(service->error_pictures);
	memory_close(&service->memory);
}

static void count_fonts(const struct service *service)
{
	struct fonts_stats stats;

	fonts_get_stats(service->fonts, &stats);
	atomic_store(&service->slot->fonts.hits,
		     service->font_hits_before + stats.hits);
	atomic_store(&service->slot->fonts.misses,
		     service->font_misses_before + stats.misses);
	atomic_store(&service->slot->missing_chars,
		     service->missing_chars_before + stats.missing_chars);
	atomic_store(&service->slot->fonts.entries, stats.entries);
	atomic_store(&service->slot->fonts.capacity, stats.capacity);
}

void service_next(struct service *service)
{
	g_autoptr(GError) error = NULL;

	g_clear_pointer(&service->pack, pack_unref);
	g_clear_pointer(&service->variant, pack_unref);
	service->is_allowed = FALSE;
	count_fonts(service);
	log_tick();
	if (service->variants)
		variants_refresh(service->variants, service->board);
	background_refresh(service->background);
	if (!catalog_refresh(service->catalog,
			     atomic_load(&service->board->generation), &error))
		log_error("%s", error->message);
}

gint64 service_soft_deadline_us(const struct service *service)
{
	int timeout_s = service->settings->request_timeout_s;

	if (timeout_s == 0)
		return 0;
	return g_get_monotonic_time() + (gint64)timeout_s * G_USEC_PER_SEC / 2;
}

gint64 service_hard_deadline_us(const struct service *service)
{
	int timeout_s = service->settings->request_timeout_s;

	if (timeout_s == 0)
		return 0;
	return g_get_monotonic_time() + (gint64)timeout_s * G_USEC_PER_SEC;
}

struct jpeg_params service_jpeg_params(const struct service *service)
{
	return (struct jpeg_params){
		.quality = service->settings->jpeg_quality,
		.is_444 = strcmp(service->settings->jpeg_chroma, "444") == 0,
	};
}
