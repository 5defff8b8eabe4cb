// The one link that a plan touches: loopback. Everything else about links is the learner's work, with `ip`.
#ifndef ISO_NETWORK_H
#define ISO_NETWORK_H

// Sets IFF_UP on `lo` of the calling thread's network namespace. See netdevice(7).
int iso_loopback_up(void);

#endif
