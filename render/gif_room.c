#include "config.h"

#include "render/gif_room.h"

#include <string.h>

#include "render/gif_color.h"
#include "render/gif_nearest.h"

#define N_CELLS (1 << 15)

/* A distance not worth an entry: what a group's own pixels differ by. */
#define NEAR 48

/* Off by this much a colour is another one. Where more than this part of all
 * pixels have it the caption is not what was asked for, and that is worse than
 * a few pixels elsewhere that change a little. */
#define FAR	   (40 * 40)
#define SOLID_PART 16
#define MAX_MERGES 4

struct group {
	guint32 color; /* the one that most of its pixels have, or nearly so */
	guint32 votes;
	guint32 n;
	guint32 near;	  /* a distance up to this is none */
	guint32 distance; /* to its entry */
	guint32 entry;
	guint32 next; /* 1 + another group of the same cell; 0: none */
};

struct gif_room {
	GArray *groups;		/* struct group */
	guint32 cells[N_CELLS]; /* 1 + a group; 0: none */
	guint n;		/* pixels in all groups */

	/* The pixel added last: the next one is often the same. */
	guint32 last_color, last_near;
	guint last;
};

struct gif_room *gif_room_new(void)
{
	struct gif_room *room = g_new0(struct gif_room, 1);

	room->groups = g_array_new(FALSE, FALSE, sizeof(struct group));
	return room;
}

void gif_room_free(struct gif_room *room)
{
	if (!room)
		return;
	g_array_unref(room->groups);
	g_free(room);
}

static struct group *group_at(const struct gif_room *room, guint i)
{
	return &g_array_index(room->groups, struct group, i);
}

static guint32 entry_color(const struct gif_room_palette *palette, guint i)
{
	return gif_color_from_rgb(&palette->entries[3 * i]);
}

static guint cell_of(guint32 color)
{
	return (color >> 19 & 31) << 10 | (color >> 11 & 31) << 5 |
	       (color >> 3 & 31);
}

void gif_room_reset(struct gif_room *room)
{
	for (guint i = 0; i < room->groups->len; i++)
		room->cells[cell_of(group_at(room, i)->color)] = 0;
	g_array_set_size(room->groups, 0);
	room->n = 0;
}

static guint add_group(struct gif_room *room, guint32 color, guint32 near)
{
	guint32 *cell = &room->cells[cell_of(color)];
	struct group group = {.color = color, .near = near, .next = *cell};

	g_array_append_val(room->groups, group);
	*cell = room->groups->len;
	return *cell - 1;
}

static guint find_group(struct gif_room *room, guint32 color, guint32 near)
{
	guint32 i = room->cells[cell_of(color)];

	while (i > 0) {
		const struct group *group = group_at(room, i - 1);

		if (group->near == near && (near > 0 || group->color == color))
			return i - 1;
		i = group->next;
	}
	return add_group(room, color, near);
}

/* A majority vote after Boyer and Moore: a colour that more than half of the
 * group's pixels have wins, so that a solid colour is met exactly. */
guint gif_room_add(struct gif_room *room, guint32 color, gboolean is_exact)
{
	guint32 near = is_exact ? 0 : NEAR;
	struct group *group;

	if (room->n == 0 || color != room->last_color ||
	    near != room->last_near) {
		room->last = find_group(room, color, near);
		room->last_color = color;
		room->last_near = near;
	}
	group = group_at(room, room->last);
	if (group->votes == 0)
		group->color = color;
	if (group->color == color)
		group->votes++;
	else
		group->votes--;
	group->n++;
	room->n++;
	return room->last;
}

/* The nearest entry that the frame keeps, for every group. Returns how many
 * entries are free, written to out_free. */
static guint find_nearest(struct gif_room *room,
			  const struct gif_room_palette *palette,
			  guint8 *out_free)
{
	struct gif_nearest nearest;
	guint n_free = 0;

	gif_nearest_init(&nearest);
	for (guint i = 0; i < palette->n_entries; i++) {
		if (i == palette->transparent)
			continue;
		if (palette->counts[i] == 0)
			out_free[n_free++] = (guint8)i;
		else
			gif_nearest_set(&nearest, i, entry_color(palette, i));
	}
	for (guint i = 0; i < room->groups->len; i++) {
		struct group *group = group_at(room, i);

		group->entry = gif_nearest_find(&nearest, group->color,
						&group->distance);
	}
	return n_free;
}

/* Whether so many pixels are of a group that it is one of the caption's own
 * colours, not a blend. */
static gboolean is_solid(const struct gif_room *room, const struct group *group)
{
	return group->n > room->n / SOLID_PART;
}

/* How much an entry of its own is worth to a group: the caption's own colours
 * before all, then what must be exact, then blends; among these the more the
 * more pixels are the farther off. */
static guint64 worth(const struct gif_room *room, const struct group *group)
{
	guint64 off = (guint64)group->n * group->distance;

	if (off > 0 && is_solid(room, group))
		return off | G_GUINT64_CONSTANT(2) << 60;
	if (off > 0 && group->near == 0)
		return off | G_GUINT64_CONSTANT(1) << 60;
	return group->distance > group->near ? off : 0;
}

/* NULL: all groups are near enough. */
static struct group *find_worst(struct gif_room *room)
{
	struct group *worst = NULL;
	guint64 most = 0;

	for (guint i = 0; i < room->groups->len; i++) {
		guint64 its = worth(room, group_at(room, i));

		if (its <= most)
			continue;
		most = its;
		worst = group_at(room, i);
	}
	return worst;
}

/* Makes the entry this colour, and gives it to the groups that it is nearer
 * to. */
static void spend(struct gif_room *room, struct gif_room_palette *palette,
		  guint entry, guint32 color)
{
	gif_color_to_rgb(color, &palette->entries[3 * entry]);
	palette->is_changed = TRUE;
	for (guint i = 0; i < room->groups->len; i++) {
		struct group *group = group_at(room, i);
		guint distance = gif_color_distance(group->color, color);

		if (distance >= group->distance)
			continue;
		group->distance = distance;
		group->entry = entry;
	}
}

/* Frees an entry where that shows least: few pixels, and a near colour for
 * them. */
static void merge(struct gif_room_palette *palette)
{
	guint64 least = G_MAXUINT64;
	guint from = 0, to = 0;

	for (guint i = 0; i < palette->n_entries; i++) {
		for (guint j = 0; j < palette->n_entries; j++) {
			guint64 cost;

			if (j == i || palette->counts[i] == 0 ||
			    palette->counts[j] == 0)
				continue;
			cost = (guint64)palette->counts[i] *
			       gif_color_distance(entry_color(palette, i),
						  entry_color(palette, j));
			if (cost >= least)
				continue;
			least = cost;
			from = i;
			to = j;
		}
	}
	palette->counts[to] += palette->counts[from];
	palette->counts[from] = 0;
	for (guint i = 0; i < 256; i++)
		if (palette->merged[i] == from)
			palette->merged[i] = (guint8)to;
	palette->is_merged = TRUE;
}

/* Whether a colour that a good part of the pixels have came out as another. */
static gboolean is_wrong(const struct gif_room *room)
{
	for (guint i = 0; i < room->groups->len; i++) {
		const struct group *group = group_at(room, i);

		if (group->distance > FAR && is_solid(room, group))
			return TRUE;
	}
	return FALSE;
}

static void spend_free(struct gif_room *room, struct gif_room_palette *palette)
{
	guint8 unspent[256];
	guint n = find_nearest(room, palette, unspent);

	for (guint i = 0; i < n; i++) {
		const struct group *worst = find_worst(room);

		if (!worst)
			return;
		spend(room, palette, unspent[i], worst->color);
	}
}

void gif_room_settle(struct gif_room *room, struct gif_room_palette *palette)
{
	palette->is_changed = FALSE;
	palette->is_merged = FALSE;
	for (guint i = 0; i < 256; i++)
		palette->merged[i] = (guint8)i;
	spend_free(room, palette);
	for (guint i = 0; i < MAX_MERGES && is_wrong(room); i++) {
		merge(palette);
		spend_free(room, palette);
	}
}

guint8 gif_room_entry(const struct gif_room *room, guint group)
{
	return (guint8)group_at(room, group)->entry;
}
