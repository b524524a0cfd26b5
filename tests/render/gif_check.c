#include "config.h"

#include "tests/render/gif_check.h"

#include <string.h>

struct cursor {
	const guint8 *at, *end;
};

static guint take(struct cursor *cursor)
{
	g_assert_true(cursor->at < cursor->end);
	return *cursor->at++;
}

static guint take_u16(struct cursor *cursor)
{
	guint low = take(cursor);

	return low | take(cursor) << 8;
}

static const guint8 *take_bytes(struct cursor *cursor, gsize n)
{
	const guint8 *bytes = cursor->at;

	g_assert_cmpuint(n, <=, cursor->end - cursor->at);
	cursor->at += n;
	return bytes;
}

/* The code table of one image. */
struct table {
	guint clear, width, next;
	int last; /* the code before; -1: a clear, -2: nothing yet */
	guint prefix[4096], length[4096];
	guint8 first[4096], pixel[4096];
};

static void table_clear(struct table *table, guint min_bits)
{
	table->clear = 1u << min_bits;
	table->width = min_bits + 1;
	table->next = table->clear + 2;
	for (guint i = 0; i < table->clear; i++) {
		table->first[i] = table->pixel[i] = (guint8)i;
		table->length[i] = 1;
	}
}

static void table_add(struct table *table, guint prefix, guint8 pixel)
{
	if (table->next == 4096)
		return;
	table->prefix[table->next] = prefix;
	table->length[table->next] = table->length[prefix] + 1;
	table->first[table->next] = table->first[prefix];
	table->pixel[table->next] = pixel;
	table->next++;
	if (table->next == 1u << table->width && table->width < 12)
		table->width++;
}

/* Handles one code that is no clear and no end. Returns how many pixels. */
static guint put_code(struct table *table, guint code, guint8 *out, gsize left)
{
	guint length;

	g_assert_cmpuint(code, !=, table->clear);
	g_assert_cmpuint(code, !=, table->clear + 1);
	if (table->last >= 0) {
		guint last = (guint)table->last;

		g_assert_cmpuint(code, <=, table->next);
		table_add(table, last,
			  table->first[code == table->next ? last : code]);
	}
	g_assert_true(code < table->clear ||
		      (code > table->clear + 1 && code < table->next));
	length = table->length[code];
	g_assert_cmpuint(length, <=, left);
	table->last = (int)code;
	for (guint i = length; i > 0; i--) {
		out[i - 1] = table->pixel[code];
		code = table->prefix[code];
	}
	return length;
}

static GByteArray *join_blocks(struct cursor *cursor)
{
	GByteArray *codes = g_byte_array_new();
	guint n;

	while ((n = take(cursor)) > 0)
		g_byte_array_append(codes, take_bytes(cursor, n), n);
	return codes;
}

static guint take_code(const GByteArray *codes, gsize *bit, guint width)
{
	guint code = 0;

	g_assert_cmpuint(*bit + width, <=, codes->len * (gsize)8);
	for (guint i = 0; i < width; i++, (*bit)++)
		code |= (codes->data[*bit / 8] >> *bit % 8 & 1u) << i;
	return code;
}

const guint8 *gif_check_codes(const guint8 *codes, const guint8 *end,
			      guint min_bits, guint8 *out, gsize n_pixels)
{
	struct cursor cursor = {codes, end};
	g_autoptr(GByteArray) joined = join_blocks(&cursor);
	g_autofree struct table *table = g_new0(struct table, 1);
	gsize bit = 0, done = 0;
	guint code;

	table_clear(table, min_bits);
	table->last = -2;
	while ((code = take_code(joined, &bit, table->width)) !=
	       table->clear + 1) {
		if (code == table->clear) {
			g_assert_cmpint(table->last, !=, -1);
			table_clear(table, min_bits);
			table->last = -1;
			continue;
		}
		g_assert_cmpint(table->last, !=, -2);
		done += put_code(table, code, out + done, n_pixels - done);
	}
	g_assert_cmpuint(done, ==, n_pixels);
	g_assert_cmpuint((bit + 7) / 8, ==, joined->len);
	return cursor.at;
}

static guint interlaced(guint i, guint height)
{
	guint n = 0;

	for (guint pass = 0; pass < 4; pass++) {
		static const guint first[] = {0, 4, 2, 1};
		static const guint step[] = {8, 8, 4, 2};

		for (guint y = first[pass]; y < height; y += step[pass])
			if (n++ == i)
				return y;
	}
	g_assert_not_reached();
}

static const struct gif_check_frame *last_frame(const struct gif_check *check)
{
	return check->frames->len > 0
		       ? gif_check_frame(check, check->frames->len - 1)
		       : NULL;
}

/* What the frame is drawn on: what the one before showed, or was drawn on. */
static guint32 *make_under(const struct gif_check *check, const guint32 *before)
{
	gsize n = (gsize)check->width * check->height;
	const struct gif_check_frame *last = last_frame(check);
	guint32 *under;

	if (!last)
		return g_new0(guint32, n);
	if (last->disposal == 3 || last->disposal == 4)
		return g_memdup2(before, n * sizeof(guint32));
	under = g_memdup2(last->shown, n * sizeof(guint32));
	for (guint y = 0; y < last->height && last->disposal == 2; y++)
		for (guint x = 0; x < last->width; x++)
			if (last->x + x < check->width &&
			    last->y + y < check->height)
				under[(last->y + y) * check->width + last->x +
				      x] = 0;
	return under;
}

static void draw(const struct gif_check *check, struct gif_check_frame *frame,
		 const guint8 *palette, guint n_colors)
{
	for (guint y = 0; y < frame->height; y++)
		for (guint x = 0; x < frame->width; x++) {
			guint i = frame->indices[y * frame->width + x];
			guint32 color = 0xff000000;

			if (frame->x + x >= check->width ||
			    frame->y + y >= check->height ||
			    (int)i == frame->transparent)
				continue;
			if (i < n_colors)
				color |= (guint32)palette[3 * i] << 16 |
					 (guint32)palette[3 * i + 1] << 8 |
					 palette[3 * i + 2];
			frame->shown[(frame->y + y) * check->width + frame->x +
				     x] = color;
		}
}

static void read_indices(struct cursor *cursor, struct gif_check_frame *frame)
{
	gsize width = frame->width;
	g_autofree guint8 *rows = g_malloc(width * frame->height);
	guint min_bits = take(cursor);

	frame->indices = g_malloc(width * frame->height);
	cursor->at = gif_check_codes(cursor->at, cursor->end, min_bits, rows,
				     width * frame->height);
	for (guint i = 0; i < frame->height; i++)
		memcpy(frame->indices + (frame->is_interlaced
						 ? interlaced(i, frame->height)
						 : i) *
						width,
		       rows + i * width, width);
}

/* before is what the frame before was drawn on, and becomes this one's. */
static void read_image(struct gif_check *check, struct cursor *cursor,
		       struct gif_check_frame frame, const guint8 *palette,
		       guint n_colors, guint32 **before)
{
	guint32 *under = make_under(check, *before);
	guint flags;

	frame.x = take_u16(cursor);
	frame.y = take_u16(cursor);
	frame.width = take_u16(cursor);
	frame.height = take_u16(cursor);
	flags = take(cursor);
	frame.has_palette = flags >> 7;
	frame.is_interlaced = flags >> 6 & 1;
	if (frame.has_palette) {
		n_colors = 2u << (flags & 7);
		palette = take_bytes(cursor, 3 * (gsize)n_colors);
	}
	read_indices(cursor, &frame);
	frame.shown = g_memdup2(under, (gsize)check->width * check->height *
					       sizeof(guint32));
	draw(check, &frame, palette, n_colors);
	g_array_append_val(check->frames, frame);
	g_free(*before);
	*before = under;
}

static void read_control(struct cursor *cursor, struct gif_check_frame *frame)
{
	guint flags;

	g_assert_cmpuint(take(cursor), ==, 4);
	flags = take(cursor);
	frame->disposal = flags >> 2 & 7;
	frame->delay_cs = take_u16(cursor);
	frame->transparent = (int)take(cursor);
	if (!(flags & 1))
		frame->transparent = -1;
	g_assert_cmpuint(take(cursor), ==, 0);
}

static void read_extension(struct gif_check *check, struct cursor *cursor,
			   struct gif_check_frame *frame)
{
	if (take(cursor) == 0xf9) {
		read_control(cursor, frame);
		return;
	}
	g_assert_cmpmem(take_bytes(cursor, 14), 14, "\x0bNETSCAPE2.0\x03\x01",
			14);
	check->loop_count = (int)take_u16(cursor);
	g_assert_cmpuint(take(cursor), ==, 0);
}

struct gif_check *gif_check_new(const guint8 *bytes, gsize size)
{
	static const struct gif_check_frame none = {.transparent = -1};
	struct gif_check *check = g_new0(struct gif_check, 1);
	struct cursor cursor = {bytes, bytes + size};
	struct gif_check_frame frame = none;
	g_autofree guint32 *before = NULL;
	const guint8 *palette = NULL;
	guint flags, n_colors = 0, kind;

	check->loop_count = -1;
	check->frames = g_array_new(FALSE, TRUE, sizeof(frame));
	g_assert_cmpmem(take_bytes(&cursor, 6), 6, "GIF89a", 6);
	check->width = take_u16(&cursor);
	check->height = take_u16(&cursor);
	flags = take(&cursor);
	(void)take_u16(&cursor); /* background, aspect */
	check->has_palette = flags >> 7;
	if (check->has_palette) {
		n_colors = 2u << (flags & 7);
		palette = take_bytes(&cursor, 3 * (gsize)n_colors);
	}
	while ((kind = take(&cursor)) != 0x3b) {
		if (kind == 0x21) {
			read_extension(check, &cursor, &frame);
			continue;
		}
		g_assert_cmpuint(kind, ==, 0x2c);
		read_image(check, &cursor, frame, palette, n_colors, &before);
		frame = none;
	}
	g_assert_true(cursor.at == cursor.end);
	return check;
}

void gif_check_free(struct gif_check *check)
{
	if (!check)
		return;
	for (guint i = 0; i < check->frames->len; i++) {
		g_free(gif_check_frame(check, i)->indices);
		g_free(gif_check_frame(check, i)->shown);
	}
	g_array_unref(check->frames);
	g_free(check);
}

const struct gif_check_frame *gif_check_frame(const struct gif_check *check,
					      guint i)
{
	g_assert_cmpuint(i, <, check->frames->len);
	return &g_array_index(check->frames, struct gif_check_frame, i);
}
