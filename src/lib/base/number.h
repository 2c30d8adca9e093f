/* number.h - numbers as text with a decimal point, in any locale. */
#ifndef CHARNN_BASE_NUMBER_H
#define CHARNN_BASE_NUMBER_H

/* strtod in the "C" locale. */
double number_parse(const char *s, char **end);

enum { NUMBER_TEXT = 40 };

/* The shortest of 15 to 17 digits that reads back as v; returns text. */
char *number_print(double v, char text[NUMBER_TEXT]);

/* The shortest of 8 or 9 digits that strtof reads back as v; returns text. */
char *number_print_float(float v, char text[NUMBER_TEXT]);

#endif
