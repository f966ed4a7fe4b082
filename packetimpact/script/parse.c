// SPDX-License-Identifier: Apache-2.0
/* The frame of a script: settings, the command in front, events, the command behind. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/script/number.h"
#include "packetimpact/script/parser.h"

#define SCRIPT_MAX ((size_t)16 << 20)
#define DEFINES_MAX 1000u /* each word is compared with each */

/* A script and what it is made of. */
struct whole {
	struct sea_script script;
	struct sea_arena arena;
};

void *sea_grammar_new(struct sea_lexer *lexer, size_t len)
{
	void *memory = sea_arena_alloc(lexer->arena, len);

	if (!memory)
		sea_lexer_fail_memory(lexer);
	return memory;
}

bool sea_grammar_is_word(const struct sea_lexer *lexer, const char *word)
{
	return lexer->token.kind == SEA_TOKEN_WORD && !strcmp(lexer->token.text.s, word);
}

bool sea_grammar_is_punct(const struct sea_lexer *lexer, char punct)
{
	return lexer->token.kind == SEA_TOKEN_PUNCT && lexer->token.punct == punct;
}

bool sea_grammar_take_word(struct sea_lexer *lexer, const char *word)
{
	bool is = sea_grammar_is_word(lexer, word);

	if (is)
		sea_lexer_next(lexer);
	return is;
}

bool sea_grammar_take_punct(struct sea_lexer *lexer, char punct)
{
	bool is = sea_grammar_is_punct(lexer, punct);

	if (is)
		sea_lexer_next(lexer);
	return is;
}

void sea_grammar_unexpected(struct sea_lexer *lexer, const char *wanted)
{
	const struct sea_token *token = &lexer->token;

	if (token->kind == SEA_TOKEN_END)
		sea_lexer_fail(lexer, token->at, "%s is missing at the end of the script", wanted);
	else
		sea_lexer_fail(lexer, token->at, "%s is expected here", wanted);
}

bool sea_grammar_expect(struct sea_lexer *lexer, char punct, const char *where)
{
	if (sea_grammar_take_punct(lexer, punct))
		return true;
	sea_lexer_fail(lexer, lexer->token.at, "a %c is expected here %s", punct, where);
	return false;
}

uint32_t sea_grammar_number(struct sea_lexer *lexer, uint32_t max, const char *what)
{
	int64_t value = lexer->token.integer;

	if (lexer->token.kind != SEA_TOKEN_INTEGER && lexer->token.kind != SEA_TOKEN_HEX) {
		sea_lexer_fail(lexer, lexer->token.at, "%s is expected here, a number", what);
		return 0;
	}
	if (value < 0 || value > max) {
		sea_lexer_fail(lexer, lexer->token.at, "%s must be from 0 to %u", what, max);
		return 0;
	}
	sea_lexer_next(lexer);
	return (uint32_t)value;
}

int64_t sea_grammar_seconds(struct sea_lexer *lexer)
{
	const struct sea_token *token = &lexer->token;
	int64_t ns = 0;

	if (token->kind != SEA_TOKEN_FLOAT && token->kind != SEA_TOKEN_INTEGER) {
		sea_grammar_unexpected(lexer, "a time in seconds");
		return 0;
	}
	if (token->text.s[0] == '-')
		sea_lexer_fail(lexer, token->at, "a time must not be negative");
	else if (!sea_number_seconds(token->text, &ns))
		sea_lexer_fail(lexer, token->at, "a time must be less than 100000000 seconds");
	sea_lexer_next(lexer);
	return ns;
}

static void add_define(struct sea_lexer *lexer, struct sea_script_text name,
		       struct sea_script_text value)
{
	struct sea_lexer_define *define = sea_grammar_new(lexer, sizeof(*define)), **end;

	if (!define)
		return;
	*define = (struct sea_lexer_define){ .name = name, .value = value };
	for (end = &lexer->defines; *end; end = &(*end)->next)
		;
	*end = define; /* the first of a name counts */
}

static void define_setting(struct sea_lexer *lexer, const struct sea_script_setting *setting,
			   size_t at, unsigned *n)
{
	struct sea_script_text value = setting->value;
	const char *equals = value.s ? memchr(value.s, '=', value.len) : NULL;

	if (strcmp(setting->name.s, "define") && strcmp(setting->name.s, "D"))
		return;
	if (!equals || equals == value.s) {
		sea_lexer_fail(lexer, at, "a define is NAME=VALUE");
		return;
	}
	if (++*n > DEFINES_MAX)
		sea_lexer_fail(lexer, at, "a script may have %u defines", DEFINES_MAX);
	add_define(lexer, sea_lexer_copy(lexer, value.s, (size_t)(equals - value.s)),
		   sea_lexer_copy(lexer, equals + 1, value.len - (size_t)(equals + 1 - value.s)));
}

/* A value in quotes all around is what is in them. */
static struct sea_script_text unquoted(struct sea_lexer *lexer, struct sea_script_text value)
{
	if (value.s && value.len >= 2 && value.s[0] == '"' && value.s[value.len - 1] == '"' &&
	    !memchr(value.s + 1, '"', value.len - 2))
		return sea_lexer_copy(lexer, value.s + 1, value.len - 2);
	return value;
}

static void parse_settings(struct sea_lexer *lexer, struct sea_script *script)
{
	struct sea_script_setting **end = &script->settings;
	unsigned defines = 0;

	while (lexer->token.kind == SEA_TOKEN_SETTING) {
		struct sea_script_setting *setting = sea_grammar_new(lexer, sizeof(*setting));
		size_t at = lexer->token.at;

		if (!setting)
			return;
		setting->pos = sea_lexer_pos(lexer, at);
		setting->name = lexer->token.text;
		/* no word is looked up before this setting may have defined it */
		if (lexer->at < lexer->len && lexer->s[lexer->at] == '=') {
			sea_lexer_next(lexer);
			setting->has_value = true;
			setting->value = unquoted(lexer, sea_lexer_value(lexer));
		} else {
			sea_lexer_next(lexer);
		}
		if (lexer->rc)
			return;
		define_setting(lexer, setting, at, &defines);
		*end = setting;
		end = &setting->next;
	}
}

static void parse_time(struct sea_lexer *lexer, struct sea_script_time *time)
{
	if (sea_grammar_take_punct(lexer, '*')) {
		time->kind = SEA_TIME_ANY;
		return;
	}
	if (sea_grammar_take_punct(lexer, '+'))
		time->kind = SEA_TIME_RELATIVE;
	time->from_ns = time->to_ns = sea_grammar_seconds(lexer);
	if (!sea_grammar_take_punct(lexer, '~'))
		return;
	time->range = true;
	if (time->kind == SEA_TIME_RELATIVE &&
	    !sea_grammar_expect(lexer, '+', "as in front of the ~"))
		return;
	time->to_ns = sea_grammar_seconds(lexer);
}

static void parse_action(struct sea_lexer *lexer, struct sea_script_event *event)
{
	if (sea_grammar_is_punct(lexer, '<') || sea_grammar_is_punct(lexer, '>')) {
		event->kind = SEA_EVENT_PACKET;
		sea_grammar_packet(lexer, &event->packet);
	} else if (lexer->token.kind == SEA_TOKEN_WORD || lexer->token.kind == SEA_TOKEN_ELLIPSIS) {
		event->kind = SEA_EVENT_CALL;
		sea_grammar_call(lexer, &event->call);
	} else if (lexer->token.kind == SEA_TOKEN_SHELL || lexer->token.kind == SEA_TOKEN_CODE) {
		event->kind = lexer->token.kind == SEA_TOKEN_SHELL ? SEA_EVENT_SHELL
								   : SEA_EVENT_CODE;
		event->text = lexer->token.text;
		sea_lexer_next(lexer);
	} else {
		sea_grammar_unexpected(lexer, "a packet, a system call, `a command` or %{ code }%");
	}
}

static void check_time(struct sea_lexer *lexer, const struct sea_script_event *event, size_t at)
{
	const struct sea_script_time *time = &event->time;
	bool waits = event->kind == SEA_EVENT_PACKET && event->packet.outbound;

	if (time->kind == SEA_TIME_ANY && !waits)
		sea_lexer_fail(lexer, at, "only a packet of the device may come at any time");
	if (time->range && !waits)
		sea_lexer_fail(lexer, at, "only a packet of the device may have a range of time");
	if (time->range && time->to_ns < time->from_ns)
		sea_lexer_fail(lexer, at, "this range of time ends before it begins");
	if (event->kind == SEA_EVENT_CALL && event->call.blocking &&
	    event->call.end_ns < time->from_ns)
		sea_lexer_fail(lexer, at, "this call ends before it begins");
}

static void parse_events(struct sea_lexer *lexer, struct sea_script *script)
{
	struct sea_script_event **end = &script->events;

	while (!lexer->rc && lexer->token.kind != SEA_TOKEN_END) {
		struct sea_script_event *event;
		size_t at = lexer->token.at;

		if (lexer->token.kind == SEA_TOKEN_SHELL && script->events) {
			script->cleanup = lexer->token.text;
			sea_lexer_next(lexer);
			if (lexer->token.kind != SEA_TOKEN_END)
				sea_lexer_fail(lexer, at, "a command in the midst needs a time");
			return;
		}
		event = sea_grammar_new(lexer, sizeof(*event));
		if (!event)
			return;
		event->pos = sea_lexer_pos(lexer, at);
		parse_time(lexer, &event->time);
		parse_action(lexer, event);
		check_time(lexer, event, at);
		*end = event;
		end = &event->next;
		script->n_events++;
	}
	if (!script->events)
		sea_grammar_unexpected(lexer, "an event");
}

static void parse_script(struct sea_lexer *lexer, struct sea_script *script)
{
	const char *nul = memchr(script->source.s, '\0', script->source.len);

	if (nul)
		sea_lexer_fail(lexer, (size_t)(nul - script->source.s),
			       "a NUL byte has no place in a script");
	sea_lexer_next(lexer);
	parse_settings(lexer, script);
	if (lexer->token.kind == SEA_TOKEN_SHELL) {
		script->init_pos = sea_lexer_pos(lexer, lexer->token.at);
		script->init = lexer->token.text;
		sea_lexer_next(lexer);
	}
	parse_events(lexer, script);
}

/* The text and its path belong to the script, too. */
static void copy_source(struct sea_lexer *lexer, struct sea_script *script, const char *path,
			const char *text, size_t len)
{
	script->path = sea_lexer_copy(lexer, path, strlen(path)).s;
	script->source = sea_lexer_copy(lexer, text, len);
	lexer->path = script->path;
	lexer->s = script->source.s;
	lexer->len = len;
}

static int too_long(struct sea_script_error *error)
{
	snprintf(error->message, sizeof(error->message), "a script must not be above %zu MiB",
		 SCRIPT_MAX >> 20);
	return -EINVAL;
}

int sea_script_parse(const char *path, const char *text, size_t len,
		     const struct sea_script_define *defines, size_t n_defines,
		     struct sea_script **script, struct sea_script_error *error)
{
	struct whole *whole = calloc(1, sizeof(*whole));
	struct sea_lexer lexer = { .error = error };

	*script = NULL;
	*error = (struct sea_script_error){ 0 };
	snprintf(error->path, sizeof(error->path), "%s", path);
	if (len > SCRIPT_MAX) {
		free(whole);
		return too_long(error);
	}
	if (!whole) {
		sea_lexer_fail_memory(&lexer);
		return lexer.rc;
	}
	lexer.arena = &whole->arena;
	copy_source(&lexer, &whole->script, path, text, len);
	for (size_t i = 0; i < n_defines; i++)
		add_define(&lexer, sea_lexer_copy(&lexer, defines[i].name, strlen(defines[i].name)),
			   sea_lexer_copy(&lexer, defines[i].value, strlen(defines[i].value)));
	if (!lexer.rc)
		parse_script(&lexer, &whole->script);
	if (lexer.rc)
		sea_script_free(&whole->script);
	else
		*script = &whole->script;
	return lexer.rc;
}

void sea_script_free(struct sea_script *script)
{
	struct whole *whole = (struct whole *)script;

	if (!whole)
		return;
	sea_arena_fini(&whole->arena);
	free(whole);
}
