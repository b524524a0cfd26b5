#include "config.h"

#include "fcgi/worker_serve.h"

#include "fcgi/connection.h"
#include "fcgi/log.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/routes.h"

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

void worker_serve(struct service *service, FCGX_Request *fcgx, int fd)
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
