#include "config.h"

#include "render/limits.h"
#include "render/macro.h"

#include "tests/render/macro_text.h"

/* A macro that can't be read, as a query and as JSON (NULL where a form can't
 * say it), and what the message of both holds. */
struct row {
	const char *query, *json, *message;
};

static void check_message(const GError *error, const char *message)
{
	g_assert_error(error, MACRO_ERROR, MACRO_ERROR_INVALID);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, message));
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
	g_assert_cmpuint(strlen(error->message), <, 800);
}

static void check_rows(const struct row *rows, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(GError) json_error = NULL;

		if (rows[i].query) {
			g_test_message("%s", rows[i].query);
			g_assert_null(read_query(rows[i].query, &error));
			check_message(error, rows[i].message);
		}
		if (rows[i].json) {
			g_test_message("%s", rows[i].json);
			g_assert_null(read_json(rows[i].json, &json_error));
			check_message(json_error, rows[i].message);
		}
	}
}

static void keys(void)
{
	static const struct row rows[] = {
		{"", "{}", "missing field `template`"},
		{"top_text=a", "{'top_text':'a'}", "missing field `template`"},
		{"template=", "{'template':''}",
		 "template: invalid value: string \"\", expected a non-empty"},
		{"template=z&x=1", "{'template':'z','x':1}",
		 "unknown field `x`, expected one of `template`, `width`, "},
		{"template=z&=1", "{'template':'z','':1}",
		 "unknown field ``, expected"},
		{"template=custom", "{'template':'custom'}",
		 "missing field `background`: the template `custom`"},
		{"template=z&background=https://h/",
		 "{'template':'z','background':'https://h/'}",
		 "background: only the template `custom` has one"},
		{"template=Custom&background=https://h/", NULL,
		 "background: only the template `custom` has one"},
		{"background=https://h/", "{'background':'https://h/'}",
		 "missing field `template`"},
		{"template=custom&background=",
		 "{'template':'custom','background':''}",
		 "background: invalid value: string \"\", expected a URL"},
		{NULL, "{'template':'custom','background':null}",
		 "background: invalid type: null, expected a string"},
		{NULL, "{'template':'custom','background':['https://h/']}",
		 "background: invalid type: array, expected a string"},
		{"template=custom&background=a&background=b",
		 "{'template':'custom','background':'a','background':'b'}",
		 "duplicate field `background`"},
		{"template=z&top_halign=left",
		 "{'template':'z','top_halign':'left'}",
		 "unknown field `top_halign`"},
		{"template=z&text=a", "{'template':'z','text':'a'}",
		 "unknown field `text`"},
		{"template=z&valign=top", "{'template':'z','valign':'top'}",
		 "unknown field `valign`"},
		{"template=z&template=z", "{'template':'z','template':'z'}",
		 "duplicate field `template`"},
		{"template=z&+Template=z", "{'template':'z','TEMPLATE ':'z'}",
		 "duplicate field `template`"},
		{"template=z&top_text=a&TOP_text=b",
		 "{'template':'z','top_text':'a','TOP_text':'b'}",
		 "duplicate field `top_text`"},
		{"template=%ff", NULL, "UTF-8 in `template=%ff`"},
		{"template=%0", NULL, "`template=%0`"},
		{"template=a%00b", NULL, "NUL"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void numbers(void)
{
	static const struct row rows[] = {
		{"template=z&width=0", "{'template':'z','width':0}",
		 "width: invalid value: "},
		{"template=z&width=1025", "{'template':'z','width':1025}",
		 ", expected an integer from 1 to 1024"},
		{"template=z&height=-1", "{'template':'z','height':-1}",
		 "height: invalid value: "},
		{"template=z&height=99999999999999999999",
		 "{'template':'z','height':99999999999999999999}",
		 "height: invalid value: "},
		{"template=z&width=", "{'template':'z','width':''}",
		 "width: invalid "},
		{"template=z&width=1.0", NULL,
		 "width: invalid value: string \"1.0\", expected an integer"},
		{"template=z&width=0x10", NULL, "width: invalid value"},
		{"template=z&width=%2010", NULL, "width: invalid value"},
		{"template=z&width=10px", NULL, "width: invalid value"},
		{NULL, "{'template':'z','width':548.0}",
		 "width: invalid type: floating point `548.0`, expected an "
		 "integer from 1 to 1024"},
		{NULL, "{'template':'z','width':'548'}",
		 "width: invalid type: string \"548\", expected an integer"},
		{NULL, "{'template':'z','width':null}",
		 "width: invalid type: null, expected an integer"},
		{NULL, "{'template':'z','width':true}",
		 "width: invalid type: boolean `true`, expected an integer"},
		{NULL, "{'template':'z','width':[1]}",
		 "width: invalid type: array, expected an integer"},
		{NULL, "{'template':'z','width':{}}",
		 "width: invalid type: object, expected an integer"},
		{"template=z&quality=0", "{'template':'z','quality':0}",
		 "quality: invalid value: "},
		{"template=z&quality=101", "{'template':'z','quality':101}",
		 "expected an integer from 1 to 100"},
		{"template=z&format=png&quality=x",
		 "{'template':'z','format':'png','quality':'x'}",
		 "quality: invalid "},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void words(void)
{
	static const struct row rows[] = {
		{"template=z&format=bmp", "{'template':'z','format':'bmp'}",
		 "format: unknown variant `bmp`, expected one of `jpeg`, "
		 "`png`, `gif`, `webp`"},
		{"template=z&v=a%20b", "{'template':'z','v':'a b'}",
		 "v: invalid value"},
		{"template=z&v=", "{'template':'z','v':''}",
		 "v: invalid value"},
		{NULL, "{'template':'z','v':1}",
		 "v: invalid type: integer `1`, expected a string"},
		{NULL, "{'template':5}",
		 "template: invalid type: integer `5`, expected a string"},
		{NULL, "{'template':'z','top_text':null}",
		 "top_text: invalid type: null, expected a string"},
		{NULL, "{'template':'z','top_text':['a']}",
		 "top_text: invalid type: array, expected a string"},
		{"template=z&top_align=justify",
		 "{'template':'z','top_align':'justify'}",
		 "top_align: unknown variant `justify`, expected one of "
		 "`left`, `center`, `right`"},
		{"template=z&font=", "{'template':'z','font':''}",
		 "font: invalid value: string \"\", expected a non-empty"},
		{"template=z&top_font=", "{'template':'z','top_font':''}",
		 "top_font: invalid value"},
		{"template=z&size=0", "{'template':'z','size':0}",
		 "size: invalid value"},
		{"template=z&top_size=1024.5",
		 "{'template':'z','top_size':1024.5}",
		 "expected a number of pixels up to 1024, `shrink`, `fit` or "
		 "`auto`"},
		{"template=z&size=big", "{'template':'z','size':'big'}",
		 "size: invalid value: string \"big\""},
		{"template=z&size=", "{'template':'z','size':''}",
		 "size: invalid value"},
		{"template=z&size=1e999", "{'template':'z','size':1e999}",
		 "size: invalid value"},
		{NULL, "{'template':'z','size':null}",
		 "size: invalid type: null"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void colors(void)
{
	static const struct row rows[] = {
		{"template=z&color=foo", "{'template':'z','color':'foo'}",
		 "color: invalid color `foo`, expected"},
		{"template=z&top_color=ffffff",
		 "{'template':'z','top_color':'ffffff'}",
		 "top_color: invalid color `ffffff`"},
		{"template=z&color=", "{'template':'z','color':''}",
		 "color: invalid color ``"},
		{"template=z&color=none", "{'template':'z','color':'none'}",
		 "color: invalid color `none`"},
		{"template=z&color=transparent",
		 "{'template':'z','color':'transparent'}",
		 "color: color transparency not supported"},
		{"template=z&outline=%23fff8",
		 "{'template':'z','outline':'#fff8'}",
		 "outline: color transparency not supported"},
		{"template=z&top_outline=rgba(1,2,3,.99)",
		 "{'template':'z','top_outline':'hsla(1,2%,3%,0)'}",
		 "top_outline: "},
		{NULL, "{'template':'z','color':null}",
		 "color: invalid type: null, expected a color"},
		{NULL, "{'template':'z','color':16777215}",
		 "color: invalid type: integer `16777215`, expected a color"},
		{NULL, "{'template':'z','color':[1,2]}",
		 "color: invalid length 2, expected 3 integers from 0 to 255"},
		{NULL, "{'template':'z','color':[1,2,3,4]}",
		 "color: invalid length 4"},
		{NULL, "{'template':'z','color':[1,256,3]}",
		 "color[1]: invalid value: integer `256`"},
		{NULL, "{'template':'z','color':[1,2,-1]}",
		 "color[2]: invalid value: integer `-1`"},
		{NULL, "{'template':'z','color':[1,2,0.5]}",
		 "color[2]: invalid type: floating point `0.5`"},
		{NULL, "{'template':'z','color':['1',2,3]}",
		 "color[0]: invalid type: string \"1\""},
		{NULL, "{'template':'z','color':{'r':1,'g':2}}",
		 "color: missing field `b`"},
		{NULL, "{'template':'z','color':{}}",
		 "color: missing field `r`"},
		{NULL, "{'template':'z','color':{'r':1,'g':2,'b':3,'a':4}}",
		 "color: unknown field `a`, expected one of `r`, `g`, `b`"},
		{NULL, "{'template':'z','color':{'r':1,'g':2,'b':3,'red':4}}",
		 "color: duplicate field `red`"},
		{NULL, "{'template':'z','color':{'r':1,'green':256,'b':3}}",
		 "color.green: invalid value: integer `256`"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void properties_for_all(void)
{
	static const struct row rows[] = {
		{"template=z&font=F&top_font=F",
		 "{'template':'z','font':'F','top_font':'F'}",
		 "duplicate field `top_font`: `font` is for all captions"},
		{"template=z&middle_color=red&top_text=a&color=red",
		 "{'template':'z','middle_color':'red','top_text':'a',"
		 "'color':'red'}",
		 "duplicate field `middle_color`: `color`"},
		{"template=z&outline=none&bottom_outline=none",
		 "{'template':'z','outline':null,'bottom_outline':null}",
		 "duplicate field `bottom_outline`: `outline`"},
		{"template=z&size=fit&bottom_size=9",
		 "{'template':'z','size':'fit','bottom_size':9}",
		 "duplicate field `bottom_size`: `size`"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void captions(void)
{
	static const struct row rows[] = {
		{"template=z&captions[0]=a&captions[1]=b&captions[2]=c&"
		 "captions[3]=d",
		 "{'template':'z','captions':['a','b','c','d']}",
		 "invalid length 4, expected 0, 1, 2, or 3 strings"},
		{"template=z&captions[0]=a&captions[1][text]=b",
		 "{'template':'z','captions':['a',{'text':'b'}]}",
		 "captions must be either all texts, or all complete "
		 "representations"},
		{"template=z&captions[0]=a&captions[0][text]=b", NULL,
		 "captions must be either all texts, or all complete "
		 "representations"},
		{"template=z&captions[0][text]=a&captions[0]=b", NULL,
		 "`captions[0]`: captions must be either all texts, or all"},
		{NULL, "{'template':'z','captions':[1,2]}",
		 "captions must be either all texts, or all complete"},
		{NULL, "{'template':'z','captions':[null]}",
		 "captions must be either all texts, or all complete"},
		{NULL, "{'template':'z','captions':['a',['b']]}",
		 "captions must be either all texts, or all complete"},
		{"template=z&captions=a", "{'template':'z','captions':'a'}",
		 "captions: invalid type: string \"a\", expected an array"},
		{NULL, "{'template':'z','captions':{'text':'a'}}",
		 "captions: invalid type: object, expected an array"},
		{NULL, "{'template':'z','captions':null}",
		 "captions: invalid type: null, expected an array"},
		{"template=z&top_text=a&captions[0]=a",
		 "{'template':'z','top_text':'a','captions':['a']}",
		 "`captions` and `top_text` cannot be given together"},
		{"template=z&captions[0]=a&bottom_text=a",
		 "{'template':'z','captions':['a'],'bottom_text':'a'}",
		 "`captions` and `bottom_text` cannot be given together"},
		{"template=z&captions[0]=a&bottom_size=9",
		 "{'template':'z','captions':[],'bottom_size':9}",
		 "`captions` and `bottom_size` cannot be given together"},
		{"template=z&captions[0]=a&font=F",
		 "{'template':'z','captions':['a'],'font':'F'}",
		 "`captions` and `font` cannot be given together"},
		{"template=z&captions[0]=a&outline=",
		 "{'template':'z','captions':['a'],'outline':null}",
		 "`captions` and `outline` cannot be given together"},
		/* the keys of the query form */
		{"template=z&captions[0]=a&captions[0]=b", NULL,
		 "duplicate field `captions[0]`"},
		{"template=z&captions[0][text]=a&captions[0][text]=b", NULL,
		 "duplicate field `captions[0][text]`"},
		{"template=z&captions[0][text]=a&captions[0][TEXT]=b", NULL,
		 "duplicate field `captions[0][text]`"},
		{"template=z&captions[0]=a&captions=b", NULL,
		 "duplicate field `captions`"},
		{"template=z&captions[1]=a", NULL,
		 "missing field `captions[0]`"},
		{"template=z&captions[0]=a&captions[2]=a", NULL,
		 "missing field `captions[1]`"},
		{"template=z&captions[16]=a", NULL,
		 "unknown field `captions[16]`: at most 16 captions"},
		{"template=z&captions[4294967296]=a", NULL,
		 "unknown field `captions[4294967296]`, expected"},
		{"template=z&captions[]=a", NULL,
		 "unknown field `captions[]`, expected `captions[0]` or"},
		{"template=z&captions[00]=a", NULL,
		 "unknown field `captions[00]`"},
		{"template=z&captions[-1]=a", NULL,
		 "unknown field `captions[-1]`"},
		{"template=z&captions[0=a", NULL, "unknown field `captions[0`"},
		{"template=z&captions[0]x=a", NULL,
		 "unknown field `captions[0]x`"},
		{"template=z&captions[0][text=a", NULL,
		 "unknown field `captions[0][text`"},
		{"template=z&captions[0][color][r]=1", NULL,
		 "unknown field `captions[0][color][r]`"},
		{"template=z&captions[0].text=a", NULL,
		 "unknown field `captions[0].text`"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

#define Q "template=z&captions[0][text]=a&captions[0][valign]=top&"
#define J "{'template':'z','captions':[{'text':'a','valign':'top',"

static void full_captions(void)
{
	static const struct row rows[] = {
		{"template=z&captions[0][valign]=top",
		 "{'template':'z','captions':[{'valign':'top'}]}",
		 "captions[0]: missing field `text`"},
		{"template=z&captions[0][text]=&captions[0][valign]=top",
		 "{'template':'z','captions':[{'text':'','valign':'top'}]}",
		 "captions[0].text: invalid value: string \"\", expected a "
		 "non-empty string"},
		{"template=z&captions[0][text]=a",
		 "{'template':'z','captions':[{'text':'a'}]}",
		 "captions[0]: missing field `valign`"},
		{"template=z&captions[0][text]=a&captions[0][valign]=center",
		 "{'template':'z','captions':[{'text':'a','valign':'center'}]}",
		 "captions[0].valign: unknown variant `center`, expected one "
		 "of `top`, `middle`, `bottom`"},
		{Q "captions[0][halign]=justify", J "'halign':'justify'}]}",
		 "captions[0].halign: unknown variant `justify`, expected one "
		 "of `left`, `center`, `right`"},
		{Q "captions[0][align]=justify", J "'align':'justify'}]}",
		 "captions[0].align: unknown variant `justify`"},
		{Q "captions[0][align]=left&captions[0][halign]=left",
		 J "'align':'left','halign':'left'}]}",
		 "captions[0]: duplicate field `halign`"},
		{Q "captions[0][foo]=1", J "'foo':1}]}",
		 "captions[0]: unknown field `foo`, expected one of `valign`"},
		{Q "captions[0][color]=transparent", J "'color':'#0000'}]}",
		 "captions[0].color: color transparency not supported"},
		{NULL, J "'color':{'r':256,'g':0,'b':0}}]}",
		 "captions[0].color.r: invalid value"},
		{Q "captions[0][shadow]=x", J "'shadow':'x'}]}",
		 "captions[0].shadow: invalid color `x`"},
		{Q "captions[0][background]=x", J "'background':'x'}]}",
		 "captions[0].background: invalid color `x`"},
		{Q "captions[0][case]=camel", J "'case':'camel'}]}",
		 "captions[0].case: unknown variant `camel`, expected one of "
		 "`none`, `upper`, `lower`, `title`"},
		{Q "captions[0][outline_width]=32.5",
		 J "'outline_width':32.5}]}", "expected a number from 0 to 32"},
		{Q "captions[0][outline_width]=-1", J "'outline_width':-1}]}",
		 "captions[0].outline_width: invalid value"},
		{Q "captions[0][opacity]=1.01", J "'opacity':1.01}]}",
		 "captions[0].opacity: invalid value"},
		{Q "captions[0][opacity]=nan", J "'opacity':'nan'}]}",
		 "captions[0].opacity: invalid "},
		{Q "captions[0][start]=1", J "'start':1}]}",
		 "captions[0].start: `start` must be less than `stop`"},
		{Q "captions[0][start]=0.5&captions[0][stop]=0.5",
		 J "'start':0.5,'stop':0.5}]}",
		 "captions[0].stop: `start` must be less than `stop`"},
		{Q "captions[0][stop]=1.01", J "'stop':1.01}]}",
		 "captions[0].stop: invalid value"},
		{Q "captions[0][angle]=inf", J "'angle':'inf'}]}",
		 "captions[0].angle: invalid "},
		{NULL, J "'angle':1e999}]}",
		 "captions[0].angle: invalid value"},
		{Q "captions[0][angle]=x", J "'angle':null}]}",
		 "captions[0].angle: invalid "},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void areas(void)
{
	static const struct row rows[] = {
		{Q "captions[0][x]=0", J "'x':0}]}",
		 "captions[0]: missing field `y`"},
		{Q "captions[0][y]=0", J "'y':0}]}",
		 "captions[0]: missing field `x`"},
		{Q "captions[0][w]=1", J "'w':1}]}",
		 "captions[0]: missing field `x`"},
		{Q "captions[0][x]=1.1&captions[0][y]=0", J "'x':1.1,'y':0}]}",
		 "captions[0].x: invalid value"},
		{Q "captions[0][x]=0&captions[0][y]=-0.1",
		 J "'x':0,'y':-0.1}]}", "captions[0].y: invalid value"},
		{Q "captions[0][x]=1&captions[0][y]=0", J "'x':1,'y':0}]}",
		 "captions[0].w: the area is empty"},
		{Q "captions[0][x]=0&captions[0][y]=0&captions[0][w]=0",
		 J "'x':0,'y':0,'w':0}]}", "captions[0].w: the area is empty"},
		{Q "captions[0][x]=0&captions[0][y]=0&captions[0][h]=0",
		 J "'x':0,'y':0,'h':0}]}", "captions[0].h: the area is empty"},
		{Q "captions[0][x]=1&captions[0][y]=0&captions[0][w]=0.0000005",
		 J "'x':1,'y':0,'w':5e-7}]}",
		 "captions[0].w: the area is empty"},
		{Q "captions[0][x]=0.5&captions[0][y]=0&captions[0][w]=0.51",
		 J "'x':0.5,'y':0,'w':0.51}]}",
		 "captions[0].w: the area leaves the picture"},
		{Q "captions[0][x]=0&captions[0][y]=0.5&captions[0][h]=0.50001",
		 J "'x':0,'y':0.5,'h':0.50001}]}",
		 "captions[0].h: the area leaves the picture"},
		{Q "captions[0][x]=0&captions[0][y]=0&captions[0][w]=2",
		 J "'x':0,'y':0,'w':2}]}", "captions[0].w: invalid value"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

static void json_texts(void)
{
	static const struct row rows[] = {
		{NULL, "", "invalid JSON at byte 0: "},
		{NULL, "[]", "invalid JSON: expected an object"},
		{NULL, "'x'", "invalid JSON: expected an object"},
		{NULL, "null", "invalid JSON: expected an object"},
		{NULL, "{'template':'z'} x", "invalid JSON at byte 17"},
		{NULL, "{'template':'z','size':NaN}", "invalid JSON"},
		{NULL, "{'template':'a\\u0000b'}", "a NUL"},
		{NULL, "{'template':'\\ud800'}", "surrogate"},
		{NULL,
		 "{'template':'z','captions':[{'text':'a','valign':'top'},"
		 "{'text':'b','color':{'r':1,'r':2}}]}",
		 "captions[1].color: duplicate field `r`"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

/* format with one string put in, as a query or as JSON */
static struct macro *read_with(gboolean is_json, const char *format,
			       const char *text, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(format, "%s", 2);
	g_autofree char *full = g_strconcat(parts[0], text, parts[1], NULL);

	return is_json ? read_json(full, error) : read_query(full, error);
}

/* A run of x is accepted so long, and no longer. */
static void lengths_hold_on_both_sides(void)
{
	static const struct {
		const char *query, *json;
		gsize most;
		const char *message;
	} cases[] = {
		{"template=%s", "{'template':'%s'}", LIMIT_ID_BYTES,
		 "template: a name of 201 bytes, at most 200"},
		{"template=z&font=%s", "{'template':'z','font':'%s'}",
		 LIMIT_ID_BYTES, "font: a name of 201 bytes, at most 200"},
		{"template=custom&background=%s",
		 "{'template':'custom','background':'%s'}", LIMIT_URL_BYTES,
		 "background: a URL of 2049 bytes, at most 2048"},
		{"template=z&v=%s", "{'template':'z','v':'%s'}", 64,
		 "v: invalid value"},
		{"template=z&top_text=%s", "{'template':'z','top_text':'%s'}",
		 LIMIT_CODE_POINTS, "top_text: the text has 257 characters"},
		{"template=z&captions[0]=%s",
		 "{'template':'z','captions':['%s']}", LIMIT_CODE_POINTS,
		 "captions[0]: the text has 257 characters"},
		{Q "captions[1][valign]=top&captions[1][text]=%s",
		 "{'template':'z','captions':[{'text':'a','valign':'top'},"
		 "{'valign':'top','text':'%s'}]}",
		 LIMIT_CODE_POINTS,
		 "captions[1].text: the text has 257 characters"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *most = g_strnfill(cases[i].most, 'x');
		g_autofree char *more = g_strnfill(cases[i].most + 1, 'x');

		for (int form = 0; form < 2; form++) {
			const char *format =
				form ? cases[i].json : cases[i].query;
			g_autoptr(GError) error = NULL;
			g_autoptr(macro_auto) macro =
				read_with(form, format, most, NULL);

			g_assert_nonnull(macro);
			g_assert_null(read_with(form, format, more, &error));
			check_message(error, cases[i].message);
		}
	}
}

static void control_characters_are_refused(void)
{
	static const struct row rows[] = {
		{"template=z&top_text=a%01",
		 "{'template':'z','top_text':'\\u0001'}",
		 "top_text: the text has a control character, U+0001"},
		{"template=z&captions[0]=%7F",
		 "{'template':'z','captions':['\\u007f']}",
		 "captions[0]: the text has a control character, U+007F"},
	};

	check_rows(rows, G_N_ELEMENTS(rows));
}

/* n full captions, as JSON or as a query */
static char *many_captions(int n, gboolean is_json)
{
	GString *text = g_string_new(is_json ? "{'template':'z','captions':["
					     : "template=z");

	for (int i = 0; i < n; i++) {
		if (is_json)
			g_string_append_printf(text,
					       "%s{'text':'%d','valign':'top'}",
					       i ? "," : "", i);
		else
			g_string_append_printf(text,
					       "&captions[%d][text]=%d"
					       "&captions[%d][valign]=top",
					       i, i, i);
	}
	if (is_json)
		g_string_append(text, "]}");
	return g_string_free(text, FALSE);
}

static void the_number_of_captions_is_limited(void)
{
	for (int form = 0; form < 2; form++) {
		g_autofree char *most = many_captions(LIMIT_CAPTIONS, form);
		g_autofree char *more = many_captions(LIMIT_CAPTIONS + 1, form);
		g_autoptr(GError) error = NULL;
		g_autoptr(macro_auto) macro =
			form ? read_json(most, NULL) : read_query(most, NULL);

		g_assert_nonnull(macro);
		g_assert_cmpuint(macro->n_captions, ==, LIMIT_CAPTIONS);
		for (gsize i = 0; i < macro->n_captions; i++)
			g_assert_cmpint(g_ascii_strtoll(macro->captions[i].text,
							NULL, 10),
					==, (int)i);
		g_assert_null(form ? read_json(more, &error)
				   : read_query(more, &error));
		check_message(error, "at most 16");
	}
}

/* What a client sent comes back in a message only in part. */
static void messages_are_short(void)
{
	static const char *const formats[] = {
		"{'template':'z','%s':1}",
		"{'template':'z','width':'%s'}",
		"{'template':'z','format':'%s'}",
		"{'template':'z','color':'%s'}",
		"{'template':'z','size':'%s'}",
		"{'template':'z','v':'%s '}",
		"{'template':'z','x':{'%s':1,'%s':2}}",
		"template=z&%s=1",
		"template=z&captions[%s]=1",
		"template=z&width=%s",
		"template=z&color=%%%s",
	};
	g_autofree char *text = g_strnfill(30000, 'x');

	for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(read_with(formats[i][0] == '{', formats[i], text,
					&error));
		check_message(error, "");
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/macro/errors/keys", keys);
	g_test_add_func("/macro/errors/numbers", numbers);
	g_test_add_func("/macro/errors/words", words);
	g_test_add_func("/macro/errors/colors", colors);
	g_test_add_func("/macro/errors/common", properties_for_all);
	g_test_add_func("/macro/errors/captions", captions);
	g_test_add_func("/macro/errors/full", full_captions);
	g_test_add_func("/macro/errors/areas", areas);
	g_test_add_func("/macro/errors/json", json_texts);
	g_test_add_func("/macro/errors/lengths", lengths_hold_on_both_sides);
	g_test_add_func("/macro/errors/controls",
			control_characters_are_refused);
	g_test_add_func("/macro/errors/many",
			the_number_of_captions_is_limited);
	g_test_add_func("/macro/errors/short", messages_are_short);
	return g_test_run();
}
