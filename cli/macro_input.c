#include "config.h"

#include "cli/macro_input.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/failure.h"
#include "cli/macro_shell.h"
#include "render/autoptr.h"
#include "render/limits.h"
#include "render/macro_read.h"
#include "render/strict_json.h"

void macro_input_options(struct macro_input *input, GArray *options)
{
	const GOptionEntry entries[] = {
		{"json", 'j', 0, G_OPTION_ARG_NONE, &input->is_json,
		 "Read the macro as JSON from standard input", NULL},
		{"width", 0, 0, G_OPTION_ARG_INT, &input->width_px,
		 "Fit the picture into this width", "PX"},
		{"height", 0, 0, G_OPTION_ARG_INT, &input->height_px,
		 "Fit the picture into this height", "PX"},
		{"format", 0, 0, G_OPTION_ARG_STRING, &input->format,
		 "jpeg, png, gif or webp (FILE's suffix, else the template's)",
		 "FORMAT"},
		{"quality", 0, 0, G_OPTION_ARG_INT, &input->quality,
		 "Of JPEG and WebP, 1 to 100", "N"},
		{"background", 0, 0, G_OPTION_ARG_STRING, &input->background,
		 "The picture's URL, where MACRO is custom{...}", "URL"},
		{"font", 0, 0, G_OPTION_ARG_STRING, &input->font,
		 "Font of the captions of MACRO", "NAME"},
		{"color", 0, 0, G_OPTION_ARG_STRING, &input->color,
		 "Their colour", "COLOR"},
		{"outline", 0, 0, G_OPTION_ARG_STRING, &input->outline,
		 "Their outline's colour, or none", "COLOR"},
		{"size", 0, 0, G_OPTION_ARG_STRING, &input->size,
		 "Their size: pixels, auto, shrink or fit", "SIZE"},
	};

	g_array_append_vals(options, entries, G_N_ELEMENTS(entries));
}

void macro_input_fini(struct macro_input *input)
{
	g_free(input->format);
	g_free(input->background);
	g_free(input->font);
	g_free(input->color);
	g_free(input->outline);
	g_free(input->size);
}

static gboolean read_standard_input(GString *out, GError **error)
{
	char buffer[8192];

	for (;;) {
		ssize_t n = read(STDIN_FILENO, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failure_set(error, EX_IOERR,
					   "cannot read standard input: %s",
					   g_strerror(errno));
		if (n == 0)
			return TRUE;
		if ((gsize)n > LIMIT_BODY_BYTES - out->len)
			return failure_set(error, EX_DATAERR,
					   "standard input has more than the "
					   "%d bytes that are allowed",
					   LIMIT_BODY_BYTES);
		g_string_append_len(out, buffer, n);
	}
}

static struct json_object *read_json(GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) cause = NULL;
	struct json_object *tree;

	if (!read_standard_input(text, error))
		return NULL;
	tree = strict_json_parse(text->str, text->len, &cause);
	if (!tree)
		(void)failure_set(error, EX_DATAERR, "standard input: %s",
				  cause->message);
	return tree;
}

/* Each caption gets the properties that the options give. */
static void add_looks(const struct macro_input *input, struct json_object *tree)
{
	const struct {
		const char *key, *value;
	} looks[] = {
		{"font", input->font},
		{"color", input->color},
		{"outline", input->outline},
		{"size", input->size},
	};
	struct json_object *captions = json_object_object_get(tree, "captions");

	for (gsize i = 0; i < json_object_array_length(captions); i++) {
		struct json_object *caption =
			json_object_array_get_idx(captions, i);

		for (gsize j = 0; j < G_N_ELEMENTS(looks); j++)
			if (looks[j].value)
				json_object_object_add(
					caption, looks[j].key,
					json_object_new_string(looks[j].value));
	}
}

/* The strings of options are read as those of a query are: `10` is a size. */
static struct macro *read_shell(const struct macro_input *input,
				const char *argument, GError **error)
{
	g_autoptr(json_object_auto) tree = macro_shell_tree(argument, error);

	if (!tree)
		return NULL;
	add_looks(input, tree);
	if (input->background)
		json_object_object_add(
			tree, "background",
			json_object_new_string(input->background));
	return macro_read(tree, TRUE, error);
}

static gboolean check_usage(const struct macro_input *input,
			    const char *argument, GError **error)
{
	if (input->is_json && argument)
		return failure_set(error, EX_USAGE,
				   "MACRO and --json exclude each other");
	if (!input->is_json && !argument)
		return failure_set(error, EX_USAGE, "MACRO or --json expected");
	if (input->is_json && (input->background || input->font ||
			       input->color || input->outline || input->size))
		return failure_set(error, EX_USAGE,
				   "--background, --font, --color, --outline "
				   "and --size go with MACRO, not with --json");
	return TRUE;
}

static struct macro *read_either(const struct macro_input *input,
				 const char *argument, GError **error)
{
	g_autoptr(json_object_auto) tree = NULL;
	struct macro *macro = NULL;

	if (argument)
		macro = read_shell(input, argument, error);
	else if ((tree = read_json(error)))
		macro = macro_read(tree, FALSE, error);
	if (!macro)
		g_prefix_error(error, "cannot read the macro: ");
	return macro;
}

static gboolean apply_number(const char *option, int value, int most, int *out,
			     GError **error)
{
	if (value == 0)
		return TRUE;
	if (value < 1 || value > most)
		return failure_set(error, EX_USAGE,
				   "%s: '%d' given, a number from 1 to %d "
				   "expected",
				   option, value, most);
	*out = value;
	return TRUE;
}

static gboolean is_json_name(const char *format)
{
	return g_ascii_strcasecmp(format, "json") == 0;
}

/* The quality before the format, which may have none. */
static gboolean apply_format(const struct macro_input *input,
			     const char *output, struct macro *macro,
			     GError **error)
{
	const char *dot = output ? strrchr(output, '.') : NULL;
	enum macro_format format = macro->format;

	if (input->format && is_json_name(input->format))
		macro->is_description = TRUE;
	else if (input->format &&
		 !macro_format_from_name(input->format, &format))
		return failure_set(error, EX_USAGE,
				   "--format: '%s' given, jpeg, png, gif or "
				   "webp expected",
				   input->format);
	else if (!input->format && format == MACRO_FORMAT_DEFAULT && dot)
		/* Another suffix says nothing of the format. */
		(void)macro_format_from_name(dot + 1, &format);
	macro_set_format(macro, format);
	return TRUE;
}

struct macro *macro_input_read(const struct macro_input *input,
			       const char *argument, const char *output,
			       GError **error)
{
	g_autoptr(macro_auto) macro = NULL;

	if (!check_usage(input, argument, error))
		return NULL;
	macro = read_either(input, argument, error);
	if (!macro ||
	    !apply_number("--width", input->width_px, LIMIT_SIDE_PX,
			  &macro->width_px, error) ||
	    !apply_number("--height", input->height_px, LIMIT_SIDE_PX,
			  &macro->height_px, error) ||
	    !apply_number("--quality", input->quality, 100, &macro->quality,
			  error) ||
	    !apply_format(input, output, macro, error))
		return NULL;
	return g_steal_pointer(&macro);
}
