/* How long the JSON decoder and encoder take per race event.
 *
 *     bench_json [rounds]
 *
 * Prints nanoseconds per record for decoding with 4 of 9 columns wanted, with all wanted, with the
 * members in changing order, and for encoding. One thread, payloads in cache: the decoder's own
 * cost. SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/clock.h"
#include "formats/format.h"

enum { EVENTS = 1024, ROUNDS_DEFAULT = 2000 };

static const char *const drivers[] = {"hamilton", "max_verstappen", "bottas", "perez",
                                      "leclerc",  "sainz",          "norris", "ricciardo"};
static const char *const teams[] = {"mercedes", "red_bull", "ferrari", "mclaren"};

static pw_column columns[9];

static void columns_init(void) {
    const char *names[9] = {"SEASON", "ROUND",    "RACE",   "DRIVER", "TEAM",
                            "GRID",   "POSITION", "POINTS", "LAPTIME"};
    const pw_type *types[9] = {&pw_type_integer, &pw_type_integer, &pw_type_string,
                               &pw_type_string,  &pw_type_string,  &pw_type_integer,
                               &pw_type_integer, &pw_type_double,  &pw_type_bigint};
    for (int i = 0; i < 9; i++) {
        columns[i] =
            (pw_column){.name = pw_str_from(names[i]), .type = types[i], .kind = PW_COLUMN_VALUE};
    }
}

/* One event as the feed writes it; is_shuffled: every other record has another order of members. */
static pw_str event_new(pw_arena *arena, int i, bool is_shuffled) {
    const char *driver = drivers[i % 8];
    const char *team = teams[i % 4];
    double points = (i % 26) + (i % 7 ? 0 : 0.5);
    if (is_shuffled && i % 2) {
        return pw_arena_format(arena,
                               "{\"driver\":\"%s\",\"team\":\"%s\",\"season\":%d,\"round\":%d,"
                               "\"laptime\":%d,\"race\":\"Abu Dhabi Grand Prix\",\"points\":%.1f,"
                               "\"grid\":%d,\"position\":%d,\"status\":\"Finished\"}",
                               driver, team, 1950 + i % 72, i % 22 + 1, 80000 + i, points, i % 20,
                               i % 20 + 1);
    }
    return pw_arena_format(arena,
                           "{\"season\":%d,\"round\":%d,\"race\":\"Abu Dhabi Grand Prix\","
                           "\"driver\":\"%s\",\"team\":\"%s\",\"grid\":%d,\"position\":%d,"
                           "\"points\":%.1f,\"laptime\":%d,\"status\":\"Finished\"}",
                           1950 + i % 72, i % 22 + 1, driver, team, i % 20, i % 20 + 1, points,
                           80000 + i);
}

static double decode(const char *title, const bool *wanted, bool is_shuffled, int rounds) {
    pw_arena arena, batch;
    pw_arena_init(&arena, 0);
    pw_arena_init(&batch, 0);
    pw_str *payloads = PW_NEW_ARRAY(&arena, pw_str, EVENTS);
    size_t bytes = 0;
    for (int i = 0; i < EVENTS; i++) {
        payloads[i] = event_new(&arena, i, is_shuffled);
        bytes += payloads[i].length;
    }
    pw_format_spec spec = {.name = PW_STR("JSON"),
                           .side = PW_SIDE_VALUE,
                           .is_wrapped = true,
                           .columns = columns,
                           .column_count = 9};
    pw_vector vectors[9];
    for (int i = 0; i < 9; i++) {
        vectors[i] = wanted[i] ? pw_vector_new(&arena, EVENTS) : (pw_vector){0};
    }
    pw_decoder *decoder;
    pw_status status =
        pw_format_find(spec.name)->decoder_open(&arena, &spec, wanted, &decoder, NULL);
    PW_ASSERT(status == PW_OK);
    bool ok[EVENTS];
    double best = 1e9;
    for (int round = 0; round < rounds; round++) {
        int64_t start = pw_clock_mono_ns();
        decoder->decode(decoder, &batch, payloads, EVENTS, vectors, 0, ok);
        double ns = (double)(pw_clock_mono_ns() - start) / EVENTS;
        if (ns < best) best = ns;
        for (int i = 0; i < EVENTS; i++)
            PW_ASSERT(ok[i]);
        pw_arena_reset(&batch);
    }
    printf("%-34s %7.1f ns/record  (%.0f bytes, %.0f MB/s)\n", title, best, (double)bytes / EVENTS,
           (double)bytes / EVENTS / best * 1e3);
    pw_arena_deinit(&batch);
    pw_arena_deinit(&arena);
    return best;
}

static void encode(int rounds) {
    pw_arena arena;
    pw_arena_init(&arena, 0);
    pw_str *payloads = PW_NEW_ARRAY(&arena, pw_str, EVENTS);
    for (int i = 0; i < EVENTS; i++)
        payloads[i] = event_new(&arena, i, false);
    pw_format_spec spec = {.name = PW_STR("JSON"),
                           .side = PW_SIDE_VALUE,
                           .is_wrapped = true,
                           .columns = columns,
                           .column_count = 9};
    const pw_format *format = pw_format_find(spec.name);
    pw_vector vectors[9];
    for (int i = 0; i < 9; i++)
        vectors[i] = pw_vector_new(&arena, EVENTS);
    pw_decoder *decoder;
    pw_encoder *encoder;
    pw_status status = format->decoder_open(&arena, &spec, NULL, &decoder, NULL);
    PW_ASSERT(status == PW_OK);
    status = format->encoder_open(&arena, &spec, &encoder, NULL);
    PW_ASSERT(status == PW_OK);
    bool ok[EVENTS];
    decoder->decode(decoder, &arena, payloads, EVENTS, vectors, 0, ok);
    uint32_t rows[EVENTS];
    for (uint32_t i = 0; i < EVENTS; i++)
        rows[i] = i;
    static pw_piece pieces[EVENTS];
    pw_buf out;
    pw_buf_init(&out);
    double best = 1e9;
    for (int round = 0; round < rounds; round++) {
        pw_buf_clear(&out);
        int64_t start = pw_clock_mono_ns();
        encoder->encode(encoder, vectors, rows, EVENTS, &out, pieces, ok);
        double ns = (double)(pw_clock_mono_ns() - start) / EVENTS;
        if (ns < best) best = ns;
    }
    printf("%-34s %7.1f ns/record  (%.0f bytes, %.0f MB/s)\n", "encode 9 columns", best,
           (double)out.length / EVENTS, (double)out.length / EVENTS / best * 1e3);
    pw_buf_deinit(&out);
    pw_arena_deinit(&arena);
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS_DEFAULT;
    const bool four[9] = {true, false, false, true, false, false, true, true, false};
    const bool all[9] = {true, true, true, true, true, true, true, true, true};
    const bool none[9] = {false};
    columns_init();
    decode("decode, 4 of 9 columns", four, false, rounds);
    decode("decode, all 9 columns", all, false, rounds);
    decode("decode, no column", none, false, rounds);
    decode("decode, 4 of 9, two orders", four, true, rounds);
    encode(rounds);
    return 0;
}
