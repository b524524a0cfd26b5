/* What the fetcher may read and write: its folders, and what resolving a name
 * and checking a certificate take. */
#include "config.h"

#include "fcgi/fetcher_private.h"

#include <netdb.h>
#include <sys/stat.h>

#include "fcgi/log.h"
#include "fcgi/sandbox.h"

/* Where resolvers and TLS look, on Debian and elsewhere. */
static const char *const system_paths[] = {
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/nsswitch.conf",
	"/etc/host.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/ssl",
	"/etc/pki",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
	"/usr/lib/ssl",
	"/run/systemd/resolve",
	"/dev/urandom",
	"/etc/localtime",
	"/usr/share/zoneinfo",
};

/* What resolves names and checks certificates loads modules and files when it
 * is first asked, which is not possible later. */
static void warm_up(void)
{
	struct addrinfo *found = NULL;
	CURL *easy = curl_easy_init();

	if (getaddrinfo("localhost", "443", NULL, &found) == 0)
		freeaddrinfo(found);
	curl_easy_cleanup(easy);
}

static void add_ca_files(GPtrArray *paths, const struct origins *origins)
{
	for (guint i = 0; i < origins_n(origins); i++)
		if (origins_at(origins, i)->ca_file)
			g_ptr_array_add(paths, origins_at(origins, i)->ca_file);
}

static gboolean enter(const struct fetcher *fetcher)
{
	const struct fetcher_setup *setup = fetcher->setup;
	g_autofree char *pictures =
		g_build_filename(setup->packs_dir, ORIGIN_PICTURES_DIR, NULL);
	g_autofree char *packs =
		g_build_filename(setup->packs_dir, ORIGIN_PACKS_DIR, NULL);
	const char *const write[] = {pictures, NULL};
	g_autoptr(GPtrArray) read = g_ptr_array_new();
	g_autoptr(GError) error = NULL;
	struct sandbox_paths paths = {.write = write};

	for (gsize i = 0; i < G_N_ELEMENTS(system_paths); i++)
		g_ptr_array_add(read, (void *)system_paths[i]);
	add_ca_files(read, setup->origins);
	g_ptr_array_add(read, packs);
	g_ptr_array_add(read, NULL);
	paths.read = (const char *const *)read->pdata;
	if (sandbox_enter(SANDBOX_FETCHER, &paths, &error))
		return TRUE;
	log_error("%s", error->message);
	return FALSE;
}

gboolean fetcher_sandbox_enter(struct fetcher *fetcher)
{
	for (gsize i = 0; i < FETCHER_FILES; i++)
		sandbox_folder_init(&fetcher->files[i], system_paths[i]);
	warm_up();
	return !fetcher->setup->is_sandboxed || enter(fetcher);
}

/* Gone is as bad: what is written now nobody would find. */
static gboolean is_another(const struct fetcher *fetcher, int fd,
			   const char *name)
{
	g_autofree char *path =
		g_build_filename(fetcher->setup->packs_dir, name, NULL);
	struct stat mine, there;

	return fstat(fd, &mine) < 0 || stat(path, &there) < 0 ||
	       mine.st_dev != there.st_dev || mine.st_ino != there.st_ino;
}

/* A resolver's file that is renamed into place is a new one, which Landlock
 * does not know. */
gboolean fetcher_sandbox_has_moved(const struct fetcher *fetcher)
{
	for (gsize i = 0; i < FETCHER_FILES; i++)
		if (fetcher->setup->is_sandboxed &&
		    sandbox_folder_has_moved(&fetcher->files[i]))
			return TRUE;
	return is_another(fetcher, fetcher->pictures_fd, ORIGIN_PICTURES_DIR) ||
	       is_another(fetcher, fetcher->packs_fd, ORIGIN_PACKS_DIR);
}
