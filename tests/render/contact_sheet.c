/* One picture of all pictures of the gallery, large and small, to look at.
 *
 *     contact_sheet OUTPUT.png
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "render/autoptr.h"
#include "tests/render/gallery.h"

enum { COLUMNS = 3, CELL_X_PX = 600, CELL_Y_PX = 380 };

static void place(cairo_t *cr, cairo_surface_t *picture, int column, int row,
		  int dx, int dy)
{
	cairo_set_source_surface(cr, picture, column * CELL_X_PX + dx,
				 row * CELL_Y_PX + dy);
	cairo_paint(cr);
}

/* Twice as large, and beside it a third as large. */
static void draw_case(cairo_t *cr, const struct gallery_case *one,
		      struct fonts *fonts, int column, int row)
{
	g_autoptr(cairo_surface_t) large = gallery_draw(one, fonts, 2);
	g_autoptr(cairo_surface_t) small = gallery_draw(one, fonts, 1.0 / 3);

	place(cr, large, column, row, 10, 10);
	place(cr, small, column, row, CELL_X_PX - 100, 10);
}

static cairo_status_t draw_sheet(struct fonts *fonts, const char *path)
{
	gsize n;
	const struct gallery_case *cases = gallery_cases(&n);
	int rows = ((int)n + COLUMNS - 1) / COLUMNS;
	g_autoptr(cairo_surface_t) sheet = cairo_image_surface_create(
		CAIRO_FORMAT_RGB24, COLUMNS * CELL_X_PX, rows * CELL_Y_PX);
	g_autoptr(cairo_t) cr = cairo_create(sheet);

	cairo_set_source_rgb(cr, 0.5, 0.5, 0.5);
	cairo_paint(cr);
	for (int i = 0; i < (int)n; i++)
		if (gallery_can_draw(&cases[i]))
			draw_case(cr, &cases[i], fonts, i % COLUMNS,
				  i / COLUMNS);
	return cairo_surface_write_to_png(sheet, path);
}

int main(int argc, char **argv)
{
	g_autoptr(fonts_auto) fonts = NULL;
	cairo_status_t status;

	if (argc != 2) {
		fprintf(stderr, "usage: %s OUTPUT.png\n", argv[0]);
		return EXIT_FAILURE;
	}
	fonts = gallery_fonts();
	if (!fonts) {
		fputs("OpenSans-CondBold is not installed\n", stderr);
		return EXIT_FAILURE;
	}
	status = draw_sheet(fonts, argv[1]);
	if (status != CAIRO_STATUS_SUCCESS) {
		fprintf(stderr, "%s: %s\n", argv[1],
			cairo_status_to_string(status));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
