/* gif_check_section.h - everything that is done with a section, for fuzzing. */
#pragma once

#include <glib.h>

/* Plays and splices a section that gif_section_check() accepted. */
void gif_check_section(const guint8 *data, gsize size);
