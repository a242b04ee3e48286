/* PW_ASSERT is on in every build: it states what our own code must have made true. Text from users,
 * bytes from brokers and pages from disk can never fire one; they get a pw_status.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef PW_BASE_ASSERT_H
#define PW_BASE_ASSERT_H

_Noreturn void pw_assert_failed(const char *claim, const char *file, int line);

#define PW_ASSERT(claim) ((claim) ? (void)0 : pw_assert_failed(#claim, __FILE__, __LINE__))
#define PW_UNREACHABLE() pw_assert_failed("unreachable", __FILE__, __LINE__)

#endif
