/* captiond-bench: what a caption costs, against its own limits.
 *
 * Usage: captiond-bench [--requests N] [--output DIR] TEMPLATES...
 */
#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <sysexits.h>

#include <glib/gstdio.h>

#include "bench/bench.h"
#include "bench/process.h"

static const char *const stage_names[BENCH_STAGES] = {
	"parse", "layout", "paint", "encode", "write"};

static double stages_sum(const struct bench_row *row)
{
	double sum_us = 0;

	for (int i = 0; i < BENCH_STAGES; i++)
		sum_us += row->stages_us[i];
	return sum_us;
}

static void print_stages(const GPtrArray *rows)
{
	printf("\nCPU time a request, in the worker, µs (median)\n%-22s %-16s",
	       "template", "");
	for (int i = 0; i < BENCH_STAGES; i++)
		printf("%8s", stage_names[i]);
	printf("%8s%8s\n", "sum", "KB");
	for (guint i = 0; i < rows->len; i++) {
		const struct bench_row *row = g_ptr_array_index(rows, i);

		printf("%-22s %4d×%-4d %-6s", row->id, row->width_px,
		       row->height_px, row->format);
		for (int j = 0; j < BENCH_STAGES; j++)
			printf("%8.0f", row->stages_us[j]);
		printf("%8.0f%8.0f\n", stages_sum(row), row->bytes / 1000);
	}
}

/* 0 is a limit that this format has not. */
static void print_ratio(double value, double limit)
{
	if (limit > 0)
		printf("%10.2f", value / limit);
	else
		printf("%10s", "-");
}

static void print_limits(const GPtrArray *rows)
{
	printf("\nA request behind nginx, all processes, against its limits\n"
	       "%-22s %10s%10s%10s%10s%10s%10s%10s\n",
	       "template", "request", "ready", "encoding", "memcpy", "/ready",
	       "/encoding", "/memcpy");
	for (guint i = 0; i < rows->len; i++) {
		const struct bench_row *row = g_ptr_array_index(rows, i);

		printf("%-22s %10.0f%10.0f%10.0f%10.1f", row->id,
		       row->request_us, row->ready_us, row->encode_us,
		       row->memcpy_us);
		print_ratio(row->request_us, row->ready_us);
		print_ratio(row->request_us, row->encode_us);
		print_ratio(row->request_us, row->memcpy_us);
		printf("\n");
	}
}

static gboolean make_packs(struct bench_place *place, GError **error)
{
	const char *const args[] = {
		place->packer, "--templates",	 place->templates_dir,
		"--packs",     place->packs_dir, "--once",
		NULL};
	g_autofree char *log = g_build_filename(place->dir, "packer.log", NULL);

	return g_mkdir_with_parents(place->packs_dir, 0755) == 0 &&
	       process_run(args, log, error);
}

static gboolean bench_folder(struct bench_place *place, const char *output,
			     GError **error)
{
	g_autofree char *stem = g_path_get_basename(place->templates_dir);
	g_autofree char *name = g_strconcat("bench-", stem, ".svg", NULL);
	g_autofree char *plot = g_build_filename(output, name, NULL);
	g_autoptr(GPtrArray) rows = NULL;

	if (!make_packs(place, error))
		return FALSE;
	rows = bench_stages(place, error);
	if (!rows || !bench_end_to_end(place, rows, error))
		return FALSE;
	printf("\n%s, %u requests a template\n", place->templates_dir,
	       place->n_requests);
	print_stages(rows);
	print_limits(rows);
	if (!bench_plot(rows, plot, error))
		return FALSE;
	printf("\nplot: %s\n", plot);
	return TRUE;
}

static void remove_place(const struct bench_place *place)
{
	const char *const args[] = {"rm", "-rf", place->dir, NULL};

	(void)process_run(args, "/dev/null", NULL);
}

static gboolean run(char **folders, int n_requests, const char *output,
		    GError **error)
{
	struct bench_place place = {
		.captiond = BENCH_CAPTIOND,
		.packer = BENCH_PACKER,
		.ready_worker = BENCH_READY_WORKER,
		.n_requests = (guint)n_requests,
	};
	gboolean is_done = TRUE;

	for (; is_done && *folders; folders++) {
		place.templates_dir = g_canonicalize_filename(*folders, NULL);
		place.dir = g_dir_make_tmp("captiond-bench-XXXXXX", error);
		if (!place.dir)
			return FALSE;
		place.packs_dir = g_build_filename(place.dir, "packs", NULL);
		is_done = bench_folder(&place, output, error);
		if (is_done)
			remove_place(&place);
		g_free(place.packs_dir);
		g_free(place.dir);
		g_free(place.templates_dir);
	}
	return is_done;
}

int main(int argc, char **argv)
{
	g_autoptr(GOptionContext) context =
		g_option_context_new("TEMPLATES...");
	g_autoptr(GError) error = NULL;
	g_autofree char *output = NULL;
	g_auto(GStrv) folders = NULL;
	int n_requests = 300;
	const GOptionEntry entries[] = {
		{"requests", 'n', 0, G_OPTION_ARG_INT, &n_requests,
		 "Requests a template (300)", "N"},
		{"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
		 "Folder for the plots (here)", "DIR"},
		{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY,
		 &folders, NULL, NULL},
		G_OPTION_ENTRY_NULL,
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) ||
	    !folders || n_requests < 1 ||
	    !run(folders, n_requests, output ? output : ".", &error)) {
		fprintf(stderr, "captiond-bench: %s\n",
			error ? error->message
			      : "a folder of templates expected");
		return error ? EX_SOFTWARE : EX_USAGE;
	}
	return 0;
}
