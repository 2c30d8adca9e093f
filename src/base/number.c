/* number.c - a program around the library may have set a locale that writes 0,5. */
#include "base/number.h"

#include <locale.h>
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

char *number_print(double v, char text[NUMBER_TEXT])
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = plain ? uselocale(plain) : (locale_t)0;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, NUMBER_TEXT, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    if (plain) {
        uselocale(before);
        freelocale(plain);
    }
    return text;
}
