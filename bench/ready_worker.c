/* ready_worker: a FastCGI worker that answers every request with one file.
 *
 * Usage: ready_worker unix:PATH FILE. What a caption can't be cheaper than: the
 * same accept loop, the same records, nothing drawn.
 */
#include "config.h"

#include <fcgiapp.h>
#include <stdio.h>
#include <unistd.h>

#include "fcgi/connection.h"
#include "fcgi/listener.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

enum { IO_TIMEOUT_MS = 10000 };

static void answer(FCGX_Request *fcgx, int fd, const char *bytes, gsize size)
{
	struct request request;
	struct response response;
	gsize written;

	if (request_init(&request, fcgx) != REQUEST_READ_GONE) {
		response_init(&response);
		response_header(&response, "Content-Type", "image/jpeg");
		chain_append_borrowed(response.body, bytes, size);
		(void)response_write(&response, fd, (guint16)fcgx->requestId,
				     &written);
		response_fini(&response);
	}
	request_fini(&request);
	fcgx->out->wasFCloseCalled = fcgx->out->isClosed = 1;
	fcgx->err->wasFCloseCalled = fcgx->err->isClosed = 1;
}

static void serve(const struct acceptor *acceptor, const char *bytes,
		  gsize size)
{
	FCGX_Request fcgx;

	(void)FCGX_InitRequest(&fcgx, -1, 0);
	while (acceptor_order() == ACCEPTOR_STAY) {
		int fd;

		if (acceptor_wait(acceptor, -1, &fd) != ACCEPTOR_CONNECTION)
			continue;
		fcgx.ipcFd = fd;
		fcgx.keepConnection = 1;
		if (FCGX_Accept_r(&fcgx) == 0) {
			fcgx.keepConnection = 0;
			answer(&fcgx, fd, bytes, size);
		}
		FCGX_Detach(&fcgx);
		FCGX_Free(&fcgx, 1);
		FCGX_Attach(&fcgx);
	}
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *bytes = NULL;
	struct listener listener = {.fd = -1};
	struct acceptor acceptor;
	gsize size;

	if (argc != 3 || FCGX_Init() != 0)
		return 64;
	if (!g_file_get_contents(argv[2], &bytes, &size, &error) ||
	    !listener_open(&listener, argv[1], &error)) {
		fprintf(stderr, "ready_worker: %s\n", error->message);
		return 1;
	}
	if (acceptor_init(&acceptor, listener.fd, IO_TIMEOUT_MS))
		serve(&acceptor, bytes, size);
	acceptor_fini(&acceptor);
	listener_close(&listener);
	return 0;
}
