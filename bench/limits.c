#include "config.h"

#include "bench/limits.h"

#include <string.h>

#include "bench/bench.h"

enum { ROUNDS = 15 };

double limit_memcpy_us(gsize size)
{
	g_autofree char *from = g_malloc(size), *to = g_malloc(size);
	double samples[ROUNDS];

	memset(from, 1, size);
	for (int i = 0; i < ROUNDS; i++) {
		gint64 start_ns = bench_cpu_ns();

		memcpy(to, from, size);
		/* The compiler must not find out that nobody reads it. */
		__asm__ volatile("" ::"r"(to) : "memory");
		samples[i] = (double)(bench_cpu_ns() - start_ns) / 1000;
	}
	return bench_median(samples, ROUNDS);
}

double limit_encode_us(const struct encoding *encoding)
{
	double samples[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		g_autoptr(chain_auto) chain = chain_new();
		gint64 start_ns = bench_cpu_ns();

		if (!encoding_run(encoding, chain))
			return 0;
		samples[i] = (double)(bench_cpu_ns() - start_ns) / 1000;
	}
	return bench_median(samples, ROUNDS);
}
