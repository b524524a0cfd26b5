#include "config.h"

#include "cli/job.h"

#include <errno.h>
#include <poll.h>
#include <sysexits.h>

#include "cli/failure.h"

/* How often its deadline is looked at. */
enum { CHECK_MS = 1000 };

gboolean job_run(const struct packer_work *work, GError **error)
{
	struct packer_job job;

	if (!packer_job_start(&job, work))
		return failure_set(error, EX_OSERR, "cannot fork: %s",
				   g_strerror(errno));
	while (!packer_job_read(&job)) {
		struct pollfd pipe = {.fd = job.pipe_fd, .events = POLLIN};

		(void)poll(&pipe, 1, CHECK_MS);
		packer_job_check(&job, g_get_monotonic_time());
	}
	return packer_job_end(&job, error);
}
