#include "config.h"

#include "fcgi/scoreboard.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void both_ends_see_the_same(void)
{
	g_autoptr(GError) error = NULL;
	int fd = -1;
	struct scoreboard *ours = scoreboard_create(&fd, &error);
	struct scoreboard *theirs;

	g_assert_no_error(error);
	theirs = scoreboard_map(fd, &error);
	g_assert_no_error(error);
	scoreboard_bump_generation(theirs);
	g_assert_cmpuint(atomic_load(&ours->generation), ==, 1);
	g_assert_cmpint(ftruncate(fd, 0), <, 0);
	(void)munmap(theirs, sizeof(*theirs));
	(void)munmap(ours, sizeof(*ours));
	(void)close(fd);
}

static void others_are_refused(void)
{
	g_autoptr(GError) error = NULL;
	int fd = memfd_create("not-a-scoreboard", MFD_CLOEXEC);

	g_assert_null(scoreboard_map(fd, &error));
	g_clear_error(&error);
	g_assert_cmpint(ftruncate(fd, sizeof(struct scoreboard)), ==, 0);
	g_assert_null(scoreboard_map(fd, &error));
	g_clear_error(&error);
	(void)close(fd);
	g_assert_null(scoreboard_map(-1, &error));
	g_assert_nonnull(error);
}

static void texts_are_bounded_and_masked(void)
{
	static struct scoreboard_slot slot;
	g_autofree char *target = g_strnfill(1000, 'x');
	char copy[SCOREBOARD_TARGET_BYTES];

	target[0] = '\n';
	target[1] = '\xff';
	scoreboard_set_request(&slot, "id", target);
	scoreboard_copy_text(slot.target, sizeof(copy), copy);
	g_assert_cmpuint(strlen(copy), ==, SCOREBOARD_TARGET_BYTES - 1);
	g_assert_true(g_str_has_prefix(copy, "??xx"));
	/* A worker run wild may have left no end. */
	memset(slot.target, 'y', sizeof(slot.target));
	scoreboard_copy_text(slot.target, sizeof(copy), copy);
	g_assert_cmpuint(strlen(copy), ==, SCOREBOARD_TARGET_BYTES - 1);
}

struct wild {
	struct scoreboard board;
	_Atomic gboolean is_over;
};

static void *run_wild(void *data)
{
	struct wild *wild = data;

	for (int i = 0; i < 20 * 1000 * 1000; i++)
		atomic_store(&wild->board.n_slots, i & 1 ? G_MAXUINT32 : 1);
	wild->is_over = TRUE;
	return NULL;
}

/* Arrays are walked by it, in processes that may do more than a worker. */
static void slots_are_counted_in_one_look(void)
{
	struct wild *wild = g_new0(struct wild, 1);
	GThread *worker = g_thread_new("worker", run_wild, wild);
	guint most = 0;

	while (!wild->is_over) {
		guint n = scoreboard_n_slots(&wild->board);

		most = MAX(most, n);
	}
	(void)g_thread_join(worker);
	g_assert_cmpuint(most, <=, SCOREBOARD_SLOTS_MAX);
	g_free(wild);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scoreboard/shared", both_ends_see_the_same);
	g_test_add_func("/scoreboard/foreign", others_are_refused);
	g_test_add_func("/scoreboard/texts", texts_are_bounded_and_masked);
	g_test_add_func("/scoreboard/slots", slots_are_counted_in_one_look);
	return g_test_run();
}
