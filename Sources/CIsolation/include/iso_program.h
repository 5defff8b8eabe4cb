// Programs that nobody can write.
#ifndef ISO_PROGRAM_H
#define ISO_PROGRAM_H

// A sealed copy of a file in memory, to be executed by descriptor: its close-on-exec descriptor, or -errno. `name` is what
// /proc/PID/exe shows, as /memfd:NAME. EACCES: vm.memfd_noexec is 2.
int iso_sealed_program(int file, const char *name);

#endif
