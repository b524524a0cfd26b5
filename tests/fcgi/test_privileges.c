/* Becoming somebody else for good. What needs root is skipped without. */
#include "config.h"

#include "fcgi/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* Everybody has these two. */
#define USER  "nobody"
#define GROUP "daemon"

static gboolean is_root(void)
{
	if (geteuid() == 0)
		return TRUE;
	g_test_skip("only root can do it");
	return FALSE;
}

static void test_names(void)
{
	static const struct {
		const char *user, *group;
		const char *words[3]; /* in the error; none: it is taken */
	} cases[] = {
		{USER, NULL, {NULL}},
		{USER, GROUP, {NULL}},
		{"no-such-user", NULL, {"user", "'no-such-user'", "machine"}},
		{"no-such-user", GROUP, {"user", "'no-such-user'"}},
		{USER,
		 "no-such-group",
		 {"group", "'no-such-group'", "machine"}},
		{NULL, GROUP, {"group", "'" GROUP "'", "a user"}},
		{"root", NULL, {"user", "'root'", "anybody but root"}},
		{"", NULL, {"user", "''"}},
	};

	if (!is_root())
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct privileges *found =
			privileges_find(cases[i].user, cases[i].group, &error);

		g_assert_true((found != NULL) == (cases[i].words[0] == NULL));
		g_assert_true((error != NULL) == (found == NULL));
		for (gsize j = 0; j < 3 && cases[i].words[j]; j++)
			g_assert_nonnull(
				strstr(error->message, cases[i].words[j]));
		privileges_free(found);
	}
}

static void test_nobody_given(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(privileges_find(NULL, NULL, &error));
	g_assert_no_error(error);
	g_assert_true(privileges_drop(NULL, &error));
	g_assert_true(privileges_give(NULL, "/nowhere"));
	privileges_free(NULL);
}

/* In a child, whose exit status is the number of the first claim that does not
 * hold. */
static void check_in_child(int (*check)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(check());
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_true(WIFEXITED(status));
	g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

static int check_drop(void)
{
	const struct passwd *user = getpwnam(USER);
	const gid_t gid = getgrnam(GROUP)->gr_gid;
	struct privileges *privileges = privileges_find(USER, GROUP, NULL);
	gid_t groups[64];
	int n, death = 0;

	if (!privileges_drop(privileges, NULL))
		return 1;
	if (getuid() != user->pw_uid || geteuid() != user->pw_uid)
		return 2;
	if (getgid() != gid || getegid() != gid)
		return 3;
	n = getgroups(G_N_ELEMENTS(groups), groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == 0)
			return 4;
	if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 ||
	    setgroups(0, NULL) == 0)
		return 5;
	if (prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0) < 0 || death != SIGKILL)
		return 6;
	if (access("/etc/shadow", R_OK) == 0)
		return 7;
	/* Who is nobody already stays so. */
	if (!privileges_drop(privileges, NULL))
		return 8;
	privileges_free(privileges);
	return 0;
}

static void test_drop(void)
{
	if (is_root())
		check_in_child(check_drop);
}

static int check_harden(void)
{
	struct rlimit core;

	privileges_harden();
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 2;
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max != 0)
		return 3;
	return 0;
}

static void test_harden(void)
{
	check_in_child(check_harden);
}

static int check_limit(void)
{
	struct rlimit limit;

	privileges_limit(100, 512);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur != 100 || limit.rlim_max != 100)
		return 1;
	privileges_limit(200, 0); /* never raised */
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max != 100)
		return 2;
#ifndef WITH_SANITIZERS
	(void)getrlimit(RLIMIT_DATA, &limit);
	if (limit.rlim_cur != (rlim_t)512 << 20)
		return 3;
#endif
	return 0;
}

static void test_limit(void)
{
	check_in_child(check_limit);
}

static void test_give(void)
{
	g_autofree char *dir = g_dir_make_tmp("captiond-give-XXXXXX", NULL);
	struct privileges *privileges;
	struct stat st;

	if (is_root()) {
		privileges = privileges_find(USER, GROUP, NULL);
		g_assert_true(privileges_give(privileges, dir));
		g_assert_cmpint(stat(dir, &st), ==, 0);
		g_assert_cmpuint(st.st_uid, ==, getpwnam(USER)->pw_uid);
		g_assert_cmpuint(st.st_gid, ==, getgrnam(GROUP)->gr_gid);
		g_assert_false(privileges_give(privileges, "/nowhere/at/all"));
		privileges_free(privileges);
	}
	g_assert_cmpint(g_rmdir(dir), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/privileges/names", test_names);
	g_test_add_func("/privileges/nobody-given", test_nobody_given);
	g_test_add_func("/privileges/drop", test_drop);
	g_test_add_func("/privileges/harden", test_harden);
	g_test_add_func("/privileges/limit", test_limit);
	g_test_add_func("/privileges/give", test_give);
	return g_test_run();
}
