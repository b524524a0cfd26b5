/* captiond-bench: what a caption costs, against its own limits.
 *
 * Usage: captiond-bench [--requests N] [--output DIR] [--curves] [--many N]
 *                       [TEMPLATES...]
 */
#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <sysexits.h>

#include "bench/bench.h"
#include "bench/process.h"

void bench_remove(const char *dir)
{
	const char *const args[] = {"rm", "-rf", dir, NULL};

	(void)process_run(args, "/dev/null", NULL);
}

static gboolean make_packs(const struct bench_place *place, GError **error)
{
	const char *const args[] = {
		place->packer, "--templates",	 place->templates_dir,
		"--packs",     place->packs_dir, "--once",
		NULL};
	g_autofree char *log = g_build_filename(place->dir, "packer.log", NULL);

	return g_mkdir_with_parents(place->packs_dir, 0755) == 0 &&
	       process_run(args, log, error);
}

gboolean bench_open(struct bench_place *place, const char *templates_dir,
		    GError **error)
{
	place->dir = g_dir_make_tmp("captiond-bench-XXXXXX", error);
	if (!place->dir)
		return FALSE;
	place->templates_dir = g_canonicalize_filename(templates_dir, NULL);
	place->packs_dir = g_build_filename(place->dir, "packs", NULL);
	return make_packs(place, error);
}

void bench_close(struct bench_place *place)
{
	if (place->dir)
		bench_remove(place->dir);
	g_clear_pointer(&place->packs_dir, g_free);
	g_clear_pointer(&place->templates_dir, g_free);
	g_clear_pointer(&place->dir, g_free);
}

GPtrArray *bench_folder(struct bench_place *place, const char *templates_dir,
			GError **error)
{
	g_autoptr(GPtrArray) rows = NULL;
	gboolean is_done;

	if (!bench_open(place, templates_dir, error))
		return NULL;
	rows = bench_stages(place, error);
	is_done = rows && bench_end_to_end(place, rows, error);
	if (!is_done)
		return NULL;
	bench_close(place);
	return g_steal_pointer(&rows);
}

static gboolean bench_templates(struct bench_place *place, const char *folder,
				const char *output, GError **error)
{
	g_autofree char *stem = g_path_get_basename(folder);
	g_autofree char *name = g_strconcat("bench-", stem, ".svg", NULL);
	g_autofree char *plot = g_build_filename(output, name, NULL);
	g_autoptr(GPtrArray) rows = bench_folder(place, folder, error);

	if (!rows)
		return FALSE;
	printf("\n%s, %u requests a template\n", folder, place->n_requests);
	bench_print(rows);
	if (!bench_plot(rows, plot, error))
		return FALSE;
	printf("\nplot: %s\n", plot);
	return TRUE;
}

struct wanted {
	char **folders;
	char *output;
	gboolean has_curves;
	int n_requests, n_many;
};

static gboolean run(const struct wanted *wanted, GError **error)
{
	struct bench_place place = {
		.captiond = BENCH_CAPTIOND,
		.packer = BENCH_PACKER,
		.worker = BENCH_WORKER,
		.n_requests = (guint)wanted->n_requests,
	};
	const char *output = wanted->output ? wanted->output : ".";

	for (char **at = wanted->folders; at && *at; at++)
		if (!bench_templates(&place, *at, output, error))
			return FALSE;
	if (wanted->has_curves && !bench_curves(&place, output, error))
		return FALSE;
	return wanted->n_many == 0 ||
	       bench_crowd(&place, (guint)wanted->n_many, error);
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context =
		g_option_context_new("[TEMPLATES...]");
	g_autoptr(GError) error = NULL;
	struct wanted wanted = {.n_requests = 300};
	const GOptionEntry entries[] = {
		{"requests", 'n', 0, G_OPTION_ARG_INT, &wanted.n_requests,
		 "Requests a template (300)", "N"},
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &wanted.output,
		 "Folder for the plots (here)", "DIR"},
		{"curves", 'c', 0, G_OPTION_ARG_NONE, &wanted.has_curves,
		 "Also against the picture's size and the frames", NULL},
		{"many", 'm', 0, G_OPTION_ARG_INT, &wanted.n_many,
		 "Also start-up and memory with N templates", "N"},
		{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
		 &wanted.folders, NULL, NULL},
		G_OPTION_ENTRY_NULL,
	};
	gboolean is_done = FALSE;

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	g_option_context_add_main_entries(context, entries, NULL);
	if (g_option_context_parse(context, &argc, &argv, &error) &&
	    wanted.n_requests > 0 && wanted.n_many >= 0)
		is_done = run(&wanted, &error);
	if (!is_done)
		fprintf(stderr, "captiond-bench: %s\n",
			error ? error->message : "a number is out of range");
	g_strfreev(wanted.folders);
	g_free(wanted.output);
	return is_done ? 0 : EX_SOFTWARE;
}
