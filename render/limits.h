/* limits.h - every limit on what a client or a template folder may ask for.
 *
 * Each is named once, here; the error that a value past it gives is in
 * brackets.
 */
#pragma once

enum {
	/* A macro. [400] */
	LIMIT_CAPTIONS = 16,
	LIMIT_CODE_POINTS = 256,	/* a caption, after NFC */
	LIMIT_MARKS = 8,		/* combining marks in a row */
	LIMIT_LINE_BREAKS = 16,		/* forced line breaks a caption */
	LIMIT_SIDE_PX = 1024,		/* width and height asked for */
	LIMIT_FREE_SIDE_PX = 4096,	/* of the two, the one not asked for */
	LIMIT_FONT_SIZE_PX = 1024,
	LIMIT_OUTLINE_PX = 32,		/* outline_width */
	LIMIT_ID_BYTES = 200,		/* a template's or a font's name */
	LIMIT_URL_BYTES = 2048,		/* background */
	LIMIT_JSON_DEPTH = 8,

	/* A request. [414, 413] */
	LIMIT_TARGET_BYTES = 16 * 1024,	/* path and query together */
	LIMIT_BODY_BYTES = 64 * 1024,

	/* A request's FastCGI records. [closed, one log line] nginx with
	 * 4 x 32 KiB of headers stays under the first. */
	LIMIT_PARAMS_BYTES = 256 * 1024,
	LIMIT_PARAMS = 1024,
	LIMIT_RECORDS_BYTES = 1024 * 1024,	/* all, padding included */

	/* A template picture. [not packed, one log line, in /stats] */
	LIMIT_TEMPLATE_BYTES = 32 * 1024 * 1024,
	LIMIT_TEMPLATE_FRAMES = 512,
	LIMIT_TEMPLATE_PIXELS = 64 * 1000 * 1000,	/* × frames */
	LIMIT_TEMPLATE_SIDE_PX = 16384,
	LIMIT_SIDECAR_BYTES = 64 * 1024,
	LIMIT_KEYWORDS = 64,
	LIMIT_SOURCE_BYTES = 2048,
	LIMIT_SLOTS = 16,

	/* A worker's memory. [the least recently used are dropped] */
	LIMIT_GLYPH_MASKS_BYTES = 8 * 1024 * 1024,
};
