#include "config.h"

#include "fcgi/admin_server.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define GET "GET /page HTTP/1.1\r\nHost: x\r\n\r\n"

/* One server on a socket of its own, turned by hand. */
struct place {
	char *dir;
	struct sockaddr_un address;
	int listener;
	struct admin_server *server;
	gsize body_bytes;
	guint n_asked;
};

static void answer_page(void *data, const struct admin_request *request,
			struct admin_answer *answer)
{
	struct place *place = data;

	g_assert_cmpstr(request->path, ==, "/page");
	place->n_asked++;
	g_string_set_size(answer->body, place->body_bytes);
	memset(answer->body->str, 'x', place->body_bytes);
}

static void place_init(struct place *place)
{
	g_autofree char *path = NULL;

	*place = (struct place){.body_bytes = 5};
	place->dir = g_dir_make_tmp("admin-XXXXXX", NULL);
	path = g_build_filename(place->dir, "socket", NULL);
	place->address.sun_family = AF_UNIX;
	(void)g_strlcpy(place->address.sun_path, path,
			sizeof(place->address.sun_path));
	place->listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	g_assert_cmpint(bind(place->listener,
			     (struct sockaddr *)&place->address,
			     sizeof(place->address)),
			==, 0);
	g_assert_cmpint(listen(place->listener, 256), ==, 0);
	place->server = admin_server_new(place->listener, answer_page, place);
}

static void place_fini(struct place *place)
{
	admin_server_free(place->server);
	(void)close(place->listener);
	g_assert_cmpint(g_unlink(place->address.sun_path), ==, 0);
	g_assert_cmpint(g_rmdir(place->dir), ==, 0);
	g_free(place->dir);
}

static int join(const struct place *place)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint(connect(fd, (const struct sockaddr *)&place->address,
				sizeof(place->address)),
			==, 0);
	return fd;
}

static void say(int fd, const char *text)
{
	g_assert_cmpint(send(fd, text, strlen(text), MSG_NOSIGNAL), ==,
			(gssize)strlen(text));
}

static void turn(const struct place *place, guint times)
{
	while (times-- > 0)
		admin_server_turn(place->server, 0);
}

/* What has come, up to now; NULL: the end. */
static char *hear(int fd)
{
	GString *got = g_string_new(NULL);
	char piece[65536];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0)
		g_string_append_len(got, piece, n);
	if (n == 0 && got->len == 0)
		return g_string_free(got, TRUE);
	return g_string_free(got, FALSE);
}

static void a_request_is_answered(void)
{
	struct place place;
	g_autofree char *got = NULL, *end = NULL;
	int fd;

	place_init(&place);
	fd = join(&place);
	turn(&place, 2);
	say(fd, "GET /page HT");
	turn(&place, 2);
	say(fd, "TP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	turn(&place, 2);
	got = hear(fd);
	g_assert_true(g_str_has_prefix(got, "HTTP/1.1 200 OK\r\nDate: "));
	g_assert_true(g_str_has_suffix(got, "close\r\n\r\nxxxxx"));
	g_assert_nonnull(strstr(got, "Content-Length: 5\r\n"));
	end = hear(fd);
	g_assert_null(end);
	(void)close(fd);
	place_fini(&place);
}

static void a_pipeline_is_answered_in_turn(void)
{
	struct place place;
	g_autofree char *got = NULL;
	int fd;

	place_init(&place);
	fd = join(&place);
	for (int i = 0; i < 20; i++)
		say(fd, GET);
	turn(&place, 5);
	g_assert_cmpuint(place.n_asked, ==, 20);
	got = hear(fd);
	g_assert_true(g_str_has_suffix(got, "keep-alive\r\n\r\nxxxxx"));
	(void)close(fd);
	turn(&place, 2);
	place_fini(&place);
}

/* Who asks without end and takes no answer gets no further than one. */
static void answers_do_not_pile_up(void)
{
	struct place place;
	gsize taken = 0;
	int fd;

	place_init(&place);
	place.body_bytes = 4 << 20;
	fd = join(&place);
	for (int i = 0; i < 20; i++)
		say(fd, GET);
	turn(&place, 50);
	g_assert_cmpuint(place.n_asked, ==, 1);
	while (place.n_asked < 20) {
		g_autofree char *got = hear(fd);

		g_assert_nonnull(got);
		taken += strlen(got);
		turn(&place, 1);
	}
	g_assert_cmpuint(taken, >, 18 * place.body_bytes);
	(void)close(fd);
	place_fini(&place);
}

static void a_crowd_makes_room(void)
{
	struct place place;
	int crowd[ADMIN_CONNECTIONS + 3];
	g_autofree char *got = NULL, *first = NULL;
	int fd;

	place_init(&place);
	for (guint i = 0; i < G_N_ELEMENTS(crowd); i++) {
		crowd[i] = join(&place);
		say(crowd[i], "G");
		turn(&place, 1);
	}
	fd = join(&place);
	say(fd, GET);
	turn(&place, 3);
	got = hear(fd);
	g_assert_true(g_str_has_prefix(got, "HTTP/1.1 200 OK\r\n"));
	/* The first that came was the first to go. */
	first = hear(crowd[0]);
	g_assert_null(first);
	for (guint i = 0; i < G_N_ELEMENTS(crowd); i++)
		(void)close(crowd[i]);
	(void)close(fd);
	place_fini(&place);
}

static void a_refusal_ends_it(void)
{
	struct place place;
	g_autofree char *got = NULL, *end = NULL;
	int fd;

	place_init(&place);
	fd = join(&place);
	say(fd, "POST /page HTTP/1.1\r\nHost: x\r\n\r\n" GET);
	turn(&place, 3);
	got = hear(fd);
	g_assert_true(g_str_has_prefix(got, "HTTP/1.1 405 "));
	g_assert_nonnull(strstr(got, "\r\nAllow: GET, HEAD\r\n"));
	g_assert_true(g_str_has_suffix(got, "\r\n\r\nMethod Not Allowed\n"));
	end = hear(fd);
	g_assert_null(end);
	g_assert_cmpuint(place.n_asked, ==, 0);
	(void)close(fd);
	place_fini(&place);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/server/request", a_request_is_answered);
	g_test_add_func("/server/pipeline", a_pipeline_is_answered_in_turn);
	g_test_add_func("/server/pile", answers_do_not_pile_up);
	g_test_add_func("/server/crowd", a_crowd_makes_room);
	g_test_add_func("/server/refusal", a_refusal_ends_it);
	return g_test_run();
}
