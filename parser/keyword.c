/* The words of the language (keyword_list.h), looked up by text and by token.
 * SPDX-License-Identifier: Apache-2.0 */
#include "grammar.h"
#include "parser/keyword_list.h"
#include "parser/parser_private.h"

/* clang-format off */
#define WORD_RESERVED(word) {{#word, sizeof #word - 1}, PW_TOKEN_##word, PW_WORD_RESERVED},
#define WORD_NAME(word)     {{#word, sizeof #word - 1}, PW_TOKEN_##word, PW_WORD_NAME},
#define WORD_CONTEXT(word)  {{#word, sizeof #word - 1}, PW_TOKEN_##word, PW_WORD_CONTEXT},
#define WORD_PLAIN(word)    {{#word, sizeof #word - 1}, PW_TOKEN_IDENTIFIER, PW_WORD_PLAIN},
#define WORD_UNUSED(word)   {{#word, sizeof #word - 1}, PW_TOKEN_UNUSED_WORD, PW_WORD_UNUSED},
/* clang-format on */

static const pw_word words[] = {
    PW_KEYWORD_MAP(WORD_RESERVED, WORD_NAME, WORD_CONTEXT, WORD_PLAIN, WORD_UNUSED)};

enum { WORD_COUNT = sizeof words / sizeof words[0], WORD_BYTES_MAX = 12 };

const pw_word *pw_word_at(uint32_t index) {
    return index < WORD_COUNT ? &words[index] : NULL;
}

const pw_word *pw_word_find(pw_str text) {
    if (text.length == 0 || text.length > WORD_BYTES_MAX) return NULL;
    char upper[WORD_BYTES_MAX];
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        upper[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    pw_str wanted = {upper, text.length};
    uint32_t low = 0;
    uint32_t high = WORD_COUNT;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = pw_str_compare(wanted, words[middle].text);
        if (order == 0) return &words[middle];
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

const pw_word *pw_word_of_token(int token) {
    if (token == PW_TOKEN_IDENTIFIER || token == PW_TOKEN_UNUSED_WORD) return NULL;
    for (uint32_t i = 0; i < WORD_COUNT; i++) {
        if (words[i].token == token) return &words[i];
    }
    return NULL;
}

/* clang-format off */
#define CASE_TRUE(word) case PW_TOKEN_##word: return true;
#define CASE_NONE(word)
/* clang-format on */

bool pw_token_is_name(int token) {
    switch (token) {
    case PW_TOKEN_IDENTIFIER:
    case PW_TOKEN_QUOTED_NAME:
    case PW_TOKEN_DIGIT_NAME:
        return true;
        PW_KEYWORD_MAP(CASE_NONE, CASE_TRUE, CASE_TRUE, CASE_NONE, CASE_NONE)
    default: return false;
    }
}

bool pw_str_is_plain_name(pw_str text) {
    if (text.length == 0) return false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        bool is_later = (c >= '0' && c <= '9') || c == '@';
        if (!is_letter && !(is_later && i > 0)) return false;
    }
    return true;
}
