#include "config.h"

#include "fcgi/catalog.h"

#include <string.h>

#include <glib/gstdio.h>

#include "render/autoptr.h"

/* A folder of packs that a test writes as the packer would. */
struct fixture {
	char *dir;
	struct scoreboard_cache counters;
	struct catalog *catalog;
	guint64 generation;
};

static void put(const struct fixture *fixture, const char *name,
		const char *text)
{
	g_autofree char *path = g_build_filename(fixture->dir, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void remove_file(const struct fixture *fixture, const char *name)
{
	g_autofree char *path = g_build_filename(fixture->dir, name, NULL);

	(void)g_remove(path);
}

static void set_up(struct fixture *fixture, const void *data)
{
	(void)data;
	fixture->dir = g_dir_make_tmp("catalog-XXXXXX", NULL);
	g_assert_nonnull(fixture->dir);
	fixture->catalog =
		catalog_open(fixture->dir, 4, &fixture->counters, NULL);
	g_assert_nonnull(fixture->catalog);
}

static void tear_down(struct fixture *fixture, const void *data)
{
	(void)data;
	catalog_close(fixture->catalog);
	remove_file(fixture, "index.json");
	remove_file(fixture, "bad.pack");
	g_assert_cmpint(g_rmdir(fixture->dir), ==, 0);
	g_free(fixture->dir);
}

static gboolean refresh(struct fixture *fixture, const char *index)
{
	put(fixture, "index.json", index);
	return catalog_refresh(fixture->catalog, ++fixture->generation, NULL);
}

static void assert_refused(struct fixture *fixture, const char *id, int code)
{
	g_autoptr(GError) error = NULL;

	g_test_message("%s", id);
	g_assert_null(catalog_get(fixture->catalog, id, &error));
	g_assert_error(error, CATALOG_ERROR, code);
}

static void nothing_is_known_before_an_index(struct fixture *fixture,
					     const void *data)
{
	(void)data;
	assert_refused(fixture, "a", CATALOG_ERROR_NOT_READY);
	g_assert_null(catalog_templates(fixture->catalog));
	g_assert_null(catalog_pending(fixture->catalog));
}

static void each_refusal_has_its_code(struct fixture *fixture, const void *data)
{
	static const struct {
		const char *id;
		int code;
	} cases[] = {
		{"waits", CATALOG_ERROR_NOT_READY},
		{"bad", CATALOG_ERROR_BROKEN},
		{"lost", CATALOG_ERROR_NOT_FOUND},
		{"nobody", CATALOG_ERROR_NOT_FOUND},
		{"", CATALOG_ERROR_NOT_FOUND},
		{"wait", CATALOG_ERROR_NOT_FOUND},
		{"7", CATALOG_ERROR_NOT_FOUND},
	};

	(void)data;
	put(fixture, "bad.pack", "this is no pack");
	g_assert_true(refresh(fixture, "{\"templates\": [{\"id\": \"bad\"},"
				       "{\"id\": \"lost\"}, {}, 7],"
				       "\"pending\": [\"waits\", null, {}]}"));
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_refused(fixture, cases[i].id, cases[i].code);
}

static void a_list_is_the_callers(struct fixture *fixture, const void *data)
{
	g_autoptr(json_object_auto) old = NULL;

	(void)data;
	g_assert_true(refresh(fixture, "{\"templates\": [{\"id\": \"a\"},"
				       "{\"id\": \"b\"}]}"));
	old = catalog_templates(fixture->catalog);
	g_assert_true(catalog_has(fixture->catalog, "b"));
	g_assert_true(refresh(fixture, "{\"templates\": [{\"id\": \"a\"}]}"));
	g_assert_false(catalog_has(fixture->catalog, "b"));
	g_assert_cmpuint(json_object_array_length(old), ==, 2);
}

static void a_bad_index_leaves_the_old(struct fixture *fixture,
				       const void *data)
{
	static const char *const bad[] = {"", "{", "[]", "null"};

	(void)data;
	g_assert_true(refresh(fixture, "{\"pending\": [\"waits\"]}"));
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_test_message("'%s'", bad[i]);
		g_assert_false(refresh(fixture, bad[i]));
		assert_refused(fixture, "waits", CATALOG_ERROR_NOT_READY);
	}
	g_assert_true(refresh(fixture, "{\"pending\": 7}"));
	assert_refused(fixture, "waits", CATALOG_ERROR_NOT_FOUND);
}

static void one_generation_is_read_once(struct fixture *fixture,
					const void *data)
{
	(void)data;
	g_assert_true(refresh(fixture, "{\"pending\": [\"waits\"]}"));
	put(fixture, "index.json", "{}");
	g_assert_true(
		catalog_refresh(fixture->catalog, fixture->generation, NULL));
	assert_refused(fixture, "waits", CATALOG_ERROR_NOT_READY);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(struct fixture *, const void *);
	} tests[] = {
		{"/catalog/before-an-index", nothing_is_known_before_an_index},
		{"/catalog/refusals", each_refusal_has_its_code},
		{"/catalog/bad-index", a_bad_index_leaves_the_old},
		{"/catalog/generation", one_generation_is_read_once},
		{"/catalog/list", a_list_is_the_callers},
	};

	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add(tests[i].name, struct fixture, NULL, set_up,
			   tests[i].test, tear_down);
	return g_test_run();
}
