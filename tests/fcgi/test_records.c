#include "config.h"

#include "fcgi/records.h"

#include <string.h>

#include "render/limits.h"

enum { BEGIN = 1, ABORT = 2, END = 3, PARAMS = 4, STDIN = 5 };

#define RESPONDER "\0\1\0\0\0\0\0\0"

static void add(GByteArray *wire, guint8 type, guint16 id, const void *content,
		gsize size, guint8 padding)
{
	const guint8 head[8] = {1,
				type,
				(guint8)(id >> 8),
				(guint8)id,
				(guint8)(size >> 8),
				(guint8)size,
				padding,
				0};
	static const guint8 junk[255];

	g_byte_array_append(wire, head, sizeof(head));
	g_byte_array_append(wire, content, (guint)size);
	g_byte_array_append(wire, junk, padding);
}

/* As many records as it takes, without the empty one at the end. */
static void add_much(GByteArray *wire, guint8 type, const void *content,
		     gsize size)
{
	for (gsize at = 0; at < size; at += 65535)
		add(wire, type, 1, (const guint8 *)content + at,
		    MIN(65535, size - at), 0);
}

static GByteArray *begun(void)
{
	GByteArray *wire = g_byte_array_new();

	add(wire, BEGIN, 1, RESPONDER, 8, 0);
	return wire;
}

/* A whole request of these pairs. */
static GByteArray *request_of(const void *pairs, gsize size)
{
	GByteArray *wire = begun();

	add_much(wire, PARAMS, pairs, size);
	add(wire, PARAMS, 1, "", 0, 0);
	add(wire, STDIN, 1, "", 0, 0);
	return wire;
}

/* The state after the whole of wire, given in pieces; written is what is then
 * written, where that is asked for. */
static enum records_state feed(const GByteArray *wire, gsize piece_bytes,
			       GByteArray *written)
{
	struct records records;
	enum records_state state = RECORDS_MORE;

	records_init(&records);
	for (gsize at = 0; state == RECORDS_MORE && at < wire->len;
	     at += piece_bytes)
		state = records_feed(&records, wire->data + at,
				     MIN(piece_bytes, wire->len - at));
	if (written)
		records_write(&records, written);
	records_fini(&records);
	return state;
}

static void assert_state(GByteArray *wire, enum records_state expected)
{
	g_assert_cmpint(feed(wire, wire->len, NULL), ==, expected);
	g_byte_array_unref(wire);
}

static void test_written(void)
{
	static const char pairs[] = "\1\1AbXx\3\0ABC";
	g_autoptr(GByteArray) sent = begun();
	g_autoptr(GByteArray) wanted = begun();

	add(sent, PARAMS, 1, pairs, 4, 7);
	add(sent, PARAMS, 7, "another request's", 17, 0);
	add(sent, 9, 0, "", 0, 0); /* FCGI_GET_VALUES */
	add(sent, PARAMS, 1, "\3\0ABC", 5, 0);
	add(sent, PARAMS, 1, "", 0, 255);
	add(sent, STDIN, 1, "bo", 2, 1);
	add(sent, STDIN, 1, "dy", 2, 0);
	add(sent, STDIN, 1, "", 0, 0);
	g_byte_array_append(sent, (const guint8 *)"more", 4);
	add(wanted, PARAMS, 1, "\1\1Ab\3\0ABC", 9, 0);
	add(wanted, PARAMS, 1, "", 0, 0);
	add(wanted, STDIN, 1, "body", 4, 0);
	add(wanted, STDIN, 1, "", 0, 0);
	for (gsize piece = 1; piece <= sent->len; piece++) {
		g_autoptr(GByteArray) got = g_byte_array_new();

		g_assert_cmpint(feed(sent, piece, got), ==, RECORDS_WHOLE);
		g_assert_cmpmem(got->data, got->len, wanted->data, wanted->len);
	}
}

static void test_cut(void)
{
	g_autoptr(GByteArray) wire = request_of("\1\1Ab", 4);
	guint whole = wire->len;

	for (guint size = 0; size < whole; size++) {
		g_byte_array_set_size(wire, size);
		g_assert_cmpint(feed(wire, MAX(size, 1), NULL), ==,
				RECORDS_MORE);
		g_byte_array_unref(wire);
		wire = request_of("\1\1Ab", 4);
	}
}

static void test_pairs(void)
{
	static const struct {
		const char *pairs;
		gsize size;
		enum records_state state;
	} rows[] = {
		{"", 0, RECORDS_WHOLE},
		{"\0\0", 2, RECORDS_WHOLE},
		{"\1\0A", 3, RECORDS_WHOLE},
		{"\x80\0\0\1\x80\0\0\1Ab", 10, RECORDS_WHOLE},
		{"\1", 1, RECORDS_MALFORMED},
		{"\1\1A", 3, RECORDS_MALFORMED},
		{"\2\1A", 3, RECORDS_MALFORMED},
		{"\x80\0\0", 3, RECORDS_MALFORMED},
		{"\1\x80\0\0A", 5, RECORDS_MALFORMED},
		{"\1\2A\0b", 5, RECORDS_MALFORMED},
		{"\1\1\0b", 4, RECORDS_MALFORMED},
		/* libfcgi ends its process on the first of these. */
		{"\xff\xff\xff\xfe\xff\xff\xff\xfe", 8, RECORDS_MALFORMED},
		{"\xff\xff\xff\xff\xff\xff\xff\xff", 8, RECORDS_MALFORMED},
		{"\1\xff\xff\xff\xff"
		 "Ab",
		 7, RECORDS_MALFORMED},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_test_message("row %zu", i);
		assert_state(request_of(rows[i].pairs, rows[i].size),
			     rows[i].state);
	}
}

/* One record after a beginning. */
static void test_records(void)
{
	static const struct {
		guint8 type;
		const char *content;
		gsize size;
		enum records_state state;
	} rows[] = {
		{PARAMS, "\1\1Ab", 4, RECORDS_MORE},
		{ABORT, "", 0, RECORDS_ABORTED},
		{BEGIN, RESPONDER, 8, RECORDS_MALFORMED},
		{STDIN, "", 0, RECORDS_MALFORMED},
		{END, "", 0, RECORDS_MALFORMED},
		{99, "x", 1, RECORDS_MALFORMED},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		GByteArray *wire = begun();

		g_test_message("row %zu", i);
		add(wire, rows[i].type, 1, rows[i].content, rows[i].size, 0);
		assert_state(wire, rows[i].state);
	}
}

/* The first record of all. */
static void test_begin(void)
{
	static const struct {
		guint8 version, type;
		guint16 id;
		const char *content;
		gsize size;
		enum records_state state;
	} rows[] = {
		{1, BEGIN, 1, RESPONDER, 8, RECORDS_MORE},
		{1, BEGIN, 65535, RESPONDER, 8, RECORDS_MORE},
		{1, BEGIN, 0, RESPONDER, 8, RECORDS_MALFORMED},
		{1, BEGIN, 1, "\0\2\0\0\0\0\0\0", 8, RECORDS_MALFORMED},
		{1, BEGIN, 1, "\1\1\0\0\0\0\0\0", 8, RECORDS_MALFORMED},
		{1, BEGIN, 1, "\0\1\0\0\0\0\0", 7, RECORDS_MALFORMED},
		{1, PARAMS, 1, "", 0, RECORDS_MALFORMED},
		{1, 9, 0, "", 0, RECORDS_MALFORMED},
		{2, BEGIN, 1, RESPONDER, 8, RECORDS_MALFORMED},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		GByteArray *wire = g_byte_array_new();

		g_test_message("row %zu", i);
		add(wire, rows[i].type, rows[i].id, rows[i].content,
		    rows[i].size, 0);
		wire->data[0] = rows[i].version;
		assert_state(wire, rows[i].state);
	}
}

/* A pair that makes the list as long as is wanted. */
static GByteArray *pairs_of(gsize size)
{
	GByteArray *pairs = g_byte_array_new();
	gsize value = size - 6;
	const guint8 head[6] = {1,
				(guint8)(0x80 | value >> 24),
				(guint8)(value >> 16),
				(guint8)(value >> 8),
				(guint8)value,
				'A'};

	g_byte_array_append(pairs, head, sizeof(head));
	g_byte_array_set_size(pairs, (guint)size);
	memset(pairs->data + 6, 'x', value);
	return pairs;
}

static void test_limits(void)
{
	g_autoptr(GByteArray) most = pairs_of(LIMIT_PARAMS_BYTES);
	g_autoptr(GByteArray) over = pairs_of(LIMIT_PARAMS_BYTES + 1);
	static const guint8 empty[2 * (LIMIT_PARAMS + 1)];
	static const guint8 junk[LIMIT_RECORDS_BYTES];
	struct records records;

	assert_state(request_of(most->data, most->len), RECORDS_WHOLE);
	assert_state(request_of(over->data, over->len), RECORDS_TOO_LARGE);
	assert_state(request_of(empty, sizeof(empty) - 2), RECORDS_WHOLE);
	assert_state(request_of(empty, sizeof(empty)), RECORDS_TOO_LARGE);

	records_init(&records);
	records.total_bytes = LIMIT_RECORDS_BYTES - 1;
	g_assert_cmpint(records_feed(&records, (const guint8 *)"\1", 1), ==,
			RECORDS_MORE);
	g_assert_cmpint(records_feed(&records, (const guint8 *)"\1", 1), ==,
			RECORDS_TOO_LARGE);
	records_reset(&records);
	g_assert_cmpint(records_feed(&records, junk, sizeof(junk)), ==,
			RECORDS_MALFORMED);
	records_fini(&records);
}

/* What is over the limit of a body is read, so that 413 can be said. */
static void test_body(void)
{
	static const guint8 body[LIMIT_BODY_BYTES + 100];
	static const struct {
		gsize sent, kept;
	} rows[] = {
		{0, 0},
		{LIMIT_BODY_BYTES, LIMIT_BODY_BYTES},
		{LIMIT_BODY_BYTES + 1, LIMIT_BODY_BYTES + 1},
		{LIMIT_BODY_BYTES + 2, LIMIT_BODY_BYTES + 1},
		{sizeof(body), LIMIT_BODY_BYTES + 1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GByteArray) wire = begun();
		struct records records;

		add(wire, PARAMS, 1, "", 0, 0);
		add_much(wire, STDIN, body, rows[i].sent);
		add(wire, STDIN, 1, "", 0, 0);
		records_init(&records);
		g_assert_cmpint(records_feed(&records, wire->data, wire->len),
				==, RECORDS_WHOLE);
		g_assert_cmpuint(records.body->len, ==, rows[i].kept);
		records_fini(&records);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/records/written", test_written);
	g_test_add_func("/records/cut", test_cut);
	g_test_add_func("/records/pairs", test_pairs);
	g_test_add_func("/records/records", test_records);
	g_test_add_func("/records/begin", test_begin);
	g_test_add_func("/records/limits", test_limits);
	g_test_add_func("/records/body", test_body);
	return g_test_run();
}
