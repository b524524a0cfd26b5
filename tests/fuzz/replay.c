/* replay.c - a main for the fuzz targets, where libFuzzer brings none.
 *
 * Runs each file of the target's corpus through it: a crash, or a sanitizer's
 * finding, fails the test. Without arguments the corpus is
 * $srcdir/tests/fuzz/corpus/<what follows fuzz_ in the program's name>.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include <glib.h>
#include <glib/gprintf.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs one file; FALSE: it can't be read. The copy ends where the file does, so
 * that a read past it is seen. */
static gboolean run_file(const char *path)
{
	g_autofree char *data = NULL;
	g_autofree uint8_t *exact = NULL;
	gsize size;

	if (!g_file_get_contents(path, &data, &size, NULL))
		return FALSE;
	exact = g_memdup2(data, size);
	(void)LLVMFuzzerTestOneInput(exact, size);
	return TRUE;
}

/* TAP: one test a file. How many there were; -1: the folder can't be read. */
static int run_folder(const char *path)
{
	GDir *folder = g_dir_open(path, 0, NULL);
	const char *name;
	int n = 0;

	if (!folder)
		return -1;
	while ((name = g_dir_read_name(folder))) {
		g_autofree char *file = g_build_filename(path, name, NULL);

		g_printf("%s %d - %s\n", run_file(file) ? "ok" : "not ok", ++n,
			 name);
	}
	g_dir_close(folder);
	return n;
}

static char *default_corpus(const char *program)
{
	g_autofree char *name = g_path_get_basename(program);
	const char *srcdir = g_getenv("srcdir");
	const char *target = g_str_has_prefix(name, "fuzz_") ? name + 5 : name;

	return g_build_filename(srcdir ? srcdir : ".", "tests", "fuzz",
				"corpus", target, NULL);
}

int main(int argc, char **argv)
{
	g_autofree char *corpus =
		argc > 1 ? g_strdup(argv[1]) : default_corpus(argv[0]);
	int n = run_folder(corpus);

	if (n <= 0) {
		g_printf("Bail out! no corpus in %s\n", corpus);
		return 1;
	}
	g_printf("1..%d\n", n);
	return 0;
}
