/* Names of columns: looked up in the scope, with ksqlDB's words for what is not there.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "expr/expr_private.h"

static pw_status fail_unknown(pw_binder *binder, const pw_node *node, const pw_str *source) {
    const pw_scope *scope = binder->scope;
    pw_status status;
    char prefix[64];
    bool is_bound = pw_str_equal(node->text, PW_STR("WINDOWSTART")) ||
                    pw_str_equal(node->text, PW_STR("WINDOWEND"));
    if (is_bound && !source) {
        status =
            pw_fail(binder->err, PW_UNKNOWN, node->span, "%sUnknown column %.*s.",
                    pw_binder_error_prefix(binder, prefix, sizeof prefix), PW_STR_ARGS(node->text));
    } else {
        status = pw_fail(binder->err, PW_UNKNOWN, node->span,
                         "%s column '%.*s%s%.*s' cannot be resolved.",
                         scope->clause ? scope->clause : "SELECT", source ? (int)source->length : 0,
                         source ? source->data : "", source ? "." : "", PW_STR_ARGS(node->text));
    }
    if (!binder->err) return status;
    pw_str *names = PW_NEW_ARRAY(binder->arena, pw_str, scope->column_count + 1);
    pw_str *sources = PW_NEW_ARRAY(binder->arena, pw_str, scope->column_count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < scope->column_count; i++) {
        sources[i] = scope->columns[i].source;
        if (!source || pw_str_equal(sources[i], *source)) names[count++] = scope->columns[i].name;
    }
    /* A name that is right behind a wrong qualifier: the qualifier is what to correct. */
    bool is_source_wrong = source && count == 0;
    pw_str nearest = is_source_wrong ? pw_nearest(*source, sources, scope->column_count)
                                     : pw_nearest(node->text, names, count);
    if (nearest.length && is_source_wrong) {
        pw_error_hint(binder->err, "did you mean %.*s.%.*s?", PW_STR_ARGS(nearest),
                      PW_STR_ARGS(node->text));
    } else if (nearest.length) {
        pw_error_hint(binder->err, "did you mean %.*s?", PW_STR_ARGS(nearest));
    }
    return status;
}

static pw_status fail_ambiguous(pw_binder *binder, const pw_node *node) {
    pw_buf text;
    pw_buf_init(&text);
    uint32_t found = 0, total = 0;
    for (uint32_t i = 0; i < binder->scope->column_count; i++) {
        total += pw_str_equal(binder->scope->columns[i].name, node->text);
    }
    for (uint32_t i = 0; i < binder->scope->column_count; i++) {
        const pw_scope_column *column = &binder->scope->columns[i];
        if (!pw_str_equal(column->name, node->text)) continue;
        found++;
        const char *separator = found == 1 ? "" : found == total ? " or " : ", ";
        pw_buf_format(&text, "%s%.*s.%.*s", separator, PW_STR_ARGS(column->source),
                      PW_STR_ARGS(column->name));
    }
    pw_status status =
        pw_fail(binder->err, PW_INVALID, node->span, "Column '%.*s' is ambiguous. Could be %.*s.",
                PW_STR_ARGS(node->text), PW_STR_ARGS(pw_buf_str(&text)));
    pw_buf_deinit(&text);
    return status;
}

pw_status pw_bind_column(pw_binder *binder, const pw_node *node, const pw_expr **out) {
    const pw_scope *scope = binder->scope;
    const pw_node *qualifier = pw_child(node, 0);
    const pw_str *source = qualifier ? &qualifier->text : NULL;
    const pw_scope_column *found = NULL;
    for (uint32_t i = 0; i < scope->column_count; i++) {
        const pw_scope_column *column = &scope->columns[i];
        if (!pw_str_equal(column->name, node->text)) continue;
        if (source && !pw_str_equal(column->source, *source)) continue;
        if (found && !source && found->index != column->index) return fail_ambiguous(binder, node);
        if (!found) found = column;
    }
    if (!found) return fail_unknown(binder, node, source);
    pw_expr draft = {.kind = PW_EXPR_COLUMN,
                     .index = found->index,
                     .type = found->type,
                     .span = node->span,
                     .is_time = found->is_time};
    /* Of a join ksqlDB shows the columns as its join names them: SOURCE_COLUMN. */
    draft.name = binder->is_many_sources
                     ? pw_arena_format(binder->arena, "%.*s_%.*s", PW_STR_ARGS(found->source),
                                       PW_STR_ARGS(found->name))
                     : pw_arena_str(binder->arena, found->name);
    *out = pw_expr_make(binder->arena, draft, NULL, 0);
    return PW_OK;
}
