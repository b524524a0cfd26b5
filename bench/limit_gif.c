/* A full GIF encode of the blank template: giflib writes all its frames from
 * their index rows, so that nothing but LZW and framing is counted. */
#include "config.h"

#include "bench/limits.h"

#include <string.h>

#include <gif_lib.h>

#include "bench/bench.h"
#include "render/chain.h"
#include "render/gif.h"

enum { ROUNDS = 7 };

struct cursor {
	const guint8 *bytes;
	gsize size, at;
};

static int read_bytes(GifFileType *gif, GifByteType *out, int n)
{
	struct cursor *cursor = gif->UserData;
	gsize size = MIN((gsize)n, cursor->size - cursor->at);

	memcpy(out, cursor->bytes + cursor->at, size);
	cursor->at += size;
	return (int)size;
}

static int count_bytes(GifFileType *gif, const GifByteType *bytes, int n)
{
	(void)bytes;
	*(gsize *)gif->UserData += (gsize)n;
	return n;
}

/* EGifSpew ends what it writes, but takes the frames as they are. */
static double encode_us(const GifFileType *source)
{
	gsize size = 0;
	int code;
	GifFileType *target = EGifOpen(&size, count_bytes, &code);
	gint64 start_ns = bench_cpu_ns();

	if (!target)
		return 0;
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
	if (EGifSpew(target) == GIF_ERROR)
		return 0;
	return (double)(bench_cpu_ns() - start_ns) / 1000;
}

double limit_encode_gif_us(const guint8 *section, gsize size)
{
	g_autoptr(chain_auto) chain = chain_new();
	g_autofree guint8 *file = NULL;
	struct cursor cursor = {0};
	double samples[ROUNDS], median = 0;
	GifFileType *source;
	int code;

	gif_splice(section, size, NULL, 0, chain);
	file = chain_flatten(chain, &cursor.size);
	cursor.bytes = file;
	source = DGifOpen(&cursor, read_bytes, &code);
	if (!source)
		return 0;
	if (DGifSlurp(source) == GIF_OK) {
		for (int i = 0; i < ROUNDS; i++)
			samples[i] = encode_us(source);
		median = bench_median(samples, ROUNDS);
	}
	(void)DGifCloseFile(source, &code);
	return median;
}
