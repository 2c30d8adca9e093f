/* charnn_error.h - how functions of charnn.h report errors. */
#ifndef CHARNN_ERROR_H
#define CHARNN_ERROR_H

struct charnn_error {
    int usage; /* 1: the request was wrong (exit 2); 0: any other failure, of a file, a
                * text, memory (exit 1) */
    char setting[32]; /* the first setting named in the message, or "" */
    char
        message[480]; /* one line without a newline, which names the file, what is wrong and
                        * the numbers; names of settings are in backquotes: `size` */
};

#endif
