/* The cache of variants: what is counted, what stays, what goes. */
#include "config.h"

#include "fcgi/packer_store.h"

#include <string.h>

#include "fcgi/packer_asked.h"

static void the_second_asking_counts_two(void)
{
	struct packer_asked *asked = packer_asked_new(4);

	g_assert_cmpuint(packer_asked_count(asked, "a"), ==, 1);
	g_assert_cmpuint(packer_asked_count(asked, "b"), ==, 1);
	g_assert_cmpuint(packer_asked_count(asked, "a"), ==, 2);
	packer_asked_forget(asked, "a");
	packer_asked_forget(asked, "nobody");
	g_assert_cmpuint(packer_asked_count(asked, "a"), ==, 1);
	packer_asked_free(asked);
	packer_asked_free(NULL);
}

static void the_longest_ago_is_forgotten(void)
{
	struct packer_asked *asked = packer_asked_new(3);

	for (const char *const *key =
		     (const char *const[]){"a", "b", "c", "a", "d", NULL};
	     *key; key++)
		(void)packer_asked_count(asked, *key);
	g_assert_cmpuint(packer_asked_count(asked, "a"), ==, 3);
	g_assert_cmpuint(packer_asked_count(asked, "c"), ==, 2);
	g_assert_cmpuint(packer_asked_count(asked, "b"), ==, 1);
	packer_asked_free(asked);
}

/* What is asked for again and again outlives any number asked for once. */
static void a_scan_forgets_nothing_popular(void)
{
	struct packer_asked *asked = packer_asked_new(64);
	guint count = 0;

	for (int i = 0; i < 100000; i++) {
		g_autofree char *once = g_strdup_printf("%d", i);

		g_assert_cmpuint(packer_asked_count(asked, once), ==, 1);
		if (i % 50 == 0)
			count = packer_asked_count(asked, "popular");
	}
	g_assert_cmpuint(count, ==, 2000);
	packer_asked_free(asked);
}

static void note_gone(const struct packer_stored *stored, void *data)
{
	GString *names = data;

	g_string_append_printf(names, "%s ", stored->name);
}

static void put(struct packer_store *store, const char *key, const char *name,
		guint64 bytes)
{
	const struct packer_stored stored = {
		.key = (char *)key,
		.id = (char *)"id",
		.name = (char *)name,
		.stamp = (char *)(strcmp(name, "C") == 0 ? "old" : "new"),
		.bytes = bytes,
	};

	packer_store_put(store, &stored);
}

static void the_least_recently_used_goes(void)
{
	GString *gone = g_string_new(NULL);
	struct packer_store *store = packer_store_new(100, note_gone, gone);

	put(store, "a", "A", 40);
	put(store, "b", "B", 40);
	put(store, "c", "C", 20);
	g_assert_cmpstr(gone->str, ==, "");
	g_assert_nonnull(packer_store_use(store, "a"));
	put(store, "d", "D", 1);
	g_assert_cmpstr(gone->str, ==, "B ");
	g_assert_null(packer_store_use(store, "b"));
	g_assert_cmpuint(packer_store_bytes(store), ==, 61);
	put(store, "e", "E", 100);
	g_assert_cmpstr(gone->str, ==, "B C A D ");
	put(store, "f", "F", 101);
	g_assert_cmpstr(gone->str, ==, "B C A D E F ");
	g_assert_cmpuint(packer_store_bytes(store), ==, 0);
	g_assert_cmpuint(packer_store_n(store), ==, 0);
	packer_store_free(store);
	(void)g_string_free(gone, TRUE);
}

static void one_key_is_one_variant(void)
{
	GString *gone = g_string_new(NULL);
	struct packer_store *store = packer_store_new(100, note_gone, gone);

	put(store, "a", "A", 40);
	put(store, "a", "A", 50); /* the same file, written anew */
	g_assert_cmpstr(gone->str, ==, "");
	g_assert_cmpuint(packer_store_bytes(store), ==, 50);
	put(store, "a", "A2", 60);
	g_assert_cmpstr(gone->str, ==, "A ");
	g_assert_cmpstr(packer_store_use(store, "a")->name, ==, "A2");
	packer_store_remove(store, "a");
	packer_store_remove(store, "a");
	g_assert_cmpstr(gone->str, ==, "A A2 ");
	g_assert_cmpuint(packer_store_n(store), ==, 0);
	packer_store_free(store);
	packer_store_free(NULL);
	(void)g_string_free(gone, TRUE);
}

static gboolean is_old(const struct packer_stored *stored, void *data)
{
	(void)data;
	return strcmp(stored->stamp, "old") == 0;
}

static void weeds_go(void)
{
	GString *gone = g_string_new(NULL);
	struct packer_store *store = packer_store_new(100, note_gone, gone);

	put(store, "a", "A", 10);
	put(store, "c", "C", 10);
	put(store, "d", "D", 10);
	packer_store_weed(store, is_old, NULL);
	g_assert_cmpstr(gone->str, ==, "C ");
	g_assert_cmpuint(packer_store_bytes(store), ==, 20);
	packer_store_free(store);
	(void)g_string_free(gone, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/packer-asked/twice", the_second_asking_counts_two);
	g_test_add_func("/packer-asked/bounded", the_longest_ago_is_forgotten);
	g_test_add_func("/packer-asked/scan", a_scan_forgets_nothing_popular);
	g_test_add_func("/packer-store/lru", the_least_recently_used_goes);
	g_test_add_func("/packer-store/replaced", one_key_is_one_variant);
	g_test_add_func("/packer-store/weeds", weeds_go);
	return g_test_run();
}
