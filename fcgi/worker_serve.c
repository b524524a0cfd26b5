#include "config.h"

#include "fcgi/worker_serve.h"

#include <unistd.h>

#include "fcgi/connection.h"
#include "fcgi/log.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "fcgi/routes.h"

/* Where requests have no deadline. */
enum { WRITE_MOST_S = 60 };

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
	/* First: who waits is judged by its last beat. */
	atomic_store(&service->slot->beat_us, g_get_monotonic_time());
	atomic_store(&service->slot->state, state);
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
	atomic_store(&service->slot->fingerprint, request->fingerprint);
	(void)g_strlcpy(service->slot->tally.method, request->method_name,
			sizeof(service->slot->tally.method));
}

/* Before the worker would be killed for it: a slow reader is no reason. */
static gint64 write_deadline_us(const struct service *service)
{
	gint64 timeout_us = service->settings->request_timeout_s *
			    G_GINT64_CONSTANT(1000000);

	if (timeout_us == 0)
		return g_get_monotonic_time() + WRITE_MOST_S * G_USEC_PER_SEC;
	return atomic_load(&service->slot->deadline_us) - timeout_us / 8;
}

static enum scoreboard_outcome answer(struct service *service,
				      const struct request *request,
				      enum request_read how, int request_id,
				      int fd)
{
	struct account *account = &service->account;
	struct response response;
	enum scoreboard_outcome outcome;

	if (connection_is_gone(fd))
		return SCOREBOARD_GONE;
	set_state(service, SCOREBOARD_RENDERING);
	account_enter(account, TALLY_PARSE);
	service->client_fd = fd;
	response_init(&response);
	routes_answer(service, request, how, &response);
	set_state(service, SCOREBOARD_WRITING);
	account_enter(account, TALLY_WRITE);
	account->status = response.status;
	outcome = outcome_of(response.status);
	if (!response_write(&response, fd, (guint16)request_id,
			    write_deadline_us(service), &account->bytes))
		outcome = SCOREBOARD_GONE;
	response_fini(&response);
	return outcome;
}

static void end_account(struct service *service,
			enum scoreboard_outcome outcome)
{
	access_log_end(service->access_log, &service->account, outcome);
}

static void serve_request(struct service *service, FCGX_Request *fcgx, int fd)
{
	struct request request;
	enum request_read how = request_init(&request, fcgx);
	enum scoreboard_outcome outcome = SCOREBOARD_GONE;

	if (request.id)
		tell_request(service, &request);
	if (how != REQUEST_READ_GONE)
		outcome = answer(service, &request, how, fcgx->requestId, fd);
	else
		log_error("a whole request could not be read");
	end_account(service, outcome);
	request_fini(&request);
}

void worker_serve(struct service *service, struct intake *intake, int fd)
{
	enum intake_end end;

	account_begin(&service->account, service->slot);
	set_state(service, SCOREBOARD_READING);
	atomic_store(&service->slot->deadline_us,
		     service_hard_deadline_us(service));
	service_next(service);
	end = intake_read(intake, fd);
	if (end == INTAKE_REQUEST) {
		serve_request(service, &intake->fcgx, fd);
		intake_done(intake);
	} else {
		log_info("a request %s", intake_end_text(end));
		end_account(service, SCOREBOARD_GONE);
	}
	(void)close(fd);
	service_next(service);
	scoreboard_set_request(service->slot, "", "");
	atomic_store(&service->slot->fingerprint, 0);
	atomic_store(&service->slot->deadline_us, 0);
	set_state(service, SCOREBOARD_WAITING);
}

void worker_unheard(struct service *service)
{
	account_begin(&service->account, service->slot);
	end_account(service, SCOREBOARD_GONE);
}
