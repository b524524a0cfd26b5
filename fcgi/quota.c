#include "config.h"

#include "fcgi/quota.h"

void quota_init(struct quota *quota, guint most, gint64 now_us)
{
	*quota = (struct quota){
		.most = most,
		.left = most,
		.filled_us = now_us,
	};
}

void quota_refill(struct quota *quota, double per_s, gint64 now_us)
{
	double passed_s =
		(double)(now_us - quota->filled_us) / (double)G_USEC_PER_SEC;

	quota->left = MIN(quota->left + passed_s * per_s, quota->most);
	quota->filled_us = now_us;
}

gboolean quota_has(const struct quota *quota)
{
	return quota->left >= 1;
}

void quota_charge(struct quota *quota)
{
	quota->left -= 1;
}
