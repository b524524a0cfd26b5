#include "config.h"

#include "render/text.h"

#include <string.h>

#include "render/limits.h"

/* NFC composes at most four code points into one, of four bytes each. What is
 * longer than this can't come down to LIMIT_CODE_POINTS, and is not worth
 * normalising to find that out. */
#define MAX_BYTES (LIMIT_CODE_POINTS * 4 * 4)

/* So far can canonical composition shorten a row of marks. */
#define COMPOSED_MARKS 3

#define LINE_SEPARATOR	    0x2028
#define PARAGRAPH_SEPARATOR 0x2029
#define DOTTED_CAPITAL_I    0x0130
#define DOT_ABOVE	    0x0307
#define CAPITAL_SIGMA	    0x03a3
#define SMALL_SIGMA	    0x03c3
#define FINAL_SIGMA	    0x03c2
#define APOSTROPHE	    0x2019

GQuark text_error_quark(void)
{
	return g_quark_from_static_string("text-error");
}

static gboolean within(glong n, glong limit, const char *what, GError **error)
{
	if (n <= limit)
		return TRUE;
	g_set_error(error, TEXT_ERROR, TEXT_ERROR_LIMIT,
		    "the text has %ld %s, at most %ld are allowed", n, what,
		    limit);
	return FALSE;
}

/* Copies valid UTF-8 with every line end made LF; refuses other controls. */
static char *unify_line_ends(const char *bytes, gsize size, GError **error)
{
	g_autoptr(GString) out = g_string_sized_new(size);
	const char *end = bytes + size;

	for (const char *p = bytes; p < end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (c == '\r' && p + 1 < end && p[1] == '\n')
			continue;
		if (c == '\r' || c == LINE_SEPARATOR ||
		    c == PARAGRAPH_SEPARATOR)
			c = '\n';
		if (c != '\n' && c != '\t' && g_unichar_iscntrl(c)) {
			g_set_error(error, TEXT_ERROR, TEXT_ERROR_UTF8,
				    "the text has a control character, U+%04X",
				    c);
			return NULL;
		}
		g_string_append_unichar(out, c);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

/* The longest row of combining marks. Format characters (joiners, bidi
 * controls) are invisible: they neither count nor end a row. */
static glong longest_marks(const char *text)
{
	glong longest = 0, row = 0;

	for (const char *p = text; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (g_unichar_ismark(c))
			row++;
		else if (g_unichar_type(c) != G_UNICODE_FORMAT)
			row = 0;
		longest = MAX(longest, row);
	}
	return longest;
}

static glong count_line_breaks(const char *text)
{
	glong n = 0;

	for (const char *p = text; (p = strchr(p, '\n')); p++)
		n++;
	return n;
}

static gboolean check_limits(const char *text, GError **error)
{
	return within(g_utf8_strlen(text, -1), LIMIT_CODE_POINTS,
		      "characters (code points)", error) &&
	       within(longest_marks(text), LIMIT_MARKS,
		      "combining marks in a row", error) &&
	       within(count_line_breaks(text), LIMIT_LINE_BREAKS, "line breaks",
		      error);
}

char *text_clean(const char *bytes, gsize size, GError **error)
{
	g_autofree char *unified = NULL;
	g_autofree char *nfc = NULL;

	if (!g_utf8_validate_len(bytes, size, NULL)) {
		g_set_error_literal(error, TEXT_ERROR, TEXT_ERROR_UTF8,
				    memchr(bytes, '\0', size)
					    ? "the text has a NUL byte"
					    : "the text is not UTF-8");
		return NULL;
	}
	if (size > MAX_BYTES &&
	    !within(g_utf8_strlen(bytes, size), LIMIT_CODE_POINTS,
		    "characters (code points)", error))
		return NULL;
	unified = unify_line_ends(bytes, size, error);
	if (!unified)
		return NULL;
	/* Sorting a row of marks takes the square of its length: look first. */
	if (!within(longest_marks(unified), LIMIT_MARKS + COMPOSED_MARKS,
		    "combining marks in a row", error))
		return NULL;
	nfc = g_utf8_normalize(unified, -1, G_NORMALIZE_NFC);
	g_assert(nfc);
	if (!check_limits(nfc, error))
		return NULL;
	return g_steal_pointer(&nfc);
}

/* GLib's string mappings know the full forms (ß → SS, ﬁ → FI), but follow
 * the process's locale where letters stand in a context, and for `i`. One
 * character alone that is not ASCII has neither. */
static void append_upper(GString *out, gunichar c)
{
	char alone[7] = "";
	g_autofree char *upper = NULL;

	if (c < 0x80) {
		g_string_append_c(out, g_ascii_toupper((char)c));
		return;
	}
	(void)g_unichar_to_utf8(c, alone);
	upper = g_utf8_strup(alone, -1);
	g_string_append(out, upper);
}

/* Of all code points only İ has a longer lower case. */
static void append_lower(GString *out, gunichar c)
{
	if (c == DOTTED_CAPITAL_I) {
		g_string_append_c(out, 'i');
		c = DOT_ABOVE;
	}
	g_string_append_unichar(out, g_unichar_tolower(c));
}

/* What begins a word: the title case (ǆ → ǅ); where that is no single letter,
 * the full upper case with what follows its first capital lowered again (ß →
 * Ss, ŉ → ʼN). */
static void append_title(GString *out, gunichar c)
{
	g_autoptr(GString) upper = NULL;
	gboolean has_capital = FALSE;

	if (g_unichar_totitle(c) != c || !g_unichar_islower(c)) {
		g_string_append_unichar(out, g_unichar_totitle(c));
		return;
	}
	upper = g_string_new(NULL);
	append_upper(upper, c);
	for (const char *p = upper->str; *p; p = g_utf8_next_char(p)) {
		c = g_utf8_get_char(p);
		g_string_append_unichar(out,
					has_capital ? g_unichar_tolower(c) : c);
		has_capital |= g_unichar_isupper(c);
	}
}

static gboolean is_in_word(gunichar c)
{
	return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

/* Marks and apostrophes between two letters do not end a word. */
static gboolean is_joiner(gunichar c)
{
	return g_unichar_ismark(c) || c == '\'' || c == APOSTROPHE ||
	       g_unichar_type(c) == G_UNICODE_FORMAT;
}

/* Whether the word goes on at p, which follows a letter. */
static gboolean word_goes_on(const char *p)
{
	while (*p && is_joiner(g_utf8_get_char(p)))
		p = g_utf8_next_char(p);
	return *p && is_in_word(g_utf8_get_char(p));
}

/* One character that is inside a word, p after it. Σ at a word's end is ς
 * (Unicode 3.13, Final_Sigma). */
static void append_lower_in_word(GString *out, gunichar c, const char *next,
				 gboolean is_after_letter)
{
	if (c != CAPITAL_SIGMA)
		append_lower(out, c);
	else if (is_after_letter && !word_goes_on(next))
		g_string_append_unichar(out, FINAL_SIGMA);
	else
		g_string_append_unichar(out, SMALL_SIGMA);
}

static GString *map_words(const char *text, gboolean is_title)
{
	GString *out = g_string_new(NULL);
	gboolean in_word = FALSE;

	for (const char *p = text; *p;) {
		gunichar c = g_utf8_get_char(p);

		p = g_utf8_next_char(p);
		if (is_title && !in_word)
			append_title(out, c);
		else
			append_lower_in_word(out, c, p, in_word);
		in_word = is_in_word(c) ||
			  (in_word && is_joiner(c) && word_goes_on(p));
	}
	return out;
}

static GString *map_upper(const char *text)
{
	GString *out = g_string_new(NULL);

	for (const char *p = text; *p; p = g_utf8_next_char(p))
		append_upper(out, g_utf8_get_char(p));
	return out;
}

char *text_to_case(const char *text, enum text_case to)
{
	g_autoptr(GString) mapped = NULL;

	if (to == TEXT_CASE_NONE)
		return g_strdup(text);
	mapped = to == TEXT_CASE_UPPER ? map_upper(text)
				       : map_words(text, to == TEXT_CASE_TITLE);
	return g_utf8_normalize(mapped->str, (gssize)mapped->len,
				G_NORMALIZE_NFC);
}
