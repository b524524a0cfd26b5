#include "config.h"

#include "fcgi/memory.h"

#include <string.h>

#define HEAD  "559ff61eb000-7ffca24e0000 ---p 00000000 00:00 0 [rollup]\n"
#define PSS   "Pss:              204970 kB\nPss_Dirty:        1 kB\n"
#define CLEAN "Private_Clean:        64 kB\n"
#define DIRTY "Private_Dirty:       100 kB\n"

static void a_rollup_is_read(void)
{
	guint64 pss, private;

	g_assert_true(memory_parse(HEAD PSS CLEAN DIRTY "Swap: 0 kB\n", &pss,
				   &private));
	g_assert_cmpuint(pss, ==, 204970 * 1024);
	g_assert_cmpuint(private, ==, 164 * 1024);
}

static void what_is_none_is_refused(void)
{
	static const char *const cases[] = {
		"",
		HEAD,
		HEAD CLEAN DIRTY,
		HEAD PSS CLEAN,
		HEAD PSS DIRTY,
		HEAD PSS CLEAN "Private_Dirty:  1 MB\n",
		HEAD PSS CLEAN "Private_Dirty: 99999999999999999999 kB\n",
		HEAD PSS CLEAN "Private_Dirty:",
	};
	guint64 pss, private;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_false(memory_parse(cases[i], &pss, &private));
}

static void a_process_tells_its_own(void)
{
	enum { MUCH = 64 << 20 };
	struct memory_usage usage = {0};
	struct memory memory;
	guint64 before;
	char *much;

	memory_open(&memory, &usage);
	memory_tick(&memory);
	before = atomic_load(&usage.private_bytes);
	g_assert_cmpuint(before, >, 0);
	g_assert_cmpuint(atomic_load(&usage.pss_bytes), >=, before);
	much = g_malloc(MUCH);
	memset(much, 1, MUCH);
	/* Not before its time. */
	memory_tick(&memory);
	g_assert_cmpuint(atomic_load(&usage.private_bytes), ==, before);
	memory.next_us = 0;
	memory_tick(&memory);
	g_assert_cmpuint(atomic_load(&usage.private_bytes), >,
			 before + MUCH / 2);
	g_free(much);
	memory_close(&memory);
	memory_close(&memory);
	memory_tick(&memory);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/memory/rollup", a_rollup_is_read);
	g_test_add_func("/memory/none", what_is_none_is_refused);
	g_test_add_func("/memory/own", a_process_tells_its_own);
	return g_test_run();
}
