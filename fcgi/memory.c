#include "config.h"

#include "fcgi/memory.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { ROLLUP_BYTES = 4096 };

void memory_open(struct memory *memory, struct memory_usage *usage)
{
	memory->fd = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	memory->next_us = 0;
	memory->usage = usage;
}

void memory_close(struct memory *memory)
{
	if (memory->fd >= 0)
		(void)close(memory->fd);
	memory->fd = -1;
}

/* A line is `Pss:                1234 kB`. */
static gboolean read_field(const char *text, const char *name,
			   guint64 *out_bytes)
{
	const char *line = strstr(text, name);
	guint64 kib;
	char *end;

	if (!line)
		return FALSE;
	kib = g_ascii_strtoull(line + strlen(name), &end, 10);
	if (!g_str_has_prefix(end, " kB") || kib > G_MAXUINT64 / 1024)
		return FALSE;
	*out_bytes = kib * 1024;
	return TRUE;
}

gboolean memory_parse(const char *text, guint64 *out_pss_bytes,
		      guint64 *out_private_bytes)
{
	guint64 pss, clean, dirty;

	if (!read_field(text, "\nPss:", &pss) ||
	    !read_field(text, "\nPrivate_Clean:", &clean) ||
	    !read_field(text, "\nPrivate_Dirty:", &dirty))
		return FALSE;
	*out_pss_bytes = pss;
	*out_private_bytes = clean + dirty;
	return TRUE;
}

void memory_tick(struct memory *memory)
{
	gint64 now_us = g_get_monotonic_time();
	guint64 pss, private;
	char text[ROLLUP_BYTES];
	ssize_t n;

	if (memory->fd < 0 || now_us < memory->next_us)
		return;
	memory->next_us = now_us + MEMORY_EVERY_S * G_USEC_PER_SEC;
	n = pread(memory->fd, text, sizeof(text) - 1, 0);
	text[MAX(n, 0)] = '\0';
	if (!memory_parse(text, &pss, &private))
		return;
	atomic_store(&memory->usage->pss_bytes, pss);
	atomic_store(&memory->usage->private_bytes, private);
}
