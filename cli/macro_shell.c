#include "config.h"

#include "cli/macro_shell.h"

#include <string.h>

#include "render/autoptr.h"
#include "render/limits.h"
#include "render/macro_read.h"

/* In the order of their enums. */
static const char valign_marks[] = "^-_";
static const char halign_marks[] = "<|>";

struct reader {
	const char *start;
	const char *at;
	gsize firm; /* of what was read last: all but plain space at its end */
};

static gboolean fail(const struct reader *reader, const char *what,
		     GError **error)
{
	g_set_error(error, MACRO_ERROR, MACRO_ERROR_INVALID,
		    "%s, at byte %" G_GSIZE_FORMAT " of the macro", what,
		    (gsize)(reader->at - reader->start) + 1);
	return FALSE;
}

static void skip_space(struct reader *reader)
{
	while (g_ascii_isspace(*reader->at))
		reader->at++;
}

/* Appends the character after a backslash. A name has no line breaks to
 * write, so in it `n` is an n. */
static gboolean read_escape(struct reader *reader, gboolean is_text,
			    GString *out, GError **error)
{
	const char *next = reader->at + 1;
	gsize size;

	if (!*next)
		return fail(reader, "a backslash with nothing after it", error);
	size = (gsize)(g_utf8_next_char(next) - next);
	if (is_text && *next == 'n')
		g_string_append_c(out, '\n');
	else
		g_string_append_len(out, next, (gssize)size);
	reader->at = next + size;
	reader->firm = out->len;
	return TRUE;
}

static void read_plain(struct reader *reader, GString *out)
{
	g_string_append_c(out, *reader->at);
	if (!g_ascii_isspace(*reader->at))
		reader->firm = out->len;
	reader->at++;
}

/* Appends what stands before the next of the bytes in ends. */
static gboolean read_until(struct reader *reader, const char *ends,
			   GString *out, GError **error)
{
	gboolean is_text = *ends == '}';

	reader->firm = 0;
	while (*reader->at && !strchr(ends, *reader->at)) {
		if (*reader->at != '\\')
			read_plain(reader, out);
		else if (!read_escape(reader, is_text, out, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean read_name(struct reader *reader, struct json_object *tree,
			  GError **error)
{
	g_autoptr(GString) name = g_string_new(NULL);

	skip_space(reader);
	if (!read_until(reader, "{}", name, error))
		return FALSE;
	g_string_truncate(name, reader->firm);
	if (name->len == 0)
		return fail(reader, "a template's name expected", error);
	json_object_object_add(
		tree, "template",
		json_object_new_string_len(name->str, (int)name->len));
	return TRUE;
}

/* The index of the next byte among marks, which is then passed; -1: none. */
static int read_mark(struct reader *reader, const char *marks)
{
	const char *mark = *reader->at ? strchr(marks, *reader->at) : NULL;

	if (!mark)
		return -1;
	reader->at++;
	return (int)(mark - marks);
}

static void read_marks(struct reader *reader, struct json_object *caption)
{
	int valign = read_mark(reader, valign_marks);
	int halign = read_mark(reader, halign_marks);

	if (valign < 0)
		valign = read_mark(reader, valign_marks);
	if (valign < 0)
		valign = CAPTION_VALIGN_BOTTOM;
	if (halign < 0)
		halign = CAPTION_HALIGN_CENTER;
	json_object_object_add(caption, "valign",
			       json_object_new_string(caption_valign_name(
				       (enum caption_valign)valign)));
	json_object_object_add(caption, "halign",
			       json_object_new_string(caption_halign_name(
				       (enum caption_halign)halign)));
}

/* What follows an opening brace. */
static gboolean read_caption(struct reader *reader, struct json_object *caption,
			     GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);

	read_marks(reader, caption);
	if (!read_until(reader, "}", text, error))
		return FALSE;
	if (*reader->at != '}')
		return fail(reader, "a caption is not closed: `}` expected",
			    error);
	reader->at++;
	json_object_object_add(
		caption, "text",
		json_object_new_string_len(text->str, (int)text->len));
	return TRUE;
}

static gboolean read_captions(struct reader *reader, struct json_object *list,
			      GError **error)
{
	for (skip_space(reader); *reader->at == '{'; skip_space(reader)) {
		struct json_object *caption = json_object_new_object();

		reader->at++;
		json_object_array_add(list, caption);
		if (!read_caption(reader, caption, error))
			return FALSE;
	}
	if (!*reader->at)
		return TRUE;
	return fail(reader,
		    *reader->at == '}'
			    ? "`}` closes nothing; in a text it is `\\}`"
			    : "after a caption only `{` can follow",
		    error);
}

struct json_object *macro_shell_tree(const char *text, GError **error)
{
	g_autoptr(json_object_auto) tree = json_object_new_object();
	struct reader reader = {.start = text, .at = text};
	struct json_object *captions = json_object_new_array();

	json_object_object_add(tree, "captions", captions);
	if (strlen(text) > LIMIT_BODY_BYTES) {
		g_set_error(error, MACRO_ERROR, MACRO_ERROR_INVALID,
			    "the macro has %" G_GSIZE_FORMAT
			    " bytes, at most %d are allowed",
			    strlen(text), LIMIT_BODY_BYTES);
		return NULL;
	}
	if (!g_utf8_validate(text, -1, &reader.at)) {
		(void)fail(&reader, "not UTF-8", error);
		return NULL;
	}
	reader.at = text;
	if (!read_name(&reader, tree, error) ||
	    !read_captions(&reader, captions, error))
		return NULL;
	return g_steal_pointer(&tree);
}

/* With a backslash before each of the bytes in special. */
static void append_escaped(GString *out, const char *text, const char *special)
{
	for (; *text; text++) {
		if (strchr(special, *text))
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
}

static void append_text(GString *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			g_string_append(out, "\\n");
		else if (*text == '\\' || *text == '}')
			g_string_append_printf(out, "\\%c", *text);
		else
			g_string_append_c(out, *text);
	}
}

static gboolean is_mark(char byte)
{
	return byte &&
	       (strchr(valign_marks, byte) || strchr(halign_marks, byte));
}

static void append_caption(GString *out, const struct caption *caption)
{
	g_string_append_c(out, '{');
	g_string_append_c(out, valign_marks[caption->valign]);
	if (caption->halign != CAPTION_HALIGN_CENTER)
		g_string_append_c(out, halign_marks[caption->halign]);
	if (is_mark(caption->text[0]))
		g_string_append_c(out, '\\');
	append_text(out, caption->text);
	g_string_append_c(out, '}');
}

/* Whether the text gives the macro back; but for what it never says. */
static gboolean says_all(const char *text, const struct macro *macro)
{
	g_autoptr(json_object_auto) tree = macro_shell_tree(text, NULL);
	g_autoptr(macro_auto) again =
		tree ? macro_read(tree, FALSE, NULL) : NULL;
	g_autofree char *wanted = macro_to_query(macro);
	g_autofree char *got = NULL;

	if (!again)
		return FALSE;
	again->width_px = macro->width_px;
	again->height_px = macro->height_px;
	again->format = macro->format;
	again->quality = macro->quality;
	got = macro_to_query(again);
	return strcmp(wanted, got) == 0;
}

char *macro_shell_write(const struct macro *macro)
{
	g_autoptr(GString) out = g_string_new(NULL);

	append_escaped(out, macro->template_id, "\\{} \t\n\v\f\r");
	for (gsize i = 0; i < macro->n_captions; i++)
		append_caption(out, &macro->captions[i]);
	if (!says_all(out->str, macro))
		return NULL;
	return g_strdup(out->str);
}
