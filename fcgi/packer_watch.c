#include "config.h"

#include "fcgi/packer_watch.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* IN_CREATE is for links, which are whole at once; see is_whole(). */
#define FOLDER_EVENTS                                             \
	(IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | \
	 IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define LINK_EVENTS (IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)
#define PACK_EVENTS \
	(IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR)

struct packer_watch {
	int fd;
	char *templates_dir;
	int packs_wd;
};

struct packer_watch *packer_watch_new(const char *templates_dir,
				      const char *packs_dir, GError **error)
{
	struct packer_watch *watch = g_new0(struct packer_watch, 1);

	watch->templates_dir = g_strdup(templates_dir);
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	watch->packs_wd =
		watch->fd < 0
			? -1
			: inotify_add_watch(watch->fd, packs_dir, PACK_EVENTS);
	if (watch->packs_wd >= 0)
		return watch;
	g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno),
		    "cannot watch '%s': %s", packs_dir, g_strerror(errno));
	packer_watch_free(watch);
	return NULL;
}

void packer_watch_free(struct packer_watch *watch)
{
	if (!watch)
		return;
	if (watch->fd >= 0)
		(void)close(watch->fd);
	g_free(watch->templates_dir);
	g_free(watch);
}

int packer_watch_fd(const struct packer_watch *watch)
{
	return watch->fd;
}

/* Adding a folder that is watched already changes nothing. */
gboolean packer_watch_templates(struct packer_watch *watch)
{
	return inotify_add_watch(watch->fd, watch->templates_dir,
				 FOLDER_EVENTS) >= 0;
}

void packer_watch_link(struct packer_watch *watch, const char *file)
{
	g_autofree char *path =
		g_build_filename(watch->templates_dir, file, NULL);

	/* Without it, the change is seen at the next look that time brings. */
	(void)inotify_add_watch(watch->fd, path, LINK_EVENTS);
}

/* A new file is empty until its writer closes it, which is an event of its
 * own; a new link has no writer. */
static gboolean is_whole(const struct packer_watch *watch, const char *name)
{
	g_autofree char *path =
		g_build_filename(watch->templates_dir, name, NULL);
	struct stat st;

	return lstat(path, &st) == 0 &&
	       (S_ISLNK(st.st_mode) || st.st_nlink > 1);
}

static void take_event(struct packer_watch *watch,
		       const struct inotify_event *event,
		       struct packer_watch_news *news)
{
	const char *name = event->len ? event->name : "";
	gboolean is_hidden = name[0] == '.';

	if (event->mask & IN_Q_OVERFLOW) {
		news->is_changed = TRUE;
	} else if (event->wd == watch->packs_wd) {
		/* Files on their way in are hidden, and are our own. */
		if (!is_hidden && name[0])
			g_ptr_array_add(news->packs, g_strdup(name));
	} else if (event->mask & IN_CREATE) {
		news->is_changed |= !is_hidden && is_whole(watch, name);
	} else if (!is_hidden || event->mask & IN_MOVED_TO) {
		/* A folder behind links may be switched by a hidden one. */
		news->is_changed = TRUE;
	}
}

void packer_watch_read(struct packer_watch *watch,
		       struct packer_watch_news *out)
{
	char buffer[16384]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	out->is_changed = FALSE;
	out->packs = g_ptr_array_new_with_free_func(g_free);
	while ((n = read(watch->fd, buffer, sizeof(buffer))) > 0) {
		const char *at = buffer;

		while (at < buffer + n) {
			const struct inotify_event *event =
				(const struct inotify_event *)(const void *)at;

			take_event(watch, event, out);
			at += sizeof(*event) + event->len;
		}
	}
}
