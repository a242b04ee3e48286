/* A program that links the installed libpitwall: the public header alone must be enough.
 * SPDX-License-Identifier: Apache-2.0 */
#include <pitwall.h>
#include <stdio.h>

int main(void) {
    pitwall_error err = {0};
    char *laid_out = NULL;
    size_t setting_count = 0;
    if (pitwall_settings_list(&setting_count) == NULL || setting_count == 0) return 1;
    if (pitwall_format("select a from b;", NULL, &laid_out, &err) != PITWALL_OK) return 1;
    printf("%s\n%s", pitwall_version(), laid_out);
    pitwall_free(laid_out);
    if (pitwall_format("selec a from b;", "x.sql", &laid_out, &err) != PITWALL_USER) return 1;
    return err.line == 1 && err.column == 1 ? 0 : 1;
}
