/* note.c - appends with printf. */
#include "base/note.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void note_add(char *note, size_t size, const char *format, ...)
{
    size_t len = strlen(note);
    if (len > 0)
        len += (size_t)snprintf(note + len, size - len, "; ");
    if (len >= size)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(note + len, size - len, format, args);
    va_end(args);
}
