/* The rows as tables. */
#include "config.h"

#include "bench/bench.h"

#include <stdio.h>

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
	printf("\nCPU time a request, in the worker, µs (mean)\n%-22s %-16s",
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
	printf("\nA request behind nginx, all processes, against its limits: a "
	       "ready file\n"
	       "sent, the blank encoded anew and sent, that encoding alone, "
	       "memcpy\n"
	       "%-22s %10s%10s%10s%10s%10s%10s%10s%10s%10s\n",
	       "template", "request", "ready", "anew", "encoding", "memcpy",
	       "/ready", "/anew", "/encoding", "/memcpy");
	for (guint i = 0; i < rows->len; i++) {
		const struct bench_row *row = g_ptr_array_index(rows, i);

		printf("%-22s %10.0f%10.0f%10.0f%10.0f%10.1f", row->id,
		       row->request_us, row->ready_us, row->anew_us,
		       row->encode_us, row->memcpy_us);
		print_ratio(row->request_us, row->ready_us);
		print_ratio(row->request_us, row->anew_us);
		print_ratio(row->request_us, row->encode_us);
		print_ratio(row->request_us, row->memcpy_us);
		printf("\n");
	}
}

void bench_print(const GPtrArray *rows)
{
	print_stages(rows);
	print_limits(rows);
}
