/* test_term.c - whether there is a terminal; readable numbers. */
#include "cli/term.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static void a_file_is_not_a_terminal(void)
{
    int fd = open("/dev/null", O_RDONLY);
    CHECK(!term_is_tty(fd));
    CHECK(!term_is_tty(-1));
    unsetenv("COLUMNS");
    CHECK(term_width(fd) == 80);
    setenv("COLUMNS", "132", 1);
    CHECK(term_width(fd) == 132);
    setenv("COLUMNS", "wide", 1);
    CHECK(term_width(fd) == 80);
    close(fd);
}

static const char *count(long long n)
{
    static char out[32];
    return term_count(n, out);
}

static void counts_have_commas(void)
{
    CHECK(strcmp(count(0), "0") == 0);
    CHECK(strcmp(count(999), "999") == 0);
    CHECK(strcmp(count(1000), "1,000") == 0);
    CHECK(strcmp(count(1115394), "1,115,394") == 0);
    CHECK(strcmp(count(-12), "-12") == 0);
    CHECK(strcmp(count(-123456), "-123,456") == 0);
    CHECK(strcmp(count((-9223372036854775807LL - 1)), "-9,223,372,036,854,775,808") == 0);
}

static const char *duration(double seconds)
{
    static char out[32];
    return term_duration(seconds, out);
}

static void durations_have_two_units_at_most(void)
{
    CHECK(strcmp(duration(0), "0 s") == 0);
    CHECK(strcmp(duration(38.4), "38 s") == 0);
    CHECK(strcmp(duration(59.6), "1m 00s") == 0);
    CHECK(strcmp(duration(250), "4m 10s") == 0);
    CHECK(strcmp(duration(7380), "2h 03m") == 0);
    CHECK(strcmp(duration(86400), "24h 00m") == 0);
    CHECK(strcmp(duration(3 * 86400 + 4 * 3600), "3d 04h") == 0);
}

static void a_duration_that_is_none_is_a_question_mark(void)
{
    CHECK(strcmp(duration(-1), "?") == 0);
    CHECK(strcmp(duration((double)NAN), "?") == 0);
    CHECK(strcmp(duration((double)INFINITY), "?") == 0);
    CHECK(strcmp(duration(1e30), "?") == 0);
}

int main(void)
{
    RUN(a_file_is_not_a_terminal);
    RUN(counts_have_commas);
    RUN(durations_have_two_units_at_most);
    RUN(a_duration_that_is_none_is_a_question_mark);
    return test_end();
}
