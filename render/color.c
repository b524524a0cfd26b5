#include "config.h"

#include "render/color.h"

#include <math.h>
#include <string.h>

#include "render/color_names.h"
#include "render/number.h"

/* No form needs as many; what is longer is not looked at. */
#define MAX_BYTES 128

GQuark color_error_quark(void)
{
	return g_quark_from_static_string("color-error");
}

static struct color from_rgb(guint32 rgb)
{
	return (struct color){(rgb >> 16) & 0xff, (rgb >> 8) & 0xff, rgb & 0xff,
			      255};
}

/* Hex digits and nothing else, so many. */
static gboolean parse_hex(const char *digits, gsize n, guint32 *out)
{
	guint32 value = 0;

	if (strlen(digits) != n)
		return FALSE;
	for (gsize i = 0; i < n; i++) {
		if (!g_ascii_isxdigit(digits[i]))
			return FALSE;
		value = value << 4 | (guint32)g_ascii_xdigit_value(digits[i]);
	}
	*out = value;
	return TRUE;
}

/* 0xabcd to 0xaabbccdd */
static guint32 double_digits(guint32 rgba)
{
	guint32 wide = 0;

	for (int shift = 12; shift >= 0; shift -= 4)
		wide = wide << 8 | ((rgba >> shift & 0xf) * 0x11);
	return wide;
}

/* What follows a `#`. */
static gboolean parse_hash(const char *digits, struct color *out)
{
	guint32 rgba;

	if (parse_hex(digits, 3, &rgba))
		rgba = double_digits(rgba << 4 | 0xf);
	else if (parse_hex(digits, 4, &rgba))
		rgba = double_digits(rgba);
	else if (parse_hex(digits, 6, &rgba))
		rgba = rgba << 8 | 0xff;
	else if (!parse_hex(digits, 8, &rgba))
		return FALSE;
	*out = from_rgb(rgba >> 8);
	out->a = rgba & 0xff;
	return TRUE;
}

enum unit { UNIT_NUMBER, UNIT_PERCENT, UNIT_ANGLE, UNIT_NONE };

/* One component between the parentheses. */
struct component {
	enum unit unit;
	double value; /* an angle is in degrees */
};

struct arguments {
	struct component components[4];
	int n;
	gboolean is_legacy; /* with commas */
};

static const char *skip_space(const char *p)
{
	while (g_ascii_isspace(*p))
		p++;
	return p;
}

static const char *scan_unit(const char *p, struct component *component)
{
	static const struct {
		const char *name;
		enum unit unit;
		double factor;
	} units[] = {
		{"%", UNIT_PERCENT, 1},	   {"deg", UNIT_ANGLE, 1},
		{"grad", UNIT_ANGLE, 0.9}, {"rad", UNIT_ANGLE, 180 / G_PI},
		{"turn", UNIT_ANGLE, 360},
	};

	component->unit = UNIT_NUMBER;
	for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
		gsize length = strlen(units[i].name);

		if (g_ascii_strncasecmp(p, units[i].name, length) != 0)
			continue;
		component->unit = units[i].unit;
		component->value *= units[i].factor;
		return p + length;
	}
	return p;
}

/* Where the component at p ends; NULL where there is none. */
static const char *scan_component(const char *p, struct component *out)
{
	if (g_ascii_strncasecmp(p, "none", 4) == 0) {
		*out = (struct component){UNIT_NONE, 0};
		return p + 4;
	}
	if (!number_scan(p, &p, &out->value))
		return NULL;
	return scan_unit(p, out);
}

/* Past what separates component n from the one before it: all commas, or
 * (white) space with a slash before the alpha. NULL where that is not so. */
static const char *scan_separator(const char *p, struct arguments *arguments)
{
	int n = arguments->n;

	p = skip_space(p);
	if (n == 0)
		return p;
	if (n == 1)
		arguments->is_legacy = *p == ',';
	if (arguments->is_legacy)
		return *p == ',' ? skip_space(p + 1) : NULL;
	if (n == 3)
		return *p == '/' ? skip_space(p + 1) : NULL;
	return p;
}

/* Three components, or four, and the closing parenthesis. */
static gboolean scan_arguments(const char *p, struct arguments *out)
{
	*out = (struct arguments){.n = 0};
	while (out->n < 4) {
		p = scan_separator(p, out);
		p = p ? scan_component(p, &out->components[out->n]) : NULL;
		if (!p)
			return FALSE;
		out->n++;
		if (out->n >= 3 && strcmp(skip_space(p), ")") == 0)
			return TRUE;
	}
	return FALSE;
}

static guint8 to_byte(double fraction)
{
	return (guint8)(CLAMP(fraction, 0.0, 1.0) * 255 + 0.5);
}

/* The component as a fraction, where `whole` is the number that means 1. */
static double to_fraction(struct component component, double whole)
{
	return component.value / (component.unit == UNIT_PERCENT ? 100 : whole);
}

static gboolean has_unit(const struct component *components, int n,
			 enum unit unit)
{
	for (int i = 0; i < n; i++)
		if (components[i].unit == unit)
			return TRUE;
	return FALSE;
}

static gboolean rgb_color(const struct arguments *arguments, struct color *out)
{
	const struct component *c = arguments->components;

	if (has_unit(c, 3, UNIT_ANGLE))
		return FALSE;
	if (arguments->is_legacy && has_unit(c, 3, UNIT_NUMBER) &&
	    has_unit(c, 3, UNIT_PERCENT))
		return FALSE;
	out->r = to_byte(to_fraction(c[0], 255));
	out->g = to_byte(to_fraction(c[1], 255));
	out->b = to_byte(to_fraction(c[2], 255));
	return TRUE;
}

/* CSS Color Module Level 4, section 7.1: hslToRgb. */
static guint8 hsl_channel(double n, double hue_deg, double s, double l)
{
	double k = fmod(n + hue_deg / 30, 12);
	double reach = s * MIN(l, 1 - l);

	return to_byte(l - reach * MAX(-1, MIN(MIN(k - 3, 9 - k), 1)));
}

/* Saturation and lightness are percentages; the sign may be left out, as
 * level 4 has it, with commas too. */
static gboolean hsl_color(const struct arguments *arguments, struct color *out)
{
	const struct component *c = arguments->components;
	double hue_deg = fmod(c[0].value, 360);
	double s = CLAMP(to_fraction(c[1], 100), 0.0, 1.0);
	double l = CLAMP(to_fraction(c[2], 100), 0.0, 1.0);

	if (c[0].unit == UNIT_PERCENT || has_unit(c + 1, 2, UNIT_ANGLE))
		return FALSE;
	if (hue_deg < 0)
		hue_deg += 360;
	out->r = hsl_channel(0, hue_deg, s, l);
	out->g = hsl_channel(8, hue_deg, s, l);
	out->b = hsl_channel(4, hue_deg, s, l);
	return TRUE;
}

static gboolean parse_function(const char *text, struct color *out)
{
	static const struct {
		const char *name;
		gboolean (*color)(const struct arguments *, struct color *);
	} functions[] = {
		{"rgb(", rgb_color},
		{"rgba(", rgb_color},
		{"hsl(", hsl_color},
		{"hsla(", hsl_color},
	};
	struct arguments arguments;

	for (gsize i = 0; i < G_N_ELEMENTS(functions); i++) {
		gsize length = strlen(functions[i].name);

		if (g_ascii_strncasecmp(text, functions[i].name, length) != 0)
			continue;
		if (!scan_arguments(text + length, &arguments))
			return FALSE;
		if (arguments.is_legacy &&
		    has_unit(arguments.components, arguments.n, UNIT_NONE))
			return FALSE;
		if (arguments.n < 4)
			arguments.components[3].value = 1;
		else if (arguments.components[3].unit == UNIT_ANGLE)
			return FALSE;
		out->a = to_byte(to_fraction(arguments.components[3], 1));
		return functions[i].color(&arguments, out);
	}
	return FALSE;
}

static gboolean parse_trimmed(const char *text, struct color *out)
{
	guint32 rgb;

	if (text[0] == '#')
		return parse_hash(text + 1, out);
	if (g_ascii_strcasecmp(text, "transparent") == 0) {
		*out = (struct color){0, 0, 0, 0};
		return TRUE;
	}
	if ((text[0] == '$' && parse_hex(text + 1, 6, &rgb)) ||
	    (g_ascii_strncasecmp(text, "0x", 2) == 0 &&
	     parse_hex(text + 2, 6, &rgb)) ||
	    color_name_find(text, &rgb)) {
		*out = from_rgb(rgb);
		return TRUE;
	}
	return parse_function(text, out);
}

gboolean color_parse(const char *text, struct color *out, GError **error)
{
	g_autofree char *trimmed = NULL;
	g_autofree char *quoted = NULL;
	struct color color;

	if (strlen(text) <= MAX_BYTES) {
		trimmed = g_strstrip(g_strdup(text));
		if (parse_trimmed(trimmed, &color)) {
			*out = color;
			return TRUE;
		}
	}
	quoted = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), 40));
	g_set_error(error, COLOR_ERROR, COLOR_ERROR_SYNTAX,
		    "invalid color `%s`, expected a CSS color name, #rgb, "
		    "#rrggbb, 0xrrggbb, $rrggbb, rgb(r,g,b) or hsl(h,s,l)",
		    quoted);
	return FALSE;
}

char *color_format(struct color color)
{
	if (color.a == 255)
		return g_strdup_printf("#%02x%02x%02x", color.r, color.g,
				       color.b);
	return g_strdup_printf("#%02x%02x%02x%02x", color.r, color.g, color.b,
			       color.a);
}

gboolean color_equal(struct color a, struct color b)
{
	return a.r == b.r && a.g == b.g && a.b == b.b && a.a == b.a;
}
