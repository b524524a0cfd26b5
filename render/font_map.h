/* font_map.h - Pango's font map, remembering what it gave last.
 *
 * Pango asks its map for a fontset at each change of script in each text, and
 * the map finds it by hashing and comparing a description whose family list
 * names every fallback font: a fifth of all layout.
 */
#pragma once

#include <pango/pango.h>

/* A map of Cairo's kind on FreeType and fontconfig, which must be set up. */
PangoFontMap *font_map_new(void);

/* Lets go of all its fonts, and of the map. NULL is none. */
void font_map_close(PangoFontMap *map);
