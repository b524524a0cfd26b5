#include "config.h"

#include "render/macro.h"

#include <string.h>

#include <json-c/json.h>

#include "render/autoptr.h"
#include "render/query.h"
#include "tests/render/macro_text.h"

#define MAX_CAPTIONS 5
#define N_MACROS     3000

static const char *pick(const char *const *words, gsize n)
{
	return words[g_test_rand_int_range(0, (gint32)n)];
}

#define PICK(words) pick(words, G_N_ELEMENTS(words))

static gboolean toss(void)
{
	return g_test_rand_bit();
}

/* A key of a random macro, in the order in which it is written. Both forms are
 * made of the same list. */
struct part {
	char *key, *value;
	gboolean is_number;
};

static void part_clear(void *element)
{
	struct part *part = element;

	g_free(part->key);
	g_free(part->value);
}

static void add(GArray *parts, const char *key, const char *value,
		gboolean is_number)
{
	struct part part = {g_strdup(key), g_strdup(value), is_number};

	g_array_append_val(parts, part);
}

static void maybe_word(GArray *parts, const char *key, const char *value)
{
	if (toss())
		add(parts, key, value, FALSE);
}

static void maybe_number(GArray *parts, const char *key, double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	if (toss())
		add(parts, key, g_ascii_dtostr(text, sizeof(text), value),
		    TRUE);
}

static void maybe_integer(GArray *parts, const char *key, int max)
{
	g_autofree char *text =
		g_strdup_printf("%d", g_test_rand_int_range(1, max + 1));

	if (toss())
		add(parts, key, text, TRUE);
}

static const char *const texts[] = {
	"a", "Need a meme?", "e\u0301", "\U0001f600\n\"&=+%[]", " ", "\\'/",
};
static const char *const aligns[] = {"left", "center", "right"};
static const char *const valigns[] = {"top", "middle", "bottom"};
static const char *const colors[] = {
	"white", "black", "#123", "rgb(1,2,3)", "$010203", "hsl(120,50%,50%)",
};
static const char *const veils[] = {"none", "", "#1234", "red", "transparent"};
static const char *const sizes[] = {"auto", "shrink", "fit", "flex", "48"};
static const char *const cases[] = {"none", "upper", "lower", "title"};

/* The properties that every caption has, as prefix_font or prefix[font]. */
static void add_common(GArray *parts, const char *format)
{
	static const char *const names[] = {"font", "color", "outline", "size",
					    "align"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_auto(GStrv) around = g_strsplit(format, "%", 2);
		g_autofree char *key =
			g_strconcat(around[0], names[i], around[1], NULL);
		const char *const values[] = {"Anton", PICK(colors),
					      toss() ? PICK(colors) : "none",
					      PICK(sizes), PICK(aligns)};

		maybe_word(parts, key, values[i]);
	}
}

static void add_rest(GArray *parts)
{
	double x = g_test_rand_double_range(0, 0.9);
	double y = g_test_rand_double_range(0, 0.9);
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	if (toss()) {
		add(parts, "x", g_ascii_dtostr(text, sizeof(text), x), TRUE);
		add(parts, "y", g_ascii_dtostr(text, sizeof(text), y), TRUE);
		maybe_number(parts, "w", g_test_rand_double_range(0.01, 1 - x));
		maybe_number(parts, "h", 1 - y);
	}
	maybe_number(parts, "angle", g_test_rand_double_range(-1000, 1000));
	maybe_number(parts, "outline_width",
		     toss() ? 0 : g_test_rand_double_range(0, 32));
	maybe_number(parts, "opacity", g_test_rand_double_range(0, 1));
	maybe_number(parts, "start", g_test_rand_double_range(0, 0.5));
	maybe_number(parts, "stop", g_test_rand_double_range(0.5, 1));
	maybe_word(parts, "case", PICK(cases));
	maybe_word(parts, "shadow", PICK(veils));
	maybe_word(parts, "background", PICK(veils));
}

static GArray *new_parts(void)
{
	GArray *parts = g_array_new(FALSE, FALSE, sizeof(struct part));

	g_array_set_clear_func(parts, part_clear);
	return parts;
}

static GArray *random_picture(void)
{
	static const char *const formats[] = {"jpg", "png", "gif", "webp",
					      "json"};
	GArray *parts = new_parts();

	add(parts, "template", PICK(texts), FALSE);
	maybe_integer(parts, "width", 1024);
	maybe_integer(parts, "height", 1024);
	maybe_integer(parts, "quality", 100);
	maybe_word(parts, "format", PICK(formats));
	maybe_word(parts, "v", "abc");
	return parts;
}

static GArray *random_simple(void)
{
	GArray *parts = random_picture();

	for (gsize i = 0; i < G_N_ELEMENTS(valigns); i++) {
		g_autofree char *text = g_strconcat(valigns[i], "_text", NULL);
		g_autofree char *format = g_strconcat(valigns[i], "_%", NULL);

		maybe_word(parts, text, toss() ? PICK(texts) : "");
		add_common(parts, format);
	}
	return parts;
}

static GArray *random_caption(void)
{
	GArray *parts = new_parts();

	add(parts, "text", PICK(texts), FALSE);
	add(parts, "valign", PICK(valigns), FALSE);
	add_common(parts, "%");
	if (toss())
		add_rest(parts);
	return parts;
}

static void append_pairs(GString *query, const GArray *parts,
			 const char *format)
{
	g_auto(GStrv) around = g_strsplit(format, "%", 2);

	for (guint i = 0; i < parts->len; i++) {
		const struct part *part = &g_array_index(parts, struct part, i);
		g_autofree char *key =
			g_strconcat(around[0], part->key, around[1], NULL);

		query_append(query, key, part->value);
	}
}

static void add_members(struct json_object *object, const GArray *parts)
{
	for (guint i = 0; i < parts->len; i++) {
		const struct part *part = &g_array_index(parts, struct part, i);
		struct json_object *value =
			part->is_number ? json_tokener_parse(part->value)
					: json_object_new_string(part->value);

		json_object_object_add(object, part->key, value);
	}
}

/* A random macro in both forms. */
static void random_macro(GString *out_query, struct json_object *out_json)
{
	gboolean is_simple = toss();
	g_autoptr(GArray) parts =
		is_simple ? random_simple() : random_picture();
	struct json_object *array;

	append_pairs(out_query, parts, "%");
	add_members(out_json, parts);
	if (is_simple)
		return;
	array = json_object_new_array();
	json_object_object_add(out_json, "captions", array);
	for (int i = g_test_rand_int_range(0, MAX_CAPTIONS); i > 0; i--) {
		g_autoptr(GArray) caption = random_caption();
		struct json_object *object = json_object_new_object();
		g_autofree char *format =
			g_strdup_printf("captions[%d][%%]",
					(int)json_object_array_length(array));

		append_pairs(out_query, caption, format);
		add_members(object, caption);
		json_object_array_add(array, object);
	}
}

static void assert_same_caption(const struct caption *a,
				const struct caption *b)
{
	g_assert_cmpstr(a->text, ==, b->text);
	g_assert_cmpstr(a->font, ==, b->font);
	g_assert_cmpint(a->valign, ==, b->valign);
	g_assert_cmpint(a->has_valign, ==, b->has_valign);
	g_assert_cmpint(a->halign, ==, b->halign);
	g_assert_true(color_equal(a->color, b->color));
	g_assert_cmpint(a->has_outline, ==, b->has_outline);
	g_assert_true(color_equal(a->outline, b->outline));
	g_assert_cmpfloat(a->outline_width_px, ==, b->outline_width_px);
	g_assert_cmpint(a->size, ==, b->size);
	g_assert_cmpfloat(a->size_px, ==, b->size_px);
	g_assert_cmpint(a->has_area, ==, b->has_area);
	g_assert_cmpfloat(a->x, ==, b->x);
	g_assert_cmpfloat(a->y, ==, b->y);
	g_assert_cmpfloat(a->w, ==, b->w);
	g_assert_cmpfloat(a->h, ==, b->h);
	g_assert_cmpfloat(a->angle_deg, ==, b->angle_deg);
	g_assert_cmpint(a->text_case, ==, b->text_case);
	g_assert_cmpint(a->has_shadow, ==, b->has_shadow);
	g_assert_true(color_equal(a->shadow, b->shadow));
	g_assert_cmpint(a->has_background, ==, b->has_background);
	g_assert_true(color_equal(a->background, b->background));
	g_assert_cmpfloat(a->opacity, ==, b->opacity);
	g_assert_cmpfloat(a->start, ==, b->start);
	g_assert_cmpfloat(a->stop, ==, b->stop);
}

/* All that a canonical query says. */
static void assert_same(const struct macro *a, const struct macro *b)
{
	g_assert_cmpstr(a->template_id, ==, b->template_id);
	g_assert_cmpint(a->width_px, ==, b->width_px);
	g_assert_cmpint(a->height_px, ==, b->height_px);
	g_assert_cmpint(a->format, ==, b->format);
	g_assert_cmpint(a->quality, ==, b->quality);
	g_assert_cmpuint(a->n_captions, ==, b->n_captions);
	for (gsize i = 0; i < a->n_captions; i++)
		assert_same_caption(&a->captions[i], &b->captions[i]);
}

static void both_forms_and_the_canonical_one_agree(void)
{
	for (int i = 0; i < N_MACROS; i++) {
		g_autoptr(GString) query = g_string_new(NULL);
		g_autoptr(json_object_auto) json = json_object_new_object();
		g_autoptr(macro_auto) from_query = NULL;
		g_autoptr(macro_auto) from_json = NULL;
		g_autoptr(macro_auto) again = NULL;
		g_autofree char *canonical = NULL;
		g_autofree char *canonical_json = NULL;
		g_autoptr(GError) error = NULL;
		const char *text;

		random_macro(query, json);
		text = json_object_to_json_string(json);
		from_query = macro_from_query(query->str, query->len, &error);
		g_assert_no_error(error);
		from_json = macro_from_json(text, strlen(text), &error);
		g_assert_no_error(error);
		assert_same(from_query, from_json);
		canonical = macro_to_query(from_query);
		canonical_json = macro_to_query(from_json);
		g_assert_cmpstr(canonical, ==, canonical_json);
		again = read_query(canonical, &error);
		g_assert_no_error(error);
		assert_same(from_query, again);
	}
}

/* The keys of the canonical query, in whatever order they are given. */
static void order_does_not_matter(void)
{
	for (int i = 0; i < 300; i++) {
		g_autoptr(GString) query = g_string_new(NULL);
		g_autoptr(json_object_auto) json = json_object_new_object();
		g_autoptr(GString) shuffled = g_string_new(NULL);
		g_autoptr(macro_auto) macro = NULL, other = NULL;
		g_auto(GStrv) pairs = NULL;
		guint n;

		random_macro(query, json);
		pairs = g_strsplit(query->str, "&", -1);
		n = g_strv_length(pairs);
		for (guint k = 0; k < n; k++) {
			guint from = (guint)g_test_rand_int_range((gint32)k,
								  (gint32)n);
			char *pair = pairs[from];

			pairs[from] = pairs[k];
			pairs[k] = pair;
			g_string_append_printf(shuffled, "%s&", pair);
		}
		macro = macro_from_query(query->str, query->len, NULL);
		other = macro_from_query(shuffled->str, shuffled->len, NULL);
		g_assert_nonnull(macro);
		g_assert_nonnull(other);
		assert_same(macro, other);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/macro/canonical/round-trip",
			both_forms_and_the_canonical_one_agree);
	g_test_add_func("/macro/canonical/order", order_does_not_matter);
	return g_test_run();
}
