#include "config.h"

#include "fcgi/negotiate.h"

static void json_is_chosen_when_preferred(void)
{
	static const struct {
		const char *accept;
		gboolean is_json;
	} cases[] = {
		{"", FALSE},
		{"*/*", FALSE},
		{"image/*", FALSE},
		{"application/json", TRUE},
		{"Application/JSON; charset=utf-8", TRUE},
		{"application/json, */*", TRUE},
		{"application/json, text/plain, */*", TRUE},
		{"application/json;q=0.5, */*", FALSE},
		{"application/json;q=0.5, image/*;q=0.4", TRUE},
		{"application/json, image/png", FALSE},
		{"application/*, image/png;q=0.2", TRUE},
		{"application/json;q=0", FALSE},
		{"application/json;q=nonsense", FALSE},
		{"image/avif,image/webp,image/apng,*/*;q=0.8", FALSE},
		{"text/html,application/xhtml+xml,*/*;q=0.8", FALSE},
		{",,;;,q=1", FALSE},
		/* Another type's weight is not JSON's. */
		{"text/html, image/*;q=0.5", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].accept);
		g_assert_cmpint(negotiate_is_json(cases[i].accept), ==,
				cases[i].is_json);
	}
}

/* What browsers and clients send, and what only a test would. */
static void errors_have_a_form(void)
{
	static const char chrome[] = "text/html,application/xhtml+xml,"
				     "application/xml;q=0.9,image/avif,"
				     "image/webp,image/apng,*/*;q=0.8";
	static const struct {
		const char *accept;
		gboolean is_picture;
		enum negotiate_form form;
	} cases[] = {
		{"", TRUE, NEGOTIATE_JSON},
		{"*/*", TRUE, NEGOTIATE_JSON},
		{"application/json", TRUE, NEGOTIATE_JSON},
		{"application/json, text/plain, */*", TRUE, NEGOTIATE_JSON},
		{"text/plain", TRUE, NEGOTIATE_JSON},
		{chrome, TRUE, NEGOTIATE_PAGE},
		{chrome, FALSE, NEGOTIATE_PAGE},
		{"text/html", TRUE, NEGOTIATE_PAGE},
		{"TEXT/HTML;level=1", FALSE, NEGOTIATE_PAGE},
		{"text/*", FALSE, NEGOTIATE_PAGE},
		{"image/avif,image/webp,image/apng,image/svg+xml,image/*,"
		 "*/*;q=0.8",
		 TRUE, NEGOTIATE_PICTURE},
		{"image/avif,image/webp,*/*", TRUE, NEGOTIATE_PICTURE},
		{"image/webp,image/png,image/svg+xml,image/*;q=0.8,"
		 "video/*;q=0.8,*/*;q=0.5",
		 TRUE, NEGOTIATE_PICTURE},
		{"image/*", TRUE, NEGOTIATE_PICTURE},
		{"image/*", FALSE, NEGOTIATE_JSON},
		{"image/png, */*;q=0.5", FALSE, NEGOTIATE_JSON},
		{"text/html;q=0.2, application/json;q=0.3", TRUE,
		 NEGOTIATE_JSON},
		{"text/html;q=0.3, application/json;q=0.2", TRUE,
		 NEGOTIATE_PAGE},
		{"text/html, image/png;q=0.9", TRUE, NEGOTIATE_PAGE},
		{"text/html;q=0.8, image/png;q=0.9", TRUE, NEGOTIATE_PICTURE},
		{"text/html;q=0.8, image/png;q=0.9", FALSE, NEGOTIATE_PAGE},
		{"text/html;q=0, */*", FALSE, NEGOTIATE_JSON},
		{"text/html;q=0", FALSE, NEGOTIATE_JSON},
		{"image/*;q=0, text/html;q=0, */*", TRUE, NEGOTIATE_JSON},
		{"application/json;q=0, */*", FALSE, NEGOTIATE_PAGE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s", cases[i].accept);
		g_assert_cmpint(
			negotiate_error(cases[i].accept, cases[i].is_picture),
			==, (int)cases[i].form);
	}
}

static void conditions_hold_back(void)
{
	static const struct validators validators = {.etag = (char *)"\"abc\"",
						     .modified_s = 784111777};
	static const struct {
		const char *none_match, *modified_since;
		gboolean is_held_back;
	} cases[] = {
		{"", "", FALSE},
		{"\"abc\"", "", TRUE},
		{"W/\"abc\"", "", TRUE},
		{"*", "", TRUE},
		{"\"x\", \"abc\"", "", TRUE},
		{"\"x\"", "", FALSE},
		{"abc", "", FALSE},
		{"", "Sun, 06 Nov 1994 08:49:37 GMT", TRUE},
		{"", "Sun, 06 Nov 1994 08:49:36 GMT", FALSE},
		{"", "Sun, 06 Nov 1994 08:49:37 GMT x", FALSE},
		{"", "Sunday, 06-Nov-94 08:49:37 GMT", TRUE},
		{"", "Sunday, 06-Nov-94 08:49:36 GMT", FALSE},
		{"", "Sun Nov  6 08:49:37 1994", TRUE},
		{"", "Sun Nov  6 08:49:36 1994", FALSE},
		{"", "yesterday", FALSE},
		/* If-None-Match decides alone. */
		{"\"x\"", "Sun, 06 Nov 1994 08:49:37 GMT", FALSE},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_test_message("%s | %s", cases[i].none_match,
			       cases[i].modified_since);
		g_assert_cmpint(negotiate_is_not_modified(
					&validators, cases[i].none_match,
					cases[i].modified_since),
				==, cases[i].is_held_back);
	}
}

static void dates_are_imf(void)
{
	g_autofree char *date = negotiate_http_date(784111777);

	g_assert_cmpstr(date, ==, "Sun, 06 Nov 1994 08:49:37 GMT");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/negotiate/errors", errors_have_a_form);
	g_test_add_func("/negotiate/json", json_is_chosen_when_preferred);
	g_test_add_func("/negotiate/conditions", conditions_hold_back);
	g_test_add_func("/negotiate/date", dates_are_imf);
	return g_test_run();
}
