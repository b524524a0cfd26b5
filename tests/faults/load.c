/* load: asks an HTTP server on loopback without a pause, or at a rate that does
 * not care for answers, and tells as JSON what came of it.
 *
 *     load --port 8080 --connections 16 --seconds 10 '/caption?template=x'
 *
 * Each TARGET is asked for in turn; {n} in one stands for a number that does
 * not come twice. Without {n} the bodies that came are told apart. With --rate
 * the time of an answer counts from when its request was due, whether a
 * connection was free for it or not.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include <glib.h>

#include "tests/faults/load_client.h"
#include "tests/faults/load_count.h"

enum {
	EVENTS = 256,
	TICK_MS = 20, /* how often timeouts are looked at */
};

struct options {
	int port, connections, idle, timeout_ms;
	double seconds, rate; /* rate 0: closed loop */
	char **targets, *bodies;
};

struct load {
	const struct options *options;
	struct sockaddr_in address;
	int epoll_fd;
	struct client *clients, *idle;
	GPtrArray *free_clients; /* those that ask nothing */
	struct count *count;
	guint64 asked;
	guint n_targets;
	gint64 started_us, end_us;
};

static char *make_request(struct load *load, guint target)
{
	g_autofree char *number =
		g_strdup_printf("%" G_GUINT64_FORMAT, load->asked);
	GString *text = g_string_new("GET ");

	g_string_append(text, load->options->targets[target]);
	(void)g_string_replace(text, "{n}", number, 0);
	g_string_append(text, " HTTP/1.1\r\nHost: captiond.test\r\n\r\n");
	return g_string_free(text, FALSE);
}

static void request_ended(struct load *load, struct client *client,
			  enum client_end end)
{
	gboolean compares =
		!strstr(load->options->targets[client->target], "{n}");

	count_end(load->count, client, end,
		  g_get_monotonic_time() - client->due_us, compares);
	g_ptr_array_add(load->free_clients, client);
}

static void ask(struct load *load, gint64 due_us)
{
	struct client *client = g_ptr_array_steal_index_fast(
		load->free_clients, load->free_clients->len - 1);
	enum client_end end;

	client->target = (guint)(load->asked % load->n_targets);
	client->due_us = due_us;
	load->asked++;
	end = client_ask(client, load->epoll_fd, &load->address,
			 make_request(load, client->target));
	if (end != CLIENT_BUSY)
		request_ended(load, client, end);
}

/* When the next request of an open loop is due. */
static gint64 next_due_us(const struct load *load)
{
	return load->started_us +
	       (gint64)((double)load->asked * 1e6 / load->options->rate);
}

static void ask_what_is_due(struct load *load)
{
	/* Once round and no more: a refused client is free at once. */
	guint n_free = load->free_clients->len;
	gint64 now_us = g_get_monotonic_time();

	for (; n_free > 0 && now_us < load->end_us; n_free--) {
		gint64 due_us = now_us;

		if (load->options->rate > 0)
			due_us = next_due_us(load);
		if (due_us > now_us)
			return;
		ask(load, due_us);
	}
}

static void end_overdue(struct load *load)
{
	gint64 oldest_us = g_get_monotonic_time() -
			   load->options->timeout_ms * G_GINT64_CONSTANT(1000);

	for (int i = 0; i < load->options->connections; i++) {
		struct client *client = &load->clients[i];

		if (!client->is_asking || client->due_us > oldest_us)
			continue;
		client_close(client);
		request_ended(load, client, CLIENT_TIMEOUT);
	}
}

static struct timespec time_to_wait(const struct load *load)
{
	gint64 left_us = TICK_MS * 1000;

	if (load->options->rate > 0 && load->free_clients->len > 0)
		left_us = CLAMP(next_due_us(load) - g_get_monotonic_time(), 0,
				left_us);
	return (struct timespec){.tv_nsec = left_us * 1000};
}

static void turn(struct load *load)
{
	struct epoll_event events[EVENTS];
	const struct timespec most = time_to_wait(load);
	/* In milliseconds a high rate would be a loop that never waits. */
	int n = epoll_pwait2(load->epoll_fd, events, EVENTS, &most, NULL);

	for (int i = 0; i < n; i++) {
		struct client *client = events[i].data.ptr;
		enum client_end end = client_go_on(client, load->epoll_fd);

		if (end != CLIENT_BUSY)
			request_ended(load, client, end);
	}
}

static void run(struct load *load)
{
	gint64 looked_us = 0;

	load->started_us = g_get_monotonic_time();
	load->end_us = load->started_us +
		       (gint64)(load->options->seconds * G_USEC_PER_SEC);
	load->count = count_new(load->n_targets, load->options->bodies);
	while (g_get_monotonic_time() < load->end_us ||
	       load->free_clients->len < (guint)load->options->connections) {
		ask_what_is_due(load);
		turn(load);
		if (g_get_monotonic_time() - looked_us < TICK_MS * 1000)
			continue;
		looked_us = g_get_monotonic_time();
		end_overdue(load);
	}
}

/* One who asks once, and then keeps the connection. */
static gboolean open_idle_one(struct load *load, struct client *client,
			      int epoll_fd)
{
	struct epoll_event event;
	enum client_end end = client_ask(client, epoll_fd, &load->address,
					 make_request(load, 0));

	while (end == CLIENT_BUSY &&
	       epoll_wait(epoll_fd, &event, 1, load->options->timeout_ms) > 0)
		end = client_go_on(client, epoll_fd);
	return end == CLIENT_ANSWERED && client->fd >= 0;
}

/* They are not watched later: whatever comes to them, load sees at the end. */
static gboolean open_idle(struct load *load)
{
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	gboolean are_open = TRUE;

	for (int i = 0; are_open && i < load->options->idle; i++)
		are_open = open_idle_one(load, &load->idle[i], epoll_fd);
	(void)close(epoll_fd);
	return are_open;
}

/* Is still connected, as far as can be told. */
static int count_idle(const struct load *load)
{
	int n = 0;
	char byte;

	for (int i = 0; i < load->options->idle; i++)
		n += recv(load->idle[i].fd, &byte, 1, MSG_DONTWAIT) < 0 &&
		     errno == EAGAIN;
	return n;
}

static int run_load(const struct options *options)
{
	struct load load = {
		.options = options,
		.address = {.sin_family = AF_INET,
			    .sin_port = htons((guint16)options->port),
			    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.clients = g_new0(struct client, options->connections),
		.idle = g_new0(struct client, options->idle),
		.free_clients = g_ptr_array_new(),
		.n_targets = g_strv_length(options->targets),
	};
	int status = EXIT_SUCCESS;

	for (int i = 0; i < options->connections; i++) {
		client_init(&load.clients[i]);
		g_ptr_array_add(load.free_clients, &load.clients[i]);
	}
	for (int i = 0; i < options->idle; i++)
		client_init(&load.idle[i]);
	if (open_idle(&load)) {
		run(&load);
		count_print(load.count,
			    (double)(g_get_monotonic_time() - load.started_us) /
				    G_USEC_PER_SEC,
			    count_idle(&load));
		count_free(load.count);
	} else {
		perror("load: cannot open the idle connections");
		status = EX_UNAVAILABLE;
	}
	for (int i = 0; i < options->connections; i++)
		client_fini(&load.clients[i]);
	for (int i = 0; i < options->idle; i++)
		client_fini(&load.idle[i]);
	g_ptr_array_unref(load.free_clients);
	g_free(load.clients);
	g_free(load.idle);
	return status;
}

static void raise_open_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
}

int main(int argc, char **argv)
{
	struct options options = {
		.connections = 16, .seconds = 10, .timeout_ms = 30000};
	const GOptionEntry entries[] = {
		{"port", 0, 0, G_OPTION_ARG_INT, &options.port,
		 "of the server, on 127.0.0.1", "N"},
		{"connections", 0, 0, G_OPTION_ARG_INT, &options.connections,
		 "at most at one moment", "N"},
		{"idle", 0, 0, G_OPTION_ARG_INT, &options.idle,
		 "more connections that ask nothing", "N"},
		{"seconds", 0, 0, G_OPTION_ARG_DOUBLE, &options.seconds,
		 "how long new requests are sent", "S"},
		{"rate", 0, 0, G_OPTION_ARG_DOUBLE, &options.rate,
		 "requests a second; else each answer's end is the next's "
		 "start",
		 "R"},
		{"timeout-ms", 0, 0, G_OPTION_ARG_INT, &options.timeout_ms,
		 "how long an answer may take", "MS"},
		{"bodies", 0, 0, G_OPTION_ARG_FILENAME, &options.bodies,
		 "where a copy of each different body goes", "DIR"},
		{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY,
		 &options.targets, NULL, "TARGET..."},
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;
	int status;

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) ||
	    !options.targets || options.connections < 1 || options.idle < 0) {
		fprintf(stderr, "load: %s\n",
			error ? error->message : "a target is missing");
		return EX_USAGE;
	}
	raise_open_files();
	status = run_load(&options);
	g_strfreev(options.targets);
	g_free(options.bodies);
	return status;
}
