/* docs/functions.md from the function registry: by category, then by name; signatures of the same
 * doc stand together. SPDX-License-Identifier: Apache-2.0 */
#include "docs_functions.h"

#include <string.h>

#include "functions/function.h"

enum { CATEGORIES_MAX = 32 };

typedef struct reference {
    const pw_signature *const *all; /* ordered by name */
    size_t count;
    const char *categories[CATEGORIES_MAX]; /* in alphabetical order */
    size_t category_count;
} reference;

static bool is_shown(const pw_signature *signature) {
    return (signature->function->flags & PW_FN_TEST_ONLY) == 0;
}

static void add_category(reference *self, const char *category) {
    size_t at = 0;
    while (at < self->category_count && strcmp(self->categories[at], category) < 0)
        at++;
    if (at < self->category_count && strcmp(self->categories[at], category) == 0) return;
    if (self->category_count == CATEGORIES_MAX) return;
    memmove(&self->categories[at + 1], &self->categories[at],
            (self->category_count - at) * sizeof self->categories[0]);
    self->categories[at] = category;
    self->category_count++;
}

/* Index of the first signature behind those of the same name as signature `at`. */
static size_t name_end(const reference *self, size_t at) {
    size_t end = at + 1;
    while (end < self->count && pw_str_equal(self->all[end]->name, self->all[at]->name))
        end++;
    return end;
}

static bool belongs(const reference *self, size_t at, const char *category) {
    return is_shown(self->all[at]) && strcmp(self->all[at]->category, category) == 0;
}

/* GitHub's anchor of a heading: the name in lower case. */
static void print_index(FILE *out, const reference *self, const char *category) {
    fprintf(out, "\n**%s**:", category);
    for (size_t i = 0; i < self->count; i = name_end(self, i)) {
        if (!belongs(self, i, category)) continue;
        pw_str name = self->all[i]->name;
        fprintf(out, "\n[%.*s](#", PW_STR_ARGS(name));
        for (size_t k = 0; k < name.length; k++) {
            char c = name.data[k];
            fputc(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c, out);
        }
        fputs(")", out);
    }
    fputs("\n", out);
}

static void print_name(FILE *out, const reference *self, size_t from, size_t to) {
    fprintf(out, "\n### %.*s\n", PW_STR_ARGS(self->all[from]->name));
    for (size_t i = from; i < to;) {
        const pw_function *first = self->all[i]->function;
        fputs("\n```\n", out);
        size_t end = i;
        while (end < to && strcmp(self->all[end]->function->doc, first->doc) == 0)
            fprintf(out, "%s\n", self->all[end++]->function->signature);
        fprintf(out, "```\n\n%s%s\n", first->doc,
                first->flags & PW_FN_DEPRECATED ? " Deprecated." : "");
        fprintf(out, "\nExample: `%s`\n", first->example);
        i = end;
    }
}

void docs_print_functions(FILE *out) {
    reference self = {0};
    self.all = pw_function_all(&self.count);
    for (size_t i = 0; i < self.count; i++)
        if (is_shown(self.all[i])) add_category(&self, self.all[i]->category);
    fputs("# Functions\n\n"
          "Made by `pitwall docs functions`; every example is run as a test. In a signature a\n"
          "single capital letter is any type, the same one wherever it stands; `...` is one or\n"
          "more values.\n"
          "An example of an aggregate shows values and what becomes of them.\n",
          out);
    for (size_t c = 0; c < self.category_count; c++)
        print_index(out, &self, self.categories[c]);
    for (size_t c = 0; c < self.category_count; c++) {
        fprintf(out, "\n## %s\n", self.categories[c]);
        for (size_t i = 0; i < self.count; i = name_end(&self, i))
            if (belongs(&self, i, self.categories[c]))
                print_name(out, &self, i, name_end(&self, i));
    }
}
