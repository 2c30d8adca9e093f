/*
 * fuzz_options.c - reads any lines as the arguments of `charnn train` or `charnn sample`.
 *
 * The commands run until they have checked their arguments.  A wrong command line must end
 * with status 2; --help, --version and --generate with 0.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdint.h>

int train_main(int argc, char **argv);
#define main train_main
#include "../../src/tool/train/train.c"
#undef main
#undef AT

int sample_main(int argc, char **argv);
#define main sample_main
#define caught sample_caught
#include "../../src/tool/sample/sample.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where exit returns to, while a command runs. */
static jmp_buf after_exit;
static int inside, exit_status;

void exit(int status)
{
    void (*real)(int);
    if (inside) {
        exit_status = status;
        longjmp(after_exit, 1);
    }
    *(void **)&real = dlsym(RTLD_NEXT, "exit");
    real(status);
    abort();
}

/* A command that exits does not free its memory, so leaks are not reported. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static void parse(int command, int argc, char **argv)
{
    struct train_args train;
    struct sample_args sample;
    exit_status = -1;
    inside = 1;
    if (setjmp(after_exit) == 0) {
        const int first = command == 0 ? parse_train_args(argc, argv, &train)
                                       : parse_sample_args(argc, argv, &sample);
        if (first < 1 || first > argc)
            abort();
    }
    inside = 0;
    if (exit_status > 2 || exit_status == 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { WORDS = 50 };
    char *argv[WORDS + 2] = { (char *)"charnn" };
    int argc = 1;
    if (size == 0)
        return 0;
    char *text = malloc(size);
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    for (char *word = text; word && argc <= WORDS;) {
        argv[argc++] = word;
        word = strchr(word, '\n');
        if (word)
            *word++ = '\0';
    }
    parse(data[0] & 1, argc, argv);
    free(text);
    return 0;
}
