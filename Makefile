# SPDX-License-Identifier: GPL-3.0-or-later
#
# postrider. GNU make, no generator: a bare `make` in a clone works.
# ./configure is optional and writes one file, config.mk, read here.
#
#   make [SANITIZE=address,undefined] [COVERAGE=1] [CC=clang] [WERROR=1] [V=1]
#
# Each combination of compiler, sanitizer and coverage has its own folder under
# build/, so switching between them never rebuilds what is there already.

VERSION = 0.1.0

-include config.mk

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
BASHCOMPDIR ?= $(DATADIR)/bash-completion/completions
ZSHCOMPDIR ?= $(DATADIR)/zsh/site-functions
FISHCOMPDIR ?= $(DATADIR)/fish/vendor_completions.d

AR ?= ar
INSTALL ?= install
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
FUZZ_SECONDS ?= 20

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL = all

# `make deps check` on a bare machine: the packages first, and only then a look at
# compiler and pkg-config, in a make of its own. So with deps among the goals
# nothing below is read.
ifneq ($(filter deps,$(MAKECMDGOALS)),)

GOALS_LEFT := $(filter-out deps,$(MAKECMDGOALS))

.PHONY: deps goals-left $(GOALS_LEFT)
deps:
	@tests/deps
goals-left: deps
	+@$(MAKE) --no-print-directory $(GOALS_LEFT)
$(GOALS_LEFT): goals-left
	@:

else

# ---- where things are

SRC := $(CURDIR)
empty :=
comma := ,
space := $(empty) $(empty)
VARIANT := $(subst $(space),-,$(strip $(notdir $(CC)) $(subst $(comma), ,$(SANITIZE)) \
	$(if $(COVERAGE),coverage)))
B := build/$(VARIANT)

SRCS := $(wildcard src/*.c src/*/*.c)
OBJS := $(SRCS:src/%.c=$B/obj/%.o)
LIB_OBJS := $(filter-out $B/obj/main.o,$(OBJS))
LIB := $B/libpostrider.a
PROGRAM := $B/postrider

# tests/unit/test_X.c is a program, other files there are linked into each.
UNIT_SRCS := $(wildcard tests/unit/test_*.c)
UNIT := $(UNIT_SRCS:tests/%.c=$B/%)
UNIT_HELPERS := $(patsubst tests/%.c,$B/obj/tests/%.o,$(filter-out $(UNIT_SRCS), \
	$(wildcard tests/unit/*.c)))
# tests/lib/X.c is a program, tests/lib/X_*.c are linked into it; the same in tests/fault, for Linux.
TOOL_SRCS := $(foreach f,$(wildcard tests/lib/*.c \
	$(if $(filter Linux,$(shell uname -s)),tests/fault/*.c)), \
	$(if $(findstring _,$(notdir $f)),,$f))
TOOLS := $(TOOL_SRCS:tests/%.c=$B/%)
# tests/bench/X.c is a program.
BENCH_TOOLS := $(patsubst tests/%.c,$B/%,$(wildcard tests/bench/*.c))
# tests/fuzz/fuzz_X.c is a fuzzer; check runs it over its corpus, tests/data/fuzz/X/.
FUZZ_SRCS := $(wildcard tests/fuzz/fuzz_*.c)
REPLAY := $(FUZZ_SRCS:tests/fuzz/fuzz_%.c=$B/fuzz/replay_%)
FUZZERS := $(FUZZ_SRCS:tests/fuzz/%.c=$B/fuzz/%)

# ---- flags

# Asked of pkg-config, unless config.mk or the command line gives LIB_CFLAGS and LIB_LIBS.
REQUIRES := 'gnutls >= 3.7.2' 'libgsasl >= 2.1' 'libidn2 >= 2.3' 'jansson >= 2.13'

# Wanted where compiler and linker take them; see "flags.mk" below.
WARN_WANTED := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef \
	-Wcast-qual -Wpointer-arith -Wwrite-strings -Wduplicated-cond \
	-Wnull-dereference
HARDEN_WANTED := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-mbranch-protection=standard -ftrivial-auto-var-init=zero -fno-strict-overflow -fPIE \
	-ffunction-sections -fdata-sections
LINK_WANTED := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code \
	-Wl,--as-needed -Wl,--gc-sections

ifneq ($(SANITIZE),)
VARIANT_FLAGS := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif
ifneq ($(COVERAGE),)
VARIANT_FLAGS += --coverage -fprofile-update=atomic -O0
endif

# $B/flags.mk holds what was found out about this compiler and the libraries, and
# what it was found out for. All objects depend on it: changed flags rebuild.
FLAGS_KEY = $(strip $(VERSION) $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDLIBS) \
	$(WERROR) $(PKG_CONFIG) $(LIB_CFLAGS) $(LIB_LIBS) $(REQUIRES) $(SYSCONFDIR) \
	$(VARIANT_FLAGS) $(WARN_WANTED) $(HARDEN_WANTED) $(LINK_WANTED))

try = $(shell printf '%s\n' '$(if $2,$2,int main(void) { return 0; })' | $(CC) $(VARIANT_FLAGS) \
	-Werror $1 -x c -o $B/probe - >$B/probe.log 2>&1 && echo '$1')
try_each = $(strip $(foreach f,$1,$(call try,$f)))
optimizes = $(shell $(CC) $(CPPFLAGS) $(CFLAGS) -dM -E -x c /dev/null 2>&1 | \
	grep -w __OPTIMIZE__)
# Fortified functions need optimisation and blind the sanitizers; a packager's own level stands.
fortify = $(if $(SANITIZE)$(COVERAGE)$(findstring FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),, \
	$(if $(optimizes),$(firstword $(foreach n,3 2,$(if $(call try,-O2 -U_FORTIFY_SOURCE \
	-D_FORTIFY_SOURCE=$n -include stdio.h),-D_FORTIFY_SOURCE=$n)))))
not = $(if $1,,yes)
libs_missing = $(shell $(PKG_CONFIG) --print-errors --exists $(REQUIRES) 2>&1 || \
	echo '($(PKG_CONFIG) failed)')

define flags_mk
FLAGS_FOR := $(FLAGS_KEY)
WARN := $(call try_each,$(WARN_WANTED))
HARDEN := $(call try_each,$(HARDEN_WANTED)) $(addprefix -U_FORTIFY_SOURCE ,$(strip $(fortify)))
LINK := $(call try_each,$(LINK_WANTED))
RESOLV := $(call try,-lresolv)
FOUND_CFLAGS := $(or $(LIB_CFLAGS),$(shell $(PKG_CONFIG) --cflags $(REQUIRES)))
FOUND_LIBS := $(or $(LIB_LIBS),$(shell $(PKG_CONFIG) --libs $(REQUIRES)))
CMOCKA_CFLAGS := $(shell $(PKG_CONFIG) --cflags cmocka 2>/dev/null)
CMOCKA_LIBS := $(shell $(PKG_CONFIG) --libs cmocka 2>/dev/null)
endef

# Goals that compile nothing need no compiler and no libraries.
NO_COMPILER := clean dist install-files uninstall install-sendmail uninstall-sendmail \
	deps-interop deps-root lint fuzz coverage
ifneq ($(filter-out $(NO_COMPILER),$(or $(MAKECMDGOALS),all)),)
include $B/flags.mk
# cmocka may come later, by `make deps`: it is looked for until it is there.
ifneq ($(strip $(FLAGS_FOR)) $(if $(CMOCKA_LIBS),found),$(FLAGS_KEY) found)
$B/flags.mk: FORCE
endif
endif
$B/flags.mk:
	$(shell mkdir -p $B)
	$(if $(call try,-O0),,$(error $(CC) builds no program: see $B/probe.log; \
		`make deps` installs what is needed))
	$(if $(or $(LIB_LIBS),$(call not,$(libs_missing))),,$(error postrider needs $(REQUIRES): \
		`make deps` installs them. $(libs_missing)))
	$(file >$@.new,$(flags_mk))
	@cmp -s $@.new $@ || mv $@.new $@; rm -f $@.new $B/probe*

CPPFLAGS_ALL = -D_GNU_SOURCE -DPOSTRIDER_VERSION='"$(VERSION)"' \
	-DPOSTRIDER_SYSCONFDIR='"$(SYSCONFDIR)"' -Isrc $(FOUND_CFLAGS) $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 $(WARN) $(if $(WERROR),-Werror) $(HARDEN) $(CFLAGS) $(VARIANT_FLAGS)
LDFLAGS_ALL = $(VARIANT_FLAGS) $(LINK) $(LDFLAGS)
LDLIBS_ALL = $(FOUND_LIBS) $(RESOLV) $(LDLIBS)

# ---- building

say = $(if $V,,@printf '  %-5s %s\n' $1 $2 && )
COMPILE = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
LINKED = $(CC) $(LDFLAGS_ALL) -o $@

.PHONY: all objects FORCE
all: $(PROGRAM)
	@ln -sfn $(VARIANT)/postrider build/postrider
objects: $(OBJS)

$B/obj/%.o: src/%.c $B/flags.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE)
$B/obj/tests/%.o: tests/%.c $B/flags.mk
	@mkdir -p $(@D)
	$(call say,CC,$<)$(COMPILE) $(if $(filter tests/unit/%,$<),$(CMOCKA_CFLAGS))

# The folders are prerequisites too: a source file that went away leaves the archive.
$(LIB): $(LIB_OBJS) $(sort $(patsubst %/,%,$(dir $(SRCS))))
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $(LIB_OBJS)
# For the workers' counters: tests/lib/gcov_exit.c.
GCOV_WRAP = $(if $(COVERAGE),$(addprefix -Wl$(comma)--wrap=,_exit sandbox_enter))
$(PROGRAM): $B/obj/main.o $(if $(COVERAGE),$B/obj/tests/lib/gcov_exit.o) $(LIB)
	$(call say,LINK,$@)$(LINKED) $(GCOV_WRAP) $^ $(LDLIBS_ALL)

.SECONDEXPANSION:
$(UNIT): $B/unit/%: $B/obj/tests/unit/%.o $(UNIT_HELPERS) $(LIB)
	@mkdir -p $(@D)
	$(if $(CMOCKA_LIBS),,$(error the unit tests need cmocka, which `make deps` installs))
	$(call say,LINK,$@)$(LINKED) $^ $(CMOCKA_LIBS) $(LDLIBS_ALL)
$(TOOLS): $B/%: $B/obj/tests/%.o \
		$$(addprefix $B/obj/,$$(addsuffix .o,$$(basename $$(wildcard tests/$$*_*.c)))) \
		$(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(LINKED) $^ $(LDLIBS_ALL)
$(BENCH_TOOLS): $B/bench/%: $B/obj/tests/bench/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(LINKED) $^ $(LDLIBS_ALL)
# It shares its server, and what it knows of messages, with the unit tests.
$B/fuzz/replay_wire $B/fuzz/fuzz_wire: $(addprefix $B/obj/tests/unit/,sink.o wanted.o \
	wanted_head.o wanted_input.o)
$(REPLAY): $B/fuzz/replay_%: $B/obj/tests/fuzz/fuzz_%.o $B/obj/tests/fuzz/replay.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(LINKED) $^ $(LDLIBS_ALL)
$(FUZZERS): $B/fuzz/fuzz_%: $B/obj/tests/fuzz/fuzz_%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(LINKED) -fsanitize=fuzzer $^ $(LDLIBS_ALL)

-include $(wildcard $B/obj/*.d $B/obj/*/*.d $B/obj/*/*/*.d)

# ---- trying and testing

# What tests and demo need to know, in the environment (tests/README).
TEST_ENV = SRC='$(SRC)' BUILD='$(SRC)/$B' POSTRIDER='$(SRC)/$(PROGRAM)' \
	FAKESERVER='$(SRC)/$B/lib/fakeserver' SANITIZE='$(SANITIZE)' VERSION='$(VERSION)' \
	FORTIFY='$(filter -D_FORTIFY%,$(HARDEN))'
TESTS ?= $(wildcard tests/lib/*.t tests/cli/*.t tests/dialogue/*.t) tests/fault/slice.t

.PHONY: demo check check-unit check-interop check-long check-root check-fault
demo: all $(TOOLS)
	@$(TEST_ENV) tests/demo
check: all $(TOOLS) $(UNIT) $(REPLAY)
	@$(TEST_ENV) tests/run-tests $(UNIT) $(REPLAY) $(TESTS)
check-unit: $(UNIT) $(REPLAY)
	@$(TEST_ENV) tests/run-tests $(UNIT) $(REPLAY)
check-interop: all $(TOOLS)
	@$(TEST_ENV) tests/run-tests $(wildcard tests/interop/*.t)
# What `make check` does on a small scale, in full.
check-long: all $(TOOLS) $B/unit/test_wire
	@RACE='500 20 8' OUTAGE='1000 1' WIRE=100000 $(TEST_ENV) JOBS=1 tests/run-tests -v \
		tests/cli/race.t tests/cli/outage.t $B/unit/test_wire
check-fault: all $(TOOLS)
	@$(TEST_ENV) tests/run-tests $(or $(FAULTS),$(filter-out %/slice.t,$(wildcard tests/fault/*.t)))
check-root: all $(TOOLS)
	@$(TEST_ENV) tests/run-tests $(wildcard tests/root/*.t)

# Real servers, unpacked below build/; the tests that want them do the same by themselves.
.PHONY: deps-interop
deps-interop:
	tests/interop/fetch build/interop/root postfix dovecot-core
	tests/interop/fetch-all build/interop/callers $$(SRC=. tests/interop/callers.t --packages)
	tests/interop/fetch-all build/interop/readers mutt

# What makes the file systems of the power cut, likewise.
.PHONY: deps-root
deps-root:
	tests/interop/fetch build/root xfsprogs btrfs-progs

.PHONY: lint
lint:
	@MAKE='$(MAKE)' SRC='$(SRC)' tests/lint

# Compiled, not linked: what lint wants to see of each compiler.
.PHONY: objects-all
objects-all: $(OBJS) $(patsubst tests/%.c,$B/obj/tests/%.o,$(wildcard tests/*/*.c))

.PHONY: coverage
coverage:
	@find build -path '*-coverage/*' -name '*.gcda' -exec rm -f {} + 2>/dev/null || :
	+@$(MAKE) --no-print-directory COVERAGE=1 check; status=$$?; \
		tests/coverage build/$(VARIANT)-coverage && exit $$status

# libFuzzer comes with clang alone; each fuzzer starts from its corpus and stops by itself.
.PHONY: fuzz fuzz-run
fuzz:
	+@$(MAKE) --no-print-directory CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzz-run
fuzz-run: $(FUZZERS)
	@$(TEST_ENV) FUZZ_SECONDS='$(FUZZ_SECONDS)' tests/run-fuzz $(FUZZERS)

.PHONY: bench
bench: all $(TOOLS) $(BENCH_TOOLS)
	@for b in $(wildcard tests/bench/*); do test ! -x "$$b" || $(TEST_ENV) "$$b" || exit; done

# ---- installing

MAN := $(wildcard man/*.[1-8])
MAN_INSTALLED = $(foreach m,$(MAN),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $m))/$(notdir $m))
COMPLETIONS_INSTALLED = $(DESTDIR)$(BASHCOMPDIR)/postrider $(DESTDIR)$(ZSHCOMPDIR)/_postrider \
	$(DESTDIR)$(FISHCOMPDIR)/postrider.fish
# The names of the packaged MTA: only install-sendmail makes them, and only where they are free.
# Each is LINK=TARGET, in the shell $${l%%=*} and $${l#*=}.
SENDMAIL_LINKS = \
	$(foreach l,$(SBINDIR)/sendmail $(PREFIX)/lib/sendmail $(BINDIR)/mailq \
		$(BINDIR)/newaliases,$l=$(BINDIR)/postrider) \
	$(MANDIR)/man8/sendmail.8=postrider-sendmail.8 \
	$(foreach l,mailq newaliases,$(MANDIR)/man1/$l.1=../man8/postrider-sendmail.8)

.PHONY: install install-files uninstall install-sendmail uninstall-sendmail
install: all
	+@$(MAKE) --no-print-directory install-files
# Without building: what is there is put in its place.
install-files:
	$(INSTALL) -d '$(DESTDIR)$(BINDIR)'
	$(INSTALL) -m 755 $(PROGRAM) '$(DESTDIR)$(BINDIR)/postrider'
	for m in $(MAN); do d="$(DESTDIR)$(MANDIR)/man$${m##*.}" && \
		$(INSTALL) -d "$$d" && $(INSTALL) -m 644 "$$m" "$$d/" || exit; done
	$(INSTALL) -d $(patsubst %,'%',$(dir $(COMPLETIONS_INSTALLED)))
	$(INSTALL) -m 644 completions/postrider.bash '$(DESTDIR)$(BASHCOMPDIR)/postrider'
	$(INSTALL) -m 644 completions/_postrider '$(DESTDIR)$(ZSHCOMPDIR)/_postrider'
	$(INSTALL) -m 644 completions/postrider.fish '$(DESTDIR)$(FISHCOMPDIR)/postrider.fish'
uninstall:
	rm -f '$(DESTDIR)$(BINDIR)/postrider' $(MAN_INSTALLED) $(COMPLETIONS_INSTALLED)
# All of them or none: half a mail system would be two.
install-sendmail:
	@for l in $(SENDMAIL_LINKS); do to="$${l#*=}" l="$(DESTDIR)$${l%%=*}"; \
		if test "$$(readlink "$$l")" = "$$to"; then continue; fi; \
		if test -e "$$l" || test -L "$$l"; then \
			echo "$$l is not ours; nothing changed" >&2; exit 1; fi; \
	done
	@for l in $(SENDMAIL_LINKS); do d="$(DESTDIR)$${l%/*=*}"; \
		$(INSTALL) -d "$$d" && test -w "$$d" || { \
			echo "cannot write to $$d; nothing changed" >&2; exit 1; }; \
	done
	for l in $(SENDMAIL_LINKS); do ln -sfn "$${l#*=}" "$(DESTDIR)$${l%%=*}" || exit; done
uninstall-sendmail:
	for l in $(SENDMAIL_LINKS); do to="$${l#*=}" l="$(DESTDIR)$${l%%=*}"; \
		test "$$(readlink "$$l")" != "$$to" || rm "$$l" || exit; done

# A tarball of the last commit, with configure in it where autoconf is at hand.
.PHONY: dist
dist: NAME = postrider-$(VERSION)
dist:
	@mkdir -p build/dist && rm -rf build/dist/*
	@if command -v autoconf >/dev/null; then autoconf -o build/dist/configure configure.ac; fi
	git archive --output=build/dist/$(NAME).tar --prefix=$(NAME)/ \
		$$(test ! -f build/dist/configure || echo --add-file=build/dist/configure) HEAD
	xz -9 build/dist/$(NAME).tar
	@rm -f build/dist/configure && ls -l build/dist/$(NAME).tar.xz

.PHONY: clean
clean:
	rm -rf build

print-%:
	@printf '%s\n' '$($*)'

endif
