/* bench/worker: a FastCGI worker that draws nothing.
 *
 * Usage: worker unix:PATH ready FILE       answers with the file
 *        worker unix:PATH encode DIR PACK  encodes the pack's blank picture anew
 *
 * The same accept loop and the same records as captiond's: what a caption can't
 * be cheaper than, and what it costs to send any picture that was not there.
 */
#include "config.h"

#include <fcgiapp.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bench/encoding.h"
#include "fcgi/connection.h"
#include "fcgi/intake.h"
#include "fcgi/listener.h"
#include "fcgi/request.h"
#include "fcgi/response.h"

enum { IO_TIMEOUT_MS = 10000, JPEG_QUALITY = 85 };

struct work {
	char *bytes; /* NULL: encode */
	gsize size;
	struct pack *pack;
	struct encoding *encoding;
};

static void answer(FCGX_Request *fcgx, int fd, const struct work *work)
{
	struct request request;
	struct response response;
	gsize written;

	if (request_init(&request, fcgx) != REQUEST_READ_GONE) {
		response_init(&response);
		response_header(&response, "Content-Type", "image/jpeg");
		if (work->bytes)
			chain_append_borrowed(response.body, work->bytes,
					      work->size);
		else
			(void)encoding_run(work->encoding, response.body);
		(void)response_write(&response, fd, (guint16)fcgx->requestId, 0,
				     &written);
		response_fini(&response);
	}
	request_fini(&request);
}

static void serve(const struct acceptor *acceptor, struct intake *intake,
		  const struct work *work)
{
	while (acceptor_order() == ACCEPTOR_STAY) {
		int fd;

		if (acceptor_wait(acceptor, -1, &fd) != ACCEPTOR_CONNECTION)
			continue;
		if (intake_read(intake, fd) == INTAKE_REQUEST) {
			answer(&intake->fcgx, fd, work);
			intake_done(intake);
		}
		(void)close(fd);
	}
}

static gboolean open_pack(struct work *work, const char *dir, const char *name,
			  GError **error)
{
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	work->pack = pack_open(dir_fd, name, error);
	(void)close(dir_fd);
	if (work->pack)
		work->encoding = encoding_new(work->pack, JPEG_QUALITY);
	return work->pack != NULL;
}

static gboolean work_init(struct work *work, int argc, char **argv,
			  GError **error)
{
	*work = (struct work){0};
	if (argc == 4 && strcmp(argv[2], "ready") == 0)
		return g_file_get_contents(argv[3], &work->bytes, &work->size,
					   error);
	if (argc == 5 && strcmp(argv[2], "encode") == 0)
		return open_pack(work, argv[3], argv[4], error);
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "unix:PATH ready FILE, or unix:PATH encode DIR PACK "
		    "expected");
	return FALSE;
}

static void work_fini(struct work *work)
{
	encoding_free(work->encoding);
	if (work->pack)
		pack_unref(work->pack);
	g_free(work->bytes);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	struct listener listener = {.fd = -1};
	struct acceptor acceptor;
	struct intake intake;
	struct work work;

	if (FCGX_Init() != 0 || !work_init(&work, argc, argv, &error) ||
	    !intake_init(&intake, IO_TIMEOUT_MS, &error) ||
	    !listener_open(&listener, argv[1], &error)) {
		fprintf(stderr, "bench/worker: %s\n",
			error ? error->message : "cannot start");
		return EX_USAGE;
	}
	if (acceptor_init(&acceptor, listener.fd, IO_TIMEOUT_MS))
		serve(&acceptor, &intake, &work);
	acceptor_fini(&acceptor);
	listener_close(&listener);
	intake_fini(&intake);
	work_fini(&work);
	return 0;
}
