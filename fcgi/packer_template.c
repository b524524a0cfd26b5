#include "config.h"

#include "fcgi/packer_template.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "fcgi/log.h"
#include "fcgi/packer_entry.h"
#include "render/pack.h"

struct packer_template *packer_template_new(void)
{
	return g_new0(struct packer_template, 1);
}

void packer_template_free(struct packer_template *template)
{
	if (!template)
		return;
	packer_find_free(template->find);
	g_free(template->done_source);
	g_free(template->entry);
	g_free(template->sidecar_error);
	g_free(template->reason);
	g_free(template->job_source);
	g_free(template);
}

static gboolean stat_pack(const struct packer_template *template, int packs_fd,
			  struct stat *out)
{
	g_autofree char *name = packer_pack_name(template->find->id);

	return fstatat(packs_fd, name, out, AT_SYMLINK_NOFOLLOW) == 0;
}

gboolean packer_template_is_current(const struct packer_template *template,
				    int packs_fd)
{
	struct stat st;

	if (g_strcmp0(template->done_source, template->find->source) != 0)
		return FALSE;
	/* A pack written over in place has lost the whole second that
	 * pack_write() gave it. */
	return !template->entry ||
	       (stat_pack(template, packs_fd, &st) &&
		st.st_ino == template->pack_ino && st.st_mtim.tv_nsec == 0);
}

static gboolean is_fit(const struct packer_template *template,
		       const struct pack_info *info,
		       const struct jpeg_params *jpeg, gboolean must_match)
{
	g_autofree char *recipe = packer_recipe(info->format, jpeg);

	return strcmp(info->recipe, recipe) == 0 &&
	       (!must_match ||
		strcmp(info->source, template->find->source) == 0);
}

static void set_served(struct packer_template *template,
		       const struct pack *pack, const struct stat *st,
		       char *entry, char *sidecar_error)
{
	g_free(template->entry);
	g_free(template->done_source);
	g_free(template->sidecar_error);
	g_clear_pointer(&template->reason, g_free);
	template->entry = entry;
	template->sidecar_error = sidecar_error;
	template->done_source = g_strdup(pack_get_info(pack)->source);
	template->pack_ino = st->st_ino;
	if (sidecar_error)
		log_warning("left out '%s': %s",
			    template->find->sidecar ? template->find->sidecar
						    : template->find->id,
			    sidecar_error);
}

gboolean packer_template_adopt(struct packer_template *template, int packs_fd,
			       const struct jpeg_params *jpeg,
			       gboolean must_match)
{
	g_autofree char *name = packer_pack_name(template->find->id);
	g_autoptr(pack_auto) pack = NULL;
	char *entry, *sidecar_error = NULL;
	struct stat st;

	if (!stat_pack(template, packs_fd, &st))
		return FALSE;
	pack = pack_peek(packs_fd, name, NULL);
	if (!pack || !pack_is_current(pack, packs_fd, name) ||
	    !is_fit(template, pack_get_info(pack), jpeg, must_match))
		return FALSE;
	entry = packer_entry_text(template->find->id, pack, &sidecar_error);
	if (!entry)
		return FALSE;
	set_served(template, pack, &st, entry, sidecar_error);
	return TRUE;
}

void packer_template_refuse(struct packer_template *template, char *reason,
			    char *source)
{
	if (g_strcmp0(template->reason, reason) != 0)
		log_warning("skipped '%s': %s", template->find->file, reason);
	g_free(template->reason);
	g_free(template->done_source);
	template->reason = reason;
	template->done_source = source;
	if (!source)
		return; /* what is served stays so until it is known better */
	g_clear_pointer(&template->entry, g_free);
	g_clear_pointer(&template->sidecar_error, g_free);
}
