#include "config.h"

#include "cli/client.h"

#include <curl/curl.h>
#include <string.h>
#include <sysexits.h>

#include "cli/failure.h"
#include "cli/server_url.h"
#include "fcgi/secret_file.h"
#include "fcgi/url_auth.h"
#include "render/autoptr.h"

enum {
	CONNECT_TIMEOUT_S = 10,
	REDIRECTS_MAX = 5,
	MESSAGE_BYTES_MAX = 500, /* of the server's, in an error */
};

typedef CURL curl_auto;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(curl_auto, curl_easy_cleanup)

/* What an answer's status means to who started us. Others are EX_PROTOCOL. */
static const struct {
	long status;
	int exit_status;
} exit_statuses[] = {
	{400, EX_DATAERR},     {401, EX_NOPERM},   {403, EX_NOPERM},
	{404, EX_NOINPUT},     {413, EX_DATAERR},  {414, EX_DATAERR},
	{415, EX_DATAERR},     {429, EX_TEMPFAIL}, {500, EX_UNAVAILABLE},
	{502, EX_UNAVAILABLE}, {503, EX_TEMPFAIL}, {504, EX_TEMPFAIL},
};

/* One request and what comes back. */
struct exchange {
	const struct client *client;
	CURL *curl;
	const char *form; /* NULL: a GET */
	long status;
	gboolean is_too_large;
	struct answer answer;
};

void client_options(struct client *client, GArray *options)
{
	const GOptionEntry entries[] = {
		{"server", 's', 0, G_OPTION_ARG_STRING, &client->server,
		 "Where captiond answers; may have a path and a query", "URL"},
		{"key-file", 'k', 0, G_OPTION_ARG_FILENAME, &client->key_file,
		 "File with the key, which goes into the query", "FILE"},
		{"key-name", 0, 0, G_OPTION_ARG_STRING, &client->key_name,
		 "The key's parameter (key)", "NAME"},
		{"timeout", 0, 0, G_OPTION_ARG_INT, &client->timeout_s,
		 "Seconds for the whole exchange, 1 to 3600 (30)", "S"},
	};

	g_array_append_vals(options, entries, G_N_ELEMENTS(entries));
}

/* The first line. */
static gboolean read_key(struct client *client, GError **error)
{
	g_autoptr(GError) cause = NULL;
	gsize size = 0;
	char *text = secret_file_read(client->key_file, &size, &cause);

	if (!text)
		return failure_set(error, EX_NOINPUT, "cannot read the key: %s",
				   cause->message);
	client->key = g_strndup(text, strcspn(text, "\r\n"));
	secret_file_free(text, size);
	g_strstrip(client->key);
	if (*client->key)
		return TRUE;
	return failure_set(error, EX_DATAERR,
			   "cannot read the key: the first line of '%s' is "
			   "empty",
			   client->key_file);
}

gboolean client_open(struct client *client, GError **error)
{
	if (!client->server)
		return failure_set(error, EX_USAGE, "--server URL expected");
	if (client->timeout_s == 0)
		client->timeout_s = CLIENT_TIMEOUT_S;
	if (client->timeout_s < 1 || client->timeout_s > 3600)
		return failure_set(error, EX_USAGE,
				   "--timeout: '%d' given, 1 to 3600 expected",
				   client->timeout_s);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return failure_set(error, EX_SOFTWARE, "cannot start libcurl");
	return !client->key_file || read_key(client, error);
}

void client_fini(struct client *client)
{
	secret_file_free(client->key, client->key ? strlen(client->key) : 0);
	g_free(client->server);
	g_free(client->key_file);
	g_free(client->key_name);
	curl_global_cleanup();
}

void answer_fini(struct answer *answer)
{
	g_clear_pointer(&answer->type, g_free);
	g_clear_pointer(&answer->body, g_byte_array_unref);
}

static size_t take(char *data, size_t one, size_t size, void *user)
{
	struct exchange *exchange = user;
	GByteArray *body = exchange->answer.body;

	(void)one; /* libcurl says: always 1 */
	if (size > CLIENT_ANSWER_BYTES_MAX - body->len) {
		exchange->is_too_large = TRUE;
		return 0;
	}
	g_byte_array_append(body, (const guint8 *)data, (guint)size);
	return size;
}

static gboolean set_options(struct exchange *exchange, const char *url)
{
	CURL *curl = exchange->curl;
	const struct client *client = exchange->client;

	/* Redirections are ours to judge; credentials are only the key. */
	if (curl_easy_setopt(curl, CURLOPT_URL, url) ||
	    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") ||
	    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L) ||
	    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) ||
	    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) ||
	    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
			     (long)CONNECT_TIMEOUT_S) ||
	    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)client->timeout_s) ||
	    curl_easy_setopt(curl, CURLOPT_USERAGENT,
			     "caption/" PACKAGE_VERSION) ||
	    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) ||
	    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange))
		return FALSE;
	return !exchange->form || curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
						   exchange->form) == CURLE_OK;
}

/* Not in libcurl's own words for this case: they may quote the URL. */
static gboolean fail_exchange(const struct exchange *exchange, CURLcode code,
			      const char *url, GError **error)
{
	g_autofree char *host = server_url_host(url);

	if (exchange->is_too_large)
		return failure_set(error, EX_PROTOCOL,
				   "'%s' answered more than %d MiB", host,
				   CLIENT_ANSWER_BYTES_MAX >> 20);
	return failure_set(error, EX_UNAVAILABLE, "cannot ask '%s': %s", host,
			   curl_easy_strerror(code));
}

/* The URL has the key by now: only for libcurl. */
static gboolean perform(struct exchange *exchange, const char *url,
			GError **error)
{
	char *type = NULL;
	CURLcode code = CURLE_FAILED_INIT;

	curl_easy_reset(exchange->curl);
	answer_fini(&exchange->answer);
	exchange->answer.body = g_byte_array_new();
	if (set_options(exchange, url))
		code = curl_easy_perform(exchange->curl);
	if (code != CURLE_OK)
		return fail_exchange(exchange, code, url, error);
	(void)curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE,
				&exchange->status);
	(void)curl_easy_getinfo(exchange->curl, CURLINFO_CONTENT_TYPE, &type);
	exchange->answer.type = g_strdup(type ? type : "");
	return TRUE;
}

static char *add_key(const struct client *client, const char *url,
		     GError **error)
{
	g_autoptr(url_auth_auto) auth = url_auth_new();

	if (client->key &&
	    !url_auth_add(auth, client->key_name ? client->key_name : "key",
			  client->key, error))
		return NULL;
	return url_auth_merge(auth, url, URL_AUTH_NO_DOUBLES, error);
}

/* The message of captiond's JSON; NULL: it is none. */
static char *json_message(const GByteArray *body)
{
	struct json_tokener *tokener = json_tokener_new();
	g_autoptr(json_object_auto) object = json_tokener_parse_ex(
		tokener, (const char *)body->data, (int)body->len);
	struct json_object *message;

	json_tokener_free(tokener);
	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, "error", &message) ||
	    !json_object_is_type(message, json_type_string))
		return NULL;
	return g_strdup(json_object_get_string(message));
}

static int exit_status_of(long status)
{
	for (gsize i = 0; i < G_N_ELEMENTS(exit_statuses); i++)
		if (exit_statuses[i].status == status)
			return exit_statuses[i].exit_status;
	return EX_PROTOCOL;
}

/* A server that quotes the request may quote the key, in any spelling. */
static void hide_key(const struct client *client, GString *text)
{
	g_autofree char *plain = NULL;

	if (!client->key)
		return;
	(void)g_string_replace(text, client->key, "(key)", 0);
	plain = g_uri_unescape_string(text->str, NULL);
	if (plain && strstr(plain, client->key))
		g_string_assign(text, "a message that has the key in it");
}

static gboolean fail_status(const struct exchange *exchange, GError **error)
{
	g_autofree char *message = json_message(exchange->answer.body);
	g_autoptr(GString) text =
		g_string_new(message ? message : "no message of captiond's");

	hide_key(exchange->client, text);
	if (text->len > MESSAGE_BYTES_MAX)
		g_string_truncate(text, MESSAGE_BYTES_MAX);
	return failure_set(error, exit_status_of(exchange->status), "%ld: %s",
			   exchange->status, text->str);
}

/* Where the answer sends us, if that is to be followed. NULL with an error
 * where it is not. */
static char *redirection(const struct exchange *exchange, const char *from,
			 GError **error)
{
	char *to = NULL;
	g_autofree char *host = NULL;
	gboolean keeps_method =
		exchange->status == 307 || exchange->status == 308;

	(void)curl_easy_getinfo(exchange->curl, CURLINFO_REDIRECT_URL, &to);
	if (!to) {
		(void)fail_status(exchange, error);
		return NULL;
	}
	if (server_url_is_same(from, to) && (!exchange->form || keeps_method))
		return g_strdup(to);
	host = server_url_host(to);
	(void)failure_set(error, EX_PROTOCOL,
			  "%ld: redirected to '%s', which is not followed",
			  exchange->status, host);
	return NULL;
}

static gboolean is_redirect(long status)
{
	return status >= 300 && status < 400;
}

static gboolean follow(struct exchange *exchange, const char *url,
		       GError **error)
{
	g_autofree char *at = g_strdup(url);

	for (int i = 0; i <= REDIRECTS_MAX; i++) {
		g_autofree char *full = add_key(exchange->client, at, error);
		char *next;

		if (!full || !perform(exchange, full, error))
			return FALSE;
		if (exchange->status == 200)
			return TRUE;
		if (!is_redirect(exchange->status))
			return fail_status(exchange, error);
		next = redirection(exchange, at, error);
		if (!next)
			return FALSE;
		g_free(at);
		at = next;
	}
	return failure_set(error, EX_PROTOCOL, "redirected more than %d times",
			   REDIRECTS_MAX);
}

gboolean client_ask(const struct client *client, const char *path,
		    const char *query, struct answer *out, GError **error)
{
	g_autoptr(curl_auto) curl = curl_easy_init();
	struct exchange exchange = {.client = client, .curl = curl};
	g_autofree char *url =
		server_url_make(client->server, path, query, error);
	gboolean is_done;

	if (!url)
		return FALSE;
	if (!curl)
		return failure_set(error, EX_SOFTWARE, "cannot start libcurl");
	if (strlen(url) > CLIENT_URL_BYTES_MAX) {
		exchange.form = query;
		g_free(url);
		url = server_url_make(client->server, path, NULL, error);
	}
	is_done = url && follow(&exchange, url, error);
	if (is_done)
		*out = exchange.answer;
	else
		answer_fini(&exchange.answer);
	return is_done;
}
