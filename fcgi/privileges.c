#include "config.h"

#include "fcgi/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK(captiond_privileges_error, privileges_error)

enum { GROUPS_MAX = 65536 }; /* NGROUPS_MAX of Linux */

struct privileges {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int n_groups;
};

static struct privileges *fail_name(GError **error, const char *setting,
				    const char *given, const char *expected)
{
	g_set_error(error, PRIVILEGES_ERROR, PRIVILEGES_ERROR_NAME,
		    "%s: '%s' given, %s expected", setting, given, expected);
	return NULL;
}

void privileges_free(struct privileges *privileges)
{
	if (!privileges)
		return;
	g_free(privileges->groups);
	g_free(privileges);
}

/* The first call only says how many there are. */
static void find_groups(struct privileges *privileges, const char *user)
{
	int n = 0;

	(void)getgrouplist(user, privileges->gid, NULL, &n);
	n = CLAMP(n, 1, GROUPS_MAX);
	privileges->groups = g_new(gid_t, n);
	privileges->n_groups = n;
	if (getgrouplist(user, privileges->gid, privileges->groups,
			 &privileges->n_groups) < 0)
		privileges->n_groups = MIN(privileges->n_groups, n);
}

struct privileges *privileges_find(const char *user, const char *group,
				   GError **error)
{
	const struct passwd *passwd = user ? getpwnam(user) : NULL;
	const struct group *entry = group ? getgrnam(group) : NULL;
	struct privileges *privileges;

	if (!user)
		return group ? fail_name(error, "group", group,
					 "a user beside it")
			     : NULL;
	if (!passwd)
		return fail_name(error, "user", user, "a user of this machine");
	if (group && !entry)
		return fail_name(error, "group", group,
				 "a group of this machine");
	if (passwd->pw_uid == 0)
		return fail_name(error, "user", user, "anybody but root");
	if (geteuid() != 0 && geteuid() != passwd->pw_uid)
		return fail_name(error, "user", user,
				 "who started it, who is not root,");
	privileges = g_new0(struct privileges, 1);
	privileges->uid = passwd->pw_uid;
	privileges->gid = entry ? entry->gr_gid : passwd->pw_gid;
	find_groups(privileges, user);
	return privileges;
}

static gboolean become(const struct privileges *privileges)
{
	return setgroups((gsize)privileges->n_groups, privileges->groups) ==
		       0 &&
	       setresgid(privileges->gid, privileges->gid, privileges->gid) ==
		       0 &&
	       setresuid(privileges->uid, privileges->uid, privileges->uid) ==
		       0;
}

/* Asked of the kernel, since a call that says 0 may have done less. */
static gboolean is_for_good(const struct privileges *privileges)
{
	uid_t uid, euid, suid;
	gid_t gid, egid, sgid;

	return getresuid(&uid, &euid, &suid) == 0 &&
	       getresgid(&gid, &egid, &sgid) == 0 && uid == privileges->uid &&
	       euid == uid && suid == uid && gid == privileges->gid &&
	       egid == gid && sgid == gid && setresuid(0, 0, 0) < 0 &&
	       (gid == 0 || setresgid(0, 0, 0) < 0);
}

gboolean privileges_drop(const struct privileges *privileges, GError **error)
{
	pid_t parent = getppid();

	if (!privileges || geteuid() != 0)
		return TRUE;
	errno = 0;
	if (!become(privileges) || !is_for_good(privileges)) {
		g_set_error(error, PRIVILEGES_ERROR, PRIVILEGES_ERROR_DROP,
			    "cannot become user %u, group %u: %s",
			    (guint)privileges->uid, (guint)privileges->gid,
			    g_strerror(errno));
		return FALSE;
	}
	/* The kernel forgets it where the user changes. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		return TRUE;
	g_set_error_literal(error, PRIVILEGES_ERROR, PRIVILEGES_ERROR_DROP,
			    "the master is gone");
	return FALSE;
}

gboolean privileges_give(const struct privileges *privileges, const char *path)
{
	return !privileges || geteuid() != 0 ||
	       lchown(path, privileges->uid, privileges->gid) == 0;
}

static void set_limit(int resource, rlim_t value)
{
	struct rlimit limit;

	/* Lowered alone: who was started with less keeps less. */
	if (getrlimit((__rlimit_resource_t)resource, &limit) < 0)
		return;
	limit.rlim_max = MIN(limit.rlim_max, value);
	limit.rlim_cur = MIN(limit.rlim_max, value);
	(void)setrlimit((__rlimit_resource_t)resource, &limit);
}

static gboolean is_member(const struct privileges *privileges, gid_t gid)
{
	for (int i = 0; i < privileges->n_groups; i++)
		if (privileges->groups[i] == gid)
			return TRUE;
	return privileges->gid == gid;
}

gboolean privileges_can_read(const struct privileges *privileges,
			     const char *path)
{
	struct stat st;

	if (!privileges)
		return access(path, R_OK) == 0;
	if (stat(path, &st) < 0)
		return FALSE;
	if (privileges->uid == 0)
		return TRUE;
	if (privileges->uid == st.st_uid)
		return (st.st_mode & S_IRUSR) != 0;
	return (st.st_mode &
		(is_member(privileges, st.st_gid) ? S_IRGRP : S_IROTH)) != 0;
}

void privileges_harden(void)
{
	set_limit(RLIMIT_CORE, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void privileges_limit(guint files, guint own_memory_mib)
{
	if (files > 0)
		set_limit(RLIMIT_NOFILE, files);
#ifdef WITH_SANITIZERS
	(void)own_memory_mib; /* their shadow takes terabytes */
#else
	if (own_memory_mib > 0)
		set_limit(RLIMIT_DATA, (rlim_t)own_memory_mib << 20);
#endif
}
