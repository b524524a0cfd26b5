#include "config.h"

#include "fcgi/intake.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 16 * 1024 };

gboolean intake_init(struct intake *intake, int timeout_ms, GError **error)
{
	int fd = memfd_create("captiond-request", MFD_CLOEXEC);

	if (fd < 0) {
		int saved = errno;

		g_set_error(error, G_FILE_ERROR,
			    (int)g_file_error_from_errno(saved),
			    "cannot make memory for requests: %s",
			    g_strerror(saved));
		return FALSE;
	}
	*intake = (struct intake){.memory_fd = fd, .timeout_ms = timeout_ms};
	(void)FCGX_InitRequest(&intake->fcgx, -1, 0);
	records_init(&intake->records);
	intake->written = g_byte_array_new();
	return TRUE;
}

void intake_fini(struct intake *intake)
{
	records_fini(&intake->records);
	g_byte_array_unref(intake->written);
	(void)close(intake->memory_fd);
}

static enum intake_end end_of(enum records_state state)
{
	switch (state) {
	case RECORDS_WHOLE:
		return INTAKE_REQUEST;
	case RECORDS_TOO_LARGE:
		return INTAKE_TOO_LARGE;
	case RECORDS_MALFORMED:
		return INTAKE_MALFORMED;
	case RECORDS_MORE:
	case RECORDS_ABORTED:
		break;
	}
	return INTAKE_CUT;
}

/* FALSE: nothing came until then. */
static gboolean wait_until(int fd, gint64 deadline_us)
{
	gint64 left_us = deadline_us - g_get_monotonic_time();
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return left_us > 0 &&
	       poll(&poll_fd, 1, (int)((left_us + 999) / 1000)) != 0;
}

/* Until the records say that it is whole, or will never be. */
static enum intake_end collect(struct intake *intake, int fd)
{
	const gint64 deadline_us = g_get_monotonic_time() +
				   intake->timeout_ms * G_GINT64_CONSTANT(1000);
	guint8 piece[READ_BYTES];

	for (;;) {
		ssize_t n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
		enum records_state state;

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!wait_until(fd, deadline_us))
				return INTAKE_LATE;
			continue;
		}
		if (n <= 0)
			return INTAKE_CUT;
		state = records_feed(&intake->records, piece, (gsize)n);
		if (state != RECORDS_MORE)
			return end_of(state);
		/* Else who always has one more byte would never be late. */
		if (g_get_monotonic_time() >= deadline_us)
			return INTAKE_LATE;
	}
}

static gboolean write_whole(int fd, const GByteArray *bytes)
{
	for (gsize at = 0; at < bytes->len;) {
		ssize_t n = pwrite(fd, bytes->data + at, bytes->len - at,
				   (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FALSE;
		at += (gsize)n;
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

/* An earlier, longer request's end is left in the file: libfcgi stops where
 * this one's records say. */
static enum intake_end hand_over(struct intake *intake)
{
	FCGX_Request *fcgx = &intake->fcgx;

	records_write(&intake->records, intake->written);
	if (!write_whole(intake->memory_fd, intake->written))
		return INTAKE_FAILED;
	/* keepConnection: FCGX_Accept_r begins with FCGX_Finish_r, which
	 * would else close the descriptor that it is about to read. */
	fcgx->ipcFd = intake->memory_fd;
	fcgx->keepConnection = 1;
	if (FCGX_Accept_r(fcgx) == 0)
		return INTAKE_REQUEST;
	fcgx->ipcFd = -1;
	FCGX_Free(fcgx, 0);
	return INTAKE_FAILED;
}

enum intake_end intake_read(struct intake *intake, int fd)
{
	enum intake_end end;

	records_reset(&intake->records);
	end = collect(intake, fd);
	return end == INTAKE_REQUEST ? hand_over(intake) : end;
}

void intake_done(struct intake *intake)
{
	FCGX_Stream *streams[] = {intake->fcgx.out, intake->fcgx.err};

	for (gsize i = 0; i < G_N_ELEMENTS(streams); i++) {
		if (!streams[i])
			continue;
		streams[i]->wasFCloseCalled = 1;
		streams[i]->isClosed = 1;
	}
	FCGX_Free(&intake->fcgx, 0);
}

const char *intake_end_text(enum intake_end end)
{
	static const char *const texts[] = {
		[INTAKE_REQUEST] = "is whole",
		[INTAKE_CUT] = "was cut short",
		[INTAKE_LATE] = "did not end in time",
		[INTAKE_TOO_LARGE] = "is too large",
		[INTAKE_MALFORMED] = "is malformed",
		[INTAKE_FAILED] = "could not be taken in",
	};

	return texts[end];
}
