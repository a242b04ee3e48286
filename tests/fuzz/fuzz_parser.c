/* Any bytes: the parser says yes or no; what it says yes to must print and read back as the same
 * tree. The three entry points and the searches in unparsed text get the same bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "parser/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reads_back(pw_arena *arena, const pw_node *node, pw_buf *printed) {
    pw_statements again;
    pw_error err = {0};
    pw_buf_add_char(printed, ';');
    pw_status status = pw_parse(arena, pw_buf_str(printed), &again, &err);
    if (status != PW_OK || again.count != 1 || !pw_ast_equal(node, again.items[0])) {
        fprintf(stderr, "reads back as another tree: %s\n%s\n", pw_buf_cstr(printed), err.message);
        abort();
    }
}

static void check_error(pw_str text, const pw_error *err, pw_buf *out) {
    if (err->status == PW_OK || err->message[0] == '\0') abort();
    pw_buf_clear(out);
    pw_error_render(err, PW_STR("fuzz"), text, out);
    pw_parse_error_as_ksqldb(text, err, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pw_str text = {(const char *)data, size};
    pw_arena arena;
    pw_buf out;
    pw_error err = {0};
    pw_statements statements;
    pw_node *node;
    pw_hashmap none;
    pw_str substituted;
    pw_arena_init(&arena, 0);
    pw_buf_init(&out);
    pw_hashmap_init(&none);
    if (pw_parse(&arena, text, &statements, &err) == PW_OK) {
        for (uint32_t i = 0; i < statements.count; i++) {
            pw_buf_clear(&out);
            pw_ast_print(statements.items[i], &out);
            check_reads_back(&arena, statements.items[i], &out);
            pw_buf_clear(&out);
            pw_ast_format(statements.items[i], &out);
            check_reads_back(&arena, statements.items[i], &out);
            if (!pw_ast_equal(statements.items[i], pw_ast_copy(&arena, statements.items[i])))
                abort();
        }
    } else {
        check_error(text, &err, &out);
    }
    if (pw_parse_expression(&arena, text, &node, NULL) == PW_OK) {
        pw_node *again = NULL;
        pw_buf_clear(&out);
        pw_ast_print(node, &out);
        if (pw_parse_expression(&arena, pw_buf_str(&out), &again, NULL) != PW_OK) abort();
        if (!pw_ast_equal(node, again)) abort();
    }
    (void)!pw_parse_type(&arena, text, &node, NULL);
    if (pw_statement_first(text).length > size) abort();
    if (pw_variables_substitute(&arena, text, &none, &substituted, NULL) != PW_OK) abort();
    pw_hashmap_deinit(&none);
    pw_buf_deinit(&out);
    pw_arena_deinit(&arena);
    return 0;
}
