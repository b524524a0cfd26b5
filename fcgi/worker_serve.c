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

/* Opens what the request's account is told by. */
static void tell_request(struct service *service, const struct request *request)
{
	struct account *account = &service->account;

	account->id = request->id;
	account->method = request->method_name;
	account->path = request->path;
	account_queued(account, request->waited_s);
	scoreboard_set_request(service->slot, request->id, request->path);
	(void)g_strlcpy(service->slot->tally.method, request->method_name,
			sizeof(service->slot->tally.method));
}

static enum scoreboard_outcome answer(struct service *service,
				      const struct request *request,
				      enum request_read how,
				      const FCGX_Request *fcgx)
{
	struct account *account = &service->account;
	struct response response;
	enum scoreboard_outcome outcome;

	if (connection_is_gone(fcgx->ipcFd))
		return SCOREBOARD_GONE;
	set_state(service, SCOREBOARD_RENDERING);
	account_enter(account, TALLY_PARSE);
	response_init(&response);
	routes_answer(service, request, how, &response);
	set_state(service, SCOREBOARD_WRITING);
	account_enter(account, TALLY_WRITE);
	account->status = response.status;
	outcome = outcome_of(response.status);
	if (!response_write(&response, fcgx->ipcFd, (guint16)fcgx->requestId,
			    &account->bytes))
		outcome = SCOREBOARD_GONE;
	response_fini(&response);
	return outcome;
}

static void end_account(struct service *service,
			enum scoreboard_outcome outcome)
{
	access_log_end(service->access_log, &service->account, outcome);
}

static void serve_request(struct service *service, FCGX_Request *fcgx,
			  struct request *request)
{
	enum request_read how = request_init(request, fcgx);
	enum scoreboard_outcome outcome = SCOREBOARD_GONE;

	if (request->id)
		tell_request(service, request);
	if (how != REQUEST_READ_GONE)
		outcome = answer(service, request, how, fcgx);
	else
		log_info("a request was cut short");
	end_account(service, outcome);
}

void worker_serve(struct service *service, FCGX_Request *fcgx, int fd)
{
	struct request request;

	account_begin(&service->account, service->slot);
	set_state(service, SCOREBOARD_READING);
	atomic_store(&service->slot->deadline_us,
		     service_hard_deadline_us(service));
	service_next(service);
	/* keepConnection: FCGX_Accept_r begins with FCGX_Finish_r, which
	 * would else close the descriptor that it is about to read. */
	fcgx->ipcFd = fd;
	fcgx->keepConnection = 1;
	if (FCGX_Accept_r(fcgx) == 0) {
		fcgx->keepConnection = 0;
		fcgx->appStatus = 0;
		serve_request(service, fcgx, &request);
		mark_closed(fcgx);
		request_fini(&request);
	} else {
		end_account(service, SCOREBOARD_GONE);
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

void worker_unheard(struct service *service)
{
	account_begin(&service->account, service->slot);
	end_account(service, SCOREBOARD_GONE);
}
