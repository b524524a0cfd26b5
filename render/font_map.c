#include "config.h"

#include "render/font_map.h"

#include <string.h>

#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#define TYPE_NAME "CaptiondFontMap"

/* Texts of one request have one or two fonts and few languages. */
enum { KEPT = 8 };

struct kept {
	PangoFontDescription *desc;
	PangoLanguage *language;
	PangoFontset *fontset;
};

struct memory {
	struct kept kept[KEPT]; /* the latest used first */
	guint n;
};

static G_DEFINE_QUARK(captiond_fontsets, memory)

	static void kept_clear(struct kept *kept)
{
	g_clear_pointer(&kept->desc, pango_font_description_free);
	g_clear_object(&kept->fontset);
}

static void memory_free(void *data)
{
	struct memory *memory = data;

	for (guint i = 0; i < memory->n; i++)
		kept_clear(&memory->kept[i]);
	g_free(memory);
}

/* As pango_font_description_equal(), which compares the family lists letter by
 * letter, folding each. No caption's font has variations. */
static gboolean are_equal(const PangoFontDescription *a,
			  const PangoFontDescription *b)
{
	return pango_font_description_get_size(a) ==
		       pango_font_description_get_size(b) &&
	       pango_font_description_get_size_is_absolute(a) ==
		       pango_font_description_get_size_is_absolute(b) &&
	       pango_font_description_get_style(a) ==
		       pango_font_description_get_style(b) &&
	       pango_font_description_get_variant(a) ==
		       pango_font_description_get_variant(b) &&
	       pango_font_description_get_weight(a) ==
		       pango_font_description_get_weight(b) &&
	       pango_font_description_get_stretch(a) ==
		       pango_font_description_get_stretch(b) &&
	       pango_font_description_get_gravity(a) ==
		       pango_font_description_get_gravity(b) &&
	       g_strcmp0(pango_font_description_get_family(a),
			 pango_font_description_get_family(b)) == 0;
}

static void move_to_front(struct memory *memory, guint i)
{
	struct kept kept = memory->kept[i];

	memmove(memory->kept + 1, memory->kept, i * sizeof(kept));
	memory->kept[0] = kept;
}

static void remember(struct memory *memory, const PangoFontDescription *desc,
		     PangoLanguage *language, PangoFontset *fontset)
{
	if (memory->n == KEPT)
		kept_clear(&memory->kept[--memory->n]);
	memory->kept[memory->n] = (struct kept){
		pango_font_description_copy(desc),
		language,
		g_object_ref(fontset),
	};
	move_to_front(memory, memory->n++);
}

static PangoFontset *recall(struct memory *memory,
			    const PangoFontDescription *desc,
			    const PangoLanguage *language)
{
	for (guint i = 0; i < memory->n; i++) {
		const struct kept *kept = &memory->kept[i];

		if (kept->language != language || !are_equal(kept->desc, desc))
			continue;
		move_to_front(memory, i);
		return g_object_ref(memory->kept[0].fontset);
	}
	return NULL;
}

static PangoFontset *ask_pango(PangoFontMap *map, PangoContext *context,
			       const PangoFontDescription *desc,
			       PangoLanguage *language)
{
	PangoFontMapClass *parent =
		g_type_class_peek_parent(G_OBJECT_GET_CLASS(map));

	return parent->load_fontset(map, context, desc, language);
}

static PangoFontset *load_fontset(PangoFontMap *map, PangoContext *context,
				  const PangoFontDescription *desc,
				  PangoLanguage *language)
{
	struct memory *memory =
		g_object_get_qdata(G_OBJECT(map), memory_quark());
	PangoFontset *fontset;

	if (!memory || pango_font_description_get_variations(desc) ||
	    pango_context_get_matrix(context))
		return ask_pango(map, context, desc, language);
	fontset = recall(memory, desc, language);
	if (fontset)
		return fontset;
	fontset = ask_pango(map, context, desc, language);
	if (fontset)
		remember(memory, desc, language, fontset);
	return fontset;
}

static void class_init(void *class, void *data)
{
	(void)data;
	((PangoFontMapClass *)class)->load_fontset = load_fontset;
}

/* Derived from a type that Pango's headers do not show, by way of one of its
 * objects; nothing but one function is changed. */
static GType get_type(void)
{
	g_autoptr(PangoFontMap) model = NULL;
	GTypeInfo info = {.class_init = class_init};
	GType type = g_type_from_name(TYPE_NAME);
	GTypeQuery query;

	if (type)
		return type;
	model = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
	g_type_query(G_OBJECT_TYPE(model), &query);
	info.class_size = (guint16)query.class_size;
	info.instance_size = (guint16)query.instance_size;
	return g_type_register_static(query.type, TYPE_NAME, &info, 0);
}

PangoFontMap *font_map_new(void)
{
	PangoFontMap *map = g_object_new(get_type(), NULL);

	g_object_set_qdata_full(G_OBJECT(map), memory_quark(),
				g_new0(struct memory, 1), memory_free);
	return map;
}

void font_map_close(PangoFontMap *map)
{
	if (!map)
		return;
	g_object_set_qdata(G_OBJECT(map), memory_quark(), NULL);
	pango_fc_font_map_shutdown(PANGO_FC_FONT_MAP(map));
	g_object_unref(map);
}
