/*
 * test.h - unit tests that print TAP and exit with their verdict.
 *
 *     static void unknown_byte_is_an_error(void) { CHECK(vocab_id(&v, 'z') == -1); }
 *     int main(void) { RUN(unknown_byte_is_an_error); return test_end(); }
 */
#ifndef CHARNN_TESTS_TEST_H
#define CHARNN_TESTS_TEST_H

#include <stdio.h>
#include <string.h>

/* Whether a sanitizer is in this build. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static int test_count, test_failures, test_bad, test_checks;
static const char *test_skipped; /* why the running test was skipped, or NULL */

/* Records a failure of the running test and continues. */
#define CHECK(condition)                                                                   \
    do {                                                                                   \
        test_checks++;                                                                     \
        if (!(condition)) {                                                                \
            test_bad++;                                                                    \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);                       \
        }                                                                                  \
    } while (0)

/* Like CHECK, but prints a message if it fails: CHECK_MSG(a == b, "a %d b %d", a, b). */
#define CHECK_MSG(condition, ...)                                                          \
    do {                                                                                   \
        test_checks++;                                                                     \
        if (!(condition)) {                                                                \
            test_bad++;                                                                    \
            printf("# %s:%d: %s: ", __FILE__, __LINE__, #condition);                       \
            printf(__VA_ARGS__);                                                           \
            printf("\n");                                                                  \
        }                                                                                  \
    } while (0)

/* Records why the running test cannot run here: SKIP("the sanitizer needs all memory"). */
#define SKIP(why) (test_skipped = (why))

/* A test that calls neither CHECK nor SKIP has tested nothing, and fails. */
#define RUN(test)                                                                          \
    do {                                                                                   \
        test_bad = 0;                                                                      \
        test_checks = 0;                                                                   \
        test_skipped = NULL;                                                               \
        test();                                                                            \
        if (test_checks == 0 && !test_skipped) {                                           \
            test_bad = 1;                                                                  \
            printf("# %s: no CHECK was reached\n", #test);                                 \
        }                                                                                  \
        test_failures += test_bad != 0;                                                    \
        printf("%sok %d - %s%s%s\n", test_bad ? "not " : "", ++test_count, #test,          \
               test_skipped ? " # SKIP " : "", test_skipped ? test_skipped : "");          \
        fflush(stdout);                                                                    \
    } while (0)

static inline int test_end(void)
{
    printf("1..%d\n", test_count);
    return test_failures != 0 || test_count == 0;
}

#endif
