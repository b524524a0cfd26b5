#include "config.h"

#include "fcgi/admin.h"

#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "fcgi/admin_pages.h"
#include "fcgi/admin_server.h"
#include "fcgi/log.h"
#include "fcgi/memory.h"
#include "fcgi/privileges.h"
#include "fcgi/sandbox.h"

enum {
	TURN_MS = 250,
	OPEN_FILES_MOST = ADMIN_CONNECTIONS + 64,
	/* The packer's index of very many templates, read as JSON. */
	OWN_MEMORY_MIB = 512,
};

static volatile sig_atomic_t leave_flag;

static void on_leave(int number)
{
	(void)number;
	leave_flag = 1;
}

static void set_signals(void)
{
	static const int ignored[] = {SIGINT, SIGHUP, SIGUSR1, SIGUSR2,
				      SIGPIPE};
	const struct sigaction action = {.sa_handler = on_leave};

	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGQUIT, &action, NULL);
	/* A terminal's Ctrl-C reaches everybody; the master decides. */
	for (gsize i = 0; i < G_N_ELEMENTS(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
}

gboolean admin_is_wanted(const struct settings *settings)
{
	return settings->admin != NULL;
}

const char *admin_address(const struct settings *settings)
{
	return settings->admin;
}

static gboolean is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in6 *in6 = (const void *)address;
	const struct sockaddr_in *in = (const void *)address;

	if (address->ss_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return address->ss_family != AF_INET6 ||
	       IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* What it tells is for operators: templates' names, paths, memory. */
static void warn_of_others(const struct role_start *start)
{
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof(address);

	if (getsockname(start->listener_fd, (struct sockaddr *)&address,
			&size) == 0 &&
	    !is_loopback(&address))
		log_warning("admin: '%s' is open to other machines",
			    start->settings->admin);
}

static void answer_health(const struct admin_view *view,
			  struct admin_answer *answer)
{
	gboolean is_alive = admin_is_alive(view);

	answer->status = is_alive ? 200 : 503;
	g_string_append(answer->body,
			is_alive ? "ok\n" : "the master does not move\n");
}

static void answer_readiness(const struct admin_view *view,
			     struct admin_answer *answer)
{
	g_autofree char *reason = NULL;

	answer->status = admin_is_ready(view, &reason) ? 200 : 503;
	g_string_append_printf(answer->body, "%s: %s\n",
			       answer->status == 200 ? "ready" : "not ready",
			       reason);
}

static void answer_page(void *data, const struct admin_request *request,
			struct admin_answer *answer)
{
	const struct admin_view *view = data;

	if (strcmp(request->path, "/healthz") == 0) {
		answer_health(view, answer);
	} else if (strcmp(request->path, "/readyz") == 0) {
		answer_readiness(view, answer);
	} else if (strcmp(request->path, "/status") == 0) {
		admin_status(view, request, answer);
	} else if (strcmp(request->path, "/metrics") == 0) {
		admin_metrics(view, request->wants_plain, answer);
	} else {
		answer->status = 404;
		g_string_append(answer->body,
				"not one of /healthz /readyz /status "
				"/metrics\n");
	}
}

/* The master says which queue it is; HUP may make it another one. */
static void aim(struct admin_view *view)
{
	queue_depth_aim(&view->queue,
			(int)atomic_load(&view->board->listener_family),
			atomic_load(&view->board->listener_inode));
}

static void loop(struct admin_view *view, struct admin_server *server,
		 struct memory *memory)
{
	while (!leave_flag) {
		admin_probe(view);
		aim(view);
		admin_note_most(view);
		memory_tick(memory);
		log_tick();
		admin_server_turn(server, TURN_MS);
	}
}

int admin_run(const struct role_start *start)
{
	const char *const folders[] = {start->settings->packs_dir, NULL};
	const struct sandbox_paths paths = {.read = folders};
	g_autoptr(GError) error = NULL;
	struct admin_view view = {.settings = start->settings,
				  .board = start->board};
	struct admin_server *server;
	struct memory memory;

	set_signals();
	privileges_limit(OPEN_FILES_MOST, OWN_MEMORY_MIB);
	warn_of_others(start);
	memory_open(&memory, &start->board->memory[SCOREBOARD_ADMIN]);
	queue_depth_open(&view.queue);
	if (strcmp(start->settings->sandbox, "on") == 0 &&
	    !sandbox_enter(SANDBOX_ADMIN, &paths, &error)) {
		log_error("%s", error->message);
		return EX_OSERR;
	}
	server = admin_server_new(start->listener_fd, answer_page, &view);
	loop(&view, server, &memory);
	admin_server_free(server);
	queue_depth_close(&view.queue);
	memory_close(&memory);
	return EXIT_SUCCESS;
}
