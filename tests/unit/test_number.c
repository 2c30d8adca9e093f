/* test_number.c - numbers are written and read with a decimal point in every locale. */
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/number.h"
#include "test.h"

static void numbers_come_back(void)
{
    static const double values[] = { 0,      0.1,           -1.5,
                                     1e-300, 123456789.125, 0.30000000000000004 };
    char text[NUMBER_TEXT], *end;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        CHECK(number_parse(number_print(values[i], text), &end) == values[i]);
        CHECK(*end == 0);
    }
    CHECK(strcmp(number_print(0.1, text), "0.1") == 0);
}

static void floats_come_back(void)
{
    static const float values[] = {
        0.0F,   0.1F,        -1.5F,       1.17549435e-38F, 3.402823466e38F,
        1e-45F, 16777216.0F, 0.333333343F
    };
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        CHECK_MSG(strtof(number_print_float(values[i], text), NULL) == values[i], "%s",
                  text);
    for (uint32_t i = 1, bits; i < 20000; i++) {
        float v, back;
        bits = i * 2654435761u;
        memcpy(&v, &bits, sizeof v);
        back = strtof(number_print_float(v, text), NULL);
        CHECK_MSG(v != v || memcmp(&back, &v, sizeof v) == 0, "%s", text);
    }
    CHECK(strcmp(number_print_float(0.1F, text), "0.1") == 0);
    CHECK(strcmp(number_print_float(-2, text), "-2") == 0);
}

/* Needs a locale with a decimal comma. */
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
    RUN(floats_come_back);
    RUN(a_locale_with_a_comma_changes_nothing);
    return test_end();
}
