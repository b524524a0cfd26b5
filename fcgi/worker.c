#include "config.h"

#include "fcgi/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "fcgi/connection.h"
#include "fcgi/fatal_signal.h"
#include "fcgi/log.h"
#include "fcgi/privileges.h"
#include "fcgi/retirement.h"
#include "fcgi/service.h"
#include "fcgi/worker_probe.h"
#include "fcgi/worker_sandbox.h"
#include "fcgi/worker_serve.h"

enum {
	WAIT_MS = 1000, /* how soon an idle worker sees a new
				   generation of packs */
	FAILURE_PAUSE_US = 50 * 1000,
	IO_TIMEOUT_MS = 10 * 1000,
	OPEN_FILES_MOST = 256,
	/* What a worker may have of its own: three times what the largest
	 * picture that the limits allow takes as pixels. Whatever a request
	 * makes of itself in libraries, it ends its worker and not the
	 * machine. */
	OWN_MEMORY_MIB = 1024,
};

/* A stalled connection ends before the worker would be killed for it. */
static int io_timeout_ms(const struct settings *settings)
{
	int timeout_s = settings->request_timeout_s;

	return timeout_s > 0 ? MIN(timeout_s * 1000 / 2, IO_TIMEOUT_MS)
			     : IO_TIMEOUT_MS;
}

/* How many a worker that leaves still serves: nobody where others serve
 * the queue, else who is in it now. The path of a unix socket is gone
 * by then, so that one empties; to a port they keep coming. */
static guint last_requests(const struct acceptor *acceptor,
			   enum acceptor_order order)
{
	return order == ACCEPTOR_DRAIN ? acceptor_queue_length(acceptor) : 0;
}

/* Not GLib's: its state would be the master's, the same in every worker. */
static guint32 random_number(void)
{
	guint32 number = 0;

	(void)getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return number;
}

/* Between two requests: tells the master that it lives, and whether it had
 * better be replaced. */
static void report(struct service *service, struct retirement *retirement)
{
	struct scoreboard_slot *slot = service->slot;

	atomic_store(&slot->beat_us, g_get_monotonic_time());
	atomic_store(&slot->retire,
		     retirement_due(retirement,
				    atomic_load(&slot->memory.private_bytes)));
}

static void loop(struct service *service, struct intake *intake,
		 struct worker_sandbox *sandbox,
		 const struct acceptor *acceptor)
{
	enum acceptor_order order = ACCEPTOR_STAY;
	struct retirement retirement;
	guint left = 0; /* requests, once it is told to leave */

	retirement_init(&retirement, service->settings, random_number());
	for (;;) {
		int fd;

		if (order == ACCEPTOR_STAY) {
			order = acceptor_order();
			left = last_requests(acceptor, order);
			if (worker_sandbox_is_stale(sandbox, service->board))
				return;
		}
		if (order != ACCEPTOR_STAY && left-- == 0)
			return;
		worker_probe(service);
		memory_tick(&service->memory);
		report(service, &retirement);
		switch (acceptor_wait(acceptor, order ? 0 : WAIT_MS, &fd)) {
		case ACCEPTOR_CONNECTION:
			worker_serve(service, intake, fd);
			retirement_count_request(&retirement);
			break;
		case ACCEPTOR_MUTE:
			worker_unheard(service);
			break;
		case ACCEPTOR_NOTHING:
			if (order != ACCEPTOR_STAY)
				return;
			service_next(service);
			break;
		case ACCEPTOR_FAILED:
			log_error("cannot accept: %s", g_strerror(errno));
			g_usleep(FAILURE_PAUSE_US);
			break;
		}
	}
}

int worker_run(const struct role_start *start)
{
	g_autoptr(GError) error = NULL;
	struct service service;
	struct acceptor acceptor;
	struct intake intake;
	struct worker_sandbox sandbox;

	privileges_limit(OPEN_FILES_MOST, OWN_MEMORY_MIB);
	fatal_signal_watch(&start->board->slots[start->slot].shot_by);
	if (!acceptor_init(&acceptor, start->listener_fd,
			   io_timeout_ms(start->settings)) ||
	    FCGX_Init() != 0) {
		log_error("cannot wait for requests: %s", g_strerror(errno));
		return EXIT_FAILURE;
	}
	/* Its memory is made before the sandbox that allows none to be. */
	if (!intake_init(&intake, io_timeout_ms(start->settings), &error)) {
		log_error("%s", error->message);
		return EXIT_FAILURE;
	}
	/* Before the first font is parsed. */
	if (!worker_sandbox_enter(&sandbox, start->settings, start->board,
				  &error) ||
	    !service_init(&service, start->settings, start->board, start->slot,
			  &error)) {
		log_error("%s", error->message);
		return WORKER_EXIT_SETUP;
	}
	service.access_log = start->access_log;
	service.background = background_new(start->settings, start->board,
					    start->slot, start->bell_fd);
	atomic_store(&service.slot->beat_us, g_get_monotonic_time());
	atomic_store(&service.slot->state, SCOREBOARD_WAITING);
	loop(&service, &intake, &sandbox, &acceptor);
	atomic_store(&service.slot->state, SCOREBOARD_LEAVING);
	service_fini(&service);
	intake_fini(&intake);
	acceptor_fini(&acceptor);
	return EXIT_SUCCESS;
}
