# SPDX-License-Identifier: BSD-2-Clause
# festore for a system of one's own: built with the TA dev kit, compiler and key that variables name, nothing fetched from
# anywhere, and installed. Answers for what is installed where. docs/BOARD.md is its manual.
# Included by the top Makefile, last.

# --- where it is built: client.mk's flavour "own" ------------------------------------------------

OWN := $(patsubst %/,%,$(or $(O),build/own))
ifneq ($(filter $(abspath . build $(addprefix build/,arm64 armhf debian host host-asan host-m32)),$(abspath $(OWN))),)
$(error O=$(O) is used for something else; O=build/mine, say)
endif

# "make TA_DEV_KIT_DIR=..." alone means: build it all.
ifneq ($(TA_DEV_KIT_DIR),)
.DEFAULT_GOAL := own
endif

OUT_own := $(OWN)
CC_own := $(if $(filter default undefined,$(origin CC)),$(CROSS_COMPILE)gcc,$(CC))
# A compiler that we have never seen may warn of what ours do not.
CLIENT_CFLAGS_own = -Wno-error $(CPPFLAGS) $(CFLAGS)
CLIENT_LDFLAGS_own = $(LDFLAGS)
TEEC_INCLUDE_own := $(OWN)/include
TEEC_READY_own := $(OWN)/include/.ready

# $(call library,PREFIX,NAMES): the first of them in a folder of libraries below PREFIX.
library = $(firstword $(wildcard $(foreach name,$(2),$(foreach folder,lib lib64 lib/$(shell $(CC_own) -print-multiarch), \
	$(1)/$(folder)/$(name)))))

# Without a prefix the compiler knows where these are. Little of mbedTLS is used: static if that can be had. SQLite is a whole
# database, which other programs have loaded too: shared if that can be had; so is OpenSSL, of which
# libfestore needs libcrypto alone.
MBEDTLS_PREFIX ?= $(TEEC_PREFIX)
SQLITE_PREFIX ?= $(TEEC_PREFIX)
OPENSSL_PREFIX ?= $(TEEC_PREFIX)
TEEC_LIB_own = $(if $(TEEC_PREFIX),$(call library,$(TEEC_PREFIX),libteec.so libteec.so.*),-lteec)
CRYPTO_LIB_own = $(if $(MBEDTLS_PREFIX),$(call library,$(MBEDTLS_PREFIX),libmbedcrypto.a libmbedcrypto.so),-lmbedcrypto)
SQLITE_LIB_own = $(if $(SQLITE_PREFIX),$(call library,$(SQLITE_PREFIX),libsqlite3.so libsqlite3.so.* libsqlite3.a),-lsqlite3)
OPENSSL_LIB_own = $(if $(OPENSSL_PREFIX),$(call library,$(OPENSSL_PREFIX),libcrypto.so libcrypto.so.* libcrypto.a),-lcrypto)

# $(call settings,VALUES): a target that is new whenever the values are others than at the last build.
define settings
	@mkdir -p $(@D)
	@values='$(subst ','\'',$(1))'; [ "$$values" = "$$(cat $@ 2>/dev/null)" ] || printf '%s\n' "$$values" >$@
endef

.PHONY: own own-client own-ta own-always
own: own-client own-ta
own-client: $(OWN)/festore $(OWN)/libfestore.so.0 $(addprefix $(OWN)/,$(READERS))
own-always:

# --- library and command -------------------------------------------------------------------------

$(OWN)/client.settings: own-always
	$(call settings,$(CC_own) $(CLIENT_CFLAGS_own) $(CLIENT_LDFLAGS_own) $(TEEC_PREFIX) $(MBEDTLS_PREFIX) $(SQLITE_PREFIX) $(OPENSSL_PREFIX) $(QUOTA_FILE))

# $(call headers,VARIABLE,HEADERS,NAME,LIBRARY): these alone are put on the include path, as the rest of their folder may
# belong to another libc than the compiler's; without a prefix the compiler must find them.
define headers
	@if [ -z '$($(1))' ]; then \
		printf '#include <$(3)>\nint main(void) { return 0; }\n' | \
			$(CC_own) $(CLIENT_CFLAGS_own) $(CLIENT_LDFLAGS_own) -x c - $(4) -o $(OWN)/found || \
			{ echo '$(CC_own) finds no $(3), or no library for it: $(1)= must say where it is installed' >&2; exit 1; }; \
	elif ! cp -r $(addprefix $($(1))/include/,$(2)) $(@D)/ 2>/dev/null; then \
		echo 'there is no include/$(3) in $(1)=$($(1))' >&2; exit 1; \
	elif [ -z '$(4)' ]; then \
		echo 'there is $(3), but no library for it in $(1)=$($(1))' >&2; exit 1; \
	fi
endef

# What is the same for all machines, and where Debian keeps what is not.
openssl_headers = openssl $(if $(wildcard $(OPENSSL_PREFIX)/include/$(shell $(CC_own) -print-multiarch)/openssl),\
	$(shell $(CC_own) -print-multiarch)/openssl)

$(OWN)/include/.ready: $(OWN)/client.settings
	@rm -rf $(@D)
	@mkdir -p $(@D)
	$(call headers,TEEC_PREFIX,tee_client_api*.h,tee_client_api.h,$(TEEC_LIB_own))
	$(call headers,MBEDTLS_PREFIX,mbedtls psa*,mbedtls/pk.h,$(CRYPTO_LIB_own))
	$(call headers,SQLITE_PREFIX,sqlite3.h,sqlite3.h,$(SQLITE_LIB_own))
	$(call headers,OPENSSL_PREFIX,$(openssl_headers),openssl/evp.h,$(OPENSSL_LIB_own))
	@touch $@

$(eval $(call client,own))

# --- the Trusted Application ----------------------------------------------------------------------

# The kit's own default key is OP-TEE's, whose private half is public.
.PHONY: own-key
own-key:
ifeq ($(TA_DEV_KIT_DIR),)
	@echo 'TA_DEV_KIT_DIR= must name the TA dev kit of your OP-TEE (export-ta_arm64 or export-ta_arm32); see docs/BOARD.md' >&2; exit 1
endif
	@[ -f '$(TA_DEV_KIT_DIR)/mk/ta_dev_kit.mk' ] || \
		{ echo 'TA_DEV_KIT_DIR=$(TA_DEV_KIT_DIR) is no TA dev kit: it has no mk/ta_dev_kit.mk' >&2; exit 1; }
ifneq ($(MBEDTLS_SOURCE),)
	@[ -f '$(MBEDTLS_SOURCE)/library/chacha20.c' ] || \
		{ echo 'MBEDTLS_SOURCE=$(MBEDTLS_SOURCE) is no source of mbedTLS: it has no library/chacha20.c' >&2; exit 1; }
endif
ifeq ($(origin TA_SIGN_KEY),undefined)
	@printf '%s\n' \
		'*******************************************************************************' \
		'* WARNING: no TA_SIGN_KEY. The Trusted Application is signed with the default *' \
		'* key of the TA dev kit. The one that comes with OP-TEE is PUBLIC: anybody    *' \
		'* can sign a program with it that reads everything festore stores. For trying *' \
		'* only; docs/BOARD.md says how to make a key of your own.                     *' \
		'*******************************************************************************' >&2
else ifeq ($(strip $(TA_SIGN_KEY)),)
	@echo 'TA_SIGN_KEY is empty: it must name the private key (PEM) that signs the TA' >&2; exit 1
else
	@[ -f '$(TA_SIGN_KEY)' ] || { echo 'TA_SIGN_KEY=$(TA_SIGN_KEY): there is no such file' >&2; exit 1; }
	@[ -r '$(TA_SIGN_KEY)' ] || { echo 'TA_SIGN_KEY=$(TA_SIGN_KEY) cannot be read by this user' >&2; exit 1; }
	@grep -q 'PRIVATE KEY-----' '$(TA_SIGN_KEY)' || { echo 'TA_SIGN_KEY=$(TA_SIGN_KEY) is no private key in PEM form' >&2; exit 1; }
endif

# The key's bytes count, not its file's time: what was signed with another key must be signed anew.
$(OWN)/ta.settings: own-always own-key
	$(call settings,$(abspath $(TA_DEV_KIT_DIR)) $(CROSS_COMPILE) $(CROSS_COMPILE_ta_arm32) \
		$(CROSS_COMPILE_ta_arm64) $(MBEDTLS_SOURCE) $(shell [ -z '$(TA_SIGN_KEY)' ] || sha256sum <'$(TA_SIGN_KEY)'))

# CFLAGS are those of Linux programs; the kit would take them for the TA's.
define own_ta
$(call ta_file,$(OWN),$(1)): $(call ta_files,$(1)) $(OWN)/ta.settings $(wildcard $(TA_DEV_KIT_DIR)/mk/* $(TA_DEV_KIT_DIR)/lib/*)
	@rm -rf $$(@D)
	+@$$(MAKE) -C ta --no-print-directory TA=$(1) TA_DEV_KIT_DIR=$$(abspath $$(TA_DEV_KIT_DIR)) \
		CROSS_COMPILE=$$(CROSS_COMPILE) O=$$(abspath $$(@D)) CFLAGS= \
		$$(if $$(MBEDTLS_SOURCE),MBEDTLS_SOURCE=$$(abspath $$(MBEDTLS_SOURCE))) \
		$$(if $$(TA_SIGN_KEY),TA_SIGN_KEY=$$(abspath $$(TA_SIGN_KEY))) all
endef
$(foreach name,$(TAS),$(eval $(call own_ta,$(name))))

TAS_own := $(foreach name,$(TAS),$(call ta_file,$(OWN),$(name)))
own-ta: $(TAS_own)

# --- where it goes --------------------------------------------------------------------------------

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
SBINDIR ?= $(PREFIX)/sbin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
# Where tee-supplicant looks for TAs; a path of the system's, whatever PREFIX says.
TA_DIR ?= /lib/optee_armtz
# udev and systemd read both, and nothing in /usr/local in all of their versions.
SYSTEM_DIR ?= $(if $(filter /usr,$(PREFIX)),/usr/lib,/etc)
TEE_SUPPLICANT_UNIT ?= tee-supplicant.service

SYSTEM_UDEV := udev/rules.d/60-festore-tee.rules
SUPPLICANT_DROP_IN := $(SYSTEM_DIR)/systemd/system/$(TEE_SUPPLICANT_UNIT).d
SYNC_UNIT := $(SYSTEM_DIR)/systemd/system/festore-sync.service

# $(call put,MODE,FILE,TO)
put = install -D -m $(1) $(2) $(DESTDIR)$(3)

.PHONY: install install-client install-doc install-ta install-system uninstall
install: install-client install-doc install-ta install-system

install-client: own-client
	install -D -m 0755 -t $(DESTDIR)$(BINDIR) $(addprefix $(OWN)/,festore $(READERS))
	$(call put,0644,$(OWN)/libfestore.so.0,$(LIBDIR)/libfestore.so.$(RELEASE))
	ln -sf libfestore.so.$(RELEASE) $(DESTDIR)$(LIBDIR)/libfestore.so.0
	ln -sf libfestore.so.0 $(DESTDIR)$(LIBDIR)/libfestore.so
	$(call put,0644,include/festore.h,$(INCLUDEDIR)/festore.h)
	@sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(RELEASE)|' \
		lib/libfestore.pc.in >$(OWN)/libfestore.pc
	$(call put,0644,$(OWN)/libfestore.pc,$(LIBDIR)/pkgconfig/libfestore.pc)

install-doc:
	$(call put,0644,man/festore.1,$(MANDIR)/man1/festore.1)
	install -D -m 0644 -t $(DESTDIR)$(MANDIR)/man1 $(READERS:%=man/%.1)
	$(call put,0644,man/libfestore.3,$(MANDIR)/man3/libfestore.3)
	$(call put,0644,completion/festore,$(COMPLETIONDIR)/festore)

install-ta: own-ta
	install -D -m 0644 -t $(DESTDIR)$(TA_DIR) $(TAS_own)

install-system:
	$(call put,0644,system/$(SYSTEM_UDEV),$(SYSTEM_DIR)/$(SYSTEM_UDEV))
	$(call put,0644,system/sysusers.d/festore.conf,$(SYSTEM_DIR)/sysusers.d/festore.conf)
	$(call put,0644,system/tmpfiles.d/festore.conf,$(SYSTEM_DIR)/tmpfiles.d/festore.conf)
	$(call put,0644,system/tee-supplicant.service.d/festore.conf,$(SUPPLICANT_DROP_IN)/festore.conf)
	$(call put,0755,system/sync/festore-sync-all,$(SBINDIR)/festore-sync-all)
	@mkdir -p $(OWN)
	@sed -e 's|@SBINDIR@|$(SBINDIR)|' -e 's|@SUPPLICANT@|$(TEE_SUPPLICANT_UNIT)|' system/sync/festore-sync.service >$(OWN)/festore-sync.service
	$(call put,0644,$(OWN)/festore-sync.service,$(SYNC_UNIT))

# Stored files stay; without the TA nothing can open them.
uninstall:
	rm -f $(addprefix $(DESTDIR),$(addprefix $(BINDIR)/,festore $(READERS)) $(READERS:%=$(MANDIR)/man1/%.1) $(addprefix $(LIBDIR)/,libfestore.so.$(RELEASE) libfestore.so.0 libfestore.so \
		pkgconfig/libfestore.pc) $(INCLUDEDIR)/festore.h $(MANDIR)/man1/festore.1 $(MANDIR)/man3/libfestore.3 \
		$(COMPLETIONDIR)/festore $(foreach name,$(TAS),$(TA_DIR)/$(TA_UUID_$(name)).ta) $(addprefix $(SYSTEM_DIR)/,$(SYSTEM_UDEV) sysusers.d/festore.conf \
		tmpfiles.d/festore.conf) $(SUPPLICANT_DROP_IN)/festore.conf $(SYNC_UNIT) $(SBINDIR)/festore-sync-all)
	-@[ ! -d $(DESTDIR)$(SUPPLICANT_DROP_IN) ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$(SUPPLICANT_DROP_IN)

# --- tests ----------------------------------------------------------------------------------------

SHELL_FILES += $(wildcard tests/install/*.t tests/install/*.sh) completion/festore

# Two machines' kits, and the host's library over the fake TEE for what has to run.
.PHONY: check-install
check-install: host-packages kits $(MBEDTLS_STAMP) build/host/festore build/host/libfestore.so.0 host-tee-host
	@KIT_ARM64=$(abspath $(TA_KIT_ARM64)) KIT_ARM32=$(abspath $(TA_KIT_ARM32)) \
		TEEC_ARM64=$(abspath $(ARM64_ROOT))/usr TEEC_ARMHF=$(abspath $(ARMHF_ROOT))/usr \
		MBEDTLS_SOURCES=$(abspath $(MBEDTLS_DIR)) HOST=$(abspath build/host) HOST_INCLUDE=$(abspath $(HOST_INCLUDE)) \
		prove --timer tests/install/*.t
