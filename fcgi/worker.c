#include "config.h"

#include "fcgi/worker.h"

#include <errno.h>
#include <fcgiapp.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fcgi/connection.h"
#include "fcgi/log.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/routes.h"
#include "fcgi/service.h"

enum {
	WAIT_MS = 1000, /* how soon an idle worker sees a new
				   generation of packs */
	FAILURE_PAUSE_US = 50 * 1000,
	IO_TIMEOUT_MS = 10 * 1000,
	OPEN_FILES_MOST = 256,
	/* What a worker may have of its own: three times what the largest
	 * picture that the limits allow takes as pixels. Not the address
	 * space: that counts the packs too, and there may be many. */
	OWN_MEMORY_MIB = 1024,
};

static void set_limits(void)
{
	const struct rlimit no_core = {0, 0};
	const struct rlimit files = {OPEN_FILES_MOST, OPEN_FILES_MOST};

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)setrlimit(RLIMIT_NOFILE, &files);
#ifndef WITH_SANITIZERS
	{
		const rlim_t most = (rlim_t)OWN_MEMORY_MIB << 20;
		const struct rlimit memory = {most, most};

		/* libfcgi has no limit on parameters: the largest request that
		 * can be sent ends its worker and not the machine. */
		(void)setrlimit(RLIMIT_DATA, &memory);
	}
#endif
}

static enum scoreboard_outcome outcome_of(int status)
{
	if (status == 503)
		return SCOREBOARD_BUSY;
	if (status == 504)
		return SCOREBOARD_TIMEOUT;
	if (status >= 500)
		return SCOREBOARD_SERVER_ERROR;
	if (status >= 400)
		return SCOREBOARD_CLIENT_ERROR;
	return status >= 300 ? SCOREBOARD_NOT_MODIFIED : SCOREBOARD_OK;
}

static void set_state(struct service *service, enum scoreboard_state state)
{
	atomic_store(&service->slot->state, state);
}

static void set_hard_deadline(struct service *service)
{
	int timeout_s = service->settings->request_timeout_s;

	if (timeout_s > 0)
		atomic_store(&service->slot->deadline_us,
			     g_get_monotonic_time() +
				     timeout_s * G_USEC_PER_SEC);
}

/* libfcgi must not write an ending of its own: the answer brought one. */
static void mark_closed(FCGX_Request *fcgx)
{
	FCGX_Stream *streams[] = {fcgx->out, fcgx->err};

	for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
		if (!streams[i])
			continue;
		streams[i]->wasFCloseCalled = 1;
		streams[i]->isClosed = 1;
	}
}

static enum scoreboard_outcome answer(struct service *service,
				      const struct request *request,
				      enum request_read how,
				      const FCGX_Request *fcgx)
{
	struct response response;
	enum scoreboard_outcome outcome;
	gsize bytes;

	if (connection_is_gone(fcgx->ipcFd))
		return SCOREBOARD_GONE;
	set_state(service, SCOREBOARD_RENDERING);
	response_init(&response);
	routes_answer(service, request, how, &response);
	set_state(service, SCOREBOARD_WRITING);
	outcome = outcome_of(response.status);
	if (response_write(&response, fcgx->ipcFd, (guint16)fcgx->requestId,
			   &bytes))
		atomic_fetch_add(&service->slot->bytes, bytes);
	else
		outcome = SCOREBOARD_GONE;
	response_fini(&response);
	return outcome;
}

static void serve_request(struct service *service, FCGX_Request *fcgx)
{
	struct request request;
	enum request_read how = request_init(&request, fcgx);
	enum scoreboard_outcome outcome = SCOREBOARD_GONE;

	if (how != REQUEST_READ_GONE) {
		scoreboard_set_request(service->slot, request.id,
				       request.target);
		outcome = answer(service, &request, how, fcgx);
	} else {
		log_info("a request was cut short");
	}
	atomic_fetch_add(&service->slot->outcomes[outcome], 1);
	request_fini(&request);
}

/* One request on one connection, which is closed at the end. */
static void serve_connection(struct service *service, FCGX_Request *fcgx,
			     int fd)
{
	set_state(service, SCOREBOARD_READING);
	set_hard_deadline(service);
	service_next(service);
	/* keepConnection: FCGX_Accept_r begins with FCGX_Finish_r, which
	 * would else close the descriptor that it is about to read. */
	fcgx->ipcFd = fd;
	fcgx->keepConnection = 1;
	if (FCGX_Accept_r(fcgx) == 0) {
		fcgx->keepConnection = 0;
		fcgx->appStatus = 0;
		serve_request(service, fcgx);
		mark_closed(fcgx);
	}
	/* Frees and closes at once: undetached it would wait for the peer. */
	FCGX_Detach(fcgx);
	FCGX_Free(fcgx, 1);
	FCGX_Attach(fcgx);
	service_next(service);
	scoreboard_set_request(service->slot, "", "");
	atomic_store(&service->slot->deadline_us, 0);
	set_state(service, SCOREBOARD_WAITING);
}

/* A stalled connection ends before the worker would be killed for it. */
static int io_timeout_ms(const struct settings *settings)
{
	int timeout_s = settings->request_timeout_s;

	return timeout_s > 0 ? MIN(timeout_s * 1000 / 2, IO_TIMEOUT_MS)
			     : IO_TIMEOUT_MS;
}

/* How many a worker that leaves still serves: nobody where the queue goes on
 * without this pool, else who is in it now. The path of a unix socket is gone
 * by then, so that one empties; to a port they keep coming. */
static guint last_requests(const struct worker_setup *setup,
			   const struct acceptor *acceptor)
{
	return setup->is_queue_own ? acceptor_queue_length(acceptor) : 0;
}

static void loop(const struct worker_setup *setup, struct service *service,
		 const struct acceptor *acceptor)
{
	gboolean is_leaving = FALSE;
	guint left = 0; /* requests, once it is leaving */
	FCGX_Request fcgx;

	(void)FCGX_InitRequest(&fcgx, -1, 0);
	for (;;) {
		int fd;

		if (!is_leaving && acceptor_is_told_to_leave()) {
			is_leaving = TRUE;
			left = last_requests(setup, acceptor);
		}
		if (is_leaving && left-- == 0)
			return;
		switch (acceptor_wait(acceptor, is_leaving ? 0 : WAIT_MS,
				      &fd)) {
		case ACCEPTOR_CONNECTION:
			serve_connection(service, &fcgx, fd);
			break;
		case ACCEPTOR_MUTE:
			break;
		case ACCEPTOR_NOTHING:
			if (is_leaving)
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

int worker_run(const struct worker_setup *setup)
{
	g_autoptr(GError) error = NULL;
	struct service service;
	struct acceptor acceptor;

	set_limits();
	if (!acceptor_init(&acceptor, setup->listener_fd,
			   io_timeout_ms(setup->settings)) ||
	    FCGX_Init() != 0) {
		log_error("cannot wait for requests: %s", g_strerror(errno));
		return EXIT_FAILURE;
	}
	if (!service_init(&service, setup->settings, setup->board, setup->slot,
			  &error)) {
		log_error("%s", error->message);
		return WORKER_EXIT_SETUP;
	}
	set_state(&service, SCOREBOARD_WAITING);
	loop(setup, &service, &acceptor);
	set_state(&service, SCOREBOARD_LEAVING);
	service_fini(&service);
	acceptor_fini(&acceptor);
	return WORKER_EXIT_DONE;
}
