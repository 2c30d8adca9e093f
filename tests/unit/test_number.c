/* test_number.c - numbers do not follow the locale. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "test.h"

static void numbers_come_back(void)
{
    static const double values[] = { 0, 0.1, -1.5, 1e-300, 123456789.125, 0.30000000000000004 };
    char text[NUMBER_TEXT], *end;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        CHECK(number_parse(number_print(values[i], text), &end) == values[i]);
        CHECK(*end == 0);
    }
    CHECK(strcmp(number_print(0.1, text), "0.1") == 0);
}

/* Where this machine has a locale with a decimal comma. */
static void a_locale_with_a_comma_changes_nothing(void)
{
    static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "ru_RU.UTF-8" };
    char text[NUMBER_TEXT];
    int found = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
        found = setlocale(LC_ALL, names[i]) != NULL;
    CHECK(strcmp(number_print(0.5, text), "0.5") == 0);
    CHECK(number_parse("0.5", NULL) == 0.5);
    if (!found)
        printf("# no locale with a decimal comma here\n");
    setlocale(LC_ALL, "C");
}

int main(void)
{
    RUN(numbers_come_back);
    RUN(a_locale_with_a_comma_changes_nothing);
    return test_end();
}
