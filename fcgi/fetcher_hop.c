#include "config.h"

#include "fcgi/fetcher_hop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fcgi/url_auth.h"

enum {
	HEADERS_BYTES_MAX = 64 * 1024, /* interim answers included */
	HEADER_BYTES_MAX = 1024,
	CONNECT_MS = 5000,
	/* Who sends less in a second, for so long, has stalled. */
	SLOW_BYTES = 256,
	SLOW_S = 5,
};

struct hop {
	const struct origin *origin;
	CURL *easy;
	struct curl_slist *headers;
	int dir_fd, fd;
	char *name;
	GChecksum *checksum;
	guint64 bytes;
	gsize header_bytes;
	gboolean is_checked; /* the head of a 200 */
	gboolean is_enough;  /* of an answer without a picture */
	gboolean is_address_refused;
	const char *unfit;  /* NULL: it is fit so far */
	const char *broken; /* curl's word for it, or ours */
};

/* What curl would connect to, as it does: no name is resolved after this. */
static curl_socket_t open_socket(void *data, curlsocktype purpose,
				 struct curl_sockaddr *address)
{
	struct hop *hop = data;

	if (purpose == CURLSOCKTYPE_IPCXN && address->socktype == SOCK_STREAM &&
	    origin_may_connect(hop->origin, &address->addr, address->addrlen))
		return socket(address->family, address->socktype | SOCK_CLOEXEC,
			      address->protocol);
	hop->is_address_refused = TRUE;
	return CURL_SOCKET_BAD;
}

static size_t take_header(char *bytes, size_t size, size_t n, void *data)
{
	struct hop *hop = data;

	(void)bytes;
	hop->header_bytes += size * n;
	if (hop->header_bytes <= HEADERS_BYTES_MAX)
		return size * n;
	hop->broken = "headers without end";
	return 0;
}

char *hop_header(const struct hop *hop, const char *name)
{
	g_autoptr(GString) all = g_string_new(NULL);
	struct curl_header *header;

	for (size_t i = 0; curl_easy_header(hop->easy, name, i, CURLH_HEADER,
					    -1, &header) == CURLHE_OK;
	     i++) {
		if (strlen(header->value) > HEADER_BYTES_MAX - all->len)
			return NULL;
		g_string_append_printf(all, "%s%s", i > 0 ? ", " : "",
				       header->value);
		if (all->len >= HEADER_BYTES_MAX)
			return NULL;
	}
	for (gsize i = 0; i < all->len; i++)
		if ((guchar)all->str[i] < 0x20 || all->str[i] == 0x7f)
			return NULL;
	return all->len > 0 ? g_strdup(all->str) : NULL;
}

static gboolean is_identity(const struct hop *hop)
{
	g_autofree char *content = hop_header(hop, "Content-Encoding");
	g_autofree char *transfer = hop_header(hop, "Transfer-Encoding");

	return (!content || g_ascii_strcasecmp(content, "identity") == 0) &&
	       (!transfer || g_ascii_strcasecmp(transfer, "chunked") == 0);
}

static const char *find_fault(const struct hop *hop)
{
	g_autofree char *type = hop_header(hop, "Content-Type");
	curl_off_t length = -1;

	if (!is_identity(hop))
		return "an encoding that was not asked for";
	if (!type || g_ascii_strncasecmp(type, "image/", 6) != 0)
		return "not an image by its type";
	(void)curl_easy_getinfo(hop->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
				&length);
	return length > 0 && (guint64)length > hop->origin->bytes_max
		       ? "more bytes than are allowed"
		       : NULL;
}

/* Once, when the first byte of the body is there. */
static gboolean check_head(struct hop *hop)
{
	long status = 0;

	if (hop->is_checked)
		return TRUE;
	hop->is_checked = TRUE;
	(void)curl_easy_getinfo(hop->easy, CURLINFO_RESPONSE_CODE, &status);
	/* Nobody needs the text of a redirect or of an error. */
	hop->is_enough = status != 200;
	hop->unfit = hop->is_enough ? NULL : find_fault(hop);
	return !hop->is_enough && !hop->unfit;
}

static gboolean write_bytes(struct hop *hop, const char *bytes, gsize size)
{
	if (hop->fd < 0)
		hop->fd = openat(hop->dir_fd, hop->name,
				 O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
					 O_NOFOLLOW,
				 0644);
	while (hop->fd >= 0 && size > 0) {
		ssize_t n = write(hop->fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		bytes += n;
		size -= (gsize)n;
	}
	return hop->fd >= 0 && size == 0;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *data)
{
	struct hop *hop = data;
	gsize all = size * n;

	if (!check_head(hop))
		return 0;
	if (all > hop->origin->bytes_max - hop->bytes) {
		hop->unfit = "more bytes than are allowed";
		return 0;
	}
	if (!write_bytes(hop, bytes, all)) {
		hop->broken = "it can't be stored";
		return 0;
	}
	hop->bytes += all;
	g_checksum_update(hop->checksum, (const guchar *)bytes, (gssize)all);
	return all;
}

static void add_header(struct hop *hop, const char *name, const char *value)
{
	g_autofree char *line = g_strconcat(name, ": ", value, NULL);
	struct curl_slist *longer = curl_slist_append(hop->headers, line);

	if (longer)
		hop->headers = longer;
}

static gboolean set_url(const struct hop *hop, const struct fetcher_url *url)
{
	g_autoptr(url_auth_auto) auth = url_auth_new();
	g_autofree char *whole = NULL;

	for (char **at = url->origin->params; at && *at; at++)
		if (!url_auth_add_pair(auth, *at, NULL))
			return FALSE;
	whole = url_auth_merge(auth, url->text,
			       url->origin->may_double ? URL_AUTH_DOUBLES
						       : URL_AUTH_NO_DOUBLES,
			       NULL);
	return whole &&
	       curl_easy_setopt(hop->easy, CURLOPT_URL, whole) == CURLE_OK;
}

static gboolean set_credential(const struct hop *hop)
{
	const struct origin *origin = hop->origin;
	CURL *easy = hop->easy;

	if (origin->user)
		return curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
					CURLAUTH_BASIC) == CURLE_OK &&
		       curl_easy_setopt(easy, CURLOPT_USERNAME, origin->user) ==
			       CURLE_OK &&
		       curl_easy_setopt(easy, CURLOPT_PASSWORD,
					origin->password) == CURLE_OK;
	if (origin->bearer)
		return curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
					CURLAUTH_BEARER) == CURLE_OK &&
		       curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER,
					origin->bearer) == CURLE_OK;
	return TRUE;
}

static gboolean set_limits(const struct hop *hop, gint64 deadline_us)
{
	gint64 left_ms = (deadline_us - g_get_monotonic_time()) / 1000;
	const struct {
		CURLoption option;
		long value;
	} limits[] = {
		{CURLOPT_TIMEOUT_MS, (long)MAX(left_ms, 1)},
		{CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS},
		{CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES},
		{CURLOPT_LOW_SPEED_TIME, SLOW_S},
		{CURLOPT_FOLLOWLOCATION, 0},
		{CURLOPT_NOSIGNAL, 1},
		{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
		{CURLOPT_HTTP09_ALLOWED, 0},
		{CURLOPT_HTTP_TRANSFER_DECODING, 1},
		{CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
		/* Else one that was judged for another request could be
		 * used again, or another name's address. */
		{CURLOPT_FRESH_CONNECT, 1},
		{CURLOPT_FORBID_REUSE, 1},
		{CURLOPT_DNS_CACHE_TIMEOUT, 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(limits); i++)
		if (curl_easy_setopt(hop->easy, limits[i].option,
				     limits[i].value) != CURLE_OK)
			return FALSE;
	return TRUE;
}

static gboolean set_callbacks(struct hop *hop)
{
	CURL *easy = hop->easy;

	return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION,
				open_socket) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, hop) ==
		       CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) ==
		       CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HEADERDATA, hop) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) ==
		       CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEDATA, hop) == CURLE_OK;
}

static gboolean set_texts(struct hop *hop)
{
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{CURLOPT_PROTOCOLS_STR,
		 hop->origin->is_http ? "http" : "https"},
		{CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION},
		/* Whatever the environment says. */
		{CURLOPT_PROXY, ""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		if (curl_easy_setopt(hop->easy, texts[i].option,
				     texts[i].value) != CURLE_OK)
			return FALSE;
	return !hop->origin->ca_file ||
	       (curl_easy_setopt(hop->easy, CURLOPT_CAINFO,
				 hop->origin->ca_file) == CURLE_OK &&
		curl_easy_setopt(hop->easy, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static gboolean set_up(struct hop *hop, const struct hop_order *order)
{
	add_header(hop, "Accept", "image/*");
	add_header(hop, "Accept-Encoding", "identity");
	if (order->etag)
		add_header(hop, "If-None-Match", order->etag);
	if (order->modified)
		add_header(hop, "If-Modified-Since", order->modified);
	return set_url(hop, order->url) && set_credential(hop) &&
	       set_limits(hop, order->deadline_us) && set_callbacks(hop) &&
	       set_texts(hop) &&
	       curl_easy_setopt(hop->easy, CURLOPT_HTTPHEADER, hop->headers) ==
		       CURLE_OK &&
	       curl_easy_setopt(hop->easy, CURLOPT_PRIVATE, order->private) ==
		       CURLE_OK;
}

struct hop *hop_new(const struct hop_order *order)
{
	struct hop *hop = g_new0(struct hop, 1);

	hop->origin = order->url->origin;
	hop->dir_fd = order->dir_fd;
	hop->name = g_strdup(order->name);
	hop->fd = -1;
	hop->checksum = g_checksum_new(G_CHECKSUM_SHA256);
	hop->easy = curl_easy_init();
	/* Each of these fails when memory runs out, or curl lacks what it was
	 * built against: then nothing may be sent. */
	if (!hop->easy || !set_up(hop, order))
		g_error("curl does not take a request's options");
	return hop;
}

void hop_free(struct hop *hop)
{
	if (!hop)
		return;
	curl_easy_cleanup(hop->easy);
	curl_slist_free_all(hop->headers);
	g_checksum_free(hop->checksum);
	if (hop->fd >= 0)
		(void)close(hop->fd);
	g_free(hop->name);
	g_free(hop);
}

CURL *hop_handle(const struct hop *hop)
{
	return hop->easy;
}

enum hop_end hop_judge(struct hop *hop, CURLcode code)
{
	if (hop->unfit)
		return HOP_UNFIT;
	if (hop->broken)
		return HOP_BROKEN;
	if (code == CURLE_OK || hop->is_enough)
		return HOP_WHOLE;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return HOP_LATE;
	if (code == CURLE_COULDNT_CONNECT && hop->is_address_refused)
		return HOP_ADDRESS;
	hop->broken = curl_easy_strerror(code);
	return HOP_BROKEN;
}

const char *hop_why(const struct hop *hop)
{
	return hop->unfit ? hop->unfit : hop->broken;
}

gboolean hop_finish_file(struct hop *hop, char *out_version, guint64 *out_bytes)
{
	gboolean is_whole = hop->fd < 0 || close(hop->fd) == 0;

	hop->fd = -1;
	(void)g_strlcpy(out_version, g_checksum_get_string(hop->checksum),
			FETCH_VERSION_DIGITS + 1);
	*out_bytes = hop->bytes;
	return is_whole;
}
