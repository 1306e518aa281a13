/* SPDX-License-Identifier: BSD-2-Clause */
/* One table of options for getopt_long(); a subcommand says by letters which ones it takes. */
#include "options.h"

#include "passphrase.h"
#include "text.h"
#include "watchdog.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct option long_options[] = {
	{"accept-insecure-huk", no_argument, NULL, 'H'},
	{"accept-rollback", no_argument, NULL, 'Z'},
	{"aead", required_argument, NULL, 'E'},
	{"all", no_argument, NULL, 'A'},
	{"anchor", required_argument, NULL, 'Q'},
	{"anchor-when", required_argument, NULL, 'X'},
	{"append-only", no_argument, NULL, 'z'},
	{"ca", no_argument, NULL, 'c'},
	{"days", required_argument, NULL, 'd'},
	{"force", no_argument, NULL, 'f'},
	{"format", required_argument, NULL, 'O'},
	{"from", required_argument, NULL, 'F'},
	{"group", required_argument, NULL, 'g'},
	{"hash", required_argument, NULL, 'G'},
	{"info", required_argument, NULL, 'i'},
	{"json", no_argument, NULL, 'J'},
	{"keep", required_argument, NULL, 'k'},
	{"key", required_argument, NULL, 'K'},
	{"length", required_argument, NULL, 'L'},
	{"log", no_argument, NULL, '6'},
	{"max-uses", required_argument, NULL, 'm'},
	{"namespace", required_argument, NULL, 'N'},
	{"no-clobber", no_argument, NULL, 'n'},
	{"new-pin-fd", required_argument, NULL, '4'},
	{"passphrase-fd", required_argument, NULL, 'p'},
	{"peer", required_argument, NULL, 'e'},
	{"pin", no_argument, NULL, '1'},
	{"pin-fd", required_argument, NULL, '2'},
	{"pin-tries", required_argument, NULL, '3'},
	{"pubkey", required_argument, NULL, 'B'},
	{"quiet", no_argument, NULL, 'q'},
	{"range", required_argument, NULL, 'R'},
	{"raw", no_argument, NULL, 'W'},
	{"read-once", no_argument, NULL, 'x'},
	{"recipient", required_argument, NULL, 'C'},
	{"remove", no_argument, NULL, 'D'},
	{"repair", no_argument, NULL, 'P'},
	{"salt", required_argument, NULL, 's'},
	{"san", required_argument, NULL, 'a'},
	{"scheme", required_argument, NULL, 'M'},
	{"seen", no_argument, NULL, 'b'},
	{"signature", required_argument, NULL, 'I'},
	{"since", required_argument, NULL, 't'},
	{"storage", required_argument, NULL, 'S'},
	{"subject", required_argument, NULL, 'j'},
	{"type", required_argument, NULL, 'T'},
	{"unproven", no_argument, NULL, 'u'},
	{"use", required_argument, NULL, 'U'},
	{"vault", required_argument, NULL, 'V'},
	{"verbose", no_argument, NULL, 'v'},
	{"without-pin", no_argument, NULL, '5'},
	{"write-once", no_argument, NULL, 'w'},
	{"yes", no_argument, NULL, 'Y'},
	{NULL, 0, NULL, 0},
};

/* Capital letters are no short options, nor are others that are not here. With the plus the first
 * argument ends them. */
static const char short_options[] = "+fg:lno:qrv";

static void set(int option, struct options *options)
{
	switch (option) {
	case 'H':
		options->insecure_huk = true;
		break;
	case 'A':
		options->all = true;
		break;
	case 'B':
		options->public_key = optarg;
		break;
	case 'C':
		options->recipient = optarg;
		break;
	case 'E':
		options->aead = optarg;
		break;
	case 'Q':
		options->anchor = optarg;
		break;
	case 'X':
		options->anchor_when = optarg;
		break;
	case 'Z':
		options->accepts_rollback = true;
		break;
	case 'b':
		options->has_seen = true;
		break;
	case 'u':
		options->unproven = true;
		break;
	case 'z':
		options->policy |= FESTORE_APPEND_ONLY;
		break;
	case 'x':
		options->policy |= FESTORE_READ_ONCE;
		break;
	case 'w':
		options->policy |= FESTORE_WRITE_ONCE;
		break;
	case 'Y':
		options->yes = true;
		break;
	case 'D':
		options->removes = true;
		break;
	case 'f':
		options->force = true;
		break;
	case 'F':
		options->from_name = optarg;
		break;
	case 'g':
		options->group = optarg;
		break;
	case 'G':
		options->hash = optarg;
		break;
	case 'I':
		options->signature = optarg;
		break;
	case 'J':
		options->json = true;
		break;
	case 'K':
		options->key = optarg;
		break;
	case 'l':
		options->is_long = true;
		break;
	case 'M':
		options->scheme = optarg;
		break;
	case 'N':
		options->name_space = optarg;
		break;
	case 'n':
		options->no_clobber = true;
		break;
	case 'o':
		options->output = optarg;
		break;
	case 'O':
		options->format = optarg;
		break;
	case 'a':
		options->other_names = optarg;
		break;
	case 'c':
		options->is_ca = true;
		break;
	case 'd':
		options->days = optarg;
		break;
	case 'e':
		options->peer = optarg;
		break;
	case 'i':
		options->info = optarg;
		break;
	case 'j':
		options->subject = optarg;
		break;
	case 'm':
		options->max_uses = optarg;
		break;
	case 'L':
		options->length = optarg;
		break;
	case 's':
		options->salt = optarg;
		break;
	case 'k':
		options->keep = optarg;
		break;
	case 't':
		options->since = optarg;
		break;
	case '6':
		options->log = true;
		break;
	case 'p':
		options->passphrase_fd = optarg;
		break;
	case 'q':
		options->quiet = true;
		break;
	case 'P':
		options->repair = true;
		break;
	case 'r':
		options->is_recursive = true;
		break;
	case 'R':
		options->range = optarg;
		break;
	case 'S':
		options->storage_name = optarg;
		break;
	case 'T':
		options->type = optarg;
		break;
	case 'U':
		options->use = optarg;
		break;
	case 'V':
		options->vault = optarg;
		break;
	case 'W':
		options->raw = true;
		break;
	case '1':
		options->asks_pin = true;
		break;
	case '2':
		options->pin_fd = optarg;
		break;
	case '3':
		options->pin_tries = optarg;
		break;
	case '4':
		options->new_pin_fd = optarg;
		break;
	case '5':
		options->without_pin = true;
		break;
	default:
		options->verbose = true;
		break;
	}
}

/* The storages by the names that users give them. */
static const struct {
	const char *name;
	enum festore_storage storage;
} storages[] = {
	{"vault", FESTORE_STORAGE_VAULT},
	{"ree", FESTORE_STORAGE_REE},
	{"rpmb", FESTORE_STORAGE_RPMB},
};

const char *storage_name(enum festore_storage storage)
{
	for (size_t i = 0; i < sizeof(storages) / sizeof(storages[0]); i++) {
		if (storages[i].storage == storage)
			return storages[i].name;
	}
	return storages[0].name;
}

/* The storage of a name, the default for NULL, or prints that there is none such. */
static enum festore_error find_storage(
	const struct subcommand *self, const char *name, enum festore_storage *ret_storage)
{
	*ret_storage = FESTORE_STORAGE_VAULT;
	if (!name)
		return FESTORE_OK;
	for (size_t i = 0; i < sizeof(storages) / sizeof(storages[0]); i++) {
		if (strcmp(storages[i].name, name) == 0) {
			*ret_storage = storages[i].storage;
			return FESTORE_OK;
		}
	}
	return (enum festore_error)fail(
		self, FESTORE_USAGE, "there is no storage %s; there are: vault, ree, rpmb", name);
}

/* What only a vault has. */
static enum festore_error check_vault_options(
	const struct subcommand *self, const struct options *options)
{
	const char *name = storage_name(options->storage);

	if (options->storage == FESTORE_STORAGE_VAULT)
		return FESTORE_OK;
	if (options->vault)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "the storage %s has no vaults to name", name);
	if (options->aead)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "the storage %s has no AEAD to choose", name);
	if (options->anchor || options->anchor_when)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "the storage %s has no anchor to choose", name);
	/* Of cp it may be that of the vault that is copied from. */
	if ((options->asks_pin || options->pin_fd) && !options->from_name)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "the storage %s has no PIN to give", name);
	if (options->log)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "the storage %s keeps no log", name);
	if (options->unproven)
		return (enum festore_error)fail(self, FESTORE_USAGE,
			options->storage == FESTORE_STORAGE_REE
				? "the storage ree never proves that it is the present one"
				: "the storage rpmb has nothing that is not the present one");
	return FESTORE_OK;
}

/* Asked for once, however many handles are opened. */
static struct passphrase pin;
static bool has_pin;

static void forget_pin(void)
{
	explicit_bzero(&pin, sizeof(pin));
}

/* A new one that is typed wrong would close the vault behind it. */
static enum festore_error type_again(const struct subcommand *self, const struct passphrase *first)
{
	static const struct question question = {
		.prompt = "the same again: ",
		.name = "PIN",
		.no_terminal = "the terminal is gone",
	};
	struct passphrase second = {0};
	enum festore_error error = passphrase_get(self, NULL, &question, &second);

	if (error == FESTORE_OK &&
		(second.len != first->len || memcmp(second.text, first->text, first->len) != 0))
		error = (enum festore_error)fail(self, FESTORE_USAGE, "the two are not the same");
	explicit_bzero(&second, sizeof(second));
	return error;
}

enum festore_error options_new_pin(
	const struct subcommand *self, const char *descriptor, struct passphrase *ret_pin)
{
	static const struct question question = {
		.prompt = "new PIN: ",
		.name = "PIN",
		.no_terminal = "there is no terminal to ask for the new PIN: see --pin-fd, and of "
			       "a change --new-pin-fd",
	};
	enum festore_error error = passphrase_get(self, descriptor, &question, ret_pin);

	if (error == FESTORE_OK && !descriptor)
		error = type_again(self, ret_pin);
	return error;
}

/* Before the TEE is opened: nothing else goes on while a person types. */
static enum festore_error get_pin(const struct subcommand *self, const struct options *options)
{
	static const struct question question = {
		.prompt = "PIN: ",
		.name = "PIN",
		.no_terminal = "there is no terminal to ask for the PIN: see --pin-fd",
	};
	enum festore_error error = FESTORE_OK;

	if (!options->asks_pin && !options->pin_fd)
		return FESTORE_OK;
	atexit(forget_pin);
	error = options->makes_pin ? options_new_pin(self, options->pin_fd, &pin)
				   : passphrase_get(self, options->pin_fd, &question, &pin);
	has_pin = error == FESTORE_OK;
	return error;
}

static enum festore_error read_tries(
	const struct subcommand *self, const struct options *options, unsigned int *ret_tries)
{
	uint64_t tries = 0;

	if (!options->pin_tries)
		return FESTORE_OK;
	if (!has_pin)
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "--pin-tries is of a PIN: see --pin");
	/* How many there may be the library says. */
	if (!is_number(options->pin_tries, 1, UINT_MAX, &tries))
		return (enum festore_error)fail(
			self, FESTORE_USAGE, "%s is no number of tries", options->pin_tries);
	*ret_tries = (unsigned int)tries;
	return FESTORE_OK;
}

enum festore_error options_read(const struct subcommand *self, int argc, char **argv,
	const char *letters, int least, int most, struct options *ret_options)
{
	const char *known = letters[0] == '+' ? short_options : short_options + 1;
	int option = 0;
	enum festore_error error = FESTORE_OK;

	opterr = 0;
	while ((option = getopt_long(argc, argv, known, long_options, NULL)) != -1) {
		if (option == '?' || !strchr(letters, option))
			return (enum festore_error)fail_usage(self);
		set(option, ret_options);
	}
	if (argc - optind < least || argc - optind > most)
		return (enum festore_error)fail_usage(self);
	error = find_storage(self, ret_options->storage_name, &ret_options->storage);
	if (error == FESTORE_OK)
		error = find_storage(self, ret_options->from_name, &ret_options->from);
	if (error == FESTORE_OK)
		error = check_vault_options(self, ret_options);
	if (error == FESTORE_OK)
		error = get_pin(self, ret_options);
	return error == FESTORE_OK ? read_tries(self, ret_options, &ret_options->tries) : error;
}

/* Of the last handle that was opened. */
static const struct subcommand *running;
static bool is_quiet;

/* What was recovered is told until somebody says to have seen it. */
static void tell_recovery(const struct festore *fs)
{
	struct festore_recovery recovery;
	char at[TIME_TEXT_MAX];

	festore_recovery(fs, &recovery);
	if (recovery.count == 0 || recovery.is_seen || is_quiet || !running ||
		running->run == status_run)
		return;
	format_time(recovery.at, at);
	if (recovery.at == 0)
		say(running, "NOTE: this vault was recovered, and the note of that is missing");
	else if (recovery.known_version == 0)
		say(running,
			"NOTE: recovered on %s: generation %llu was taken, of which nothing proved "
			"that it was the present one (festore recover --seen ends this)",
			at, (unsigned long long)recovery.taken_version);
	else
		say(running,
			"NOTE: recovered on %s: generation %llu was taken in the place of %llu, "
			"which this device had acknowledged (festore recover --seen ends this)",
			at, (unsigned long long)recovery.taken_version,
			(unsigned long long)recovery.known_version);
}

/* The vault TA waits for tee-supplicant after all. */
static void watch_again(void *arg)
{
	watchdog_start(arg);
}

enum festore_error options_try(
	const struct subcommand *self, const struct options *options, struct festore **ret_fs)
{
	struct festore_options how = {
		.storage = options->storage,
		.group = options->group,
		.vault = options->vault,
		.aead = options->aead,
		.anchor = options->anchor,
		.anchor_when = options->anchor_when,
		.log = options->log,
		.unproven = options->unproven,
		.pin_tries = options->tries,
	};

	static bool are_objects_used;
	enum festore_error error = FESTORE_OK;

	if (has_pin && options->storage == FESTORE_STORAGE_VAULT) {
		how.pin = pin.text;
		how.pin_len = pin.len;
	}
	running = self;
	is_quiet = options->quiet;
	watchdog_start(self);
	error = festore_open(ret_fs, &how);
	are_objects_used = are_objects_used || options->storage != FESTORE_STORAGE_VAULT;
	/* Once loaded, the vault TA asks tee-supplicant for nothing unless the vault has an anchor,
	 * and may search for a key for long. */
	if (error == FESTORE_OK && !are_objects_used)
		watchdog_rest();
	if (error == FESTORE_OK)
		festore_set_waiting(*ret_fs, watch_again, (void *)(uintptr_t)self);
	return error;
}

enum festore_error options_open(
	const struct subcommand *self, const struct options *options, struct festore **ret_fs)
{
	const enum festore_error error = options_try(self, options, ret_fs);

	if (error != FESTORE_OK)
		fail_call(self, error, *ret_fs, NULL);
	return error;
}

void options_close(struct festore **fs)
{
	tell_recovery(*fs);
	festore_close(fs);
	watchdog_stop();
}
