/* Telling the service manager: what arrives, and when nobody listens. */
#include "config.h"

#include "fcgi/notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

struct manager {
	int fd;
	char *dir, *name; /* as in NOTIFY_SOCKET */
};

static void listen_as(struct manager *manager, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				     strlen(name) + (name[0] == '/'));

	(void)g_strlcpy(address.sun_path, name, sizeof(address.sun_path));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(manager->fd, >=, 0);
	g_assert_cmpint(bind(manager->fd, (struct sockaddr *)&address, size),
			==, 0);
	manager->name = g_strdup(name);
	(void)g_setenv("NOTIFY_SOCKET", name, TRUE);
}

static void manager_init(struct manager *manager, gconstpointer data)
{
	g_autofree char *name = NULL;

	manager->dir = g_dir_make_tmp("captiond-notify-XXXXXX", NULL);
	name = data ? g_strdup_printf("@captiond-test-%d", (int)getpid())
		    : g_build_filename(manager->dir, "notify", NULL);
	listen_as(manager, name);
}

static void manager_fini(struct manager *manager, gconstpointer data)
{
	(void)data;
	g_unsetenv("NOTIFY_SOCKET");
	(void)close(manager->fd);
	if (manager->name[0] == '/')
		g_assert_cmpint(g_unlink(manager->name), ==, 0);
	g_assert_cmpint(g_rmdir(manager->dir), ==, 0);
	g_free(manager->dir);
	g_free(manager->name);
}

static char *receive(const struct manager *manager)
{
	char text[256];
	ssize_t n = recv(manager->fd, text, sizeof(text), MSG_DONTWAIT);

	return n < 0 ? NULL : g_strndup(text, (gsize)n);
}

static void test_state(struct manager *manager, gconstpointer data)
{
	g_autofree char *got = NULL;

	(void)data;
	g_assert_true(notify_state("READY=1\nSTATUS=%d workers", 4));
	got = receive(manager);
	g_assert_cmpstr(got, ==, "READY=1\nSTATUS=4 workers");
}

static void test_reloading(struct manager *manager, gconstpointer data)
{
	gint64 before_us = g_get_monotonic_time();
	g_autofree char *got = NULL;
	gint64 then_us;

	(void)data;
	g_assert_true(notify_reloading());
	got = receive(manager);
	g_assert_true(g_str_has_prefix(got, "RELOADING=1\nMONOTONIC_USEC="));
	then_us = g_ascii_strtoll(strrchr(got, '=') + 1, NULL, 10);
	g_assert_cmpint(then_us, >=, before_us);
	g_assert_cmpint(then_us, <=, g_get_monotonic_time());
}

/* More than its queue holds: the service goes on. */
static void test_full(struct manager *manager, gconstpointer data)
{
	guint n = 0;

	(void)manager, (void)data;
	while (n < 100000 && notify_state("WATCHDOG=1"))
		n++;
	g_assert_cmpuint(n, >, 0);
	g_assert_cmpuint(n, <, 100000);
}

static void test_nobody(void)
{
	g_autofree char *too_long = g_strnfill(200, 'x');
	const char *names[] = {NULL,	"", "/", "relative", "/nowhere/at/all",
			       too_long};

	too_long[0] = '/';
	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		if (names[i])
			(void)g_setenv("NOTIFY_SOCKET", names[i], TRUE);
		else
			g_unsetenv("NOTIFY_SOCKET");
		g_assert_false(notify_state("READY=1"));
	}
	g_unsetenv("NOTIFY_SOCKET");
}

static void test_watchdog(void)
{
	g_autofree char *own = g_strdup_printf("%d", (int)getpid());
	const struct {
		const char *allowed, *pid;
		gint64 expected_us;
	} cases[] = {
		{NULL, NULL, 0},
		{"30000000", NULL, 15000000},
		{"30000000", own, 15000000},
		{"30000000", "1", 0},
		{"30000000", "x", 0},
		{"0", NULL, 0},
		{"1", NULL, 1},
		{"-5", NULL, 0},
		{"soon", NULL, 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_unsetenv("WATCHDOG_USEC");
		g_unsetenv("WATCHDOG_PID");
		if (cases[i].allowed)
			(void)g_setenv("WATCHDOG_USEC", cases[i].allowed, TRUE);
		if (cases[i].pid)
			(void)g_setenv("WATCHDOG_PID", cases[i].pid, TRUE);
		g_assert_cmpint(notify_watchdog_us(), ==, cases[i].expected_us);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/notify/state", struct manager, NULL, manager_init,
		   test_state, manager_fini);
	g_test_add("/notify/abstract", struct manager, "@", manager_init,
		   test_state, manager_fini);
	g_test_add("/notify/reloading", struct manager, NULL, manager_init,
		   test_reloading, manager_fini);
	g_test_add("/notify/full", struct manager, NULL, manager_init,
		   test_full, manager_fini);
	g_test_add_func("/notify/nobody", test_nobody);
	g_test_add_func("/notify/watchdog", test_watchdog);
	return g_test_run();
}
