// SPDX-License-Identifier: Apache-2.0
/* A script, its events and its expressions as text. */
#include <inttypes.h>
#include <string.h>

#include "packetimpact/script/script.h"

static void print_string(struct sea_script_text text, FILE *out)
{
	static const char from[] = "\f\n\r\t\v\\\"", to[] = "fnrtv\\\"";

	fputc('"', out);
	for (size_t i = 0; i < text.len; i++) {
		const char *found = memchr(from, text.s[i], sizeof(from) - 1);

		if (found)
			fprintf(out, "\\%c", to[found - from]);
		else if ((unsigned char)text.s[i] < ' ' || text.s[i] == 0x7f)
			fprintf(out, "\\x%02x", (unsigned char)text.s[i]);
		else
			fputc(text.s[i], out);
	}
	fputc('"', out);
}

static void print_items(const struct sea_expr *expr, const char *separator, FILE *out)
{
	for (size_t i = 0; i < expr->n_items; i++) {
		if (i)
			fputs(separator, out);
		sea_script_print_expr(expr->items[i], out);
	}
}

static void print_around(const struct sea_expr *expr, char begin, char end, FILE *out)
{
	fputc(begin, out);
	print_items(expr, ", ", out);
	fputc(end, out);
}

static void print_field(const struct sea_expr *expr, FILE *out)
{
	fwrite(expr->text.s, 1, expr->text.len, out);
	if (expr->n_items > 1) {
		fputc('(', out);
		sea_script_print_expr(expr->items[1], out);
		fputc(')', out);
	}
	fputc('=', out);
	sea_script_print_expr(expr->items[0], out);
}

void sea_script_print_expr(const struct sea_expr *expr, FILE *out)
{
	switch (expr->kind) {
	case SEA_EXPR_ELLIPSIS:
		fputs("...", out);
		break;
	case SEA_EXPR_INTEGER:
		if (expr->hex)
			fprintf(out, "0x%" PRIx64, (uint64_t)expr->integer);
		else
			fprintf(out, "%" PRId64, expr->integer);
		break;
	case SEA_EXPR_NAME:
		fwrite(expr->text.s, 1, expr->text.len, out);
		break;
	case SEA_EXPR_STRING:
		print_string(expr->text, out);
		if (expr->open)
			fputs("...", out);
		break;
	case SEA_EXPR_OR:
		print_items(expr, "|", out);
		break;
	case SEA_EXPR_LIST:
		print_around(expr, '[', ']', out);
		break;
	case SEA_EXPR_GROUP:
		print_around(expr, '{', '}', out);
		break;
	case SEA_EXPR_FIELD:
		print_field(expr, out);
		break;
	case SEA_EXPR_CALL:
		fwrite(expr->text.s, 1, expr->text.len, out);
		print_around(expr, '(', ')', out);
		break;
	}
}

static void print_seconds(int64_t ns, FILE *out)
{
	char fraction[16];
	int last = 9;

	snprintf(fraction, sizeof(fraction), "%09" PRId64, ns % 1000000000);
	while (last > 0 && fraction[last - 1] == '0')
		last--;
	fprintf(out, "%" PRId64 "%s%.*s", ns / 1000000000, last ? "." : "", last, fraction);
}

static void print_time(const struct sea_script_time *time, FILE *out)
{
	const char *plus = time->kind == SEA_TIME_RELATIVE ? "+" : "";

	if (time->kind == SEA_TIME_ANY) {
		fputc('*', out);
		return;
	}
	fputs(plus, out);
	print_seconds(time->from_ns, out);
	if (!time->range)
		return;
	fprintf(out, "~%s", plus);
	print_seconds(time->to_ns, out);
}

static void print_call(const struct sea_script_call *call, FILE *out)
{
	fprintf(out, "%s(", call->name.s);
	for (size_t i = 0; i < call->n_args; i++) {
		if (i)
			fputs(", ", out);
		sea_script_print_expr(call->args[i], out);
	}
	fputs(") = ", out);
	sea_script_print_expr(call->result, out);
	if (call->error.len)
		fprintf(out, " %s", call->error.s);
	if (call->note.s)
		fprintf(out, " (%s)", call->note.s);
}

static void print_quoted(const char *begin, struct sea_script_text text, const char *end, FILE *out)
{
	fputs(begin, out);
	fwrite(text.s, 1, text.len, out);
	fputs(end, out);
}

void sea_script_print_event(const struct sea_script_event *event, FILE *out)
{
	print_time(&event->time, out);
	if (event->kind == SEA_EVENT_CALL && event->call.blocking) {
		fputs("...", out);
		print_seconds(event->call.end_ns, out);
	}
	fputc(' ', out);
	switch (event->kind) {
	case SEA_EVENT_PACKET:
		sea_script_print_packet(&event->packet, out);
		break;
	case SEA_EVENT_CALL:
		print_call(&event->call, out);
		break;
	case SEA_EVENT_SHELL:
		print_quoted("`", event->text, "`", out);
		break;
	case SEA_EVENT_CODE:
		print_quoted("%{ ", event->text, " }%", out);
		break;
	}
}

static void print_setting(const struct sea_script_setting *setting, FILE *out)
{
	bool blank = setting->value.len && strpbrk(setting->value.s, " \t\r\n\v\f") &&
		     !strpbrk(setting->value.s, "\"`");

	fprintf(out, "--%s", setting->name.s);
	if (setting->has_value)
		fprintf(out, blank ? "=\"%s\"" : "=%s", setting->value.s);
	fputc('\n', out);
}

void sea_script_print(const struct sea_script *script, FILE *out)
{
	for (const struct sea_script_setting *s = script->settings; s; s = s->next)
		print_setting(s, out);
	if (script->init.s)
		print_quoted("`", script->init, "`\n", out);
	for (const struct sea_script_event *event = script->events; event; event = event->next) {
		sea_script_print_event(event, out);
		fputc('\n', out);
	}
	if (script->cleanup.s)
		print_quoted("`", script->cleanup, "`\n", out);
}
