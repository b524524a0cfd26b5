/* job.h - work on a picture from outside, in a child of its own.
 */
#pragma once

#include "fcgi/packer_job.h"

/* Forks, as packer_job.h says, and waits. Not once fonts are open. Errors:
 * PACKER_ERROR, FAILURE of EX_OSERR. */
gboolean job_run(const struct packer_work *work, GError **error);
