/* One task: the instance of a stage's operators for one partition or shard.
 *
 * A run takes one batch of each input (or one message of the channel) through all operators and
 * hands what the sink encoded to the producer. Nothing waits in here: a task that cannot go on
 * returns and is made ready again by whoever clears the way (a reader with data, an emptied
 * channel, the committer). SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "runtime/blame.h"
#include "runtime/runtime_private.h"

/* --- errors of single records and rows -------------------------------------------------------- */

static void on_record_failed(void *opaque, const pw_source *source, const pw_record *record,
                             pw_str column, const char *reason) {
    pw_task *task = opaque;
    atomic_fetch_add_explicit(&task->records_undecodable, 1, memory_order_relaxed);
    pw_error_record error = {.at_ms = pw_clock_wall_ms(),
                             .status = PW_BAD_DATA,
                             .query_id = task->query->topology->query_id,
                             .topic = source->topic,
                             .partition = record->partition,
                             .offset = record->offset,
                             .column = column,
                             .reason = pw_str_from(reason),
                             .key = {record->key, record->key_length},
                             .value = {record->value, record->value_length}};
    pw_errors_add(task->query->runtime->options.errors, &error);
}

static void on_row_failed(pw_row_errors *self, const pw_batch *batch, uint32_t row,
                          pw_status status, pw_str column, const char *message) {
    pw_task *task = (pw_task *)((char *)self - offsetof(pw_task, row_errors));
    if (batch->flags[row] & PW_ROW_TOMBSTONE) return; /* a null record has nothing to evaluate */
    pw_str topic = PW_STR_EMPTY;
    if (task->input_count == 1 && batch->offset[row] >= 0)
        topic = task->inputs[0].plan->source->source->topic;
    pw_error_record error = {.at_ms = pw_clock_wall_ms(),
                             .status = status,
                             .query_id = task->query->topology->query_id,
                             .topic = topic,
                             .partition = batch->partition[row],
                             .offset = batch->offset[row],
                             .column = column,
                             .reason = pw_str_from(message)};
    pw_errors_add(task->query->runtime->options.errors, &error);
}

/* --- the way to other tasks ------------------------------------------------------------------- */

static uint32_t port_shard_count(pw_exchange_port *self, const pw_plan_op *op) {
    const pw_query *query = ((pw_task *)self)->query;
    return query->topology->stages[op->output->stage].task_count;
}

static pw_task *receiver(pw_query *query, const pw_plan_op *exchange, uint32_t shard) {
    return &query->tasks[query->stage_first[exchange->output->stage] + shard];
}

static pw_status port_send(pw_exchange_port *self, const pw_plan_op *op, uint32_t shard,
                           const pw_batch *batch, pw_error *err) {
    (void)err;
    pw_query *query = ((pw_task *)self)->query;
    pw_task *to = receiver(query, op, shard);
    pw_message *message = pw_message_take(&query->messages);
    message->batch = pw_batch_copy_selected(&message->arena, batch, op->types);
    message->batch->errors = &to->row_errors;
    message->from = op;
    atomic_fetch_add(&query->inflight, 1);
    pw_channel_push(&to->channel, message);
    pw_pool_schedule(&query->runtime->pool, to);
    return PW_OK;
}

/* Is there room behind every exchange of this task? */
static bool has_room(const pw_task *task) {
    pw_query *query = task->query;
    const pw_topology *topology = query->topology;
    for (uint32_t i = 0; i < topology->op_count; i++) {
        const pw_plan_op *op = topology->ops[i];
        if (op->kind != PW_PLAN_EXCHANGE || op->stage != task->stage) continue;
        for (uint32_t s = 0; s < topology->stages[op->output->stage].task_count; s++) {
            if (atomic_load(&receiver(query, op, s)->channel.length) >= PW_CHANNEL_BATCHES_MAX)
                return false;
        }
    }
    return true;
}

/* The channel has become short: those who wait for room may go on. */
static void wake_senders(pw_task *task) {
    pw_query *query = task->query;
    for (uint32_t i = 0; i < query->task_count; i++) {
        if (query->tasks[i].stage < task->stage)
            pw_pool_schedule(&query->runtime->pool, &query->tasks[i]);
    }
}

/* --- output ----------------------------------------------------------------------------------- */

enum { SEND_COUNT_MAX = 512 };

static void outgoing_fill(const pw_task *task, const pw_outbox_record *record, pw_outgoing *out) {
    const char *bytes = task->outbox.bytes.data;
    int32_t count = task->query->sink_partitions;
    *out = (pw_outgoing){
        .topic = task->query->topic,
        .partition =
            record->has_key && count > 0 ? (int32_t)(record->key_hash % (uint32_t)count) : -1,
        .key = record->has_key ? bytes + record->key_start : NULL,
        .key_length = record->key_length,
        .value = record->has_value ? bytes + record->value_start : NULL,
        .value_length = record->value_length,
        .timestamp_ms = record->timestamp_ms,
        .headers = record->headers,
    };
}

/* Gives the outbox to the producer. True when it is empty; false when the producer is full or has
 * trouble: the rest stays and is tried again at the next run. */
static bool hand_over(pw_task *task) {
    pw_query *query = task->query;
    pw_outbox *outbox = &task->outbox;
    while (outbox->sent < outbox->count) {
        pw_outgoing records[SEND_COUNT_MAX];
        size_t count = outbox->count - outbox->sent, sent = 0;
        if (count > SEND_COUNT_MAX) count = SEND_COUNT_MAX;
        for (size_t i = 0; i < count; i++)
            outgoing_fill(task, &outbox->records[outbox->sent + i], &records[i]);
        pw_error err;
        pw_status status = pw_producer_send(query->runtime->producer, records, count, &sent, &err);
        outbox->sent += sent;
        if (status != PW_OK) {
            if (pw_respond_repeatable(status) == PW_RESPONSE_RETRY)
                pw_query_stall(query, &err);
            else
                pw_query_fail(query, &err);
            break;
        }
        if (sent < count) break;
    }
    bool is_empty = outbox->sent == outbox->count;
    if (is_empty) pw_outbox_clear(outbox);
    if (is_empty && atomic_load(&task->is_outbox_counted)) {
        atomic_store(&task->is_outbox_counted, false);
        atomic_fetch_sub(&query->inflight, 1);
    } else if (!is_empty && !atomic_load(&task->is_outbox_counted)) {
        atomic_store(&task->is_outbox_counted, true);
        atomic_fetch_add(&query->inflight, 1);
    }
    return is_empty;
}

/* --- input ------------------------------------------------------------------------------------ */

static void use_input(pw_task *task, pw_task_input *input) {
    task->context.batch_arena = &input->arena;
}

/* How long a start takes until the first topic is read. */
static void note_first_poll(pw_runtime *runtime) {
    if (atomic_load_explicit(&runtime->has_polled, memory_order_relaxed)) return;
    if (atomic_exchange(&runtime->has_polled, true)) return;
    pw_log(PW_LOG_INFO, "runtime.first_poll", "ms=%.1f",
           (double)(pw_clock_mono_ns() - runtime->opened_ns) / 1e6);
}

/* Makes sure there is a pending batch if the topic has one. *is_progress: records were read of
 * which none became a row; more of them may lie behind, and no reader wakes a task for what it
 * already has. */
static pw_status fill_input(pw_task *task, pw_task_input *input, bool *is_progress, pw_error *err) {
    if (input->pending) return PW_OK;
    uint32_t count = 0;
    PW_TRY(pw_feed_poll(input->feed, input->records, task->context.batch_rows, &count, err));
    if (pw_feed_is_blocked(input->feed)) atomic_store(&task->is_blocked, true);
    note_first_poll(task->query->runtime);
    atomic_store_explicit(&input->position, pw_feed_position(input->feed), memory_order_relaxed);
    int64_t end =
        pw_feed_high_watermark(input->feed); /* asked first: at that end, not at a later one */
    bool is_at_end = pw_feed_is_at_end(input->feed);
    if (is_at_end) atomic_store(&input->end_reached, end);
    atomic_store_explicit(&input->is_at_end, is_at_end, memory_order_relaxed);
    if (end >= 0) atomic_store_explicit(&input->end, end, memory_order_relaxed);
    input->offset_next = pw_feed_position(input->feed);
    if (count == 0) return PW_OK;
    input->idle_since_ns = 0;
    atomic_store_explicit(&task->query->is_dirty, true, memory_order_relaxed);
    atomic_fetch_add_explicit(&task->records_read, count, memory_order_relaxed);
    use_input(task, input);
    pw_batch *batch = pw_source_decode(input->source, input->records, count);
    if (batch->selected_count == 0) {
        pw_arena_reset(&input->arena);
        *is_progress = true;
        return PW_OK;
    }
    input->pending = batch;
    input->cursor = 0;
    input->offset_next = batch->offset[batch->selection[0]];
    return PW_OK;
}

static void finish_input(pw_task_input *input) {
    input->pending = NULL;
    input->offset_next = pw_feed_position(input->feed);
    pw_arena_reset(&input->arena);
}

/* Pushes the next `count` selected rows of the pending batch. Operators shorten the selection in
 * place: each row number is given out once, so the rest of the list is not touched. */
static pw_status push_rows(pw_task *task, pw_task_input *input, uint32_t count, pw_error *err) {
    pw_batch view = *input->pending;
    view.selection += input->cursor;
    view.selected_count = count;
    use_input(task, input);
    PW_TRY(pw_source_push(input->source, &view, err));
    input->cursor += count;
    const pw_batch *pending = input->pending;
    if (input->cursor == pending->selected_count)
        finish_input(input);
    else
        input->offset_next = pending->offset[pending->selection[input->cursor]];
    return PW_OK;
}

static int64_t head_time(const pw_task_input *input) {
    return input->pending->rowtime[input->pending->selection[input->cursor]];
}

/* An empty partition holds the others back while its topic has more, and for max.task.idle.ms after
 * that (KIP-353, KIP-695). */
static bool holds_back(const pw_task *task, pw_task_input *input) {
    if (input->pending) return false;
    if (!pw_feed_is_at_end(input->feed)) return true;
    int64_t idle_ms = task->query->runtime->options.max_task_idle_ms;
    if (idle_ms == 0) return false;
    int64_t now = pw_clock_mono_ns();
    if (input->idle_since_ns == 0) input->idle_since_ns = now;
    return now - input->idle_since_ns < idle_ms * 1000000;
}

/* The input whose next row is the oldest; a table goes before a stream at the same time. NULL:
 * none, or wait. */
static pw_task_input *oldest_input(pw_task *task) {
    pw_task_input *best = NULL;
    for (uint32_t i = 0; i < task->input_count; i++) {
        pw_task_input *input = &task->inputs[i];
        if (holds_back(task, input)) return NULL;
        if (!input->pending) continue;
        if (!best || head_time(input) < head_time(best) ||
            (head_time(input) == head_time(best) && input->plan->is_table &&
             !best->plan->is_table)) {
            best = input;
        }
    }
    return best;
}

/* --- keeping step across tasks -------------------------------------------------------------------
 *
 * A join whose sides come through exchanges cannot merge them: they must arrive in order. So the
 * sources keep step: a stream's row goes when every partition of the tables has passed its time, a
 * table's row when no stream is behind it. What waits, waits undecided in its input, before the
 * exchange, so that a cut needs to know nothing of it. */

static int64_t gate_limit(const pw_task *task, const pw_task_input *input) {
    const pw_query *query = task->query;
    int64_t limit = INT64_MAX;
    for (uint32_t t = 0; t < query->task_count; t++) {
        const pw_task *other = &query->tasks[t];
        for (uint32_t i = 0; other != task && i < other->input_count; i++) {
            if (other->inputs[i].plan->is_table == input->plan->is_table) continue;
            int64_t time = atomic_load(&other->inputs[i].next_time);
            if (time < limit) limit = time;
        }
    }
    return limit;
}

static bool passes_gate(const pw_task_input *input, int64_t time, int64_t limit) {
    return input->plan->is_table || limit == INT64_MAX ? time <= limit : time < limit;
}

/* Tells the other tasks how far this one is, and wakes those that wait for it. */
static void publish_times(pw_task *task) {
    pw_query *query = task->query;
    if (!query->is_time_gated) return;
    for (uint32_t i = 0; i < task->input_count; i++) {
        pw_task_input *input = &task->inputs[i];
        int64_t time = input->pending ? head_time(input) : INT64_MAX;
        if (!input->pending && holds_back(task, input)) time = atomic_load(&input->next_time);
        if (time == INT64_MAX && !pw_feed_is_at_end(input->feed)) time = INT64_MIN;
        atomic_store(&input->next_time, time);
    }
    for (uint32_t t = 0; t < query->task_count; t++) {
        pw_task *other = &query->tasks[t];
        if (other != task && atomic_load(&other->is_gated))
            pw_pool_schedule(&query->runtime->pool, other);
    }
}

/* How many of the next `count` rows may go now? */
static uint32_t pass_gate(pw_task *task, const pw_task_input *input, uint32_t count) {
    if (!task->query->is_time_gated) return count;
    atomic_store(&task->is_gated, true); /* first, so that no change is missed */
    int64_t limit = gate_limit(task, input);
    const pw_batch *batch = input->pending;
    for (uint32_t i = 0; i < count; i++) {
        int64_t time = batch->rowtime[batch->selection[input->cursor + i]];
        if (!passes_gate(input, time, limit)) return i;
    }
    atomic_store(&task->is_gated, false);
    return count;
}

/* How many rows of `input` come before any other input's next row? */
static uint32_t run_length(const pw_task *task, const pw_task_input *input) {
    const pw_batch *batch = input->pending;
    uint32_t end = batch->selected_count;
    for (uint32_t i = 0; i < task->input_count; i++) {
        const pw_task_input *other = &task->inputs[i];
        if (other == input || !other->pending) continue;
        int64_t limit = head_time(other);
        bool yields = other->plan->is_table && !input->plan->is_table;
        uint32_t at = input->cursor;
        while (at < end) {
            int64_t time = batch->rowtime[batch->selection[at]];
            if (time > limit || (yields && time == limit)) break;
            at++;
        }
        end = at;
    }
    uint32_t count = end - input->cursor;
    return count ? count : 1; /* out of order within the partition: one row, then look again */
}

/* Merges the inputs until one runs empty. *is_progress: something was processed. */
static pw_status step_sources(pw_task *task, bool *is_progress, pw_error *err) {
    atomic_store(&task->is_blocked, false);
    for (uint32_t i = 0; i < task->input_count; i++)
        PW_TRY(fill_input(task, &task->inputs[i], is_progress, err));
    if (task->input_count == 1) {
        pw_task_input *input = &task->inputs[0];
        if (!input->pending) return PW_OK;
        uint32_t count = pass_gate(task, input, input->pending->selected_count - input->cursor);
        *is_progress |= count > 0;
        return count ? push_rows(task, input, count, err) : PW_OK;
    }
    pw_task_input *input;
    while ((input = oldest_input(task))) {
        uint32_t count = pass_gate(task, input, run_length(task, input));
        if (count == 0) break;
        *is_progress = true;
        PW_TRY(push_rows(task, input, count, err));
        if (!input->pending) break;
    }
    return PW_OK;
}

static pw_status step_channel(pw_task *task, bool *is_progress, pw_error *err) {
    pw_message *message = pw_channel_pop(&task->channel);
    if (!message) return PW_OK;
    *is_progress = true;
    const pw_plan_op *next = message->from->output;
    task->context.batch_arena = &message->arena;
    pw_status status =
        pw_op_process(task->ops[next->id], message->from->output_input, message->batch, err);
    pw_message_give(&task->query->messages, message);
    /* The output must be counted before the message stops to be. */
    hand_over(task);
    atomic_fetch_sub(&task->query->inflight, 1);
    if (atomic_load(&task->channel.length) == PW_CHANNEL_BATCHES_MAX / 2) wake_senders(task);
    return status;
}

/* Changes were made: memory is to stay within its bounds. */
static void trim(pw_task *task) {
    atomic_store_explicit(&task->dirty_bytes,
                          pw_state_dirty_bytes(task->query->state, task->number),
                          memory_order_relaxed);
    for (uint32_t i = 0; i < task->query->topology->op_count; i++) {
        if (task->ops[i]) pw_op_trim(task->ops[i]);
    }
}

/* --- one run ---------------------------------------------------------------------------------- */

static pw_status step(pw_task *task, pw_phase phase, bool *is_progress, pw_error *err) {
    if (!hand_over(task)) return PW_OK;
    bool is_source = task->input_count > 0;
    if (is_source && (phase != PW_PHASE_RUN || !has_room(task))) return PW_OK;
    pw_status status =
        is_source ? step_sources(task, is_progress, err) : step_channel(task, is_progress, err);
    hand_over(task);
    if (status == PW_OK && is_source) publish_times(task);
    for (uint32_t i = 0; i < task->input_count; i++) {
        atomic_store_explicit(&task->inputs[i].has_pending, task->inputs[i].pending != NULL,
                              memory_order_relaxed);
    }
    /* Without progress nothing is to be forgotten, and the committer may be taking a cut: a task
     * that was made ready before the query came to a stand is run after it. */
    if (status == PW_OK && *is_progress) trim(task);
    return status;
}

static pw_status flush(pw_task *task, pw_error *err) {
    task->context.batch_arena = &task->flush_arena;
    for (uint32_t i = 0; i < task->query->topology->op_count; i++) {
        if (task->ops[i]) PW_TRY(pw_op_flush(task->ops[i], err));
    }
    pw_arena_reset(&task->flush_arena);
    hand_over(task);
    return PW_OK;
}

static pw_status run_phase(pw_task *task, bool *is_progress, pw_error *err) {
    pw_query *query = task->query;
    pw_phase phase = (pw_phase)atomic_load(&query->phase);
    if (phase == PW_PHASE_HOLD) return PW_OK;
    bool flushes = phase == PW_PHASE_FLUSH && !task->is_flushed &&
                   atomic_load(&query->flush_stage) == task->stage;
    if (!flushes) return step(task, phase, is_progress, err);
    task->is_flushed = true;
    pw_status status = flush(task, err);
    atomic_fetch_sub(&query->flush_left, 1);
    return status;
}

bool pw_task_run(pw_task *task) {
    pw_query *query = task->query;
    bool is_progress = false;
    pw_error err;
    atomic_fetch_add(&query->running, 1);
    pw_status status = run_phase(task, &is_progress, &err);
    if (status != PW_OK) pw_query_fail(query, &err);
    bool has_backlog =
        atomic_load(&task->channel.length) > 0 && !atomic_load(&task->is_outbox_counted);
    pw_runtime *runtime = query->runtime;
    atomic_fetch_sub(&query->running, 1);
    bool is_running = atomic_load(&query->phase) == PW_PHASE_RUN;
    if (!is_running) pw_committer_wake(runtime);
    return status == PW_OK &&
           (is_progress || (has_backlog && atomic_load(&query->phase) != PW_PHASE_HOLD));
}

/* --- open and close --------------------------------------------------------------------------- */

static void on_reader_wake(void *opaque) {
    pw_task *task = opaque;
    pw_pool_schedule(&task->query->runtime->pool, task);
}

/* State that has seen more than the topic holds belongs to a topic that is no more: reading it from
 * its start again would count twice what is counted already. Records that retention took before
 * they were read are only missing. */
static pw_status check_offset(const pw_query *query, const pw_source *source, int32_t partition,
                              int64_t offset, pw_error *err) {
    int64_t low, high;
    PW_TRY(pw_topic_offsets(query->runtime->options.broker, source->topic, partition, &low, &high,
                            err));
    if (offset < low) {
        pw_log(PW_LOG_WARN, "records.missed",
               "query=%.*s topic=%.*s partition=%d from=%lld to=%lld",
               PW_STR_ARGS(query->topology->query_id), PW_STR_ARGS(source->topic), partition,
               (long long)offset, (long long)low);
    }
    if (offset <= high) return PW_OK;
    pw_fail(err, PW_INVALID, PW_SPAN_NONE,
            "the query has read topic %.*s, partition %d up to offset %lld, but it ends at %lld: "
            "it was made anew, or has "
            "lost records",
            PW_STR_ARGS(source->topic), partition, (long long)offset, (long long)high);
    pw_error_hint(err, "DROP what the query writes and create it again: it is then built from the "
                       "topic as it is now");
    return PW_INVALID;
}

static pw_status open_reader(pw_task *task, pw_task_input *input, pw_error *err) {
    const pw_source *source = input->plan->source->source;
    pw_query *query = task->query;
    int64_t offset = pw_state_offset(query->state, source->topic, input->partition);
    if (offset >= 0) PW_TRY(check_offset(query, source, input->partition, offset, err));
    if (offset < 0) {
        bool at_latest = query->runtime->options.starts_at_latest && !source->is_table;
        offset = at_latest ? PW_OFFSET_LATEST : PW_OFFSET_EARLIEST;
    }
    pw_reader_spec spec = {.topic = source->topic,
                           .partition = input->partition,
                           .offset = offset,
                           .wants_headers = pw_source_wants_headers(input->plan),
                           .wake = on_reader_wake,
                           .opaque = task};
    PW_TRY(pw_feed_open(&query->runtime->feeds, &spec, &input->feed, err));
    input->offset_next = offset;
    return PW_OK;
}

static pw_op *next_of(const pw_task *task, const pw_plan_op *plan) {
    bool is_last = !plan->output || plan->kind == PW_PLAN_EXCHANGE;
    return is_last ? NULL : task->ops[plan->output->id];
}

static pw_status open_input(pw_task *task, const pw_plan_op *plan, pw_task_input *input,
                            pw_error *err) {
    input->plan = plan;
    atomic_store(&input->next_time, INT64_MIN);
    input->partition = (int32_t)task->index;
    input->records = pw_mem_zalloc(task->context.batch_rows, sizeof *input->records);
    pw_arena_init(&input->arena, 256 << 10);
    task->context.batch_arena = &input->arena;
    return pw_source_open(&task->context, plan, next_of(task, plan), on_record_failed, task,
                          &input->source, err);
}

static void init_context(pw_task *task) {
    const pw_runtime_options *options = &task->query->runtime->options;
    pw_arena_init(&task->arena, 64 << 10);
    pw_arena_init(&task->flush_arena, 256 << 10);
    pw_outbox_init(&task->outbox);
    pw_channel_init(&task->channel);
    task->port = (pw_exchange_port){port_send, port_shard_count};
    task->row_errors.report = on_row_failed;
    task->context =
        (pw_op_context){.task_arena = &task->arena,
                        .batch_arena = &task->flush_arena,
                        .state = task->query->state,
                        .task = task->number,
                        .batch_rows = options->batch_rows,
                        .emits_every_update = options->emits_every_update,
                        .stream_time_ms = pw_state_stream_time(task->query->state, task->number),
                        .outbox = &task->outbox,
                        .exchange = &task->port,
                        .errors = &task->row_errors};
}

/* Operators are made from the sink backwards, so that each finds the next one. Readers come last:
 * nothing runs before all is there. */
pw_status pw_task_open(pw_query *query, pw_task *task, pw_error *err) {
    const pw_topology *topology = query->topology;
    task->query = query;
    init_context(task);
    task->ops = PW_NEW_ARRAY(&task->arena, pw_op *, topology->op_count);
    task->inputs = PW_NEW_ARRAY(&task->arena, pw_task_input, topology->op_count);
    for (uint32_t i = topology->op_count; i > 0; i--) {
        const pw_plan_op *plan = topology->ops[i - 1];
        if (plan->stage != task->stage || plan->kind == PW_PLAN_SOURCE) continue;
        PW_TRY(pw_op_open(&task->context, plan, next_of(task, plan), &task->ops[plan->id], err));
    }
    for (uint32_t i = 0; i < topology->op_count; i++) {
        const pw_plan_op *plan = topology->ops[i];
        if (plan->stage != task->stage || plan->kind != PW_PLAN_SOURCE) continue;
        if (task->index >= (uint32_t)plan->source->source->partitions) continue;
        PW_TRY(open_input(task, plan, &task->inputs[task->input_count++], err));
    }
    for (uint32_t i = 0; i < task->input_count; i++)
        PW_TRY(open_reader(task, &task->inputs[i], err));
    return PW_OK;
}

void pw_task_close(pw_task *task) {
    for (uint32_t i = 0; i < task->input_count; i++) {
        pw_task_input *input = &task->inputs[i];
        pw_source_close(input->source);
        pw_mem_free(input->records);
        pw_arena_deinit(&input->arena);
    }
    for (uint32_t i = 0; task->ops && i < task->query->topology->op_count; i++) {
        if (task->ops[i]) pw_op_close(task->ops[i]);
    }
    pw_channel_deinit(&task->channel);
    pw_outbox_deinit(&task->outbox);
    pw_arena_deinit(&task->flush_arena);
    pw_arena_deinit(&task->arena);
}
