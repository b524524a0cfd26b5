#include "config.h"

#include "fcgi/descriptors.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST = 3, LISTEN_FDS_MAX = 64 };

static guint64 number_in(const char *name)
{
	const char *value = g_getenv(name);

	return value ? g_ascii_strtoull(value, NULL, 10) : 0;
}

static void add_listen_fds(GArray *keep)
{
	guint n = (guint)MIN(number_in("LISTEN_FDS"), LISTEN_FDS_MAX);

	for (guint i = 0; number_in("LISTEN_PID") == (guint64)getpid() && i < n;
	     i++) {
		guint fd = FIRST + i;

		g_array_append_val(keep, fd);
	}
}

static void add_named(GArray *keep, const char *prefix)
{
	for (char **variable = environ; *variable; variable++) {
		const char *value = strchr(*variable, '=');
		guint64 number;
		guint fd;

		if (!value || !g_str_has_prefix(*variable, prefix) ||
		    !g_ascii_isdigit(value[1]))
			continue;
		number = g_ascii_strtoull(value + 1, NULL, 10);
		if (number < FIRST || number > G_MAXINT)
			continue;
		fd = (guint)number;
		g_array_append_val(keep, fd);
	}
}

static int compare(const void *a, const void *b)
{
	const guint *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void descriptors_close_strays(const char *prefix)
{
	g_autoptr(GArray) keep = g_array_new(FALSE, FALSE, sizeof(guint));
	guint from = FIRST;

	add_listen_fds(keep);
	add_named(keep, prefix);
	g_array_sort(keep, compare);
	for (guint i = 0; i < keep->len; i++) {
		guint fd = g_array_index(keep, guint, i);

		/* An old kernel without the call leaves them as they are. */
		if (fd > from)
			(void)close_range(from, fd - 1, 0);
		from = fd + 1;
	}
	(void)close_range(from, G_MAXUINT, 0);
}
