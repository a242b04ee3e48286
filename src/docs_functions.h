/* The function reference as Markdown. SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_SRC_DOCS_FUNCTIONS_H
#define PW_SRC_DOCS_FUNCTIONS_H

#include <stdio.h>

void docs_print_functions(FILE *out);

#endif
