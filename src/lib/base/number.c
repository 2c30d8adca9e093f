/* number.c - converts in the "C" locale, because in the locale of the program 0.5 may be
 * 0,5. */
#include "base/number.h"

#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

double number_parse(const char *s, char **end)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = plain ? uselocale(plain) : (locale_t)0;
    double v = strtod(s, end);
    if (plain) {
        uselocale(before);
        freelocale(plain);
    }
    return v;
}

/* Prints v with the fewest digits, from `least` to `most`, that read back as v: with strtof
 * if is_float, otherwise with strtod. */
static char *print_shortest(double v, int least, int most, bool is_float,
                            char text[NUMBER_TEXT])
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = plain ? uselocale(plain) : (locale_t)0;
    for (int digits = least; digits <= most; digits++) {
        snprintf(text, NUMBER_TEXT, "%.*g", digits, v);
        if ((is_float ? (double)strtof(text, NULL) : strtod(text, NULL)) == v)
            break;
    }
    if (plain) {
        uselocale(before);
        freelocale(plain);
    }
    return text;
}

char *number_print(double v, char text[NUMBER_TEXT])
{
    return print_shortest(v, 15, 17, false, text);
}

char *number_print_float(float v, char text[NUMBER_TEXT])
{
    return print_shortest((double)v, 8, 9, true, text);
}
