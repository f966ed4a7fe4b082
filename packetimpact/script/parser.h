/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar by recursive descent: each function reads what its name says from the lexer. After an error
 * the lexer gives no more tokens, so that a reader may go on until it is convenient to look.
 */
#ifndef SEA_PACKETIMPACT_SCRIPT_PARSER_H
#define SEA_PACKETIMPACT_SCRIPT_PARSER_H

#include "packetimpact/script/lexer.h"
#include "packetimpact/script/script.h"

/* Zeroed memory of the script; NULL after the error is filled in. */
void *sea_grammar_new(struct sea_lexer *lexer, size_t len);

bool sea_grammar_is_word(const struct sea_lexer *lexer, const char *word);
bool sea_grammar_is_punct(const struct sea_lexer *lexer, char punct);
/* Takes it where it is there. */
bool sea_grammar_take_word(struct sea_lexer *lexer, const char *word);
bool sea_grammar_take_punct(struct sea_lexer *lexer, char punct);
/* An error where it is not there; `where` says behind or in what: "in a SACK block". */
bool sea_grammar_expect(struct sea_lexer *lexer, char punct, const char *where);
/* A number from 0 to max; `what` names it: "the window". */
uint32_t sea_grammar_number(struct sea_lexer *lexer, uint32_t max, const char *what);
/* Says what was wanted and what is there instead. */
void sea_grammar_unexpected(struct sea_lexer *lexer, const char *wanted);

/* INTEGER or FLOAT seconds. */
int64_t sea_grammar_seconds(struct sea_lexer *lexer);

/* '<' or '>' and all that follows of a packet. */
void sea_grammar_packet(struct sea_lexer *lexer, struct sea_script_packet *packet);
/* Headers around a packet: "ipv4 192.0.2.1 > 192.0.2.2:", "gre:", "mpls …:" */
void sea_grammar_encaps(struct sea_lexer *lexer, struct sea_script_packet *packet);
/* [ect0, flowlabel 0x1], (tos 0x10), [ttl 3], or nothing */
void sea_grammar_ip(struct sea_lexer *lexer, struct sea_script_ip *ip);
/* <mss 1000,…>, <...>, or nothing */
void sea_grammar_options(struct sea_lexer *lexer, struct sea_script_tcp *tcp);
/* One option, without what it leaves unsaid. */
void sea_grammar_option(struct sea_lexer *lexer, struct sea_script_option *option);

/* name(arguments) = result …, with or without ...end in front */
void sea_grammar_call(struct sea_lexer *lexer, struct sea_script_call *call);
struct sea_expr *sea_grammar_expr(struct sea_lexer *lexer);

#endif
