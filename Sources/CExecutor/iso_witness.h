// Private: the child's side of the witness.
#ifndef ISO_WITNESS_H
#define ISO_WITNESS_H

// Installs the filter in the calling process; returns the listener.
int iso_witness_install(void);

#endif
