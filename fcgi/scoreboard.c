#include "config.h"

#include "fcgi/scoreboard.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCOREBOARD_MAGIC = 0x63617031 };

static void set_errno_error(GError **error, const char *what)
{
	int saved = errno;

	g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(saved),
		    "%s: %s", what, g_strerror(saved));
}

static struct scoreboard *map(int fd, GError **error)
{
	void *memory = mmap(NULL, sizeof(struct scoreboard),
			    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED) {
		set_errno_error(error, "cannot map the scoreboard");
		return NULL;
	}
	return memory;
}

struct scoreboard *scoreboard_create(int *out_fd, GError **error)
{
	int fd = memfd_create("captiond-scoreboard",
			      MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct scoreboard *board;

	if (fd < 0 || ftruncate(fd, sizeof(struct scoreboard)) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0) {
		set_errno_error(error, "cannot make the scoreboard");
		if (fd >= 0)
			(void)close(fd);
		return NULL;
	}
	board = map(fd, error);
	if (!board) {
		(void)close(fd);
		return NULL;
	}
	board->magic = SCOREBOARD_MAGIC;
	atomic_store(&board->started_us, g_get_monotonic_time());
	*out_fd = fd;
	return board;
}

struct scoreboard *scoreboard_map(int fd, GError **error)
{
	struct scoreboard *board;
	struct stat st;

	if (fstat(fd, &st) < 0) {
		set_errno_error(error, "cannot read the scoreboard");
		return NULL;
	}
	if (st.st_size != (off_t)sizeof(struct scoreboard)) {
		errno = EINVAL;
		set_errno_error(error, "not a scoreboard");
		return NULL;
	}
	board = map(fd, error);
	if (board && board->magic != SCOREBOARD_MAGIC) {
		(void)munmap(board, sizeof(*board));
		errno = EINVAL;
		set_errno_error(error, "not a scoreboard");
		return NULL;
	}
	return board;
}

guint scoreboard_n_slots(const struct scoreboard *board)
{
	/* Once: between two looks a worker run wild could write another. */
	guint n = atomic_load(&board->n_slots);

	return MIN(n, SCOREBOARD_SLOTS_MAX);
}

guint scoreboard_n_workers(const struct scoreboard *board)
{
	guint n = 0;

	for (guint i = 0; i < scoreboard_n_slots(board); i++)
		n += atomic_load(&board->slots[i].pid) > 0;
	return n;
}

void scoreboard_bump_generation(struct scoreboard *board)
{
	atomic_fetch_add(&board->generation, 1);
}

static void set_text(char *field, gsize size, const char *text)
{
	(void)g_strlcpy(field, text, size);
}

void scoreboard_set_request(struct scoreboard_slot *slot, const char *id,
			    const char *path)
{
	set_text(slot->request_id, sizeof(slot->request_id), id);
	set_text(slot->target, sizeof(slot->target), path);
}

void scoreboard_copy_text(const char *field, gsize size, char *out)
{
	gsize i;

	/* Judged in the copy, which nobody else writes. */
	for (i = 0; i + 1 < size; i++) {
		out[i] = *(const volatile char *)&field[i];
		if (!out[i])
			break;
		if (out[i] < 0x20 || out[i] >= 0x7f)
			out[i] = '?';
	}
	out[i] = '\0';
}
