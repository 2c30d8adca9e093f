/* note.h - sentences about what the user should know, one after the other in one string. */
#ifndef CHARNN_BASE_NOTE_H
#define CHARNN_BASE_NOTE_H

#include <stddef.h>

/* Appends a sentence to the note, whose array has `size` bytes, after "; " where it is not
 * the first.  What does not fit is cut off. */
void note_add(char *note, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
