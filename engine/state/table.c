/* The visible table: one row per key, the last image of a key within a cut wins.
 *
 * Rows are encoded when they arrive (the batch's arena is gone by the time of the commit) into a
 * log that the next cut takes over as it is. SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "base/assert.h"
#include "base/mem.h"
#include "state/state_private.h"
#include "state/table_value.h"

enum { SLOTS_MIN = 256, SHRINK_FACTOR = 64 };

/* --- layout ----------------------------------------------------------------------------------- */

static bool is_key_kind(pw_column_kind kind) {
    return kind == PW_COLUMN_KEY || kind == PW_COLUMN_WINDOW_START || kind == PW_COLUMN_WINDOW_END;
}

static void add_name(pw_buf *sql, pw_str name) {
    pw_buf_add_char(sql, '"');
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] == '"') pw_buf_add_char(sql, '"');
        pw_buf_add_char(sql, name.data[i]);
    }
    pw_buf_add_char(sql, '"');
}

static bool is_name_taken(const pw_table_plan *plan, uint32_t before, pw_str name) {
    if (pw_str_equal_nocase(name, PW_STR("ROWTIME"))) return true;
    for (uint32_t i = 0; i < before; i++) {
        if (pw_str_equal_nocase(pw_str_from(plan->names[i]), name)) return true;
    }
    return false;
}

/* SQLite's names do not know case, ours do: `id` beside ID becomes id_2. */
static void choose_names(pw_arena *arena, pw_table_plan *plan) {
    for (uint32_t i = 0; i < plan->schema.column_count; i++) {
        pw_str name = plan->schema.columns[i].name;
        for (uint32_t n = 2; is_name_taken(plan, i, name); n++) {
            name = pw_arena_format(arena, "%.*s_%u", PW_STR_ARGS(plan->schema.columns[i].name), n);
        }
        plan->names[i] = pw_arena_cstr(arena, name);
    }
}

static void add_key_list(const pw_table_plan *plan, pw_buf *sql, const char *between,
                         bool has_values) {
    for (uint32_t k = 0; k < plan->key_count; k++) {
        if (k > 0) pw_buf_add_str(sql, pw_str_from(between));
        add_name(sql, pw_str_from(plan->names[plan->key_indexes[k]]));
        if (has_values) pw_buf_format(sql, " = ?%u", k + 1);
    }
}

static void write_sql(pw_arena *arena, pw_table_plan *plan) {
    pw_buf sql;
    pw_buf_init(&sql);
    pw_buf_add_literal(&sql, "CREATE TABLE ");
    add_name(&sql, plan->name);
    pw_buf_add_char(&sql, '(');
    for (uint32_t i = 0; i < plan->schema.column_count; i++) {
        add_name(&sql, pw_str_from(plan->names[i]));
        pw_buf_add_char(&sql, ' ');
        pw_table_type_print(plan->types[i], &sql);
        pw_buf_add_literal(&sql, ", ");
    }
    pw_buf_add_literal(&sql, "ROWTIME BIGINT, PRIMARY KEY(");
    add_key_list(plan, &sql, ", ", false);
    pw_buf_add_literal(&sql, ")) WITHOUT ROWID;");
    plan->create_sql = pw_arena_cstr(arena, pw_buf_str(&sql));

    pw_buf_clear(&sql);
    pw_buf_add_literal(&sql, "REPLACE INTO ");
    add_name(&sql, plan->name);
    pw_buf_add_literal(&sql, " VALUES(");
    for (uint32_t i = 0; i <= plan->schema.column_count; i++) {
        pw_buf_format(&sql, i ? ", ?%u" : "?%u", i + 1);
    }
    pw_buf_add_char(&sql, ')');
    plan->upsert_sql = pw_arena_cstr(arena, pw_buf_str(&sql));

    pw_buf_clear(&sql);
    pw_buf_add_literal(&sql, "DELETE FROM ");
    add_name(&sql, plan->name);
    pw_buf_add_literal(&sql, " WHERE ");
    add_key_list(plan, &sql, " AND ", true);
    plan->delete_sql = pw_arena_cstr(arena, pw_buf_str(&sql));
    pw_buf_deinit(&sql);
}

static bool is_reserved(pw_str name) {
    static const char *const prefixes[] = {"pitwall_", "sqlite_"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i]);
        if (name.length >= length && strncasecmp(name.data, prefixes[i], length) == 0) return true;
    }
    return false;
}

pw_status pw_table_plan_make(pw_arena *arena, pw_str name, const pw_schema *schema,
                             pw_table_plan **out, pw_error *err) {
    if (is_reserved(name)) {
        pw_fail(err, PW_INVALID, PW_SPAN_NONE, "the name %.*s is reserved", PW_STR_ARGS(name));
        pw_error_hint(err, "names of tables must not begin with PITWALL_ or SQLITE_");
        return PW_INVALID;
    }
    pw_table_plan *plan = PW_NEW(arena, pw_table_plan);
    plan->name = pw_arena_str(arena, name);
    plan->schema = pw_schema_copy(arena, schema);
    uint32_t count = schema->column_count;
    plan->types = PW_NEW_ARRAY(arena, const pw_type *, count);
    plan->names = PW_NEW_ARRAY(arena, const char *, count);
    plan->key_indexes = PW_NEW_ARRAY(arena, uint32_t, count);
    plan->key_types = PW_NEW_ARRAY(arena, const pw_type *, count);
    plan->is_key = PW_NEW_ARRAY(arena, bool, count);
    for (uint32_t i = 0; i < count; i++) {
        plan->types[i] = plan->schema.columns[i].type;
        plan->is_key[i] = is_key_kind(plan->schema.columns[i].kind);
        if (!plan->is_key[i]) continue;
        plan->key_types[plan->key_count] = plan->types[i];
        plan->key_indexes[plan->key_count++] = i;
    }
    if (plan->key_count == 0) {
        return pw_fail(err, PW_INVALID, PW_SPAN_NONE, "table %.*s has no primary key",
                       PW_STR_ARGS(name));
    }
    choose_names(arena, plan);
    write_sql(arena, plan);
    *out = plan;
    return PW_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

pw_status pw_table_open(pw_state *state, uint32_t task, pw_table **out, pw_error *err) {
    PW_ASSERT(task < state->spec.task_count);
    if (!state->plan) {
        return pw_fail(err, PW_INTERNAL, PW_SPAN_NONE, "query %.*s has no visible table",
                       PW_STR_ARGS(state->spec.query_id));
    }
    PW_ASSERT(!state->tables[task]);
    pw_table *table = pw_mem_zalloc(1, sizeof *table);
    table->state = state;
    table->task = task;
    table->row = pw_mem_zalloc(state->plan->schema.column_count + 1, sizeof *table->row);
    state->tables[task] = table;
    *out = table;
    return PW_OK;
}

void pw_table_free(pw_table *table) {
    if (!table) return;
    pw_row_log_deinit(&table->log);
    pw_buf_deinit(&table->key);
    pw_mem_free(table->slots);
    pw_mem_free(table->hashes);
    pw_mem_free(table->row);
    pw_mem_free(table);
}

static void grow_slots(pw_table *table) {
    table->slot_count = table->slot_count ? table->slot_count * 2 : SLOTS_MIN;
    pw_mem_free(table->slots);
    table->slots = pw_mem_zalloc(table->slot_count, sizeof *table->slots);
    table->hashes = pw_mem_realloc(table->hashes, table->slot_count / 2 * sizeof *table->hashes);
    for (size_t row = 0; row < table->log.row_count; row++) {
        size_t at = table->hashes[row] & (table->slot_count - 1);
        while (table->slots[at])
            at = (at + 1) & (table->slot_count - 1);
        table->slots[at] = (uint32_t)(row + 1);
    }
}

/* The row of the key in this cut; a new one is all zero. */
static pw_cut_row *find_row(pw_table *table, pw_str key) {
    if (table->log.row_count >= table->slot_count / 2) grow_slots(table);
    uint64_t hash = pw_hash_bytes(key.data, key.length);
    size_t at = hash & (table->slot_count - 1);
    for (; table->slots[at]; at = (at + 1) & (table->slot_count - 1)) {
        pw_cut_row *row = &table->log.rows[table->slots[at] - 1];
        if (table->hashes[table->slots[at] - 1] == hash &&
            pw_str_equal(pw_cut_row_key(&table->log, row), key)) {
            return row;
        }
    }
    PW_ASSERT(table->log.row_count < UINT32_MAX - 1);
    pw_cut_row *row = pw_row_log_add(&table->log);
    *row = (pw_cut_row){.at = 0, .key_length = 0, .value_length = 0, .time_ms = 0};
    table->hashes[table->log.row_count - 1] = hash;
    table->slots[at] = (uint32_t)table->log.row_count;
    return row;
}

/* Writes key and value behind everything else. The former image of the key is waste until the cut;
 * pw_table_dirty_bytes counts it, so a hot key asks for a commit before memory runs out. */
static void write_row(pw_table *table, const pw_batch *batch, uint32_t index, pw_cut_row *row) {
    const pw_table_plan *plan = table->state->plan;
    pw_buf *bytes = &table->log.bytes;
    row->at = bytes->length;
    row->key_length = (uint32_t)table->key.length;
    row->time_ms = batch->rowtime[index];
    pw_buf_add_str(bytes, pw_buf_str(&table->key));
    if (batch->flags[index] & PW_ROW_TOMBSTONE) {
        row->value_length = PW_CUT_ROW_DELETED;
        return;
    }
    for (uint32_t c = 0; c < plan->schema.column_count; c++) {
        table->row[c] = *pw_at(batch->columns[c], index);
    }
    size_t start = bytes->length;
    pw_row_encode(plan->types, table->row, plan->schema.column_count, bytes);
    size_t length = bytes->length - start;
    PW_ASSERT(length < PW_CUT_ROW_DELETED);
    row->value_length = (uint32_t)length;
}

pw_status pw_table_apply(pw_table *table, const pw_batch *batch, pw_error *err) {
    (void)err;
    const pw_table_plan *plan = table->state->plan;
    PW_ASSERT(batch->column_count == plan->schema.column_count);
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t index = batch->selection[i];
        pw_buf_clear(&table->key);
        pw_key_encode(plan->key_types, batch->columns, plan->key_indexes, plan->key_count, index,
                      &table->key);
        write_row(table, batch, index, find_row(table, pw_buf_str(&table->key)));
    }
    return PW_OK;
}

size_t pw_table_dirty_bytes(const pw_table *table) {
    return table->log.bytes.length + table->log.row_count * sizeof(pw_cut_row);
}

void pw_table_cut(pw_table *table, pw_row_log *log) {
    PW_ASSERT(log->row_count == 0);
    size_t row_count = table->log.row_count;
    if (row_count == 0) return;
    pw_row_log swapped = *log;
    *log = table->log;
    table->log = swapped;
    if (table->slot_count > SLOTS_MIN && table->slot_count / SHRINK_FACTOR > row_count) {
        /* Clearing what one large cut needed would cost every small one. */
        table->slot_count = 0;
        grow_slots(table);
        return;
    }
    memset(table->slots, 0, table->slot_count * sizeof *table->slots);
}
