/* CAST, access to nested values, constructors and calls. Calls, written CASTs and constructors are
 * where an error ends: their own value (or the element) is NULL and evaluation goes on
 * (ksql.nested.error.set.null). SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "expr/expr_private.h"
#include "types/cast.h"
#include "types/compare.h"

void pw_step_cast(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    bool is_implicit = step->index != 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *x = pw_at(a, row);
        if (x->is_null) {
            out[row] = pw_slot_null();
            if (is_implicit) out[row].is_null = x->is_null;
            continue;
        }
        const char *problem = pw_cast(eval->batch->arena, step->a_type, x, step->type, &out[row]);
        if (!problem) continue;
        out[row] = pw_slot_null();
        if (is_implicit) pw_eval_fail(eval, step, row, problem);
        if (!is_implicit) pw_eval_report(eval, step, row, problem);
    }
}

/* --- access ----------------------------------------------------------------------------------- */

void pw_step_item(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a), b = pw_eval_register(eval, step->b);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *array = pw_at(a, row), *index = pw_at(b, row);
        uint32_t null = array->is_null | index->is_null;
        out[row] = pw_slot_null();
        if (null) {
            if (null & PW_SLOT_FAILED)
                out[row].is_null = PW_SLOT_FAILED;
            else if (index->is_null)
                pw_eval_fail(eval, step, row, "NULL index");
            continue;
        }
        int64_t at = index->i64 > 0 ? index->i64 - 1 : (int64_t)array->length + index->i64;
        if (index->i64 != 0 && at >= 0 && at < (int64_t)array->length) out[row] = array->items[at];
    }
}

void pw_step_lookup(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a), b = pw_eval_register(eval, step->b);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    const pw_type *key_type = step->a_type->key;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        const pw_slot *map = pw_at(a, row), *key = pw_at(b, row);
        out[row] = pw_slot_null();
        if ((map->is_null | key->is_null) & PW_SLOT_FAILED)
            out[row].is_null = PW_SLOT_FAILED;
        else if (!map->is_null) {
            for (uint32_t k = 0; k < map->length; k++) {
                if (!pw_slot_equal(key_type, &map->items[2 * k], key)) continue;
                out[row] = map->items[2 * k + 1];
                break;
            }
        }
    }
}

void pw_step_field(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_vector a = pw_eval_register(eval, step->a);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    for (uint32_t i = 0; i < count; i++) {
        const pw_slot *x = pw_at(a, rows[i]);
        out[rows[i]] = x->is_null ? *x : x->items[step->index];
    }
}

/* --- constructors ----------------------------------------------------------------------------- */

static pw_slot element(pw_eval *eval, const pw_step *step, uint32_t index, uint32_t row) {
    pw_slot slot = *pw_at(pw_eval_register(eval, step->list[index]), row);
    if (slot.is_null) slot.is_null = 1;
    return slot;
}

static void make_items(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i];
        pw_slot *items = pw_arena_alloc(eval->batch->arena, (step->list_count + 1) * sizeof *items);
        for (uint32_t k = 0; k < step->list_count; k++)
            items[k] = element(eval, step, k, row);
        out[row] = pw_slot_items(items, step->list_count);
    }
}

void pw_step_make_array(pw_eval *eval, const pw_step *step) {
    make_items(eval, step);
}

void pw_step_make_struct(pw_eval *eval, const pw_step *step) {
    make_items(eval, step);
}

void pw_step_make_map(pw_eval *eval, const pw_step *step) {
    uint32_t count;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    pw_slot *out = pw_eval_register(eval, step->out).slots;
    const pw_type *key_type = step->type->key;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i], length = 0;
        pw_slot *items = pw_arena_alloc(eval->batch->arena, (step->list_count + 1) * sizeof *items);
        for (uint32_t k = 0; k < step->list_count; k += 2) {
            pw_slot key = element(eval, step, k, row);
            uint32_t at = 0;
            while (at < length && !pw_slot_equal(key_type, &items[2 * at], &key))
                at++;
            items[2 * at] = key;
            items[2 * at + 1] = element(eval, step, k + 1, row);
            if (at == length) length++;
        }
        out[row] = pw_slot_items(items, length);
    }
}

/* --- calls ------------------------------------------------------------------------------------ */

typedef struct call_owner {
    pw_eval *eval;
    const pw_step *step;
} call_owner;

static void call_failed(pw_call *call, uint32_t row, const char *message) {
    call_owner *owner = call->owner;
    call->out[row] = pw_slot_null();
    pw_eval_report(owner->eval, owner->step, row, message);
}

/* The rows the function is called for: those without an error in an argument and, if the function
 * asks for it, without a NULL. The others get NULL. */
static const uint32_t *callable_rows(pw_eval *eval, const pw_step *step, pw_call *call,
                                     uint32_t flags) {
    uint32_t count, kept_count = 0;
    const uint32_t *rows = pw_eval_rows(eval, step, &count);
    bool refuses_null = flags & (PW_FN_NULL_IN_NULL_OUT | PW_FN_NULL_FAILS);
    if (!refuses_null && !eval->has_failed) {
        call->row_count = count;
        return rows;
    }
    uint32_t refused = refuses_null ? UINT32_MAX : PW_SLOT_FAILED;
    uint32_t *kept = pw_arena_alloc(eval->batch->arena, (count + 1) * sizeof *kept);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows[i], null = 0;
        for (uint32_t k = 0; k < call->arg_count; k++)
            null |= pw_at(call->args[k], row)->is_null;
        kept[kept_count] = row;
        kept_count += (null & refused) == 0;
        if ((null & refused) == 0) continue;
        call->out[row] = pw_slot_null();
        if ((flags & PW_FN_NULL_FAILS) && null == 1)
            pw_eval_report(eval, step, row, "NULL argument");
    }
    call->row_count = kept_count;
    return kept;
}

void pw_step_call(pw_eval *eval, const pw_step *step) {
    const pw_function *function = step->expr->signature->function;
    pw_call_site *site = &eval->current->calls[step->index];
    for (uint32_t i = 0; i < step->list_count; i++)
        site->args[i] = pw_eval_register(eval, step->list[i]);
    call_owner owner = {eval, step};
    pw_call call = {
        .arena = eval->batch->arena,
        .args = site->args,
        .arg_count = step->list_count,
        .arg_types = site->arg_types,
        .result_type = step->type,
        .out = pw_eval_register(eval, step->out).slots,
        .state = site->state,
        .fail = call_failed,
        .owner = &owner,
    };
    call.rows = callable_rows(eval, step, &call, function->flags);
    if (call.row_count) function->scalar(&call);
}
