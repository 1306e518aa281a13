/* SPDX-License-Identifier: BSD-2-Clause */
/* festore-bootlog's reading of logs, under libFuzzer: an input is a log. What it prints is thrown
 * away. */
#include "../bootlog/boot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (!freopen("/dev/null", "w", stdout))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct boot boot, other;
	size_t done = 0;

	boot_begin(&boot);
	boot_begin(&other);
	while (done < len) {
		const uint8_t *end = memchr(data + done, '\n', len - done);
		const size_t size = end ? (size_t)(end - data) - done : len - done;
		/* Memory of just that size. */
		char *line = malloc(size + 1);

		if (!line)
			abort();
		memcpy(line, data + done, size);
		line[size] = '\0';
		boot_line(done % 2 ? &other : &boot, line);
		free(line);
		done += size + 1;
	}
	boot_merge(&boot, &other);
	boot_judge(&boot);
	boot_print(&boot);
	boot_print_json(&boot);
	return 0;
}
