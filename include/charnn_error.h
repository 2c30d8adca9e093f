/* charnn_error.h - how a function of charnn.h says what went wrong. */
#ifndef CHARNN_ERROR_H
#define CHARNN_ERROR_H

struct charnn_error {
    int usage; /* 1: the request itself is wrong (exit 2); 0: the world failed (exit 1) */
    char setting[32];  /* the first setting that the message names, "" if none */
    char message[480]; /* one line, no newline: the file, the thing, the numbers; names of
                          settings stand in backquotes: `size` */
};

#endif
