/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * festore trace's reading of strace's logs, under libFuzzer: an input is a log, in which a byte
 * above 0x7f stands for a piece of what strace writes. What is printed is thrown away.
 */
#include "../cli/trace_print.h"
#include "../cli/trace_steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND "100<festore> "
#define SUPPLICANT "7<tee-supplicant> "

static const char *const pieces[] = {
	COMMAND "execve(\"/f\", [...], 0x1) = 0\n",
	COMMAND,
	SUPPLICANT,
	"ioctl(3</dev/tee0>, TEE_IOC_",
	"INVOKE, {buf_len=1, buf_ptr={func=1, session=0x1, num_params=1, params=[",
	"OPEN_SESSION, {buf_len=1, buf_ptr={uuid=b4d298d3-c925-42ec-96d9-4437534aa455, ",
	"clnt_login=TEE_IOCTL_LOGIN_USER, params=[",
	"VERSION, {impl_id=TEE_IMPL_ID_OPTEE, gen_caps=TEE_GEN_CAP_GP|TEE_GEN_CAP_REG_MEM",
	"SHM_REGISTER, {addr=0x1, length=0x1000, flags=0} => {length=0x1000, flags=0, id=1}",
	"CLOSE_SESSION, {session=0x1}",
	"SUPPL_RECV, {buf_len=1, buf_ptr={func=0, num_params=5, params=[",
	"SUPPL_SEND, {buf_len=1, buf_ptr={num_params=1, params=[",
	"{attr=TEE_IOCTL_PARAM_ATTR_TYPE_",
	"VALUE_INPUT, a=0x3, b=0x5, c=0}",
	"VALUE_INOUT, a=0, b=0x1, c=0}",
	"VALUE_INOUT|TEE_IOCTL_PARAM_ATTR_META, a=0x1, b=0, c=0}, ",
	"MEMREF_INPUT, shm_offs=0x10, size=0x20, shm_id=1}",
	"MEMREF_OUTPUT, shm_offs=0, size=0x20, shm_id=18446744073709551615}",
	", ",
	"]}}",
	"] => {ret=0, ret_origin=TEEC_ORIGIN_TRUSTED_APP, params=[",
	"]} => {num_params=2, params=[",
	") = 0\n",
	") = -1 ENOENT (No such file or directory)\n",
	" <unfinished ...>\n",
	" <detached ...>\n",
	"<... ioctl resumed>",
	"<... pread64 resumed>",
	"openat(AT_FDCWD</r>, \"/v/vault.db\", O_RDWR|O_SYNC) = 5</v/vault.db>\n",
	"pwrite64(5</v/vault.db>, \"\"..., 10, 4096) = 10\n",
	"pread64(5</t/dirf.db>, \"\"..., 10, 4096) = 10\n",
	"renameat(AT_FDCWD</r>, \"a\", AT_FDCWD</r>, \"b\"",
	"fsync(5</v>",
	"close(5</v>",
};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void take_all(struct trace_steps *trace, FILE *log)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len = 0;

	while ((len = getline(&line, &room, log)) >= 0) {
		/* Memory of just that size. */
		char *one = strndup(line, (size_t)len);

		if (!one)
			abort();
		trace_take(trace, one);
		free(one);
	}
	free(line);
}

static FILE *log_of(const uint8_t *data, size_t len)
{
	FILE *log = tmpfile();

	if (!log)
		abort();
	for (size_t i = 0; i < len; i++) {
		if (data[i] < 0x80)
			fputc(data[i], log);
		else
			fputs(pieces[data[i] % PIECES], log);
	}
	rewind(log);
	return log;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char word[] = "put";
	static FILE *nowhere;
	char *const words[] = {word, NULL};
	const struct trace_run run = {words, 0};
	struct trace_steps trace;
	FILE *log = log_of(data, len);

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (!nowhere)
		abort();
	trace_begin(&trace, 100);
	trace.is_begun = len % 2 == 0;
	take_all(&trace, log);
	trace_print(nowhere, &trace, &run);
	trace_print_json(nowhere, &trace, &run);
	trace_free(&trace);
	fclose(log);
	return 0;
}
