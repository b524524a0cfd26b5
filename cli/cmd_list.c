/* caption list: the templates of a folder or of a server. */
#include "config.h"

#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/failure.h"
#include "cli/inspect.h"
#include "cli/pack_index.h"
#include "cli/table.h"
#include "fcgi/settings_table.h"
#include "render/autoptr.h"

struct options {
	gboolean is_json, is_names;
	struct client client;
};

static gboolean read_options(const struct command *command, char ***argv,
			     struct options *out, GError **error)
{
	const GOptionEntry entries[] = {
		{"json", 'j', 0, G_OPTION_ARG_NONE, &out->is_json,
		 "As a JSON array of cards", NULL},
		{"names", 'n', 0, G_OPTION_ARG_NONE, &out->is_names,
		 "The names alone, one a line", NULL},
	};
	g_autoptr(GArray) all =
		command_options_new(entries, G_N_ELEMENTS(entries));

	client_options(&out->client, all);
	if (!command_parse(command, all, NULL, argv, error) ||
	    !command_arguments(*argv, 0, 1, "DIR", error))
		return FALSE;
	if (out->is_json && out->is_names)
		return failure_set(error, EX_USAGE,
				   "--json and --names exclude each other");
	if (out->client.server && (*argv)[1])
		return failure_set(error, EX_USAGE,
				   "DIR and --server exclude each other");
	return TRUE;
}

static struct json_object *parse_cards(const GByteArray *body)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *cards = json_tokener_parse_ex(
		tokener, (const char *)body->data, (int)body->len);

	json_tokener_free(tokener);
	return cards;
}

static struct json_object *ask_server(struct client *client, GError **error)
{
	g_autoptr(json_object_auto) cards = NULL;
	struct answer answer = {0};

	if (!client_open(client, error) ||
	    !client_ask(client, "/templates", "cards=true", &answer, error))
		return NULL;
	cards = parse_cards(answer.body);
	answer_fini(&answer);
	if (json_object_is_type(cards, json_type_array))
		return g_steal_pointer(&cards);
	(void)failure_set(error, EX_PROTOCOL,
			  "the answer is no list of templates");
	return NULL;
}

static void add_string(struct json_object *card, const char *key,
		       const char *value)
{
	json_object_object_add(card, key, json_object_new_string(value));
}

/* The sidecar's fields after what the picture says. */
static struct json_object *make_card(const char *id,
				     const struct inspection *picture)
{
	struct json_object *card = json_object_new_object();
	g_autoptr(json_object_auto) fields = json_tokener_parse(picture->card);

	add_string(card, "id", id);
	json_object_object_add(card, "width",
			       json_object_new_int(picture->width_px));
	json_object_object_add(card, "height",
			       json_object_new_int(picture->height_px));
	json_object_object_add(card, "frames",
			       json_object_new_uint64(picture->n_frames));
	add_string(card, "format", macro_format_name(picture->format));
	add_string(card, "name", id);
	json_object_object_foreach(fields, key, value)
		json_object_object_add(card, key, json_object_get(value));
	return card;
}

static void add_picture(struct json_object *cards, int dirfd,
			const struct packer_find *find)
{
	g_autoptr(GError) error = NULL;
	struct inspection picture;

	if (!inspect_picture(dirfd, find, &picture, &error)) {
		failure_note("left out '%s': %s", find->file, error->message);
		return;
	}
	json_object_array_add(cards, make_card(find->id, &picture));
	inspection_fini(&picture);
}

/* A card with the name alone takes no decoding. */
static void add_name(struct json_object *cards, int dirfd,
		     const struct packer_find *find)
{
	struct json_object *card;

	if (!inspect_is_picture(dirfd, find->file))
		return;
	card = json_object_new_object();
	add_string(card, "id", find->id);
	json_object_array_add(cards, card);
}

static struct json_object *read_pictures(const char *dir, gboolean is_names,
					 GError **error)
{
	g_autoptr(json_object_auto) cards = json_object_new_array();
	g_autoptr(GError) cause = NULL;
	struct packer_folder folder = {0};
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || !packer_folder_read(fd, &folder, &cause)) {
		(void)failure_set(error, EX_NOINPUT, "cannot read '%s': %s",
				  dir,
				  cause ? cause->message : g_strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return NULL;
	}
	for (guint i = 0; i < folder.finds->len; i++)
		(is_names ? add_name : add_picture)(cards, fd,
						    folder.finds->pdata[i]);
	packer_folder_fini(&folder);
	(void)close(fd);
	return g_steal_pointer(&cards);
}

/* Of packs, which have an index, or of pictures. */
static struct json_object *read_folder(const char *dir, gboolean is_names,
				       GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autoptr(json_object_auto) index = pack_index_read(dir, &cause);

	if (index)
		return json_object_get(
			json_object_object_get(index, "templates"));
	if (g_error_matches(cause, FAILURE, EX_NOINPUT))
		return read_pictures(dir, is_names, error);
	g_propagate_error(error, g_steal_pointer(&cause));
	return NULL;
}

static const char *get_text(struct json_object *card, const char *key)
{
	return json_object_get_string(json_object_object_get(card, key));
}

static void print_table(struct json_object *cards)
{
	static const char *const heads[] = {"ID", "SIZE", "FORMAT", "FRAMES",
					    "NAME"};
	g_autoptr(table_auto) table = table_new(G_N_ELEMENTS(heads));

	table_add(table, heads);
	for (gsize i = 0; i < json_object_array_length(cards); i++) {
		struct json_object *card = json_object_array_get_idx(cards, i);
		const char *width = get_text(card, "width");
		const char *height = get_text(card, "height");
		g_autofree char *size = g_strdup_printf(
			"%sx%s", width ? width : "?", height ? height : "?");
		const char *const words[] = {
			get_text(card, "id"), size, get_text(card, "format"),
			get_text(card, "frames"), get_text(card, "name")};

		table_add(table, words);
	}
	table_print(table, stdout);
}

static void print_names(struct json_object *cards)
{
	for (gsize i = 0; i < json_object_array_length(cards); i++) {
		const char *id =
			get_text(json_object_array_get_idx(cards, i), "id");

		if (id)
			puts(id);
	}
}

static gboolean check_cards(struct json_object *cards, GError **error)
{
	for (gsize i = 0; i < json_object_array_length(cards); i++)
		if (!json_object_is_type(json_object_array_get_idx(cards, i),
					 json_type_object))
			return failure_set(error, EX_PROTOCOL,
					   "the answer is no list of cards");
	return TRUE;
}

static gboolean print(const struct options *options, struct json_object *cards,
		      GError **error)
{
	if (!check_cards(cards, error))
		return FALSE;
	if (options->is_json)
		puts(json_object_to_json_string_ext(
			cards, JSON_C_TO_STRING_PRETTY |
				       JSON_C_TO_STRING_SPACED |
				       JSON_C_TO_STRING_NOSLASHESCAPE));
	else if (options->is_names)
		print_names(cards);
	else
		print_table(cards);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return TRUE;
	return failure_set(error, EX_IOERR, "cannot write standard output: %s",
			   g_strerror(errno));
}

static gboolean run(const struct command *command, char ***argv,
		    struct options *options, GError **error)
{
	g_autoptr(json_object_auto) cards = NULL;

	if (!read_options(command, argv, options, error))
		return FALSE;
	if (options->client.server)
		cards = ask_server(&options->client, error);
	else
		cards = read_folder(
			(*argv)[1] ? (*argv)[1]
				   : setting_find("templates")->fallback,
			options->is_names, error);
	return cards && print(options, cards, error);
}

int command_list(const struct command *command, char **argv)
{
	g_auto(GStrv) arguments = g_strdupv(argv);
	struct options options = {0};
	g_autoptr(GError) error = NULL;
	gboolean is_done = run(command, &arguments, &options, &error);

	client_fini(&options.client);
	return is_done ? EXIT_SUCCESS : failure_report(error);
}
