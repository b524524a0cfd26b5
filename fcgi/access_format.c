#include "config.h"

#include "fcgi/access_format.h"

#include <string.h>
#include <time.h>

#include "fcgi/settings.h"

/* What of an account a field is; text for names, number for the others. */
struct field {
	const char *name;
	const char *(*text)(const struct account *account);
	gint64 (*number)(const struct account *account);
};

/* A format is a row of these: a literal, or a field. */
struct piece {
	char *literal;
	const struct field *field; /* NULL: a literal */
};

struct access_format {
	gboolean is_json;
	GArray *pieces;
};

static const char *const text_format =
	"{time} {id} {method} {path} {status} {bytes} {template} {outcome} "
	"{pid} total={total_us} queue={queue_us} read={read_us} "
	"parse={parse_us} layout={layout_us} paint={paint_us} "
	"encode={encode_us} write={write_us}";

#define TEXT(name, value)                                      \
	static const char *name(const struct account *account) \
	{                                                      \
		return value;                                  \
	}
#define NUMBER(name, value)                               \
	static gint64 name(const struct account *account) \
	{                                                 \
		return (gint64)(value);                   \
	}

TEXT(get_id, account->id)
TEXT(get_method, account->method)
TEXT(get_path, account->path)
TEXT(get_route, tally_route_name(account->route))
TEXT(get_template, account->template_id)
TEXT(get_outcome, scoreboard_outcome_name(account->outcome))
TEXT(get_stage, tally_stage_name(account_worst_stage(account)))
TEXT(get_key, account->key)
NUMBER(get_status, account->status)
NUMBER(get_bytes, account->bytes)
NUMBER(get_pid, account->pid)
NUMBER(get_total, account_total_us(account))
NUMBER(get_queue, account->spent_us[TALLY_QUEUE])
NUMBER(get_read, account->spent_us[TALLY_READ])
NUMBER(get_parse, account->spent_us[TALLY_PARSE])
NUMBER(get_layout, account->spent_us[TALLY_LAYOUT])
NUMBER(get_paint, account->spent_us[TALLY_PAINT])
NUMBER(get_encode, account->spent_us[TALLY_ENCODE])
NUMBER(get_write, account->spent_us[TALLY_WRITE])

static const struct field fields[] = {
	{"time", NULL, NULL},
	{"id", get_id, NULL},
	{"method", get_method, NULL},
	{"path", get_path, NULL},
	{"route", get_route, NULL},
	{"status", NULL, get_status},
	{"bytes", NULL, get_bytes},
	{"template", get_template, NULL},
	{"outcome", get_outcome, NULL},
	{"key", get_key, NULL},
	{"pid", NULL, get_pid},
	{"stage", get_stage, NULL},
	{"total_us", NULL, get_total},
	{"queue_us", NULL, get_queue},
	{"read_us", NULL, get_read},
	{"parse_us", NULL, get_parse},
	{"layout_us", NULL, get_layout},
	{"paint_us", NULL, get_paint},
	{"encode_us", NULL, get_encode},
	{"write_us", NULL, get_write},
};

char *access_format_fields(void)
{
	GString *list = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		g_string_append_printf(list, "%s%s", i ? " " : "",
				       fields[i].name);
	return g_string_free(list, FALSE);
}

static const struct field *find_field(const char *name, gsize length)
{
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
		if (strlen(fields[i].name) == length &&
		    strncmp(fields[i].name, name, length) == 0)
			return &fields[i];
	return NULL;
}

static void clear_piece(void *data)
{
	g_free(((struct piece *)data)->literal);
}

static void add_literal(struct access_format *format, const char *text,
			gsize length)
{
	struct piece piece = {.literal = g_strndup(text, length)};

	g_array_append_val(format->pieces, piece);
}

static void add_field(struct access_format *format, const struct field *field)
{
	struct piece piece = {.field = field};

	g_array_append_val(format->pieces, piece);
}

/* An object of all fields, its names and quotes as literals. */
static void add_all(struct access_format *format)
{
	const char *before = "{";

	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		const char *quote = fields[i].number ? "" : "\"";
		g_autofree char *name = g_strdup_printf("%s\"%s\":%s", before,
							fields[i].name, quote);

		add_literal(format, name, strlen(name));
		add_field(format, &fields[i]);
		before = *quote ? "\"," : ",";
	}
	add_literal(format, *before == '"' ? "\"}" : "}",
		    *before == '"' ? 2 : 1);
}

static gboolean refuse(GError **error, const char *name, const char *text,
		       const char *expected)
{
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_USAGE,
		    "%s: '%s' given, %s expected", name, text, expected);
	return FALSE;
}

/* What stands at a brace; moves *at behind it. */
static gboolean read_brace(struct access_format *format, const char **at,
			   const char *name, GError **error)
{
	const char *start = *at + 1;
	gsize length = strcspn(start, "}");
	const struct field *field = find_field(start, length);
	g_autofree char *known = NULL, *expected = NULL;

	if (*start == '{') {
		add_literal(format, "{", 1);
		*at = start + 1;
		return TRUE;
	}
	if (field && start[length] == '}') {
		add_field(format, field);
		*at = start + length + 1;
		return TRUE;
	}
	known = access_format_fields();
	expected =
		g_strdup_printf("one of {%s}", g_strdelimit(known, " ", '|'));
	return refuse(error, name, *at, expected);
}

static gboolean read_format(struct access_format *format, const char *name,
			    const char *text, GError **error)
{
	const char *at = text;

	while (*at) {
		gsize length = strcspn(at, "{");

		if (length > 0)
			add_literal(format, at, length);
		at += length;
		if (*at && !read_brace(format, &at, name, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean check_text(const char *name, const char *text, GError **error)
{
	if (strlen(text) > ACCESS_FORMAT_BYTES)
		return refuse(error, name, "a longer text",
			      "at most 1024 bytes");
	for (const char *at = text; *at; at++)
		if (g_ascii_iscntrl(*at))
			return refuse(error, name, text,
				      "no control characters");
	if (!strchr(text, '{'))
		return refuse(error, name, text,
			      "json, text or a format with {fields}");
	return TRUE;
}

struct access_format *access_format_new(const char *name, const char *text,
					GError **error)
{
	g_autoptr(access_format_auto) format = g_new0(struct access_format, 1);

	format->pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
	g_array_set_clear_func(format->pieces, clear_piece);
	format->is_json = strcmp(text, "json") == 0;
	if (format->is_json) {
		add_all(format);
		return g_steal_pointer(&format);
	}
	if (strcmp(text, "text") == 0)
		text = text_format;
	if (!check_text(name, text, error) ||
	    !read_format(format, name, text, error))
		return NULL;
	return g_steal_pointer(&format);
}

void access_format_free(struct access_format *format)
{
	if (!format)
		return;
	g_array_unref(format->pieces);
	g_free(format);
}

/* Whether the character is itself in a line; space, quotes and backslash are
 * what tells fields apart. */
static gboolean is_plain(gunichar character)
{
	return character < (gunichar)-2 && !g_unichar_iscntrl(character) &&
	       !strchr(" \"\\", (int)MIN(character, 0x7f));
}

static void append_escape(GString *line, guchar byte, gboolean is_json)
{
	if (is_json && byte >= 0x80)
		g_string_append(line, "\xef\xbf\xbd"); /* U+FFFD */
	else
		g_string_append_printf(line, is_json ? "\\u%04x" : "\\x%02x",
				       byte);
}

static void append_text(GString *line, const char *text, gboolean is_json)
{
	const gsize end = line->len + ACCESS_TEXT_BYTES;

	while (*text && line->len < end) {
		gunichar character;
		gsize size = 1;

		if (g_ascii_isalnum(*text)) { /* nearly all of them */
			g_string_append_c(line, *text++);
			continue;
		}
		character = g_utf8_get_char_validated(text, -1);
		if (is_plain(character)) {
			size = (gsize)(g_utf8_next_char(text) - text);
			g_string_append_len(line, text, (gssize)size);
		} else {
			append_escape(line, (guchar)*text, is_json);
		}
		text += size;
	}
}

static void append_time(GString *line, gint64 time_us)
{
	time_t seconds = (time_t)(time_us / G_USEC_PER_SEC);
	char stamp[32];
	struct tm tm;

	(void)gmtime_r(&seconds, &tm);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	g_string_append_printf(line, "%s.%03dZ", stamp,
			       (int)(time_us % G_USEC_PER_SEC / 1000));
}

static void append_value(GString *line, const struct field *field,
			 const struct account *account, gint64 time_us,
			 gboolean is_json)
{
	const char *text = field->text ? field->text(account) : "";

	if (field->number)
		g_string_append_printf(line, "%" G_GINT64_FORMAT,
				       field->number(account));
	else if (!field->text)
		append_time(line, time_us);
	else if (!*text && !is_json)
		g_string_append_c(line, '-');
	else
		append_text(line, text, is_json);
}

static void append_pieces(const struct access_format *format,
			  const struct account *account, gint64 time_us,
			  GString *line)
{
	for (guint i = 0; i < format->pieces->len; i++) {
		const struct piece *piece =
			&g_array_index(format->pieces, struct piece, i);

		if (piece->literal)
			g_string_append(line, piece->literal);
		else
			append_value(line, piece->field, account, time_us,
				     format->is_json);
	}
}

void access_format_line(const struct access_format *format,
			const struct account *account, gint64 time_us,
			GString *line)
{
	const gsize start = line->len;

	append_pieces(format, account, time_us, line);
	if (line->len - start > ACCESS_LINE_BYTES - 1)
		g_string_truncate(line, start + ACCESS_LINE_BYTES - 1);
	g_string_append_c(line, '\n');
}
