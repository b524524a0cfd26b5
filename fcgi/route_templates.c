/* The lists: templates and their cards, blank templates, fonts. */
#include "config.h"

#include "fcgi/route_handlers.h"

#include <string.h>

#include "fcgi/errors.h"
#include "render/autoptr.h"
#include "render/query.h"

void route_answer_json(struct response *response, struct json_object *object)
{
	response_header(response, "Cache-Control", "no-cache");
	response_header(response, "X-Accel-Expires", "0");
	response_text(response, "application/json",
		      g_strdup(json_object_to_json_string_ext(
			      object, JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE)));
}

/* What `/templates` was asked. */
struct filter {
	char *words;  /* case-folded; NULL: any */
	int animated; /* 1, 0, or -1: both */
	gboolean is_cards;
};

static gboolean read_bool(const struct query_pair *pair, int *out,
			  GError **error)
{
	if (strcmp(pair->value, "true") == 0 ||
	    strcmp(pair->value, "false") == 0) {
		*out = pair->value[0] == 't';
		return TRUE;
	}
	g_set_error(error, HTTP_ERROR, 400,
		    "cannot decode request: %s: `%s` given, `true` or `false` "
		    "expected",
		    pair->key, pair->value);
	return FALSE;
}

static gboolean read_pair(const struct query_pair *pair, struct filter *filter,
			  GError **error)
{
	int is_cards;

	if (strcmp(pair->key, "filter") == 0) {
		g_free(filter->words);
		filter->words = g_utf8_casefold(pair->value, -1);
		return TRUE;
	}
	if (strcmp(pair->key, "animated") == 0)
		return read_bool(pair, &filter->animated, error);
	if (strcmp(pair->key, "cards") == 0) {
		if (!read_bool(pair, &is_cards, error))
			return FALSE;
		filter->is_cards = is_cards;
		return TRUE;
	}
	g_set_error(error, HTTP_ERROR, 400,
		    "cannot decode request: unknown field `%s`, expected one "
		    "of `filter`, `animated`, `cards`",
		    pair->key);
	return FALSE;
}

static gboolean read_filter(const char *query, struct filter *filter,
			    GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autoptr(GArray) pairs = query_parse(query, strlen(query), &cause);

	if (!pairs) {
		g_set_error(error, HTTP_ERROR, 400, "cannot decode request: %s",
			    cause->message);
		return FALSE;
	}
	for (guint i = 0; i < pairs->len; i++)
		if (!read_pair(&g_array_index(pairs, struct query_pair, i),
			       filter, error))
			return FALSE;
	return TRUE;
}

static const char *get_string(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static gboolean has_words(const char *text, const char *words)
{
	g_autofree char *folded = g_utf8_casefold(text, -1);

	return strstr(folded, words) != NULL;
}

static gboolean any_keyword(struct json_object *card, const char *words)
{
	struct json_object *keywords;
	gsize n;

	if (!json_object_object_get_ex(card, "keywords", &keywords) ||
	    !json_object_is_type(keywords, json_type_array))
		return FALSE;
	n = json_object_array_length(keywords);
	for (gsize i = 0; i < n; i++) {
		const char *keyword = json_object_get_string(
			json_object_array_get_idx(keywords, i));

		if (keyword && has_words(keyword, words))
			return TRUE;
	}
	return FALSE;
}

static gboolean passes(const struct filter *filter, struct json_object *card)
{
	struct json_object *frames = NULL;
	gboolean is_animated;

	(void)json_object_object_get_ex(card, "frames", &frames);
	is_animated = json_object_get_int(frames) > 1;
	if (filter->animated >= 0 && is_animated != (filter->animated == 1))
		return FALSE;
	if (!filter->words)
		return TRUE;
	return has_words(get_string(card, "id"), filter->words) ||
	       has_words(get_string(card, "name"), filter->words) ||
	       any_keyword(card, filter->words);
}

static void add_url(struct json_object *card, const char *key,
		    const char *prefix, const char *id, const char *suffix)
{
	g_autofree char *escaped = g_uri_escape_string(id, NULL, FALSE);
	g_autofree char *url = g_strconcat(prefix, escaped, suffix, NULL);

	json_object_object_add(card, key, json_object_new_string(url));
}

/* The index's entry, and the addresses that the HTTP side knows. */
static struct json_object *make_card(struct json_object *entry)
{
	struct json_object *card = NULL;
	const char *id = get_string(entry, "id");
	const char *format = get_string(entry, "format");
	g_autofree char *suffix = g_strconcat(
		".", strcmp(format, "jpeg") == 0 ? "jpg" : format, NULL);

	if (json_object_deep_copy(entry, &card, NULL) != 0)
		return NULL;
	json_object_object_del(card, "mtime");
	add_url(card, "blank", "/templates/", id, suffix);
	add_url(card, "example", "/caption?template=", id,
		"&top_text=Need%20a%20caption%3F&bottom_text=Here%20it%20is");
	return card;
}

gboolean route_templates(struct service *service, const struct request *request,
			 const char *rest, struct response *response,
			 GError **error)
{
	struct filter filter = {.animated = -1};
	g_autoptr(json_object_auto) all = catalog_templates(service->catalog);
	gsize n = all ? json_object_array_length(all) : 0;
	g_autoptr(json_object_auto) list = json_object_new_array();
	gboolean is_read = read_filter(request->query, &filter, error);

	(void)rest;
	for (gsize i = 0; is_read && i < n; i++) {
		struct json_object *entry = json_object_array_get_idx(all, i);

		if (!passes(&filter, entry))
			continue;
		json_object_array_add(
			list, filter.is_cards
				      ? make_card(entry)
				      : json_object_new_string(
						get_string(entry, "id")));
	}
	if (is_read)
		route_answer_json(response, list);
	g_free(filter.words);
	return is_read;
}

static struct json_object *find_card(const struct service *service,
				     const char *id)
{
	g_autoptr(json_object_auto) all = NULL;

	if (catalog_has(service->catalog, id))
		all = catalog_templates(service->catalog);
	for (gsize i = 0; all && i < json_object_array_length(all); i++) {
		struct json_object *entry = json_object_array_get_idx(all, i);

		if (strcmp(get_string(entry, "id"), id) == 0)
			return make_card(entry);
	}
	return NULL;
}

static gboolean answer_card(const struct service *service, const char *id,
			    struct response *response, GError **error)
{
	g_autoptr(json_object_auto) card = find_card(service, id);

	if (!card) {
		g_set_error(error, HTTP_ERROR, 404,
			    "cannot load template `%s`: no such template", id);
		return FALSE;
	}
	route_answer_json(response, card);
	return TRUE;
}

/* The blank template is the macro without captions. */
static gboolean answer_blank(struct service *service,
			     const struct request *request, const char *id,
			     enum macro_format format,
			     struct response *response, GError **error)
{
	GString *query = g_string_new(request->query);
	g_autofree char *text = NULL;
	g_autoptr(macro_auto) macro = NULL;

	query_append(query, "template", id);
	text = g_string_free(query, FALSE);
	macro = macro_from_query(text, strlen(text), error);
	if (!macro)
		return FALSE;
	if (macro->n_captions > 0) {
		g_set_error(error, MACRO_ERROR, MACRO_ERROR_INVALID,
			    "a blank template has no captions");
		return FALSE;
	}
	macro_set_format(macro, format);
	return route_answer_macro(service, request, macro, response, error);
}

/* Where the suffix begins, with its dot; NULL: it is an id alone. */
static const char *find_suffix(const char *rest, enum macro_format *out)
{
	const char *dot = strrchr(rest, '.');

	return dot && dot != rest && macro_format_from_name(dot + 1, out)
		       ? dot
		       : NULL;
}

gboolean route_is_blank(const char *rest)
{
	enum macro_format format;

	return find_suffix(rest, &format) != NULL;
}

gboolean route_template(struct service *service, const struct request *request,
			const char *rest, struct response *response,
			GError **error)
{
	enum macro_format format;
	const char *dot = find_suffix(rest, &format);
	g_autofree char *id = NULL;

	if (!dot)
		return answer_card(service, rest, response, error);
	id = g_strndup(rest, (gsize)(dot - rest));
	return answer_blank(service, request, id, format, response, error);
}

gboolean route_fonts(struct service *service, const struct request *request,
		     const char *rest, struct response *response,
		     GError **error)
{
	g_autoptr(json_object_auto) list = json_object_new_array();
	const char *const *names = fonts_names(service->fonts);

	(void)request, (void)rest, (void)error;
	for (; *names; names++)
		json_object_array_add(list, json_object_new_string(*names));
	route_answer_json(response, list);
	return TRUE;
}
