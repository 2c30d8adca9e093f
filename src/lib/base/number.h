/* number.h - numbers as text with a decimal point, in any locale. */
#ifndef CHARNN_BASE_NUMBER_H
#define CHARNN_BASE_NUMBER_H

/* strtod in the "C" locale. */
double number_parse(const char *s, char **end);

enum { NUMBER_TEXT = 40 };

/* Prints v with 15, 16 or 17 significant digits, the fewest that number_parse reads back as
 * v, without trailing zeros.  Returns text. */
char *number_print(double v, char text[NUMBER_TEXT]);

/* The same with 8 or 9 digits, for a float; strtof reads it back as v. */
char *number_print_float(float v, char text[NUMBER_TEXT]);

#endif
