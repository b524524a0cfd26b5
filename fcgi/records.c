#include "config.h"

#include "fcgi/records.h"

#include <string.h>

#include "render/limits.h"

enum {
	PROTOCOL = 1, /* its version */
	BEGIN_REQUEST = 1,
	ABORT_REQUEST = 2,
	PARAMS = 4,
	STDIN = 5,
	RESPONDER = 1,
	HEAD_BYTES = 8,
	BEGIN_BYTES = 8,
	CONTENT_BYTES = 65528, /* of a record that is written: whole words */
};

struct record {
	guint8 type;
	guint16 id;
	const guint8 *content;
	gsize content_bytes, total_bytes;
};

void records_init(struct records *records)
{
	*records = (struct records){.in = g_byte_array_new(),
				    .params = g_byte_array_new(),
				    .body = g_byte_array_new()};
}

void records_fini(struct records *records)
{
	g_byte_array_unref(records->in);
	g_byte_array_unref(records->params);
	g_byte_array_unref(records->body);
}

void records_reset(struct records *records)
{
	g_byte_array_set_size(records->in, 0);
	g_byte_array_set_size(records->params, 0);
	g_byte_array_set_size(records->body, 0);
	records->total_bytes = 0;
	records->id = 0;
	records->has_params = FALSE;
}

/* One of the two lengths before a pair (section 3.4). FALSE: it is not all
 * there. */
static gboolean take_length(const guint8 **at, gsize *left, gsize *out)
{
	const guint8 *bytes = *at;
	gsize size = *left > 0 && bytes[0] >> 7 ? 4 : 1;

	if (*left < size)
		return FALSE;
	*out = bytes[0];
	if (size == 4)
		*out = (gsize)(bytes[0] & 0x7f) << 24 | (gsize)bytes[1] << 16 |
		       (gsize)bytes[2] << 8 | bytes[3];
	*at += size;
	*left -= size;
	return TRUE;
}

/* A NUL would end a value early for libfcgi, and whoever reads it. */
static gboolean take_pair(const guint8 **at, gsize *left)
{
	gsize name_bytes, value_bytes, size;

	if (!take_length(at, left, &name_bytes) ||
	    !take_length(at, left, &value_bytes) || name_bytes > *left ||
	    value_bytes > *left - name_bytes)
		return FALSE;
	size = name_bytes + value_bytes;
	if (size > 0 && memchr(*at, '\0', size))
		return FALSE;
	*at += size;
	*left -= size;
	return TRUE;
}

static enum records_state end_params(struct records *records)
{
	const guint8 *at = records->params->data;
	gsize left = records->params->len;

	for (guint n = 0; left > 0; n++) {
		if (n == LIMIT_PARAMS)
			return RECORDS_TOO_LARGE;
		if (!take_pair(&at, &left))
			return RECORDS_MALFORMED;
	}
	records->has_params = TRUE;
	return RECORDS_MORE;
}

static enum records_state begin(struct records *records,
				const struct record *record)
{
	if (record->type != BEGIN_REQUEST || record->id == 0 ||
	    record->content_bytes != BEGIN_BYTES || record->content[0] != 0 ||
	    record->content[1] != RESPONDER)
		return RECORDS_MALFORMED;
	records->id = record->id;
	return RECORDS_MORE;
}

static enum records_state add_params(struct records *records,
				     const struct record *record)
{
	if (records->has_params)
		return RECORDS_MALFORMED;
	if (record->content_bytes == 0)
		return end_params(records);
	if (record->content_bytes > LIMIT_PARAMS_BYTES - records->params->len)
		return RECORDS_TOO_LARGE;
	g_byte_array_append(records->params, record->content,
			    (guint)record->content_bytes);
	return RECORDS_MORE;
}

/* A body over its limit is read to its end, so that its sender can be told. */
static enum records_state add_body(struct records *records,
				   const struct record *record)
{
	gsize room = LIMIT_BODY_BYTES + 1 - records->body->len;

	if (!records->has_params)
		return RECORDS_MALFORMED;
	if (record->content_bytes == 0)
		return RECORDS_WHOLE;
	g_byte_array_append(records->body, record->content,
			    (guint)MIN(record->content_bytes, room));
	return RECORDS_MORE;
}

static enum records_state add_record(struct records *records,
				     const struct record *record)
{
	if (records->id == 0)
		return begin(records, record);
	if (record->id != records->id)
		return RECORDS_MORE;
	switch (record->type) {
	case PARAMS:
		return add_params(records, record);
	case STDIN:
		return add_body(records, record);
	case ABORT_REQUEST:
		return RECORDS_ABORTED;
	default:
		return RECORDS_MALFORMED;
	}
}

/* FALSE: it is not all there. */
static gboolean find_record(const guint8 *data, gsize size, struct record *out)
{
	if (size < HEAD_BYTES)
		return FALSE;
	*out = (struct record){
		.type = data[1],
		.id = (guint16)(data[2] << 8 | data[3]),
		.content = data + HEAD_BYTES,
		.content_bytes = (gsize)data[4] << 8 | data[5],
	};
	out->total_bytes = HEAD_BYTES + out->content_bytes + data[6];
	return size >= out->total_bytes;
}

enum records_state records_feed(struct records *records, const guint8 *data,
				gsize size)
{
	enum records_state state = RECORDS_MORE;
	gsize at = 0;

	if (size > LIMIT_RECORDS_BYTES - records->total_bytes)
		return RECORDS_TOO_LARGE;
	records->total_bytes += size;
	g_byte_array_append(records->in, data, (guint)size);
	while (state == RECORDS_MORE && at < records->in->len) {
		const guint8 *here = records->in->data + at;
		struct record record;

		if (here[0] != PROTOCOL)
			return RECORDS_MALFORMED;
		if (!find_record(here, records->in->len - at, &record))
			break;
		state = add_record(records, &record);
		at += record.total_bytes;
	}
	g_byte_array_remove_range(records->in, 0, (guint)at);
	return state;
}

static void write_record(GByteArray *out, guint16 id, guint8 type,
			 const guint8 *content, gsize size)
{
	const guint8 head[HEAD_BYTES] = {
		PROTOCOL,
		type,
		(guint8)(id >> 8),
		(guint8)id,
		(guint8)(size >> 8),
		(guint8)size,
	};

	g_byte_array_append(out, head, sizeof(head));
	if (size > 0)
		g_byte_array_append(out, content, (guint)size);
}

static void write_stream(GByteArray *out, guint16 id, guint8 type,
			 const GByteArray *content)
{
	for (gsize at = 0; at < content->len; at += CONTENT_BYTES)
		write_record(out, id, type, content->data + at,
			     MIN(CONTENT_BYTES, content->len - at));
	write_record(out, id, type, NULL, 0);
}

void records_write(const struct records *records, GByteArray *out)
{
	static const guint8 responder[BEGIN_BYTES] = {0, RESPONDER};

	g_byte_array_set_size(out, 0);
	write_record(out, records->id, BEGIN_REQUEST, responder,
		     sizeof(responder));
	write_stream(out, records->id, PARAMS, records->params);
	write_stream(out, records->id, STDIN, records->body);
}
