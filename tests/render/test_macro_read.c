#include "config.h"

#include "render/macro.h"

#include <json-c/json.h>

#include "render/caption_read.h"
#include "tests/render/macro_text.h"

/* The same macro as a query and as JSON, NULL where a form can't say it, and
 * the one canonical query of both. */
struct row {
	const char *query, *json, *canonical;
};

static void check_rows(const struct row *rows, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		for (int form = 0; form < 2; form++) {
			g_autoptr(GError) error = NULL;
			g_autoptr(macro_auto) macro = NULL;
			g_autofree char *canonical = NULL;
			const char *text = form ? rows[i].json : rows[i].query;

			if (!text)
				continue;
			g_test_message("%s", text);
			macro = form ? read_json(text, &error)
				     : read_query(text, &error);
			g_assert_no_error(error);
			canonical = macro_to_query(macro);
			g_assert_cmpstr(canonical, ==, rows[i].canonical);
		}
	}
}

static void the_picture(void)
{
	static const struct row rows[] = {
		{"template=zoidberg", "{'template':'zoidberg'}",
		 "template=zoidberg"},
		{"+Template+=a%20b", "{' TEMPLATE\\t':'a b'}", "template=a%20b"},
		{"template=z&width=1&height=1024",
		 "{'template':'z','width':1,'height':1024}",
		 "template=z&width=1&height=1024"},
		{"height=2&template=z&width=007", NULL,
		 "template=z&width=7&height=2"},
		{"template=z&format=jpg", "{'template':'z','format':'jpg'}",
		 "template=z&format=jpeg"},
		{"template=z&format=JPEG", "{'template':'z','format':'Jpeg'}",
		 "template=z&format=jpeg"},
		{"template=z&format=png", "{'template':'z','format':'png'}",
		 "template=z&format=png"},
		{"template=z&format=gif", "{'template':'z','format':'gif'}",
		 "template=z&format=gif"},
		{"template=z&format=webp&quality=1",
		 "{'template':'z','format':'webp','quality':1}",
		 "template=z&format=webp&quality=1"},
		{"template=z&quality=100", "{'template':'z','quality':100}",
		 "template=z&quality=100"},
		/* what has no quality draws the same at any */
		{"template=z&quality=10&format=png",
		 "{'template':'z','quality':10,'format':'png'}",
		 "template=z&format=png"},
		{"template=z&quality=10&format=gif",
		 "{'template':'z','quality':10,'format':'gif'}",
		 "template=z&format=gif"},
		{"background=https://h/%3Fa%26b?c&template=custom&width=9",
		 "{'background':'https://h/?a&b?c','template':'custom',"
		 "'width':9}",
		 "template=custom&background=https%3A%2F%2Fh%2F%3Fa%26b%3Fc"
		 "&width=9"},
		/* no part of the picture */
		{"template=z&v=0aF-_9&format=json",
		 "{'template':'z','v':'0aF-_9','format':'JSON'}", "template=z"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void simple_captions(void)
{
	static const struct row rows[] = {
		{"template=z&top_text=Need+a%20meme%3f",
		 "{'template':'z','top_text':'Need a meme?'}",
		 "template=z&top_text=Need%20a%20meme%3F"},
		{"template=z&bottom_text=c&middle_text=b&top_text=a",
		 "{'template':'z','bottom_text':'c','middle_text':'b',"
		 "'top_text':'a'}",
		 "template=z&top_text=a&middle_text=b&bottom_text=c"},
		{"template=z&TOP_TEXT=a", "{'template':'z','Top_Text ':'a'}",
		 "template=z&top_text=a"},
		{"template=z&top_text=e%CC%81",
		 "{'template':'z','top_text':'e\\u0301'}",
		 "template=z&top_text=%C3%A9"},
		{"template=z&top_text=a%0D%0Ab",
		 "{'template':'z','top_text':'a\\r\\nb'}",
		 "template=z&top_text=a%0Ab"},
		/* an empty text is none, and properties alone are ignored */
		{"template=z&top_text=&bottom_text=b",
		 "{'template':'z','top_text':'','bottom_text':'b'}",
		 "template=z&bottom_text=b"},
		{"template=z&top_text", NULL, "template=z"},
		{"template=z&top_color=red&size=9",
		 "{'template':'z','top_color':'red','size':9}", "template=z"},
		{"template=z&top_text=a&top_align=left&top_font=Anton&"
		 "top_color=red&top_outline=blue&top_size=12.50",
		 "{'template':'z','top_text':'a','top_align':'left',"
		 "'top_font':'Anton','top_color':'red','top_outline':'blue',"
		 "'top_size':12.50}",
		 "template=z&top_text=a&top_align=left&top_font=Anton&"
		 "top_color=%23ff0000&top_outline=%230000ff&top_size=12.5"},
		{"template=z&middle_text=a&middle_align=RIGHT&bottom_text=b&"
		 "bottom_outline=",
		 "{'template':'z','middle_text':'a','middle_align':'right',"
		 "'bottom_text':'b','bottom_outline':null}",
		 "template=z&middle_text=a&middle_align=right&bottom_text=b&"
		 "bottom_outline=none"},
		/* for all at once */
		{"template=z&top_text=a&bottom_text=b&font=F&color=%23123&"
		 "outline=none&size=shrink",
		 "{'template':'z','top_text':'a','bottom_text':'b','font':'F',"
		 "'color':[17,34,51],'outline':null,'size':'shrink'}",
		 "template=z&top_text=a&top_font=F&top_color=%23112233&"
		 "top_outline=none&top_size=shrink&bottom_text=b&bottom_font=F&"
		 "bottom_color=%23112233&bottom_outline=none&"
		 "bottom_size=shrink"},
		{"template=z&top_text=a&bottom_text=b&color=red&"
		 "bottom_outline=red",
		 "{'template':'z','top_text':'a','bottom_text':'b',"
		 "'color':'red','bottom_outline':'red'}",
		 "template=z&top_text=a&top_color=%23ff0000&bottom_text=b&"
		 "bottom_color=%23ff0000&bottom_outline=%23ff0000"},
		/* defaults are left out */
		{"template=z&top_text=a&color=white&outline=black&size=auto&"
		 "top_align=center",
		 "{'template':'z','top_text':'a','color':'#fff',"
		 "'outline':'#000000','size':'Auto','top_align':'center'}",
		 "template=z&top_text=a"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void captions_of_texts(void)
{
	static const struct row rows[] = {
		{NULL, "{'template':'z','captions':[]}", "template=z"},
		{"template=z&captions[0]=a",
		 "{'template':'z','captions':['a']}",
		 "template=z&bottom_text=a"},
		{"template=z&captions%5B1%5D=b&Captions%5b0%5d=a",
		 "{'template':'z','captions':['a','b']}",
		 "template=z&top_text=a&bottom_text=b"},
		{"template=z&captions[2]=c&captions[0]=a&captions[1]=b",
		 "{'template':'z','CAPTIONS':['a','b','c']}",
		 "template=z&top_text=a&middle_text=b&bottom_text=c"},
		{"template=z&captions[0]=&captions[1]=b",
		 "{'template':'z','captions':['','b']}",
		 "template=z&bottom_text=b"},
		{"template=z&captions[0]=a&captions[1]=&captions[2]=",
		 "{'template':'z','captions':['a','','']}",
		 "template=z&top_text=a"},
		{"template=z&captions[0]=[x]?%26",
		 "{'template':'z','captions':['[x]?&']}",
		 "template=z&bottom_text=%5Bx%5D%3F%26"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

#define FULL	  "template=z&captions%5B0%5D%5Btext%5D=a"
#define KEY(name) "&captions%5B0%5D%5B" name "%5D="
#define QUERY	  "template=z&captions[0][text]=a&"
#define JSON	  "{'template':'z','captions':[{'text':'a',"

static void full_captions(void)
{
	static const struct row rows[] =
		{
			{QUERY "captions[0][valign]=top",
			 JSON "'valign':'top'}]}", "template=z&top_text=a"},
			{QUERY "Captions[0][ VALIGN ]=Bottom",
			 JSON "' VALIGN ':'BOTTOM'}]}",
			 "template=z&bottom_text=a"},
			{QUERY
			 "captions[0][valign]=top&captions[0][align]=left",
			 JSON "'valign':'top','align':'left'}]}",
			 "template=z&top_text=a&top_align=left"},
			{QUERY
			 "captions[0][valign]=top&captions[0][halign]=right",
			 JSON "'valign':'top','halign':'right'}]}",
			 "template=z&top_text=a&top_align=right"},
			{QUERY "captions[0][valign]=top&captions[0][size]=flex",
			 JSON "'valign':'top','size':'flex'}]}",
			 "template=z&top_text=a&top_size=fit"},
			{QUERY "captions[0][valign]=top&captions[0][size]=1024",
			 JSON "'valign':'top','size':1024.0}]}",
			 "template=z&top_text=a&top_size=1024"},
			{QUERY "captions[0][valign]=top&captions[0][size]=.5",
			 JSON "'valign':'top','size':'0.5'}]}",
			 "template=z&top_text=a&top_size=0.5"},
			/* two on a side, in their order; sides and columns sorted */
			{"template=z&captions[0][text]=d&captions[0][valign]="
			 "bottom&"
			 "captions[1][text]=b&captions[1][valign]=top&"
			 "captions[2][text]=c&captions[2][valign]=top&"
			 "captions[3][text]=a&captions[3][valign]=top&"
			 "captions[3][halign]=left",
			 "{'template':'z','captions':[{'text':'d','valign':'"
			 "bottom'},"
			 "{'text':'b','valign':'top'},{'text':'c','valign':'"
			 "top'},"
			 "{'text':'a','valign':'top','halign':'left'}]}",
			 "template=z&captions%5B0%5D%5Btext%5D=a&"
			 "captions%5B0%5D%5Bvalign%5D=top&"
			 "captions%5B0%5D%5Bhalign%5D=left&"
			 "captions%5B1%5D%5Btext%5D=b&captions%5B1%5D%5Bvalign%"
			 "5D=top&"
			 "captions%5B2%5D%5Btext%5D=c&captions%5B2%5D%5Bvalign%"
			 "5D=top&"
			 "captions%5B3%5D%5Btext%5D=d&"
			 "captions%5B3%5D%5Bvalign%5D=bottom"},
			{QUERY
			 "captions[0][valign]=top&captions[0][angle]=-190&"
			 "captions[0][outline_width]=0.5&captions[0][case]="
			 "Upper&"
			 "captions[0][shadow]=rgba(1,2,3,.5)&"
			 "captions[0][background]=%230000&"
			 "captions[0][opacity]=0.25&captions[0][font]=F&"
			 "captions[0][color]=rgb(1,2,3)&captions[0][outline]=$"
			 "010203",
			 JSON "'valign':'top','angle':170,'outline_width':0.5,"
			      "'case':'upper','shadow':'#01020380','background'"
			      ":null,"
			      "'opacity':2.5e-1,'font':'F','color':[1,2,3],"
			      "'outline':{'r':1,'Green':2,'b ':3}}]}",
			 FULL KEY("valign") "top" KEY("font") "F" KEY("color") "%23010203" KEY("outline") "%23010203" KEY(
				 "angle") "170" KEY("outline_width") "0.5" KEY("case") "upper" KEY("shadow") "%2301020380" KEY("opacity") "0.25"},
		};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void areas(void)
{
	static const struct row rows[] = {
		{QUERY "captions[0][x]=0.25&captions[0][y]=0",
		 JSON "'x':0.25,'y':0}]}",
		 FULL KEY("x") "0.25" KEY("y") "0" KEY("w") "0.75" KEY(
			 "h") "1"},
		{QUERY "captions[0][x]=.1&captions[0][y]=.2&"
		       "captions[0][w]=.3&captions[0][h]=.4",
		 JSON "'x':0.1,'y':0.2,'w':0.3,'h':0.4}]}",
		 FULL KEY("x") "0.1" KEY("y") "0.2" KEY("w") "0.3" KEY(
			 "h") "0.4"},
		{QUERY "captions[0][x]=0&captions[0][y]=0&"
		       "captions[0][valign]=top",
		 JSON "'x':0,'y':0,'valign':'top'}]}",
		 FULL KEY("valign") "top" KEY("x") "0" KEY("y") "0" KEY(
			 "w") "1" KEY("h") "1"},
		/* middle is an area's default */
		{QUERY "captions[0][x]=0&captions[0][y]=0&"
		       "captions[0][valign]=middle",
		 JSON "'x':0,'y':0,'valign':'middle'}]}",
		 FULL KEY("x") "0" KEY("y") "0" KEY("w") "1" KEY("h") "1"},
		/* 0.7 + 0.3 in binary, and a little over */
		{QUERY "captions[0][x]=0.7&captions[0][y]=0.5&"
		       "captions[0][w]=0.3&captions[0][h]=0.5000005",
		 JSON "'x':0.7,'y':0.5,'w':0.3,'h':0.5000005}]}",
		 FULL KEY("x") "0.7" KEY("y") "0.5" KEY("w") "0.3" KEY(
			 "h") "0.5"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void what_draws_the_same_is_the_same(void)
{
	static const struct row rows[] = {
		{QUERY "captions[0][valign]=top&captions[0][outline_width]=0",
		 JSON "'valign':'top','outline_width':0}]}",
		 "template=z&top_text=a&top_outline=none"},
		{QUERY "captions[0][valign]=top&captions[0][outline]=none&"
		       "captions[0][outline_width]=9",
		 JSON "'valign':'top','outline':'','outline_width':9}]}",
		 "template=z&top_text=a&top_outline=none"},
		{QUERY "captions[0][valign]=top&captions[0][shadow]=none&"
		       "captions[0][background]=transparent",
		 JSON "'valign':'top','shadow':null,"
		      "'background':'#12345600'}]}",
		 "template=z&top_text=a"},
		{QUERY "captions[0][valign]=top&captions[0][angle]=720&"
		       "captions[0][case]=none&captions[0][opacity]=1.0",
		 JSON "'valign':'top','angle':-0.0,'case':'none',"
		      "'opacity':1}]}",
		 "template=z&top_text=a"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void angles_are_brought_into_one_turn(void)
{
	static const struct {
		const char *given;
		double angle_deg;
	} cases[] = {
		{"0", 0},	  {"180", 180},	 {"-180", 180}, {"181", -179},
		{"-181", 179},	  {"360", 0},	 {"-360", 0},	{"540", 180},
		{"-90.5", -90.5}, {"1e300", -1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *query = g_strdup_printf(
			QUERY "captions[0][x]=0&captions[0][y]=0&"
			      "captions[0][angle]=%s",
			cases[i].given);
		g_autoptr(macro_auto) macro = read_query(query, NULL);
		double angle_deg;

		g_assert_nonnull(macro);
		angle_deg = macro->captions[0].angle_deg;
		g_assert_cmpfloat(angle_deg, >, -180);
		g_assert_cmpfloat(angle_deg, <=, 180);
		if (cases[i].angle_deg != -1)
			g_assert_cmpfloat(angle_deg, ==, cases[i].angle_deg);
	}
}

/* What the canonical query does not say. */
static void the_rest_of_the_model(void)
{
	g_autoptr(macro_auto) macro = read_query(
		"template=z&v=abc&format=json&top_text=a&captions", NULL);
	const struct caption *caption;

	g_assert_null(macro);
	macro = read_query("template=z&v=abc&format=json&top_text=a", NULL);
	g_assert_nonnull(macro);
	g_assert_cmpstr(macro->version, ==, "abc");
	g_assert_true(macro->is_description);
	g_assert_cmpint(macro->format, ==, MACRO_FORMAT_DEFAULT);
	g_assert_cmpint(macro->width_px, ==, 0);
	g_assert_cmpint(macro->height_px, ==, 0);
	g_assert_cmpint(macro->quality, ==, 0);
	g_assert_cmpuint(macro->n_captions, ==, 1);
	caption = &macro->captions[0];
	g_assert_cmpint(caption->valign, ==, CAPTION_VALIGN_TOP);
	g_assert_cmpint(caption->halign, ==, CAPTION_HALIGN_CENTER);
	g_assert_true(caption->has_valign);
	g_assert_null(caption->font);
	g_assert_true(color_equal(caption->color, COLOR_WHITE));
	g_assert_true(caption->has_outline);
	g_assert_true(color_equal(caption->outline, COLOR_BLACK));
	g_assert_cmpfloat(caption->outline_width_px, ==, 3);
	g_assert_cmpint(caption->size, ==, CAPTION_SIZE_AUTO);
	g_assert_false(caption->has_area);
	g_assert_cmpfloat(caption->angle_deg, ==, 0);
	g_assert_cmpint(caption->text_case, ==, TEXT_CASE_NONE);
	g_assert_false(caption->has_shadow);
	g_assert_false(caption->has_background);
	g_assert_cmpfloat(caption->opacity, ==, 1);
	macro_free(NULL);
}

static void an_area_alone_is_in_the_middle(void)
{
	g_autoptr(macro_auto) macro = read_query(
		QUERY "captions[0][x]=0.5&captions[0][y]=0.25", NULL);

	g_assert_nonnull(macro);
	g_assert_true(macro->captions[0].has_area);
	g_assert_false(macro->captions[0].has_valign);
	g_assert_cmpint(macro->captions[0].valign, ==, CAPTION_VALIGN_MIDDLE);
	g_assert_cmpfloat(macro->captions[0].w, ==, 0.5);
	g_assert_cmpfloat(macro->captions[0].h, ==, 0.75);
}

static void the_words_of_the_model(void)
{
	struct caption caption;
	enum macro_format format = MACRO_FORMAT_WEBP;

	g_assert_true(macro_format_from_name("JpG", &format));
	g_assert_cmpint(format, ==, MACRO_FORMAT_JPEG);
	g_assert_false(macro_format_from_name("json", &format));
	g_assert_false(macro_format_from_name("", &format));
	g_assert_cmpint(format, ==, MACRO_FORMAT_JPEG);
	g_assert_cmpstr(macro_format_name(MACRO_FORMAT_JPEG), ==, "jpeg");
	g_assert_cmpstr(macro_format_name(MACRO_FORMAT_WEBP), ==, "webp");
	g_assert_null(macro_format_name(MACRO_FORMAT_DEFAULT));
	caption_init(&caption);
	for (int size = CAPTION_SIZE_AUTO; size <= CAPTION_SIZE_FIT; size++) {
		static const char *const texts[] = {"auto", "32.5", "shrink",
						    "fit"};
		g_autofree char *text = NULL;

		caption.size = (enum caption_size)size;
		caption.size_px = 32.5;
		text = caption_size_text(&caption);
		g_assert_cmpstr(text, ==, texts[size]);
	}
}

static void a_format_without_quality_drops_it(void)
{
	g_autoptr(macro_auto) macro =
		read_query("template=z&quality=5", NULL);

	g_assert_nonnull(macro);
	macro_set_format(macro, MACRO_FORMAT_WEBP);
	g_assert_cmpint(macro->format, ==, MACRO_FORMAT_WEBP);
	g_assert_cmpint(macro->quality, ==, 5);
	macro_set_format(macro, MACRO_FORMAT_GIF);
	g_assert_cmpint(macro->format, ==, MACRO_FORMAT_GIF);
	g_assert_cmpint(macro->quality, ==, 0);
}

static gboolean read_slot(const char *text, struct caption *out, GError **error)
{
	g_autofree char *json = with_quotes(text);
	struct json_object *object = json_tokener_parse(json);
	gboolean is_slot = caption_read_slot(object, out, error);

	(void)json_object_put(object);
	return is_slot;
}

static void slots(void)
{
	static const struct {
		const char *json, *message; /* NULL: accepted */
	} cases[] = {
		{"{'x':0,'y':0,'w':1,'h':0.2,'font':'F','color':'#fff'}", NULL},
		{"{'valign':'top','case':'upper'}", NULL},
		{"{}", "missing field `valign`"},
		{"{'x':0}", "missing field `y`"},
		{"{'valign':'top','text':'a'}", "unknown field `text`"},
		{"{'valign':'top','font':'F','size':-1}", "size: invalid"},
		{"{'valign':'top','width':'1'}", "unknown field `width`"},
		{"[]", "expected an object"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		struct caption slot;

		g_test_message("%s", cases[i].json);
		if (cases[i].message) {
			g_assert_false(read_slot(cases[i].json, &slot, &error));
			g_assert_error(error, MACRO_ERROR, MACRO_ERROR_INVALID);
			g_assert_nonnull(
				strstr(error->message, cases[i].message));
			continue;
		}
		g_assert_true(read_slot(cases[i].json, &slot, &error));
		g_assert_null(slot.text);
		caption_fini(&slot);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/macro/picture", the_picture);
	g_test_add_func("/macro/simple", simple_captions);
	g_test_add_func("/macro/texts", captions_of_texts);
	g_test_add_func("/macro/full", full_captions);
	g_test_add_func("/macro/areas", areas);
	g_test_add_func("/macro/same", what_draws_the_same_is_the_same);
	g_test_add_func("/macro/angles", angles_are_brought_into_one_turn);
	g_test_add_func("/macro/model", the_rest_of_the_model);
	g_test_add_func("/macro/area-alone", an_area_alone_is_in_the_middle);
	g_test_add_func("/macro/words", the_words_of_the_model);
	g_test_add_func("/macro/format", a_format_without_quality_drops_it);
	g_test_add_func("/macro/slots", slots);
	return g_test_run();
}
