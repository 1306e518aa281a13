/* SPDX-License-Identifier: BSD-2-Clause */
/* A boot as a table for people and as JSON for programs. */
#include "boot.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In columns, as far as it fits. */
static void print_column(const char *text, int width)
{
	char *shown = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&shown, &len);

	if (memory) {
		print_shown(memory, *text ? text : "-");
		fclose(memory);
	}
	printf("%-*s  ", width, shown ? shown : "?");
	free(shown);
}

static const char *loader_name(const struct boot *boot, enum boot_stage_id stage)
{
	const enum boot_stage_id loader = boot_loader_of(boot, stage);

	return loader == STAGES ? "" : boot_stage_name(boot, loader);
}

static void print_stage(const struct boot *boot, enum boot_stage_id id)
{
	const struct boot_stage *stage = &boot->stages[id];
	char text[BOOT_TEXT] = "";
	double took = 0;

	print_column(boot_stage_name(boot, id), 14);
	print_column(stage->version, 28);
	print_column(stage->built, 40);
	print_column(loader_name(boot, id), 7);
	if (stage->has_entry)
		snprintf(text, sizeof(text), "0x%" PRIx64, stage->entry);
	print_column(text, 10);
	text[0] = '\0';
	if (stage->at.clock != CLOCK_NONE)
		snprintf(text, sizeof(text), "%.3f", stage->at.seconds);
	print_column(text, 8);
	if (boot_took(boot, id, &took))
		printf("%.3f\n", took);
	else
		puts("-");
}

static enum boot_clock clock_of(const struct boot *boot)
{
	enum boot_clock clock = CLOCK_NONE;

	for (unsigned int i = 0; i < STAGES; i++)
		clock = boot->stages[i].at.clock > clock ? boot->stages[i].at.clock : clock;
	return clock;
}

static void print_images(const struct boot *boot)
{
	for (unsigned int i = 0; i < boot->image_count; i++) {
		const struct boot_image *image = &boot->images[i];

		printf("  %s loads %s", boot_stage_name(boot, image->by),
			*image->name ? image->name : "image");
		if (image->id)
			printf(" (id %" PRIu32 ")", image->id);
		printf(" at 0x%" PRIx64, image->from);
		if (image->has_end)
			printf(" to 0x%" PRIx64 ", %" PRIu64 " bytes", image->to,
				image->to - image->from);
		putchar('\n');
	}
}

void boot_print(const struct boot *boot)
{
	static const char *const clocks[] = {"", "seconds are of Linux' clock, from its start",
		"seconds are of the log's own times"};

	printf("board: ");
	print_shown(stdout, *boot->board ? boot->board : "not said");
	if (*boot->medium) {
		fputs(", from ", stdout);
		print_shown(stdout, boot->medium);
	}
	if (boot->boots > 1)
		printf("; the last of %u boots", boot->boots);
	fputs("\n\n", stdout);
	printf("%-14s  %-28s  %-40s  %-7s  %-10s  %-8s  %s\n", "stage", "version", "built", "from",
		"entry", "at", "takes");
	for (unsigned int i = 0; i < STAGES; i++) {
		if (boot->stages[i].seen)
			print_stage(boot, i);
	}
	if (clock_of(boot) != CLOCK_NONE)
		printf("(%s)\n", clocks[clock_of(boot)]);
	putchar('\n');
	print_images(boot);
	for (unsigned int i = 0; i < BOOT_WARNINGS; i++) {
		if (!boot->warned[i])
			continue;
		printf("WARNING %s: ", boot_warning_word(i));
		print_shown(stdout, boot->reason[i]);
		putchar('\n');
	}
}

/* A JSON string of text that need not be UTF-8; `null` if there is none. */
static void print_json_text(const char *name, const char *text)
{
	char *shown = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&shown, &len);

	printf(",\"%s\":", name);
	if (memory) {
		print_shown(memory, text);
		fclose(memory);
	}
	if (*text && shown)
		print_json_string(shown);
	else
		fputs("null", stdout);
	free(shown);
}

static void print_json_stage(const struct boot *boot, enum boot_stage_id id)
{
	static const char *const clocks[] = {"", "linux", "log"};
	const struct boot_stage *stage = &boot->stages[id];
	double took = 0;

	printf("{\"stage\":\"%s\"", boot_stage_name(boot, id));
	print_json_text("version", stage->version);
	print_json_text("built", stage->built);
	print_json_text("loaded_by", loader_name(boot, id));
	if (stage->has_entry)
		printf(",\"entry\":\"0x%" PRIx64 "\"", stage->entry);
	else
		fputs(",\"entry\":null", stdout);
	print_json_text("clock", clocks[stage->at.clock]);
	if (stage->at.clock != CLOCK_NONE)
		printf(",\"at\":%.6f", stage->at.seconds);
	else
		fputs(",\"at\":null", stdout);
	if (boot_took(boot, id, &took))
		printf(",\"takes\":%.6f}", took);
	else
		fputs(",\"takes\":null}", stdout);
}

static void print_json_images(const struct boot *boot)
{
	fputs("],\"images\":[", stdout);
	for (unsigned int i = 0; i < boot->image_count; i++) {
		const struct boot_image *image = &boot->images[i];

		printf("%s{\"id\":%" PRIu32 ",\"by\":\"%s\"", i ? "," : "", image->id,
			boot_stage_name(boot, image->by));
		print_json_text("name", image->name);
		printf(",\"from\":\"0x%" PRIx64 "\"", image->from);
		if (image->has_end)
			printf(",\"to\":\"0x%" PRIx64 "\"}", image->to);
		else
			fputs(",\"to\":null}", stdout);
	}
}

static void print_json_warnings(const struct boot *boot)
{
	bool first = true;

	fputs("],\"warnings\":[", stdout);
	for (unsigned int i = 0; i < BOOT_WARNINGS; i++) {
		if (!boot->warned[i])
			continue;
		printf("%s{\"warning\":\"%s\"", first ? "" : ",", boot_warning_word(i));
		print_json_text("reason", boot->reason[i]);
		putchar('}');
		first = false;
	}
}

void boot_print_json(const struct boot *boot)
{
	bool first = true;

	printf("{\"boots\":%u", boot->boots);
	print_json_text("board", boot->board);
	print_json_text("medium", boot->medium);
	fputs(",\"stages\":[", stdout);
	for (unsigned int i = 0; i < STAGES; i++) {
		if (!boot->stages[i].seen)
			continue;
		fputs(first ? "" : ",", stdout);
		print_json_stage(boot, i);
		first = false;
	}
	print_json_images(boot);
	print_json_warnings(boot);
	fputs("]}\n", stdout);
}
