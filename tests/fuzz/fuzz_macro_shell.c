#include "config.h"

#include <stdint.h>

#include "cli/macro_shell.h"
#include "render/autoptr.h"
#include "render/macro_read.h"
#include "tests/fuzz/macro_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the grammar gave can be written in it, and is then read as the same. */
static void check_written(const struct macro *macro)
{
	g_autofree char *written = macro_shell_write(macro);
	g_autofree char *rewritten = NULL;
	g_autoptr(json_object_auto) tree = NULL;
	g_autoptr(macro_auto) again = NULL;

	g_assert_nonnull(written);
	tree = macro_shell_tree(written, NULL);
	g_assert_nonnull(tree);
	again = macro_read(tree, FALSE, NULL);
	g_assert_nonnull(again);
	rewritten = macro_shell_write(again);
	g_assert_cmpstr(written, ==, rewritten);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	GError *error = NULL;
	g_autoptr(json_object_auto) tree = macro_shell_tree(text, &error);
	struct macro *macro = tree ? macro_read(tree, FALSE, &error) : NULL;

	if (macro)
		check_written(macro);
	check_macro(macro, error);
	return 0;
}
