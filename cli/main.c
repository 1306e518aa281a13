/* SPDX-License-Identifier: BSD-2-Clause */
/* The command: a table of subcommands, its dispatch and its help. */
#include "cli.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static int help_run(const struct subcommand *self, int argc, char **argv);
static int version_run(const struct subcommand *self, int argc, char **argv);

#define COMMON_ARGUMENTS \
	"[-g GROUP] [--pin | --pin-fd N] [--storage vault|ree|rpmb] [--vault NAME] [-q] [-v]"

#define UNPROVEN_DETAILS \
	"  --unproven         also what the device cannot prove to be the present vault\n"

#define COMMON_DETAILS \
	"  -g, --group GROUP  the store of a group that you are in, instead of your own\n" \
	"  --pin, --pin-fd N  the vault's PIN: asked on the terminal, or a line of descriptor N\n" \
	"  --storage STORAGE  where: vault, the default, ree, OP-TEE's own storage, or rpmb,\n" \
	"                     the small one that no old copy brings back\n" \
	"  --vault NAME       another vault than the one that is named default\n" \
	"  -q, --quiet        no progress bar\n" \
	"  -v, --verbose      say what was done\n"

static const struct subcommand subcommands[] = {
	{"put",
		"[-n] [--write-once | --append-only | --read-once] " COMMON_ARGUMENTS
		" TAG [FILE|-] | -r DIR PREFIX",
		"store a file, or standard input, under a tag",
		"Replaces what the tag held, atomically: old or new, never a mixture.\n"
		"  -n, --no-clobber   an existing tag is an error\n"
		"  --write-once       it is never replaced, removed or moved; it goes with the "
		"vault\n"
		"  --append-only      the same, but append may add to it\n"
		"  --read-once        the first get takes it away\n"
		"  -r                 the regular files below DIR, under PREFIX/PATH; symbolic "
		"links\n"
		"                     and other files are skipped, which makes the status "
		"1\n" COMMON_DETAILS,
		file_put_run},
	{"append", COMMON_ARGUMENTS " TAG [FILE|-]",
		"store a file, or standard input, behind what a tag holds",
		"Atomic as put, and takes as long as a put of all that the tag holds then. At once "
		"at\n"
		"most 16 MiB. The tag must exist, in a vault.\n" COMMON_DETAILS,
		file_append_run},
	{"get",
		"[-f] [--unproven] " COMMON_ARGUMENTS
		" [--range OFFSET:[LENGTH]] TAG [-o FILE] | -r PREFIX DIR",
		"write what a tag holds to standard output",
		"Each piece is verified before it is written. If a later one is damaged, it ends\n"
		"with status 6 behind pieces that are not; with -o nothing is written then.\n"
		"  -o FILE            write to FILE instead: whole or not at all, mode 0600\n"
		"  --range OFFSET:[LENGTH]\n"
		"                     only LENGTH bytes from OFFSET on, or all from there\n"
		"  -r                 what the tags PREFIX/PATH hold to files below DIR\n"
		"  -f, --force        write to a terminal even what is not text; with -r, replace "
		"files\n" UNPROVEN_DETAILS COMMON_DETAILS,
		file_get_run},
	{"ls", "[-l] [--json] [--unproven] " COMMON_ARGUMENTS " [PREFIX]",
		"list the tags that begin with PREFIX, or all",
		"  -l                 also size in bytes and time\n"
		"  --json             one JSON object a line\n" UNPROVEN_DETAILS COMMON_DETAILS,
		file_ls_run},
	{"stat", "[--json] [--unproven] " COMMON_ARGUMENTS " TAG",
		"show what is known of a tag without its content",
		"  --json             one JSON object\n" UNPROVEN_DETAILS COMMON_DETAILS,
		file_stat_run},
	{"mv", "[-f] " COMMON_ARGUMENTS " OLD NEW", "give what a tag holds another tag",
		"In the storages ree and rpmb a power cut may leave it under both tags, never "
		"under none.\n"
		"  -f, --force        replace what NEW holds\n" COMMON_DETAILS,
		file_mv_run},
	{"rm", COMMON_ARGUMENTS " TAG...", "remove what tags hold", COMMON_DETAILS, file_rm_run},
	{"cp", "[-f] " COMMON_ARGUMENTS " --from STORAGE TAG... | --from STORAGE --all | OLD NEW",
		"copy what tags hold from another storage",
		"The copies have the same tags, and the present as their time. All are tried; the\n"
		"exit status is that of the first failure. Without --from: one, to another tag.\n"
		"  --from STORAGE     the storage to copy from: vault, ree or rpmb\n"
		"  --all              all tags that there are in it\n"
		"  -f, --force        replace what tags hold; else that is an "
		"error\n" COMMON_DETAILS,
		copy_run},
	{"export", "[--unproven] " COMMON_ARGUMENTS " [-o FILE] [PREFIX]",
		"write files to a tar archive on standard output",
		"The archive has what the tags PREFIX/PATH hold, or all tags, as files PATH, in "
		"the\n"
		"clear. Tags that are no paths are left out, which makes the status 1.\n"
		"  -o FILE            write to FILE instead: whole or not at all, mode "
		"0600\n" UNPROVEN_DETAILS COMMON_DETAILS,
		export_run},
	{"import", "[-n] " COMMON_ARGUMENTS " [PREFIX [FILE|-]]",
		"store the files of a tar archive from standard input",
		"Stores the regular files of the archive under PREFIX/PATH, small ones in "
		"batches;\n"
		"directories are passed over. Anything else ends it, and what was stored stays.\n"
		"  -n, --no-clobber   an existing tag is an error\n" COMMON_DETAILS,
		import_run},
	{"encrypt", COMMON_ARGUMENTS " [--raw] --recipient PUB.pem | --key TAG [-o FILE] [FILE|-]",
		"encrypt a file, or standard input, to a public key",
		"To an RSA key, or an EC key on P-256, P-384 or P-521, as CMS, which openssl cms "
		"opens;\n"
		"to an X25519 key in chunks of HPKE. What it writes is not text.\n"
		"  --recipient PUB.pem\n"
		"                     the public key, PEM or DER, without a TEE; it is in no "
		"store\n"
		"  --key TAG          the public half of a key in the vault\n"
		"  --raw              one block of RSA-OAEP with SHA-256, which openssl pkeyutl "
		"opens\n"
		"  -o FILE            write to FILE instead: whole or not at all, mode "
		"0600\n" COMMON_DETAILS,
		encrypt_run},
	{"decrypt", COMMON_ARGUMENTS " [--raw] --key TAG [-o FILE] [FILE|-]",
		"decrypt what was encrypted to a key in the vault",
		"Opens what encrypt makes, and what openssl cms makes with AES-256-GCM (in DER). "
		"Nothing\n"
		"of CMS is written before all of it was read and found whole, and of HPKE no "
		"chunk.\n"
		"  --key TAG          the key\n"
		"  --raw              one block of RSA-OAEP with SHA-256\n"
		"  -o FILE            write to FILE instead: whole or not at all, mode "
		"0600\n" COMMON_DETAILS,
		decrypt_run},
	{"init",
		"[--accept-insecure-huk] [--aead NAME] [--anchor KIND] [--anchor-when "
		"WHEN] [--pin-tries N] [--log] " COMMON_ARGUMENTS,
		"make a vault; the first put does it too",
		"With -g, root also makes the folder for vaults of a group, which its members "
		"need\n"
		"before the first put.\n"
		"  --accept-insecure-huk\n"
		"                     also on a device whose hardware key is a known default\n"
		"  --aead NAME        what it is sealed with: chacha20-poly1305, aes-256-gcm, or\n"
		"                     auto, the default: the faster one here\n"
		"  --anchor KIND      what tells an old copy after a restart too: rpmb (hardware), "
		"ree\n"
		"                     (OP-TEE's storage), none, or auto, the default: rpmb where "
		"there\n"
		"                     is one, else none\n"
		"  --anchor-when WHEN commit: before each is acknowledged; group, the default: of "
		"64,\n"
		"                     after 60 seconds, or by sync\n"
		"  --pin-tries N      of a vault with a PIN: so many wrong ones in a row close it "
		"for\n"
		"                     good; else they only make the next one wait\n"
		"  --log              keep an audit log, for good: see festore help "
		"log\n" COMMON_DETAILS,
		vault_init_run},
	{"sync", COMMON_ARGUMENTS, "let the device remember the vault's present state now",
		"From then on an older copy is told after a restart too. Does nothing for a vault\n"
		"without an anchor.\n" COMMON_DETAILS,
		vault_sync_run},
	{"recover", "[--accept-rollback] [--yes] " COMMON_ARGUMENTS " | --seen",
		"let what is stored count, although the device cannot prove it",
		"For a vault that is refused (status 7), as its anchor is lost, or an older copy "
		"is\n"
		"all that is left. A note of it stays in the vault, and is told at every use "
		"until\n"
		"it was seen. Asks on a terminal, where the vault's name is to be typed.\n"
		"  --accept-rollback  also if the device has acknowledged something later\n"
		"  --yes              do not ask\n"
		"  --seen             end telling of the last recovery\n" COMMON_DETAILS,
		vault_recover_run},
	{"fsck", "[--json] [--repair] " COMMON_ARGUMENTS " | --remove ID...",
		"check all of a vault, and tell what is damaged",
		"Says what is damaged, missing, stray or left over, and how much is intact (each "
		"with\n"
		"-v). Status 6 if anything but what is left over was found. Deletes nothing, but:\n"
		"  --repair           make anew what entries and the header's other copy make\n"
		"  --remove ID...     remove damaged, missing or stray entries by their ids\n"
		"  --json             one JSON object a line\n" COMMON_DETAILS,
		fsck_run},
	{"header", "backup|restore " COMMON_ARGUMENTS " FILE",
		"write a vault's sealed key to a file, or put it back",
		"A vault whose header is lost cannot be opened without a backup. It is of no use "
		"on\n"
		"another device, for another user or for another vault. An existing FILE "
		"stays.\n" COMMON_DETAILS,
		header_run},
	{"pin", "info [--json] | change [--new-pin-fd N] " COMMON_ARGUMENTS,
		"show what is known of a vault's PIN, or change it",
		"A vault has a PIN from its beginning (festore init --pin) or never.\n"
		"  info               wrong ones so far, and how long the next one waits\n"
		"  change             asks for the old one, and twice for the new one\n"
		"  --new-pin-fd N     the new one is a line of descriptor N\n"
		"  --json             one JSON object\n" COMMON_DETAILS,
		pin_run},
	{"destroy", "[-f] [--without-pin] " COMMON_ARGUMENTS,
		"destroy a vault with all that is in it, for good",
		"Asks on a terminal, where the vault's name is to be typed.\n"
		"  -f, --force        do not ask\n"
		"  --without-pin      a vault whose PIN nobody knows\n" COMMON_DETAILS,
		vault_destroy_run},
	{"key", "gen|import|derive|ls|info|pub|csr|cert|mv|rm ...",
		"make keys that never leave the TEE, and look at them",
		"  gen TAG --type TYPE [--use USE,...] [--max-uses N]\n"
		"                     make a key pair; TYPE is rsa2048, rsa3072, rsa4096, p256, "
		"p384,\n"
		"                     p521, ed25519 or x25519; USE is sign, decrypt, derive or\n"
		"                     derive-raw, for good; --max-uses: it works N times in all\n"
		"  import TAG [--use USE,...] [--max-uses N] [--passphrase-fd N] [FILE|-]\n"
		"                     make a key of a private key in PKCS#8, PEM or DER; of one "
		"that "
		"is\n"
		"                     encrypted the passphrase is asked, or read from descriptor "
		"N\n"
		"  derive --peer PUB.pem [--info TEXT] [--salt TEXT] [--length N] | --raw [-o "
		"FILE] "
		"TAG\n"
		"                     agree with another's public key, and write what HKDF makes "
		"of "
		"it\n"
		"  ls [-l] [--json] [PREFIX]\n"
		"                     list keys; -l: also type, uses and time\n"
		"  info [--json] TAG  show what is known of a key\n"
		"  pub [--format FORMAT] [-o FILE] TAG\n"
		"                     write the public key; FORMAT is pem, der, ssh or jwk\n"
		"  csr --subject NAME [--san NAME,...] [--ca] [--scheme SCHEME] [--hash HASH]\n"
		"       [--format pem|der] [-o FILE] TAG\n"
		"                     write a request for a certificate (PKCS#10); NAME is as\n"
		"                     'CN=device 7,O=Example', another one DNS:host.example or\n"
		"                     IP:192.0.2.7\n"
		"  cert --subject NAME [--days N] and as csr\n"
		"                     write a certificate (X.509) that the key itself has signed,\n"
		"                     for N days, or 365\n"
		"  mv OLD NEW         give a key another tag; it never replaces one\n"
		"  rm TAG...          remove keys for good\n"
		"each of them also takes:\n" COMMON_DETAILS,
		key_run},
	{"log", "[--json] [--since N] [--unproven] | export|key|prune|verify ... " COMMON_ARGUMENTS,
		"show the audit log of a vault that keeps one",
		"Tells all changes of the vault, and what was refused, as the TA has noted it; "
		"nothing is\n"
		"told that is not proven. See festore help init for how a vault gets one.\n"
		"  --json             one JSON object a line\n"
		"  --since N          from entry N on\n"
		"  export FILE        write all entries, in the clear, with the device's "
		"signature\n"
		"  key [-o FILE]      write the public key that this device signs logs with, as "
		"PEM\n"
		"  verify --key PUB.pem [--json] [-q] [-v] FILE\n"
		"                     check an exported log, on any computer; -v: show it\n"
		"  prune --keep N     let all but the last N entries go; the log says "
		"so\n" UNPROVEN_DETAILS COMMON_DETAILS,
		log_run},
	{"sign",
		"--key TAG [--scheme SCHEME] [--hash HASH] | [--namespace NAME] [-o "
		"FILE] " COMMON_ARGUMENTS " [FILE|-]",
		"sign a file, or standard input, with a key",
		"  --key TAG          the key that signs\n"
		"  --namespace NAME   in the form of OpenSSH, for this use (file, git, ...)\n"
		"  --scheme SCHEME    for RSA: pss, the default, or pkcs1; else the type's only "
		"one\n"
		"  --hash HASH        for RSA: sha256, the default, sha384 or sha512\n"
		"  -o FILE            write to FILE instead: whole or not at all\n" COMMON_DETAILS,
		sign_run},
	{"verify",
		"--key TAG | --pubkey FILE --signature FILE [--scheme SCHEME] [--hash "
		"HASH] " COMMON_ARGUMENTS " [FILE|-]",
		"check a signature of a file, or of standard input",
		"Status 11 if it is wrong. With --pubkey no TEE is needed.\n"
		"  --key TAG          the key that has signed, or\n"
		"  --pubkey FILE      its public half, SubjectPublicKeyInfo in PEM or DER\n"
		"  --signature FILE   the signature\n"
		"  --scheme, --hash   as for sign\n" COMMON_DETAILS,
		verify_run},
	{"status", "[--json] " COMMON_ARGUMENTS,
		"show the TEE, the storage and what they do not protect from",
		"  --json             one JSON object\n" COMMON_DETAILS, status_run},
	{"doctor", "[--json] " COMMON_ARGUMENTS,
		"look for what is wrong, and tell the way out of it",
		"Looks at the device, tee-supplicant, the TEE and the vault. A fault makes the "
		"exit\n"
		"status that of the first one; a warning does not.\n"
		"  --json             one JSON object a line\n" COMMON_DETAILS,
		doctor_run},
	{"trace", "[--json | --raw] [-o FILE] COMMAND [ARGUMENT...]",
		"run a command and tell what each layer does for it",
		"Tells, on standard error, what libfestore, libteec, OP-TEE and tee-supplicant do "
		"for\n"
		"another command of festore's, and counts TEE calls, supplicant calls, bytes and "
		"syncs.\n"
		"Root's to use, with strace; shows no contents. The status is the command's.\n"
		"  -o FILE            tell it to FILE\n"
		"  --json             one JSON object a line\n"
		"  --raw              what strace has written, as it is\n",
		trace_run},
	{"version", "", "show the version", "", version_run},
	{"help", "[COMMAND]", "show this, or more on a command", "", help_run},
};

static const size_t subcommand_count = sizeof(subcommands) / sizeof(subcommands[0]);

static const struct subcommand *subcommand_named(const char *name)
{
	for (size_t i = 0; i < subcommand_count; i++) {
		if (strcmp(subcommands[i].name, name) == 0)
			return &subcommands[i];
	}
	return NULL;
}

static void print_help(FILE *to)
{
	fputs("usage: festore COMMAND ...\n\n"
	      "Files and keys that only this device's TrustZone can open.\n\n",
		to);
	for (size_t i = 0; i < subcommand_count; i++)
		fprintf(to, "  %-8s %s\n", subcommands[i].name, subcommands[i].summary);
	fputs("\nExit status: 0 ok, 1 other, 2 usage, 3 not found, 4 exists, 5 denied, 6 damaged,\n"
	      "7 stale, 8 no TEE, 9 no space or too large, 10 busy, 11 signature wrong,\n"
	      "12 PIN missing or wrong, 130 interrupted.\n",
		to);
}

static int help_run(const struct subcommand *self, int argc, char **argv)
{
	const struct subcommand *about = NULL;

	if (argc > 2)
		return fail_usage(self);
	if (argc == 1) {
		print_help(stdout);
		return finish_output(self, FESTORE_OK);
	}

	about = subcommand_named(argv[1]);
	if (!about)
		return fail(self, FESTORE_USAGE, "there is no command %s", argv[1]);
	printf("usage: festore %s %s\n\n%s\n%s", about->name, about->arguments, about->summary,
		about->details);
	return finish_output(self, FESTORE_OK);
}

static int version_run(const struct subcommand *self, int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return fail_usage(self);
	printf("festore %s\n", festore_version());
	return finish_output(self, FESTORE_OK);
}

static void print_message(const struct subcommand *self, const char *format, va_list arguments)
{
	char text[4096];

	vsnprintf(text, sizeof(text), format, arguments);
	fflush(stdout);
	fprintf(stderr, "festore: %s: ", self->name);
	print_shown(stderr, text);
	fputc('\n', stderr);
}

void say(const struct subcommand *self, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(self, format, arguments);
	va_end(arguments);
}

int fail(const struct subcommand *self, enum festore_error error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(self, format, arguments);
	va_end(arguments);
	return (int)error;
}

int fail_usage(const struct subcommand *self)
{
	return fail(self, FESTORE_USAGE, "usage: festore %s %s", self->name, self->arguments);
}

int fail_call(const struct subcommand *self, enum festore_error error, const struct festore *fs,
	const char *tag)
{
	if (!tag)
		return fail(self, error, "%s", festore_reason(fs));
	/* What is too long to be a tag is too long to be shown whole. */
	if (strlen(tag) > FESTORE_TAG_LEN_MAX)
		return fail(
			self, error, "%.*s...: %s", FESTORE_TAG_LEN_MAX, tag, festore_reason(fs));
	return fail(self, error, "%s: %s", tag, festore_reason(fs));
}

int finish_output(const struct subcommand *self, int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	return fail(self, errno == ENOSPC ? FESTORE_NO_SPACE : FESTORE_ERROR,
		"cannot write to standard output: %s", strerror(errno));
}

/*
 * A standard descriptor that the caller closed must not become a file's or the TEE's number, for
 * messages would go there. /dev/null takes its place, opened so that using it fails as before.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The lowest number that is free is this one. */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(FESTORE_ERROR);
	}
}

int main(int argc, char **argv)
{
	static const struct rlimit no_core = {0, 0};
	const struct subcommand *subcommand = NULL;
	const char *name = NULL;

	fill_standard_descriptors();

	/* A file that may not grow any more is an error to report, not a death. */
	signal(SIGXFSZ, SIG_IGN);

	/* A core file would hold contents in the clear. */
	setrlimit(RLIMIT_CORE, &no_core);

	if (argc < 2) {
		print_help(stderr);
		return FESTORE_USAGE;
	}
	name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0)
		name = "version";

	subcommand = subcommand_named(name);
	if (!subcommand) {
		fputs("festore: there is no command ", stderr);
		print_shown(stderr, name);
		fputs("; see festore help\n", stderr);
		return FESTORE_USAGE;
	}
	return subcommand->run(subcommand, argc - 1, argv + 1);
}
