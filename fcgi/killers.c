#include "config.h"

#include "fcgi/killers.h"

static const gint64 life_us = KILLERS_LIFE_S * G_USEC_PER_SEC;

/* Its place; else the one that is free or longest unheard of. */
static guint find_place(const struct killers *killers, guint64 fingerprint)
{
	guint oldest = 0;

	for (guint i = 0; i < KILLERS_MAX; i++) {
		if (killers->known[i].fingerprint == fingerprint)
			return i;
		if (killers->known[i].last_us < killers->known[oldest].last_us)
			oldest = i;
	}
	return oldest;
}

guint killers_note(struct killers *killers, guint64 fingerprint, gint64 now_us,
		   struct killers_refused *refused)
{
	guint i = find_place(killers, fingerprint);

	if (fingerprint == 0)
		return 0;
	if (killers->known[i].fingerprint != fingerprint ||
	    now_us - killers->known[i].last_us > life_us)
		killers->known[i].deaths = 0;
	killers->known[i].fingerprint = fingerprint;
	killers->known[i].deaths++;
	killers->known[i].last_us = now_us;
	if (killers->known[i].deaths >= KILLERS_DEATHS) {
		atomic_store(&refused->list[i].until_us, now_us + life_us);
		atomic_store(&refused->list[i].fingerprint, fingerprint);
	}
	return killers->known[i].deaths;
}

gboolean killers_is_refused(const struct killers_refused *refused,
			    guint64 fingerprint, gint64 now_us)
{
	/* It may stand there twice, with an end that is over. */
	for (guint i = 0; fingerprint != 0 && i < KILLERS_MAX; i++)
		if (atomic_load(&refused->list[i].fingerprint) == fingerprint &&
		    now_us < atomic_load(&refused->list[i].until_us))
			return TRUE;
	return FALSE;
}
