#include "config.h"

#include "bench/encoding.h"

#include <string.h>

#include <gif_lib.h>

#include "render/gif.h"

struct frames {
	GifFileType *source;
	guint8 *file; /* that source was read from */
	gsize size, at;
};

static int read_bytes(GifFileType *gif, GifByteType *out, int n)
{
	struct frames *frames = gif->UserData;
	gsize size = MIN((gsize)n, frames->size - frames->at);

	memcpy(out, frames->file + frames->at, size);
	frames->at += size;
	return (int)size;
}

struct frames *frames_new(const guint8 *section, gsize size)
{
	g_autoptr(chain_auto) chain = chain_new();
	struct frames *frames = g_new0(struct frames, 1);
	int code;

	gif_splice(section, size, NULL, 0, chain);
	frames->file = chain_flatten(chain, &frames->size);
	frames->source = DGifOpen(frames, read_bytes, &code);
	if (frames->source && DGifSlurp(frames->source) == GIF_OK)
		return frames;
	frames_free(frames);
	return NULL;
}

void frames_free(struct frames *frames)
{
	int code;

	if (!frames)
		return;
	if (frames->source)
		(void)DGifCloseFile(frames->source, &code);
	g_free(frames->file);
	g_free(frames);
}

static int append(GifFileType *gif, const GifByteType *bytes, int n)
{
	g_byte_array_append(gif->UserData, bytes, (guint)n);
	return n;
}

/* EGifSpew ends what it writes, but takes the frames as they are. */
static gboolean spew(const GifFileType *source, GByteArray *file)
{
	int code;
	GifFileType *target = EGifOpen(file, append, &code);

	if (!target)
		return FALSE;
	target->SWidth = source->SWidth;
	target->SHeight = source->SHeight;
	target->SColorResolution = source->SColorResolution;
	target->SColorMap =
		source->SColorMap
			? GifMakeMapObject(source->SColorMap->ColorCount,
					   source->SColorMap->Colors)
			: NULL;
	target->ImageCount = source->ImageCount;
	target->SavedImages = source->SavedImages;
	return EGifSpew(target) == GIF_OK;
}

gboolean frames_encode(const struct frames *frames, struct chain *out)
{
	GByteArray *file = g_byte_array_new();
	gboolean is_done = spew(frames->source, file);
	gsize size;
	guint8 *bytes = g_byte_array_steal(file, &size);

	g_byte_array_unref(file);
	chain_append_owned(out, bytes, size);
	return is_done;
}
