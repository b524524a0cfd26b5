/* descriptors.h - what a program was started with, and what it should not have.
 */
#pragma once

#include <glib.h>

/* Closes every descriptor but the first three, those that systemd hands over
 * (LISTEN_FDS), and those that an environment variable with the prefix names
 * ("PREFIX…=10 …"). spawn-fcgi, for one, leaves others open by accident, which
 * children would inherit. For the start of main(). */
void descriptors_close_strays(const char *prefix);
