#include "config.h"

#include "render/number.h"

#include <math.h>

/* Whole numbers below this are exact, and written without an exponent. */
#define MAX_PLAIN 1e15

static const char *skip_digits(const char *p)
{
	while (g_ascii_isdigit(*p))
		p++;
	return p;
}

/* Where the number at text ends, by the grammar in the header; NULL where
 * there is none. g_ascii_strtod alone would take hex, inf and white space. */
static const char *number_end(const char *text)
{
	const char *p = text + (*text == '-' || *text == '+');
	const char *digits = p;
	gboolean has_digits;

	p = skip_digits(p);
	has_digits = p > digits;
	if (*p == '.' && g_ascii_isdigit(p[1])) {
		p = skip_digits(p + 1);
		has_digits = TRUE;
	}
	if (!has_digits)
		return NULL;
	if (*p == 'e' || *p == 'E') {
		const char *exponent = p + 1;

		exponent += *exponent == '-' || *exponent == '+';
		if (g_ascii_isdigit(*exponent))
			p = skip_digits(exponent);
	}
	return p;
}

gboolean number_scan(const char *text, const char **out_end, double *out)
{
	const char *end = number_end(text);
	double value;

	if (!end)
		return FALSE;
	value = g_ascii_strtod(text, NULL);
	if (!isfinite(value))
		return FALSE;
	*out_end = end;
	*out = value;
	return TRUE;
}

gboolean number_parse(const char *text, double *out)
{
	const char *end;
	double value;

	if (!number_scan(text, &end, &value) || *end != '\0')
		return FALSE;
	*out = value;
	return TRUE;
}

char *number_format(double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	if (value == trunc(value) && fabs(value) < MAX_PLAIN)
		return g_strdup_printf("%" G_GINT64_FORMAT, (gint64)value);
	for (int digits = 1; digits <= 17; digits++) {
		char format[8];

		(void)g_snprintf(format, sizeof(format), "%%.%dg", digits);
		(void)g_ascii_formatd(text, sizeof(text), format, value);
		if (g_ascii_strtod(text, NULL) == value)
			break;
	}
	return g_strdup(text);
}
