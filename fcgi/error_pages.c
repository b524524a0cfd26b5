#include "config.h"

#include "fcgi/error_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fcgi/log.h"

enum { STATUS_FIRST = 400, STATUS_END = 600 };

struct error_pages {
	char *folder; /* absolute; NULL: none */
	gboolean has_status[STATUS_END - STATUS_FIRST];
	gboolean has_class[2]; /* 4xx, 5xx */
};

G_DEFINE_QUARK(captiond_error_pages_error, error_pages_error)

static gboolean fail_lost(GError **error, const char *name, const char *cause)
{
	g_set_error(error, ERROR_PAGES_ERROR, ERROR_PAGES_ERROR_LOST,
		    "error page '%s': %s", name, cause);
	return FALSE;
}

/* Up to one byte more than is allowed, so that this shows. */
static gssize read_page(int fd, char *page)
{
	gsize size = 0;

	while (size <= ERROR_PAGE_BYTES_MAX) {
		ssize_t n =
			read(fd, page + size, ERROR_PAGE_BYTES_MAX + 1 - size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		size += (gsize)n;
	}
	return (gssize)size;
}

static char *load_page(const char *folder, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *page = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	gssize size;

	if (fd < 0) {
		fail_lost(error, name, g_strerror(errno));
		return NULL;
	}
	page = g_malloc(ERROR_PAGE_BYTES_MAX + 2);
	size = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read_page(fd, page)
							  : -1;
	(void)close(fd);
	if (size < 0 || size > ERROR_PAGE_BYTES_MAX) {
		fail_lost(error, name, "a file of at most 256 KiB expected");
		return NULL;
	}
	page[size] = '\0';
	if (!g_utf8_validate(page, size, NULL)) {
		fail_lost(error, name, "UTF-8 expected");
		return NULL;
	}
	return g_steal_pointer(&page);
}

/* Where the page of that name is noted; NULL: the name is no page's, or is
 * warned about. */
static gboolean *find_place(struct error_pages *pages, const char *name)
{
	gsize length = strlen(name) - strlen(".html");
	int number;

	if (length == 3 && (*name == '4' || *name == '5') &&
	    strncmp(name + 1, "xx", 2) == 0)
		return &pages->has_class[*name - '4'];
	if (length == 0 || strspn(name, G_CSET_DIGITS) != length)
		return NULL;
	number = length == 3 ? atoi(name) : 0;
	if (number >= STATUS_FIRST && number < STATUS_END)
		return &pages->has_status[number - STATUS_FIRST];
	log_warning("error page '%s' is left alone: errors are %d to %d", name,
		    STATUS_FIRST, STATUS_END - 1);
	return NULL;
}

static void note_page(struct error_pages *pages, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *page = NULL;
	gboolean *place;

	if (!g_str_has_suffix(name, ".html"))
		return;
	place = find_place(pages, name);
	if (!place)
		return;
	page = load_page(pages->folder, name, &error);
	*place = page != NULL;
	if (!page)
		log_warning("%s", error->message);
}

gboolean error_pages_compile(struct settings *settings, GError **error)
{
	g_autoptr(error_pages_auto) pages = g_new0(struct error_pages, 1);
	const char *given = settings->error_pages_dir, *name;
	g_autoptr(GDir) dir =
		g_dir_open(given ? given : ERROR_PAGES_DIR, 0, NULL);

	if (!dir && given) {
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
			    "error-pages: '%s' given, a folder expected",
			    given);
		return FALSE;
	}
	if (dir)
		pages->folder = g_canonicalize_filename(
			given ? given : ERROR_PAGES_DIR, NULL);
	while (dir && (name = g_dir_read_name(dir)))
		note_page(pages, name);
	error_pages_free(settings->error_pages);
	settings->error_pages = g_steal_pointer(&pages);
	return TRUE;
}

void error_pages_free(struct error_pages *pages)
{
	if (!pages)
		return;
	g_free(pages->folder);
	g_free(pages);
}

/* What stands at text for one of the values; NULL: nothing does. */
static char *value_at(const char *text, const struct error_page_values *values,
		      gsize *out_size)
{
	g_autofree char *status = g_strdup_printf("%d", values->status);
	const struct {
		const char *mark, *value;
	} marks[] = {
		{"{{status}}", status},
		{"{{reason}}", values->reason},
		{"{{message}}", values->message},
		{"{{request_id}}", values->request_id},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
		if (!g_str_has_prefix(text, marks[i].mark))
			continue;
		*out_size = strlen(marks[i].mark);
		return g_markup_escape_text(marks[i].value, -1);
	}
	return NULL;
}

char *error_page_fill(const char *page, const struct error_page_values *values)
{
	GString *out = g_string_new(NULL);
	const char *mark;

	while (out->len < ERROR_PAGE_FILLED_BYTES_MAX &&
	       (mark = strstr(page, "{{"))) {
		gsize size = 2;
		g_autofree char *value = value_at(mark, values, &size);

		g_string_append_len(out, page, mark - page);
		if (value)
			g_string_append(out, value);
		else
			g_string_append_len(out, mark, (gssize)size);
		page = mark + size;
	}
	g_string_append(out, page);
	return g_string_free(out, FALSE);
}

char *error_pages_make(const struct error_pages *pages,
		       const struct error_page_values *values, GError **error)
{
	g_autofree char *name = NULL, *page = NULL;

	g_assert(values->status >= STATUS_FIRST && values->status < STATUS_END);
	if (pages->has_status[values->status - STATUS_FIRST])
		name = g_strdup_printf("%d.html", values->status);
	else if (pages->has_class[values->status / 100 - 4])
		name = g_strdup_printf("%dxx.html", values->status / 100);
	if (!name) {
		g_set_error(error, ERROR_PAGES_ERROR, ERROR_PAGES_ERROR_NONE,
			    "no page for %d", values->status);
		return NULL;
	}
	page = load_page(pages->folder, name, error);
	return page ? error_page_fill(page, values) : NULL;
}
