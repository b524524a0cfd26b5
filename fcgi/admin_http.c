#include "config.h"

#include "fcgi/admin_http.h"

#include <string.h>

/* A part of the data: nothing is copied or terminated. */
struct span {
	const char *at;
	gsize size;
};

struct headers {
	guint count, hosts;
	gboolean has_body, is_bad;
	gboolean is_close, is_keep_alive;
	gboolean accepts_plain, accepts_openmetrics;
};

static gboolean is_token_byte(char byte)
{
	return g_ascii_isalnum(byte) ||
	       (byte && strchr("!#$%&'*+-.^_`|~", byte));
}

static gboolean is_token(struct span span)
{
	for (gsize i = 0; i < span.size; i++)
		if (!is_token_byte(span.at[i]))
			return FALSE;
	return span.size > 0;
}

static gboolean is_text(struct span span, const char *text)
{
	return span.size == strlen(text) &&
	       memcmp(span.at, text, span.size) == 0;
}

static gboolean is_name(struct span span, const char *name)
{
	return span.size == strlen(name) &&
	       g_ascii_strncasecmp(span.at, name, span.size) == 0;
}

static gboolean has_word(struct span span, const char *word)
{
	gsize size = strlen(word);

	for (gsize i = 0; i + size <= span.size; i++)
		if (g_ascii_strncasecmp(span.at + i, word, size) == 0)
			return TRUE;
	return FALSE;
}

static struct span trim(struct span span)
{
	while (span.size > 0 && (*span.at == ' ' || *span.at == '\t'))
		span.at++, span.size--;
	while (span.size > 0 && (span.at[span.size - 1] == ' ' ||
				 span.at[span.size - 1] == '\t'))
		span.size--;
	return span;
}

/* Up to the byte; moves rest behind it. FALSE: the byte is not there. */
static gboolean cut(struct span *rest, char byte, struct span *out)
{
	const char *at = memchr(rest->at, byte, rest->size);

	if (!at)
		return FALSE;
	*out = (struct span){rest->at, (gsize)(at - rest->at)};
	rest->at = at + 1;
	rest->size -= out->size + 1;
	return TRUE;
}

static void note_header(struct headers *headers, struct span name,
			struct span value)
{
	if (is_name(name, "Host")) {
		headers->hosts++;
	} else if (is_name(name, "Transfer-Encoding")) {
		headers->has_body = TRUE;
	} else if (is_name(name, "Content-Length")) {
		headers->has_body |= !is_text(value, "0");
	} else if (is_name(name, "Connection")) {
		headers->is_close |= has_word(value, "close");
		headers->is_keep_alive |= has_word(value, "keep-alive");
	} else if (is_name(name, "Accept")) {
		headers->accepts_plain |= has_word(value, "text/plain");
		headers->accepts_openmetrics |=
			has_word(value, "application/openmetrics-text");
	}
}

/* A line without its \r\n. Spaces before the colon, and lines that begin with
 * one, have been read in different ways: refused. */
static void read_header(struct headers *headers, struct span line)
{
	struct span name;

	headers->count++;
	if (!cut(&line, ':', &name) || !is_token(name)) {
		headers->is_bad = TRUE;
		return;
	}
	for (gsize i = 0; i < line.size; i++)
		if ((guchar)line.at[i] < 0x20 && line.at[i] != '\t')
			headers->is_bad = TRUE;
	note_header(headers, name, trim(line));
}

static void read_headers(struct headers *headers, struct span head)
{
	struct span line;

	while (cut(&head, '\n', &line)) {
		line.size--; /* the \r: the head was looked through */
		read_header(headers, line);
	}
}

static void read_query(struct admin_request *out, struct span query)
{
	struct span word;
	gboolean is_last = FALSE;

	while (!is_last) {
		is_last = !cut(&query, '&', &word);
		if (is_last)
			word = query;
		out->is_json |= is_text(word, "json");
		out->is_full |= is_text(word, "full");
	}
}

/* `http://host/path` is a way to say `/path` (RFC 9112, 3.2.2). */
static struct span skip_authority(struct span target)
{
	const char *const scheme = "http://";
	const gsize size = strlen(scheme);
	const char *slash;

	if (target.size < size ||
	    g_ascii_strncasecmp(target.at, scheme, size) != 0)
		return target;
	target.at += size;
	target.size -= size;
	slash = memchr(target.at, '/', target.size);
	if (!slash)
		return (struct span){"/", 1};
	target.size -= (gsize)(slash - target.at);
	target.at = slash;
	return target;
}

static gboolean read_target(struct admin_request *out, struct span target)
{
	struct span path;

	for (gsize i = 0; i < target.size; i++)
		if ((guchar)target.at[i] <= 0x20 || target.at[i] == 0x7f)
			return FALSE;
	target = skip_authority(target);
	if (target.size == 0 || *target.at != '/')
		return FALSE;
	if (cut(&target, '?', &path))
		read_query(out, target);
	else
		path = target;
	while (path.size > 1 && path.at[path.size - 1] == '/')
		path.size--;
	/* A path that is too long is none of ours, and stays empty. */
	if (path.size < sizeof(out->path))
		memcpy(out->path, path.at, path.size);
	return TRUE;
}

static int read_request_line(struct admin_request *out, struct span line,
			     gboolean *out_is_11)
{
	struct span method, target;

	if (!cut(&line, ' ', &method) || !cut(&line, ' ', &target) ||
	    !is_token(method))
		return 400;
	*out_is_11 = is_text(line, "HTTP/1.1");
	if (!*out_is_11 && !is_text(line, "HTTP/1.0"))
		return line.size == 8 && strncmp(line.at, "HTTP/", 5) == 0
			       ? 505
			       : 400;
	if (!read_target(out, target))
		return 400;
	out->is_head = is_text(method, "HEAD");
	return out->is_head || is_text(method, "GET") ? 0 : 405;
}

static int check_headers(const struct headers *headers, gboolean is_11)
{
	if (headers->count > ADMIN_HEADERS)
		return 431;
	if (headers->is_bad || headers->hosts > 1 ||
	    (is_11 && headers->hosts == 0))
		return 400;
	return headers->has_body ? 413 : 0;
}

/* head: the request line and the headers, each with its \r\n. */
static int read_head(struct admin_request *out, struct span head)
{
	struct headers headers = {0};
	struct span line;
	gboolean is_11 = FALSE;
	int status, wrong;

	if (!cut(&head, '\n', &line) || line.size - 1 > ADMIN_LINE_BYTES)
		return 414;
	line.size--;
	status = read_request_line(out, line, &is_11);
	read_headers(&headers, head);
	wrong = check_headers(&headers, is_11);
	/* A method that is not known is refused as such only where the rest
	 * is sound. */
	if (status == 0 || status == 405)
		status = wrong ? wrong : status;
	out->is_kept = status == 0 && !headers.is_close &&
		       (is_11 || headers.is_keep_alive);
	out->wants_plain =
		headers.accepts_plain && !headers.accepts_openmetrics;
	return status;
}

/* Where the head ends, behind the empty line; 0: not yet. Every line must end
 * with \r\n: sets *out_is_bad where one does not. */
static gsize find_end(const char *data, gsize size, gboolean *out_is_bad)
{
	gsize start = 0;

	for (gsize i = 0; i < size; i++) {
		if (data[i] == '\0')
			*out_is_bad = TRUE;
		if (data[i] != '\n')
			continue;
		if (i == start || data[i - 1] != '\r')
			*out_is_bad = TRUE;
		if (*out_is_bad || i == start + 1)
			return i + 1;
		start = i + 1;
	}
	return 0;
}

enum admin_http admin_http_read(const char *data, gsize size,
				struct admin_request *out)
{
	gboolean is_bad = FALSE;
	gsize end = find_end(data, MIN(size, ADMIN_HEAD_BYTES), &is_bad);

	if (end == 0 && !is_bad && size < ADMIN_HEAD_BYTES &&
	    (size <= ADMIN_LINE_BYTES + 2 || memchr(data, '\n', size)))
		return ADMIN_HTTP_MORE;
	*out = (struct admin_request){.bytes = end};
	if (is_bad || end == 2)
		out->status = 400;
	else if (end == 0)
		out->status = memchr(data, '\n', size) ? 431 : 414;
	else
		out->status = read_head(out, (struct span){data, end - 2});
	return out->status ? ADMIN_HTTP_REFUSED : ADMIN_HTTP_READ;
}
