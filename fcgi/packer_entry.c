#include "config.h"

#include "fcgi/packer_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "render/autoptr.h"

#define INDEX_NAME	"index.json"
#define INDEX_TEMPORARY ".index.json.tmp"

static struct json_object *card_of(const struct pack *pack)
{
	const guint8 *bytes;
	gsize size;
	struct json_tokener *tokener;
	struct json_object *card;

	if (!pack_section(pack, PACK_CARD, 0, &bytes, &size) || size > G_MAXINT)
		return json_object_new_object();
	tokener = json_tokener_new();
	card = json_tokener_parse_ex(tokener, (const char *)bytes, (int)size);
	json_tokener_free(tokener);
	if (json_object_is_type(card, json_type_object))
		return card;
	(void)json_object_put(card);
	return NULL;
}

static void add_info(struct json_object *entry, const char *id,
		     const struct pack_info *info)
{
	json_object_object_add(entry, "id", json_object_new_string(id));
	json_object_object_add(entry, "version",
			       json_object_new_string(info->version));
	json_object_object_add(entry, "mtime",
			       json_object_new_int64(info->mtime_s));
	json_object_object_add(
		entry, "format",
		json_object_new_string(macro_format_name(info->format)));
	json_object_object_add(entry, "width",
			       json_object_new_int(info->width_px));
	json_object_object_add(entry, "height",
			       json_object_new_int(info->height_px));
	json_object_object_add(entry, "frames",
			       json_object_new_uint64(info->n_frames));
	json_object_object_add(entry, "duration_ms",
			       json_object_new_uint64(info->duration_ms));
}

char *packer_entry_text(const char *id, const struct pack *pack,
			char **out_sidecar_error)
{
	g_autoptr(json_object_auto) card = card_of(pack);
	g_autoptr(json_object_auto) entry = json_object_new_object();
	struct json_object *value;

	if (!card)
		return NULL;
	add_info(entry, id, pack_get_info(pack));
	json_object_object_add(entry, "name", json_object_new_string(id));
	json_object_object_add(entry, "keywords", json_object_new_array());
	*out_sidecar_error = NULL;
	if (json_object_object_get_ex(card, "sidecar_error", &value)) {
		*out_sidecar_error = g_strdup(json_object_get_string(value));
		json_object_object_del(card, "sidecar_error");
	}
	{
		json_object_object_foreach(card, key, field)
			json_object_object_add(entry, key,
					       json_object_get(field));
	}
	return g_strdup(json_object_to_json_string_ext(
		entry,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

struct packer_index {
	GString *templates;
	GString *pending;
	GPtrArray *skipped; /* JSON texts */
};

struct packer_index *packer_index_new(void)
{
	struct packer_index *index = g_new(struct packer_index, 1);

	index->templates = g_string_new(NULL);
	index->pending = g_string_new(NULL);
	index->skipped = g_ptr_array_new_with_free_func(g_free);
	return index;
}

void packer_index_free(struct packer_index *index)
{
	if (!index)
		return;
	(void)g_string_free(index->templates, TRUE);
	(void)g_string_free(index->pending, TRUE);
	g_ptr_array_unref(index->skipped);
	g_free(index);
}

static void append_item(GString *list, const char *item)
{
	g_string_append(list, list->len ? ",\n" : "\n");
	g_string_append(list, item);
}

void packer_index_add_entry(struct packer_index *index, const char *entry)
{
	append_item(index->templates, entry);
}

void packer_index_add_pending(struct packer_index *index, const char *id)
{
	g_autoptr(json_object_auto) text = json_object_new_string(id);

	append_item(index->pending, json_object_to_json_string_ext(
					    text, JSON_C_TO_STRING_PLAIN));
}

void packer_index_add_skipped(struct packer_index *index, const char *file,
			      const char *reason)
{
	g_autoptr(json_object_auto) object = json_object_new_object();

	json_object_object_add(object, "file", json_object_new_string(file));
	json_object_object_add(object, "reason",
			       json_object_new_string(reason));
	g_ptr_array_add(
		index->skipped,
		g_strdup(json_object_to_json_string_ext(
			object, JSON_C_TO_STRING_PLAIN |
					JSON_C_TO_STRING_NOSLASHESCAPE)));
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *index_text(struct packer_index *index)
{
	g_autoptr(GString) skipped = g_string_new(NULL);

	g_ptr_array_sort(index->skipped, compare_texts);
	for (guint i = 0; i < index->skipped->len; i++)
		append_item(skipped, index->skipped->pdata[i]);
	return g_strdup_printf("{\"templates\":[%s],\n\"pending\":[%s],\n"
			       "\"skipped\":[%s]}\n",
			       index->templates->str, index->pending->str,
			       skipped->str);
}

static gboolean write_text(int dirfd, const char *text)
{
	gsize size = strlen(text);
	int fd = openat(dirfd, INDEX_TEMPORARY,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0644);

	if (fd < 0)
		return FALSE;
	while (size > 0) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			(void)close(fd); /* the write's errno is the news */
			return FALSE;
		}
		text += n;
		size -= (gsize)n;
	}
	return close(fd) == 0;
}

/* It is made anew at each start, so it need not outlive a crash. */
gboolean packer_index_write(struct packer_index *index, int dirfd,
			    GError **error)
{
	g_autofree char *text = index_text(index);

	if (write_text(dirfd, text) &&
	    renameat(dirfd, INDEX_TEMPORARY, dirfd, INDEX_NAME) == 0)
		return TRUE;
	g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno),
		    "cannot write '%s': %s", INDEX_NAME, g_strerror(errno));
	(void)unlinkat(dirfd, INDEX_TEMPORARY, 0); /* may not be there */
	return FALSE;
}
