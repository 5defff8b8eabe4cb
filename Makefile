# make start   install what is missing, build, make the course root and the first image, open the tutorial shell
# make test    install what is missing, build, lint, run every test
# make test-vm prove the labs on other kernels, in virtual machines; writes docs/machines.md. SHORT=yes proves what CI has time for
# make check   lint the sources and the labs
# make format  lay out the sources with swift format
# make bench   measure, beside other tools, on this machine
# make install put podlab, one file with all that belongs to it, into $(PREFIX)/bin
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
podlab := .build/release/podlab
node := .build/release/node
packed := .build/packed/podlab
# Package.swift lists the folders of Labs, so a cached reading of it would not know a new lab. A module imports what it declares.
swift_build := swift build --manifest-cache none --explicit-target-dependency-import-check error --jobs $(JOBS)
sources := Package.swift Sources Labs Tests rootfs-builder/Sources

# What the build links with, what goes into the course root, and what only the tests and the measurements use.
build_packages := libreadline-dev libyaml-dev libzstd-dev nettle-dev zlib1g-dev zstd
course_packages := $(shell grep -o 'package: [a-z0-9.+-]*' rootfs-builder/recipes/course.yaml | cut -d' ' -f2 | sort -u)
test_packages := busybox-static mmdebstrap tmux uidmap
vm_packages := binutils busybox-static jq qemu-system-x86 util-linux xz-utils
bench_packages := bubblewrap crun gcc libc6-dev runc

.PHONY: start build root test test-vm check format bench install build-packages course-packages test-packages

start: build root
	@exec $(podlab)

# What playgrounds get is a folder with nothing else in it: they get all of the folder.
build: build-packages
	@rootfs-builder/watch-build .build/build.log $(swift_build) --configuration release --static-swift-stdlib
	@install -d -m 755 $(node)
	@install -C -m 755 --target-directory $(node) .build/release/podlab-node .build/release/podlab-init

root: course-packages build
	@$(podlab) root build
	@$(podlab) image build busybox

test: test-packages course-packages build root check
	@rootfs-builder/watch-build .build/tests.log $(swift_build) --build-tests
	@Tests/run

test-vm: build root
ifneq ($(PODLAB_VM),skip)
	@rootfs-builder/install-packages "to boot kernels in its tests" $(vm_packages)
endif
	@Tests/vm/run $(if $(SHORT),--short)

check: build
	@swift format lint --strict --parallel --recursive $(sources)
	@$(podlab) lint Labs

format:
	@swift format format --in-place --parallel --recursive $(sources)

bench: build root
	@rootfs-builder/install-packages "for the tools that podlab is measured beside" $(bench_packages)
	@$(MAKE) --no-print-directory $(packed)
	@Tests/Benchmarks/run

# What is in the checkout as files is in this one as a section of its own.
$(packed): $(podlab) $(wildcard $(node)/*) .build/release/greedy .build/release/pause $(shell find Labs rootfs-builder/recipes rootfs-builder/pack -newer $(packed) 2>/dev/null)
	@rootfs-builder/pack .build/release $@

install: build
	@$(MAKE) --no-print-directory $(packed)
	@install -D -m 755 $(packed) $(DESTDIR)$(PREFIX)/bin/podlab
	@echo "Installed $(DESTDIR)$(PREFIX)/bin/podlab, which needs nothing else. Next: podlab root build"

build-packages:
	@rootfs-builder/install-packages "to build" $(build_packages)

course-packages:
	@rootfs-builder/install-packages "for the programs of the course root" $(course_packages)

test-packages: build-packages
	@rootfs-builder/install-packages "for its tests" $(test_packages)
