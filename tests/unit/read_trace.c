// SPDX-License-Identifier: BSD-2-Clause
/* festore trace's decoder: lines of strace by themselves, whole logs of both machines
 * (tests/trace), and both damaged. */
#include "../../cli/trace_line.h"
#include "../../cli/trace_print.h"
#include "../../cli/trace_story.h"
#include "../../cli/trace_tee.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND 100
#define LOGS "tests/trace/"

static struct trace_steps trace;

static int begin(void **state)
{
	(void)state;
	trace_begin(&trace, COMMAND);
	return 0;
}

static int end(void **state)
{
	(void)state;
	trace_free(&trace);
	return 0;
}

static void say(const char *text)
{
	/* Memory of just that size, for the sanitizers. */
	char *line = strdup(text);

	trace_take(&trace, line);
	free(line);
}

static void run(void)
{
	say("100<festore> execve(\"/usr/bin/festore\", [\"\"..., \"\"...], 0xffff /* 9 vars */) = "
	    "0");
}

static const struct trace_step *last(void)
{
	assert_int_not_equal(trace.count, 0);
	return &trace.steps[trace.count - 1];
}

/* --- lines ---------------------------------------------------------------------------------- */

static void a_call_is_cut_into_its_parts(void **state)
{
	char text[] =
		"12<festore> openat(AT_FDCWD</a,b(>, \"/x \\\"(y, \", O_RDWR|O_CREAT, 0600) = "
		"3</x \\\"(y, >";
	struct trace_line line;
	struct trace_call call;
	size_t len = 0;
	int fd = 0;
	uint64_t number = 0;
	const char *path = NULL;

	(void)state;
	assert_true(trace_line_read(text, &line));
	assert_int_equal(line.thread, 12);
	assert_string_equal(line.program, "festore");
	assert_int_equal(line.form, TRACE_WHOLE);
	assert_true(trace_call_read(line.text, &call));
	assert_string_equal(call.name, "openat");
	assert_int_equal(call.result, 3);
	assert_string_equal(call.gives, "/x \\\"(y, ");
	path = trace_argument_path(call.arguments, 1, &fd, &len);
	assert_memory_equal(path, "/x \\\"(y, ", len);
	assert_int_equal(len, 9);
	assert_int_equal(fd, -1);
	assert_true(trace_argument_has(call.arguments, 2, "O_CREAT"));
	assert_false(trace_argument_has(call.arguments, 2, "O_CREA"));
	assert_false(trace_argument_has(call.arguments, 2, "O_RD"));
	assert_true(trace_argument_number(call.arguments, 3, &number));
	assert_int_equal(number, 0600);
	assert_null(trace_argument(call.arguments, 4, &len));
}

static void failures_have_names(void **state)
{
	char failed[] = "openat(1</a>, \"b\", O_RDONLY) = -1 ENOENT (No such file or directory)";
	char gone[] = "ioctl(1</a>, TEE_IOC_VERSION) = ?";
	struct trace_call call;

	(void)state;
	assert_true(trace_call_read(failed, &call));
	assert_int_equal(call.result, -1);
	assert_string_equal(call.error, "ENOENT");
	assert_true(trace_call_read(gone, &call));
	assert_int_equal(call.result, -1);
	assert_string_equal(call.error, "");
}

static void what_is_no_line_is_counted(void **state)
{
	(void)state;
	run();
	say("");
	say("festore");
	say("100");
	say("100<festore");
	say("100<festore>");
	say("x 100 close(3) = 0");
	say("99999999999 close(3) = 0");
	say("100 close(3</a) = 0");
	say("100 close(3</a>");
	say("100 close(3</a>) ");
	say("100 (3</a>) = 0");
	say("100 openat(AT_FDCWD</>, \"/a) = 3");
	say("100 <... close");
	assert_int_equal(trace.damaged, 13);
	say("100 --- SIGCHLD {si_signo=SIGCHLD} ---");
	say("100 +++ exited with 0 +++");
	assert_int_equal(trace.damaged, 13);
	assert_int_equal(trace.count, 0);
}

static void before_the_command_nothing_counts(void **state)
{
	(void)state;
	say("100<festore> read(3<pipe:[1]>, \"\"..., 1) = 1");
	say("200<tee-supplicant> openat(AT_FDCWD</>, \"/var/lib/tee/0\", O_RDWR|O_SYNC) = "
	    "5</var/lib/tee/0>");
	say("101<festore> execve(\"/bin/other\", [\"\"...], 0x1 /* 9 vars */) = 0");
	say("100<festore> execve(\"/bin/festore\", [\"\"...], 0x1 /* 9 vars */) = -1 ENOENT (No)");
	say("100<festore> close(3</a>) = 0");
	assert_int_equal(trace.count, 0);
	run();
	say("100<festore> close(3</a>) = 0");
	assert_int_equal(trace.count, 1);
	/* But what was opened then is known. */
	say("200<tee-supplicant> pwrite64(5</var/lib/tee/0>, \"\"..., 10, 4096) = 10");
	assert_true(last()->is_synced);
}

static void calls_that_were_cut_are_joined(void **state)
{
	(void)state;
	run();
	say("100<festore> ioctl(3</dev/tee0>, TEE_IOC_CLOSE_SESSION, {session=0x7} <unfinished "
	    "...>");
	say("200<tee-supplicant> pread64(5</var/lib/tee/0>,  <unfinished ...>");
	say("201<tee-supplicant> close(5</var/lib/tee/0>) = 0");
	say("200<tee-supplicant> <... pread64 resumed>\"\"..., 100, 7) = 60");
	assert_int_equal(trace.count, 3);
	assert_int_equal(trace.steps[0].what, TRACE_END);
	assert_int_equal(trace.steps[0].session, 7);
	assert_false(trace.steps[0].is_done);
	assert_int_equal(trace.steps[2].bytes, 60);
	assert_int_equal(trace.steps[2].offset, 7);
	say("100<festore> <... ioctl resumed>) = 0");
	assert_int_equal(trace.count, 3);
	assert_true(trace.steps[0].is_done);
	assert_int_equal(trace.steps[0].result, 0);
	/* The beginning of this one was before the log. */
	say("202<tee-supplicant> <... read resumed>\"\"..., 100) = 60");
	assert_int_equal(trace.count, 3);
	assert_int_equal(trace.damaged, 0);
}

/* --- files ---------------------------------------------------------------------------------- */

static void paths_are_whole(void **state)
{
	(void)state;
	run();
	say("100<festore> mkdirat(AT_FDCWD</root>, \"a\", 0700) = 0");
	assert_string_equal(last()->path, "/root/a");
	say("100<festore> mkdirat(AT_FDCWD</root>, \"/a\", 0700) = -1 EEXIST (File exists)");
	assert_string_equal(last()->path, "/a");
	assert_string_equal(last()->error, "EEXIST");
	say("100<festore> renameat2(7</x>, \"old\", 8</y>, \"new\", 0) = 0");
	assert_string_equal(last()->path, "/x/old");
	assert_string_equal(last()->other, "/y/new");
	say("100<festore> openat(AT_FDCWD</root>, \"a\", O_WRONLY|O_CREAT, 0600) = 4</root/a>");
	assert_string_equal(last()->path, "/root/a");
	assert_true(last()->is_to_write);
	assert_true(last()->is_new);
	say("100<festore> ftruncate(4</root/a>, 512) = 0");
	assert_int_equal(last()->offset, 512);
	assert_string_equal(last()->path, "/root/a");
}

static void syncs_are_calls_and_writes_through(void **state)
{
	struct trace_totals totals;

	(void)state;
	run();
	trace_opened_before(&trace, 9, O_RDWR | O_SYNC);
	trace_opened_before(&trace, 8, O_RDWR);
	trace_opened_before(&trace, 4000000000u, O_SYNC);
	say("200<tee-supplicant> pwrite64(9</t/0>, \"\"..., 10, 0) = 10");
	say("200<tee-supplicant> pwrite64(8</t/1>, \"\"..., 10, 0) = 10");
	say("200<tee-supplicant> fsync(8</t/1>) = 0");
	say("200<tee-supplicant> fsync(8</t/1>) = -1 EIO (Input/output error)");
	say("200<tee-supplicant> close(9</t/0>) = 0");
	/* Another descriptor of that number, which no open() gave. */
	say("200<tee-supplicant> write(9</t/3>, \"\"..., 10) = 10");
	say("200<tee-supplicant> openat(AT_FDCWD</>, \"/t/2\", O_RDWR|O_CREAT, 0600) = 9</t/2>");
	say("200<tee-supplicant> write(9</t/2>, \"\"..., 10) = 10");
	say("100<festore> pwrite64(9</v/vault.db>, \"\"..., 10, 0) = 10");
	say("100<festore> fdatasync(9</v/vault.db>) = 0");
	trace_sum(&trace, &totals);
	assert_int_equal(totals.layers[TRACE_SUPPLICANT].syncs, 2);
	assert_int_equal(totals.layers[TRACE_SUPPLICANT].written, 40);
	assert_int_equal(totals.layers[TRACE_LIBFESTORE].syncs, 1);
	assert_int_equal(trace_all_syncs(&totals), 3);
}

static enum trace_layer layer_of(const char *line)
{
	say(line);
	return trace_layer_of(&trace, last());
}

static void layers_are_told_by_paths(void **state)
{
	const char *folder = NULL;

	(void)state;
	run();
	assert_int_equal(layer_of("100 openat(AT_FDCWD</>, \"/lib/libc.so.6\", O_RDONLY) = "
				  "3</lib/libc.so.6>"),
		TRACE_SYSTEM);
	assert_int_equal(trace_store_folder(&trace, &folder), 0);
	assert_int_equal(layer_of("100 read(0</dev/null>, \"\"..., 9) = 0"), TRACE_COMMAND);
	assert_int_equal(layer_of("100 openat(AT_FDCWD</>, \"/s/default/vault.db\", O_RDWR) = "
				  "4</s/default/vault.db>"),
		TRACE_LIBFESTORE);
	assert_int_equal(trace_store_folder(&trace, &folder), strlen("/s/default"));
	assert_int_equal(
		layer_of("100 write(4</s/default/blobs/01>, \"\"..., 9) = 9"), TRACE_LIBFESTORE);
	assert_int_equal(layer_of("100 mkdir(\"/s\", 0700) = 0"), TRACE_LIBFESTORE);
	assert_int_equal(layer_of("100 fsync(4</s/default>) = 0"), TRACE_LIBFESTORE);
	assert_int_equal(layer_of("100 read(4</s/default2>, \"\"..., 9) = 9"), TRACE_COMMAND);
	assert_int_equal(
		layer_of("100 read(4</etc/festore/quota>, \"\"..., 9) = 9"), TRACE_LIBFESTORE);
	assert_int_equal(layer_of("100 openat(AT_FDCWD</>, \"/dev/tee0\", O_RDWR) = 5</dev/tee0>"),
		TRACE_LIBTEEC);
	assert_int_equal(layer_of("100 read(7</proc/1/comm>, \"\"..., 9) = 9"), TRACE_SYSTEM);
	assert_int_equal(layer_of("7<tee-supplicant> read(7</s/default/vault.db>, \"\"..., 9) = 9"),
		TRACE_SUPPLICANT);
}

/* --- the TEE -------------------------------------------------------------------------------- */

#define NONE "{attr=TEE_IOCTL_PARAM_ATTR_TYPE_NONE}"
#define IN(at, size, id) \
	"{attr=TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, shm_offs=" at ", size=" size ", shm_id=" id \
	"}"
#define OUT(at, size, id) \
	"{attr=TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT, shm_offs=" at ", size=" size \
	", shm_id=" id "}"
#define VALUE(type, a, b, c) \
	"{attr=TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_" type ", a=" a ", b=" b ", c=" c "}"

#define SESSION_OF(uuid, number, ret, origin) \
	"100<festore> ioctl(3</dev/tee0>, TEE_IOC_OPEN_SESSION, {buf_len=176, buf_ptr={uuid=" uuid \
	", clnt_login=TEE_IOCTL_LOGIN_USER, cancel_id=0, num_params=4, params=[" NONE ", " NONE \
	", " NONE ", " NONE "]} => {session=" number ", ret=" ret \
	", ret_origin=TEEC_ORIGIN_" origin ", params=[" NONE ", " NONE ", " NONE ", " NONE \
	"]}}) = 0"
#define VAULT_UUID "b4d298d3-c925-42ec-96d9-4437534aa455"

static void sessions_and_memory_are_decoded(void **state)
{
	(void)state;
	run();
	say("100<festore> ioctl(3</dev/tee0>, TEE_IOC_VERSION, {impl_id=TEE_IMPL_ID_OPTEE, "
	    "gen_caps=TEE_GEN_CAP_GP|TEE_GEN_CAP_REG_MEM, impl_caps=TEE_OPTEE_CAP_TZ}) = 0");
	assert_int_equal(last()->what, TRACE_VERSION);
	assert_string_equal(last()->tee, "OPTEE GP|REG_MEM");
	say("100<festore> ioctl(3</dev/tee0>, TEE_IOC_SHM_REGISTER, {addr=0xffff8000, "
	    "length=0x3000, flags=0} => {length=0x3000, "
	    "flags=TEE_IOCTL_SHM_MAPPED, id=4}) = 5");
	assert_int_equal(last()->what, TRACE_MEMORY);
	assert_int_equal(last()->bytes, 0x3000);
	assert_int_equal(last()->memory, 4);
	assert_true(last()->is_registered);
	say("100<festore> ioctl(3</dev/tee0>, TEE_IOC_SHM_ALLOC, {size=0x10, flags=0} => "
	    "{size=0x1000, flags=TEE_IOCTL_SHM_MAPPED|TEE_IOCTL_SHM_DMA_BUF, id=5}) = 6");
	assert_int_equal(last()->bytes, 0x1000);
	assert_int_equal(last()->memory, 5);
	assert_false(last()->is_registered);
	say(SESSION_OF(VAULT_UUID, "0x2", "0", "TRUSTED_APP"));
	assert_int_equal(last()->what, TRACE_SESSION);
	assert_string_equal(last()->uuid, VAULT_UUID);
	assert_int_equal(trace_ta_of(last()->uuid), TRACE_TA_VAULT);
	assert_string_equal(last()->login, "USER");
	assert_int_equal(last()->session, 2);
	say(SESSION_OF("d625dbef-bb3e-442a-b873-961996814ee7", "0", "4294901768", "TEE"));
	assert_int_equal(trace_ta_of(last()->uuid), TRACE_TA_OBJECTS);
	assert_string_equal(trace_answer_name(last()->answer), "ITEM_NOT_FOUND");
	assert_string_equal(last()->origin, "TEE");
	say("100<festore> ioctl(3</dev/tee0>, TEE_IOC_CANCEL, {cancel_id=3, session=0x9}) = 0");
	assert_int_equal(last()->what, TRACE_CANCEL);
	assert_int_equal(last()->session, 9);
	for (size_t i = 0; i < trace.count; i++)
		assert_true(trace.steps[i].is_decoded);
	/* An older strace knows the name alone. */
	say("100<festore> ioctl(3</dev/tee0>, TEE_IOC_INVOKE, 0xffffd0a8) = 0");
	assert_false(last()->is_decoded);
}

#define INVOKE_OF(function, session) \
	"100<festore> ioctl(3</dev/tee0>, TEE_IOC_INVOKE, {buf_len=152, buf_ptr={func=" function \
	", session=" session \
	", cancel_id=0, num_params=4, params=[" IN("0", "0x150", "4") ", " OUT("0x800", "0x18", \
		"4") ", " IN("0x1000", "0x200", "4") ", " OUT("0x20000", "0x9000", \
		"4") "]} => {ret=0, ret_origin=TEEC_ORIGIN_TRUSTED_APP, params=[" IN("0", "0x150", \
		"4") ", " OUT("0x800", "0x18", "4") ", " IN("0x1000", "0x200", \
		"4") ", " OUT("0x20000", "0x123", "4") "]}}) = 0"

static void calls_have_functions_and_bytes(void **state)
{
	struct trace_totals totals;

	(void)state;
	run();
	say(SESSION_OF(VAULT_UUID, "0x2", "0", "TRUSTED_APP"));
	say(INVOKE_OF("17", "0x2"));
	assert_int_equal(last()->what, TRACE_INVOKE);
	assert_int_equal(last()->function, 17);
	assert_int_equal(last()->in[2].a, 0x1000);
	assert_int_equal(last()->in[3].type, TRACE_MEMORY_OUT);
	assert_int_equal(last()->out[3].b, 0x123);
	assert_int_equal(trace_bytes_in(last()), 0x350);
	assert_int_equal(trace_bytes_out(last()), 0x13b);
	assert_string_equal(
		trace_function_of(trace_called_ta(&trace, last()), 17)->name, "VAULT_OPEN");
	say(INVOKE_OF("1", "0x2"));
	say(INVOKE_OF("1", "0x2"));
	say(INVOKE_OF("999", "0x2"));
	say(INVOKE_OF("1", "0x3"));
	trace_sum(&trace, &totals);
	assert_int_equal(totals.calls, 5);
	assert_int_equal(totals.calls_to_begin, 1);
	assert_int_equal(totals.called_count, 4);
	assert_int_equal(totals.called[1].count, 2);
	assert_null(trace_called_function(&totals.called[2]));
	assert_int_equal(totals.called[3].ta, TRACE_TA_OTHER);
	assert_int_equal(totals.bytes_in, 5 * 0x350);
}

static void memory_that_is_not_there_has_no_bytes(void **state)
{
	const struct trace_step step = {
		.in = {{TRACE_MEMORY_IN, 0, 100, UINT64_MAX}, {TRACE_MEMORY_INOUT, 0, 7, 3}},
		.out = {{TRACE_MEMORY_OUT, 0, 100, UINT64_MAX}, {TRACE_MEMORY_INOUT, 0, 5, 3}},
	};

	(void)state;
	assert_int_equal(trace_bytes_in(&step), 7);
	assert_int_equal(trace_bytes_out(&step), 5);
}

static void requests_are_known_by_their_parameters(void **state)
{
	/* As OP-TEE has them (optee_rpc_cmd.h), and Linux. */
	static const struct {
		enum trace_request request;
		struct trace_param params[TRACE_PARAMS];
	} known[] = {
		{TRACE_FS_OPEN,
			{{TRACE_VALUE_IN, 0, 0, 0}, {TRACE_MEMORY_IN, 0, 9, 1},
				{TRACE_VALUE_OUT, 0, 0, 0}}},
		{TRACE_FS_CREATE,
			{{TRACE_VALUE_IN, 1, 0, 0}, {TRACE_MEMORY_IN, 0, 9, 1},
				{TRACE_VALUE_OUT, 0, 0, 0}}},
		{TRACE_FS_CLOSE, {{TRACE_VALUE_IN, 2, 5, 0}}},
		{TRACE_FS_READ, {{TRACE_VALUE_IN, 3, 5, 4096}, {TRACE_MEMORY_OUT, 0, 4096, 1}}},
		{TRACE_FS_WRITE, {{TRACE_VALUE_IN, 4, 5, 4096}, {TRACE_MEMORY_IN, 0, 4096, 1}}},
		{TRACE_FS_TRUNCATE, {{TRACE_VALUE_IN, 5, 5, 9}}},
		{TRACE_FS_REMOVE, {{TRACE_VALUE_IN, 6, 0, 0}, {TRACE_MEMORY_IN, 0, 9, 1}}},
		{TRACE_FS_RENAME,
			{{TRACE_VALUE_IN, 7, 1, 0}, {TRACE_MEMORY_IN, 0, 9, 1},
				{TRACE_MEMORY_IN, 9, 9, 1}}},
		{TRACE_FS_OPENDIR,
			{{TRACE_VALUE_IN, 8, 0, 0}, {TRACE_MEMORY_IN, 0, 9, 1},
				{TRACE_VALUE_OUT, 0, 0, 0}}},
		{TRACE_FS_CLOSEDIR, {{TRACE_VALUE_IN, 9, 5, 0}}},
		{TRACE_FS_READDIR, {{TRACE_VALUE_IN, 10, 5, 0}, {TRACE_MEMORY_OUT, 0, 9, 1}}},
		{TRACE_LOAD_TA,
			{{TRACE_VALUE_IN, 0x1122334455667788, 0, 0},
				{TRACE_MEMORY_OUT, 0, 0, UINT64_MAX}}},
		{TRACE_SHM_FREE, {{TRACE_VALUE_INOUT, 0, 7, 0}}},
		{TRACE_RPMB, {{TRACE_MEMORY_IN, 0, 512, 1}, {TRACE_MEMORY_OUT, 0, 512, 1}}},
		{TRACE_OTHER_REQUEST, {{TRACE_VALUE_IN, 11, 0, 0}}},
		{TRACE_OTHER_REQUEST, {{TRACE_VALUE_IN, 2, 5, 0}, {TRACE_MEMORY_IN, 0, 9, 1}}},
		{TRACE_OTHER_REQUEST, {{TRACE_NONE, 0, 0, 0}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(trace_request_of(known[i].params), known[i].request);
}

#define ROOM "{attr=TEE_IOCTL_PARAM_ATTR_TYPE_NONE|TEE_IOCTL_PARAM_ATTR_META}"
#define NUMBER \
	"{attr=TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT|TEE_IOCTL_PARAM_ATTR_META, a=0x1, b=0, c=0}"
#define RECEIVE(params) \
	"200<tee-supplicant> ioctl(3</dev/teepriv0>, TEE_IOC_SUPPL_RECV, {buf_len=168, " \
	"buf_ptr={func=0, num_params=1, params=[" ROOM "]} => {num_params=3, params=[" NUMBER \
	", " params "]}}) = 0"
#define SEND(ret, params) \
	"200<tee-supplicant> ioctl(3</dev/teepriv0>, TEE_IOC_SUPPL_SEND, {buf_len=168, " \
	"buf_ptr={num_params=2, params=[" params "]} => {ret=" ret ", params=[" params "]}}) = 0"

static void a_request_has_what_serves_it(void **state)
{
	const struct trace_step *request = NULL;
	struct trace_totals totals;

	(void)state;
	run();
	say("100<festore> ioctl(3</dev/tee0>, TEE_IOC_OPEN_SESSION, {buf_len=176, "
	    "buf_ptr={uuid=" VAULT_UUID ", clnt_login=TEE_IOCTL_LOGIN_USER, num_params=0} "
	    "<unfinished ...>");
	say(RECEIVE(VALUE("INPUT", "0xec4225c9d398d2b4", "0x55a44a533744d996", "0") ", " OUT(
		"0", "0", "18446744073709551615")));
	request = last();
	assert_int_equal(request->function, TRACE_LOAD_TA);
	assert_string_equal(request->uuid, VAULT_UUID);
	say("200<tee-supplicant> openat(AT_FDCWD</>, \"/lib/optee_armtz/a.ta\", O_RDONLY) = "
	    "5</lib/optee_armtz/a.ta>");
	say("200<tee-supplicant> read(5</lib/optee_armtz/a.ta>, \"\"..., 900) = 800");
	say(SEND("0", VALUE("INPUT", "0", "0", "0")));
	say("100<festore> <... ioctl resumed> => {session=0x2, ret=0, "
	    "ret_origin=TEEC_ORIGIN_TRUSTED_APP}}) = 0");
	request = &trace.steps[1];
	assert_true(request->is_done);
	assert_int_equal(request->bytes, 800);
	assert_string_equal(trace_served_by(&trace, request)->path, "/lib/optee_armtz/a.ta");
	assert_false(trace_is_synced(&trace, request));
	say(INVOKE_OF("1", "0x2"));
	say(RECEIVE(VALUE("INOUT", "0", "0x1000", "0")));
	say("200<tee-supplicant> ioctl(3</dev/teepriv0>, TEE_IOC_SHM_ALLOC, {size=0x1000, "
	    "flags=0} => {size=0x1000, flags=0, id=9}) = 6");
	say(SEND("0", VALUE("INOUT", "0", "0x1000", "0x9")));
	say(RECEIVE(VALUE("INOUT", "0", "0x9", "0")));
	say(SEND("0", VALUE("INOUT", "0", "0x9", "0")));
	say(RECEIVE(VALUE("INPUT", "0x4", "0x7", "0") ", " IN("0", "0x1000", "1")));
	say("200<tee-supplicant> openat(AT_FDCWD</>, \"/t/0\", O_RDWR|O_SYNC) = 7</t/0>");
	say("200<tee-supplicant> pwrite64(7</t/0>, \"\"..., 4096, 0) = 4096");
	assert_true(trace_is_synced(&trace, &trace.steps[trace.count - 3]));
	say(SEND("4294901768", VALUE("INPUT", "0x4", "0x7", "0")));
	/* Between requests: of nobody. */
	say("200<tee-supplicant> fsync(7</t/0>) = 0");
	assert_int_equal(last()->request, 0);
	say("200<tee-supplicant> ioctl(3</dev/teepriv0>, TEE_IOC_SUPPL_RECV, {buf_len=168, "
	    "buf_ptr={func=0, num_params=1, params=[" ROOM "]} <detached ...>");
	trace_sum(&trace, &totals);
	assert_int_equal(totals.requests, 4);
	assert_int_equal(totals.requests_to_load, 1);
	assert_int_equal(totals.asked[TRACE_SHM_ALLOC], 1);
	assert_int_equal(totals.asked[TRACE_SHM_FREE], 1);
	assert_int_equal(totals.asked[TRACE_FS_WRITE], 1);
	assert_int_equal(totals.layers[TRACE_SUPPLICANT].syncs, 2);
	assert_false(totals.is_undecoded);
}

/* --- whole logs ----------------------------------------------------------------------------- */

struct log {
	const char *path;
	const char *calls; /* in the order of the summary */
	unsigned int calls_to_begin;
	unsigned int bytes_in;
	unsigned int bytes_out;
	unsigned int requests;
	unsigned int syncs;
};

static const struct log logs[] = {
	{"arm64-vault-put.log", "VAULT_OPEN FILE_PUT VAULT_CONFIRM ", 1, 2664, 1520, 0, 2},
	{"arm64-vault-get.log", "VAULT_OPEN FILE_GET ABORT ", 1, 2792, 1096, 0, 0},
	{"arm64-ree-put.log", "FILE_PUT ", 0, 1288, 0, 33, 11},
	{"armv7-vault-put.log", "VAULT_OPEN FILE_PUT VAULT_CONFIRM ", 1, 2664, 1520, 0, 2},
	{"armv7-ree-get.log", "FILE_STAT FILE_GET ", 0, 576, 1032, 45, 0},
};

#define LOG_COUNT (sizeof(logs) / sizeof(logs[0]))

static FILE *open_log(const struct log *log)
{
	char path[128];
	FILE *from = NULL;

	snprintf(path, sizeof(path), LOGS "%s", log->path);
	from = fopen(path, "r");
	assert_non_null(from);
	return from;
}

/* Who runs the command, a log does not say in its first lines. */
static uint32_t command_of(FILE *from)
{
	char line[4096];
	uint32_t command = 0;

	while (fgets(line, sizeof(line), from)) {
		if (strstr(line, " execve("))
			command = (uint32_t)strtoul(line, NULL, 10);
	}
	rewind(from);
	return command;
}

static void read_log(const struct log *log)
{
	char line[4096];
	FILE *from = open_log(log);

	trace_begin(&trace, command_of(from));
	while (fgets(line, sizeof(line), from))
		say(line);
	fclose(from);
}

static void logs_of_both_machines_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOG_COUNT; i++) {
		struct trace_totals totals;
		char calls[256] = "";

		read_log(&logs[i]);
		trace_sum(&trace, &totals);
		for (unsigned int j = 0; j < totals.called_count; j++) {
			const size_t at = strlen(calls);

			assert_int_equal(totals.called[j].count, 1);
			snprintf(calls + at, sizeof(calls) - at, "%s ",
				trace_called_function(&totals.called[j])->name);
		}
		assert_string_equal(calls, logs[i].calls);
		assert_int_equal(totals.calls_to_begin, logs[i].calls_to_begin);
		assert_int_equal(totals.sessions, 1);
		assert_int_equal(totals.bytes_in, logs[i].bytes_in);
		assert_int_equal(totals.bytes_out, logs[i].bytes_out);
		assert_int_equal(totals.requests, logs[i].requests);
		assert_int_equal(totals.requests_to_load, 0);
		assert_int_equal(totals.asked[TRACE_OTHER_REQUEST], 0);
		assert_int_equal(trace_all_syncs(&totals), logs[i].syncs);
		assert_false(totals.is_undecoded);
		assert_int_equal(trace.damaged, 0);
		end(NULL);
	}
}

/* Of a request all is told in one line: nothing of it comes twice. */
static void requests_are_steps_below_their_call(void **state)
{
	size_t invoke = 0;
	size_t requests = 0;

	(void)state;
	read_log(&logs[2]);
	for (size_t i = 0; i < trace.count; i++) {
		const struct trace_step *step = &trace.steps[i];

		if (step->what == TRACE_INVOKE)
			invoke = i;
		if (step->what != TRACE_REQUEST)
			continue;
		requests++;
		assert_int_not_equal(invoke, 0);
		assert_true(step->is_done);
		assert_int_equal(step->answer, 0);
		if (step->function <= TRACE_FS_READDIR)
			assert_memory_equal(
				trace_served_by(&trace, step)->path, "/var/lib/tee/", 13);
		assert_int_equal(trace_is_synced(&trace, step),
			step->function == TRACE_FS_WRITE || step->function == TRACE_FS_CREATE);
	}
	assert_int_equal(requests, logs[2].requests);
}

/* --- in print ------------------------------------------------------------------------------- */

static char *printed(void (*print)(FILE *, const struct trace_steps *, const struct trace_run *))
{
	static char word[] = "put\n\x1b";
	char *const words[] = {word, NULL};
	const struct trace_run run_of = {words, 3};
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	assert_non_null(to);
	print(to, &trace, &run_of);
	fclose(to);
	assert_int_equal(strlen(text), len);
	return text;
}

static void has(const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		print_error("not found: %s\nin: %s\n", wanted, text);
	assert_non_null(strstr(text, wanted));
}

static void people_see_names_and_sums(void **state)
{
	char *text = NULL;

	(void)state;
	read_log(&logs[2]);
	text = printed(trace_print);
	has(text, "festore put??\n");
	has(text,
		"libteec     session     the objects TA d625dbef-bb3e-442a-b873-961996814ee7, "
		"login "
		"USER, number 1: success\n");
	has(text,
		"libteec     invoke      FILE_PUT (1) of the objects TA, session 1: 1288 bytes in, "
		"0 out: success\n");
	has(text, "parameter 2: 1000 bytes in, at 4096 of memory 1\n");
	has(text, "supplicant    FS_OPEN   /var/lib/tee/dirf.db\n");
	has(text, "supplicant    SHM_FREE  memory 1\n");
	has(text, "\nTEE calls         1\n  to open         0\n");
	has(text, "\nexit status       3\n");
	assert_null(strstr(text, " \n"));
	free(text);
}

static void programs_get_all_steps(void **state)
{
	char *text = NULL;
	size_t lines = 0;

	(void)state;
	read_log(&logs[0]);
	text = printed(trace_print_json);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, trace.count + 1);
	has(text, "\"step\":\"invoke\",\"session\":1,\"function\":1,\"name\":\"FILE_PUT\",");
	has(text, "{\"number\":0,\"memory\":1,\"offset\":0,\"size\":336,\"in\":true}");
	has(text,
		"{\"layer\":\"libfestore\",\"step\":\"sync\",\"path\":\"/var/lib/festore/default/"
		"vault.db-wal\"}");
	has(text,
		"{\"command\":\"put\\u000a\\u001b\",\"sessions\":1,\"tee_calls\":3,"
		"\"tee_calls_to_open\":1,");
	has(text, "\"damaged_lines\":0,\"decoded\":true,\"status\":3}\n");
	free(text);
}

/* --- damage --------------------------------------------------------------------------------- */

static void is_in_order(void)
{
	char *text = printed(trace_print);

	for (const char *at = text; *at; at++)
		assert_true(*at == '\n' || (unsigned char)*at >= ' ');
	free(text);
	free(printed(trace_print_json));
	assert_false(trace.is_full);
}

/* Each line that is cut anywhere, or goes on later; before and behind it, it is whole. */
static void cut(const char *line)
{
	const size_t len = strlen(line);
	char *piece = malloc(len + sizeof(" <unfinished ...>"));

	assert_non_null(piece);
	for (size_t i = 0; i < len; i++) {
		memcpy(piece, line, i);
		piece[i] = '\0';
		say(piece);
		strcat(piece, " <unfinished ...>");
		say(piece);
	}
	free(piece);
	say(line);
}

static void change(const char *line)
{
	static const char bytes[] = "<>\"({[=,9 \xff";
	char *changed = strdup(line);

	assert_non_null(changed);
	for (size_t i = 0; changed[i]; i++) {
		const char was = changed[i];

		for (const char *byte = bytes; *byte; byte++) {
			changed[i] = *byte;
			say(changed);
		}
		changed[i] = was;
	}
	free(changed);
}

static void damage(void (*how)(const char *line))
{
	const char *sample = getenv("FESTORE_TEST_SAMPLE");
	const unsigned int each = sample ? (unsigned int)atoi(sample) : 1;
	unsigned int number = 0;
	char line[4096];

	for (size_t i = 0; i < LOG_COUNT; i++) {
		FILE *from = open_log(&logs[i]);
		const uint32_t command = command_of(from);

		while (fgets(line, sizeof(line), from)) {
			if (number++ % (4 * each) != 0)
				continue;
			trace_begin(&trace, command);
			trace.is_begun = true;
			say(line);
			how(line);
			is_in_order();
			trace_free(&trace);
		}
		fclose(from);
	}
}

static void lines_may_be_cut(void **state)
{
	(void)state;
	damage(cut);
}

static void bytes_may_be_changed(void **state)
{
	(void)state;
	damage(change);
}

static void more_threads_than_there_is_room_for(void **state)
{
	char line[64];

	(void)state;
	run();
	for (unsigned int i = 0; i < 2 * TRACE_THREADS; i++) {
		snprintf(line, sizeof(line), "%u<festore> close(3</a>) = 0", 1000 + i);
		say(line);
	}
	assert_int_equal(trace.count, TRACE_THREADS - 1);
	is_in_order();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_cut_into_its_parts),
		TEST(failures_have_names),
		TEST(what_is_no_line_is_counted),
		TEST(before_the_command_nothing_counts),
		TEST(calls_that_were_cut_are_joined),
		TEST(paths_are_whole),
		TEST(syncs_are_calls_and_writes_through),
		TEST(layers_are_told_by_paths),
		TEST(sessions_and_memory_are_decoded),
		TEST(calls_have_functions_and_bytes),
		TEST(memory_that_is_not_there_has_no_bytes),
		TEST(requests_are_known_by_their_parameters),
		TEST(a_request_has_what_serves_it),
		TEST(logs_of_both_machines_are_read),
		TEST(requests_are_steps_below_their_call),
		TEST(people_see_names_and_sums),
		TEST(programs_get_all_steps),
		TEST(lines_may_be_cut),
		TEST(bytes_may_be_changed),
		TEST(more_threads_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
