/* test_safetensors.c - the file format, and invalid files (ckpt/safetensors.h). */
#include "ckpt/safetensors.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "test.h"

static char folder[512], path[600];

/* -------------------------------------------------------------- hand-made files */

/* A file of a length word, a header, and n_data bytes 0, 1, 2, ... */
static struct buf file_of(const char *header, size_t n_header, size_t n_data)
{
    struct buf b = { 0 };
    for (int i = 0; i < 8; i++)
        buf_char(&b, (char)((uint64_t)n_header >> 8 * i));
    buf_add(&b, header, n_header);
    for (size_t i = 0; i < n_data; i++)
        buf_char(&b, (char)i);
    return b;
}

/* Parses a copy in a block of exactly n bytes, so that a sanitizer detects reads beyond
 * it. */
static int parse_exact(struct st_file *f, const void *from, size_t n,
                       struct charnn_error *e)
{
    struct buf raw = { .data = malloc(n ? n : 1), .len = n, .cap = n };
    if (raw.data && n)
        memcpy(raw.data, from, n);
    return st_parse(f, "x.bin", &raw, e);
}

static void check_refused(const char *header, size_t n_data, const char *expected)
{
    struct st_file f;
    struct charnn_error e = { 0 };
    struct buf b = file_of(header, strlen(header), n_data);
    int status = parse_exact(&f, b.data, b.len, &e);
    CHECK_MSG(status == -1, "accepted: %s", header);
    CHECK_MSG(strstr(e.message, "x.bin: ") == e.message, "'%s'", e.message);
    CHECK_MSG(strstr(e.message, expected), "%s: '%s', not '%s'", header, e.message,
              expected);
    buf_release(&b);
    st_release(&f);
}

static void check_accepted(const char *header, size_t n_data)
{
    struct st_file f;
    struct charnn_error e = { 0 };
    struct buf b = file_of(header, strlen(header), n_data);
    CHECK_MSG(parse_exact(&f, b.data, b.len, &e) == 0, "%s: %s", header, e.message);
    buf_release(&b);
    st_release(&f);
}

#define T(name, type, shape, from, to)                                                     \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":[" from     \
    "," to "]}"

/* A file written byte by byte, like one of another program; its tensors are at odd
 * addresses. */
static const unsigned char by_hand[] =
    "\x8b\0\0\0\0\0\0\0"
    "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"F32\",\"shape\":[2],"
    "\"data_offsets\":[0,8]},\"a\":{\"shape\":[],\"dtype\":\"I32\","
    "\"data_offsets\":[8,12]}} "
    "\0\0\x80\x3f\0\0\x20\xc0\xfe\xff\xff\xff";
enum { BY_HAND = sizeof by_hand - 1, BY_HAND_HEADER = 0x8b };

static void a_file_made_by_hand_is_read(void)
{
    struct st_file f;
    struct charnn_error e = { 0 };
    CHECK_MSG(BY_HAND == 8 + BY_HAND_HEADER + 12, "%d", BY_HAND);
    CHECK_MSG(parse_exact(&f, by_hand, BY_HAND, &e) == 0, "%s", e.message);
    if (e.message[0])
        return;
    float b[2];
    int32_t a;
    const struct st_tensor *tb = st_find(&f, "b"), *ta = st_find(&f, "a");
    CHECK(f.n_tensors == 2 && tb == &f.tensors[0] && ta == &f.tensors[1]);
    CHECK(tb->n_dims == 1 && tb->shape[0] == 2 && tb->count == 2 && tb->type == ST_F32);
    CHECK(ta->n_dims == 0 && ta->count == 1 && ta->type == ST_I32);
    st_get_f32(tb, b);
    st_get(ta, ST_I32, &a);
    CHECK(b[0] == 1.0f && b[1] == -2.5f && a == -2);
    CHECK(st_metadata(&f, "format") && strcmp(st_metadata(&f, "format"), "pt") == 0);
    CHECK(!st_find(&f, "c") && !st_find(&f, "") && !st_metadata(&f, "forma"));
    st_release(&f);
}

/* --------------------------------------------------------------- round trip */

static const float weights[6] = { 0, -0.0f, 1.5f, -3.25f, 1e-40f, 3e38f };
static const int64_t counts[3] = { INT64_MIN, -1, INT64_MAX };
static const int32_t points[2] = { -1, 0x10ffff };
static const unsigned char bytes[5] = { 0, 1, 127, 128, 255 };

static void fill_values(void *arg, size_t index, void *values)
{
    static const void *const from[] = { counts, weights, points, bytes, NULL };
    static const size_t size[] = { sizeof counts, sizeof weights, sizeof points,
                                   sizeof bytes, 0 };
    *(int *)arg += 1;
    memcpy(values, from[index], size[index]);
}

/* Writes four tensors, one of them empty, and two strings; returns how often values were
 * requested, or -1. */
static int write_all(struct charnn_error *e)
{
    struct st_writer w = { 0 };
    int asked = 0;
    st_add(&w, "vocab.count", ST_I64, 1, (int64_t[]){ 3 });
    st_add(&w, "rnn.weight_ih_l0", ST_F32, 2, (int64_t[]){ 2, 3 });
    st_add(&w, "vocab", ST_I32, 1, (int64_t[]){ 2 });
    st_add(&w, "quote\"d", ST_U8, 3, (int64_t[]){ 1, 5, 1 });
    st_add(&w, "empty", ST_F32, 2, (int64_t[]){ 0, 7 });
    st_add_meta(&w, "options", "{\"a\":\"\n\"}", 9);
    st_add_meta(&w, "nul", "a\0b", 3);
    int status = st_write(&w, path, fill_values, &asked, e);
    st_writer_release(&w);
    return status < 0 ? -1 : asked;
}

static void check_values(const struct st_file *f)
{
    float x[6];
    int64_t n[3];
    int32_t p[2];
    const struct st_tensor *u = st_find(f, "quote\"d"), *none = st_find(f, "empty");
    st_get_f32(st_find(f, "rnn.weight_ih_l0"), x);
    st_get(st_find(f, "vocab.count"), ST_I64, n);
    st_get(st_find(f, "vocab"), ST_I32, p);
    CHECK(memcmp(x, weights, sizeof x) == 0 && memcmp(n, counts, sizeof n) == 0);
    CHECK(memcmp(p, points, sizeof p) == 0);
    CHECK(u && u->count == 5 && u->n_dims == 3 && memcmp(u->bytes, bytes, 5) == 0);
    CHECK(none && none->count == 0 && none->n_dims == 2 && none->shape[1] == 7);
    st_get_f32(none, NULL);
}

static void what_is_written_is_read_back(void)
{
    struct st_file f;
    struct charnn_error e = { 0 };
    CHECK_MSG(write_all(&e) == 4, "%s", e.message);
    CHECK_MSG(st_read(&f, path, &e) == 0, "%s", e.message);
    if (!f.raw.data)
        return;
    CHECK(f.n_tensors == 5 && f.n_meta == 3 && strcmp(f.path, path) == 0);
    check_values(&f);
    CHECK(strcmp(st_metadata(&f, "options"), "{\"a\":\"\n\"}") == 0);
    CHECK(f.meta[1].value_len == 3 && memcmp(f.meta[1].value, "a\0b", 4) == 0);
    CHECK(strlen(st_metadata(&f, "checksum")) == 16);
    st_release(&f);
    CHECK(!f.tensors && !f.raw.data);
    unlink(path);
}

static void the_file_is_laid_out_as_the_format_says(void)
{
    struct st_writer w = { 0 };
    struct buf b = { 0 };
    int asked = 0;
    static const char begin[] = "{\"__metadata__\":{\"k\":\"v\",\"checksum\":\"";
    static const char header[] =
        "\"}," T("n", "I64", "[3]", "0", "24") "," T("w", "F32", "[2,3]", "24", "48") "}";
    st_add(&w, "n", ST_I64, 1, (int64_t[]){ 3 });
    st_add(&w, "w", ST_F32, 2, (int64_t[]){ 2, 3 });
    st_add_meta(&w, "k", "v", 1);
    CHECK(st_write(&w, path, fill_values, &asked, NULL) == 0);
    CHECK(file_read(path, &b, NULL) == 0 && b.len % 64 == 48);
    size_t n = (unsigned char)b.data[0] | (size_t)(unsigned char)b.data[1] << 8;
    CHECK(memcmp(b.data + 2, "\0\0\0\0\0\0", 6) == 0 && (8 + n) % 64 == 0);
    const size_t digits = strlen(begin), rest = digits + 16, end = rest + strlen(header);
    CHECK(8 + n + 48 == b.len && strncmp(b.data + 8, begin, digits) == 0);
    CHECK(strspn(b.data + 8 + digits, "0123456789abcdef") == 16);
    CHECK(strncmp(b.data + 8 + rest, header, strlen(header)) == 0);
    for (size_t i = end; i < n; i++)
        CHECK(b.data[8 + i] == ' ');
    CHECK(memcmp(b.data + 8 + n, "\0\0\0\0\0\0\0\x80\xff\xff", 10) == 0);
    CHECK(memcmp(b.data + 8 + n + 24, "\0\0\0\0\0\0\0\x80\0\0\xc0\x3f", 12) == 0);
    buf_release(&b);
    st_writer_release(&w);
    unlink(path);
}

static void a_file_without_tensors_is_a_file(void)
{
    struct st_writer w = { 0 };
    struct st_file f;
    CHECK(st_write(&w, path, fill_values, NULL, NULL) == 0);
    CHECK(st_read(&f, path, NULL) == 0 && f.n_tensors == 0 && !st_find(&f, "a"));
    st_release(&f);
    unlink(path);
}

static void check_not_written(struct st_writer *w, const char *expected)
{
    struct charnn_error e = { 0 };
    CHECK(st_write(w, path, fill_values, NULL, &e) == -1);
    CHECK_MSG(strstr(e.message, expected), "'%s'", e.message);
    CHECK(!file_exists(path));
    st_writer_release(w);
}

static void what_could_not_be_read_is_not_written(void)
{
    struct st_writer w = { 0 };
    st_add(&w, "a", ST_U8, 1, (int64_t[]){ 0 });
    st_add(&w, "a", ST_U8, 1, (int64_t[]){ 0 });
    check_not_written(&w, "twice");
    st_add_meta(&w, "k", "1", 1);
    st_add_meta(&w, "k", "2", 1);
    check_not_written(&w, "twice");
    char *large = calloc(1, ST_HEADER + 1);
    if (large) {
        memset(large, 'x', ST_HEADER);
        st_add_meta(&w, "history", large, ST_HEADER);
        check_not_written(&w, "the limit is 16777216");
    }
    free(large);
    st_add(&w, "a", ST_F32, 2, (int64_t[]){ INT64_MAX, INT64_MAX });
    check_not_written(&w, "out of memory");
}

static void thousands_of_tensors_are_no_problem(void)
{
    enum { N = 20000 };
    struct st_writer w = { 0 };
    struct st_file f;
    char name[32];
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "t%d", i * 7919 % N);
        st_add(&w, name, ST_U8, 1, (int64_t[]){ 0 });
    }
    CHECK(st_write(&w, path, fill_values, NULL, NULL) == 0);
    CHECK(st_read(&f, path, NULL) == 0 && f.n_tensors == N);
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "t%d", i);
        const struct st_tensor *t = st_find(&f, name);
        if (!t || strcmp(t->name, name) != 0)
            CHECK(!"a tensor is not found");
    }
    st_release(&f);
    st_writer_release(&w);
    unlink(path);
}

/* -------------------------------------------------------------- damaged files */

static void every_truncation_is_an_error(void)
{
    for (size_t n = 0; n < BY_HAND; n++) {
        struct st_file f;
        struct charnn_error e = { 0 };
        CHECK_MSG(parse_exact(&f, by_hand, n, &e) == -1, "%zu bytes were accepted", n);
        CHECK(n < 8 || strstr(e.message, "truncated: "));
    }
}

static void what_is_missing_or_too_much_is_counted(void)
{
    struct st_file f;
    struct charnn_error e;
    CHECK(parse_exact(&f, by_hand, BY_HAND - 5, &e) == -1);
    CHECK_MSG(strstr(e.message, "5 of 12 bytes of tensors are missing"), "'%s'", e.message);
    CHECK(parse_exact(&f, by_hand, 8 + 100, &e) == -1);
    CHECK_MSG(strstr(e.message, "39 bytes of the header are missing"), "'%s'", e.message);
    check_refused("{" T("a", "U8", "[4]", "0", "4") "}", 7, "3 bytes follow");
    check_refused("{}", 1, "1 bytes follow");
}

/* Reads every byte of every tensor, so that ASan detects bytes outside the file. */
static unsigned touch(const struct st_file *f)
{
    unsigned sum = 0;
    for (size_t i = 0; i < f->n_tensors; i++) {
        const struct st_tensor *t = &f->tensors[i];
        for (size_t k = 0; k < t->count * st_type_size(t->type); k++)
            sum += t->bytes[k];
    }
    return sum;
}

static void every_flipped_bit_is_an_error_or_harmless(void)
{
    unsigned expected = 0, different = 0;
    for (size_t i = 8 + BY_HAND_HEADER; i < BY_HAND; i++)
        expected += by_hand[i];
    for (size_t bit = 0; bit < 8 * (8 + BY_HAND_HEADER); bit++) {
        unsigned char copy[BY_HAND];
        struct st_file f;
        struct charnn_error e = { 0 };
        memcpy(copy, by_hand, BY_HAND);
        copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
        int status = parse_exact(&f, copy, BY_HAND, &e);
        CHECK((status < 0) == (e.message[0] != 0));
        if (status == 0)
            different += touch(&f) != expected;
        st_release(&f);
    }
    CHECK(different == 0);
}

/* ------------------------------------------------------------- hostile files */

static void lengths_from_the_file_are_not_trusted(void)
{
    static const unsigned char huge[][9] = {
        { 0, 0, 0, 0, 0, 0, 0, 0x10, '{' }, { 255, 255, 255, 255, 255, 255, 255, 255, '{' },
        { 1, 0, 0, 1, 0, 0, 0, 0, '{' },    { 255, 255, 255, 0, 0, 0, 0, 0, '{' },
        { 0, 0, 0, 0, 0, 0, 0, 0, '{' },
    };
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
        struct st_file f;
        struct charnn_error e = { 0 };
        CHECK(parse_exact(&f, huge[i], 9, &e) == -1);
        CHECK_MSG(i > 2 || strstr(e.message, "not a checkpoint"), "'%s'", e.message);
    }
}

static void shapes_and_ranges_are_not_trusted(void)
{
    check_refused("{" T("a", "U8", "[4]", "-4", "0") "}", 4, "negative");
    check_refused("{" T("a", "U8", "[-4]", "0", "4") "}", 4, "negative");
    check_refused("{" T("a", "U8", "[4]", "4", "0") "}", 4, "not that of its shape");
    check_refused("{" T("a", "F32", "[4]", "0", "4") "}", 4, "not that of its shape");
    /* the shape of b has 2^64 - 4 bytes, like the range from 4 to 0, modulo 2^64 */
    check_refused("{" T("a", "U8", "[4]", "0",
                        "4") "," T("b", "I32", "[4611686018427387903]", "4", "0") "}",
                  0, "not that of its shape");
    check_refused("{" T("a", "U8", "[4]", "4", "8") "}", 8, "a gap");
    check_refused("{" T("a", "U8", "[1152921504606846976]", "0", "1152921504606846976") "}",
                  4, "bytes of tensors are missing");
    check_refused("{" T("a", "U8", "[4294967296,4294967296]", "0", "0") "}", 0,
                  "too large");
    check_refused("{" T("a", "I64", "[4611686018427387904]", "0", "0") "}", 0, "too large");
    check_refused("{" T("a", "U8", "[9223372036854775808]", "0", "4") "}", 4,
                  "out of range");
    check_refused("{" T("a", "U8", "[4.0]", "0", "4") "}", 4, "whole number");
    check_refused("{" T("a", "U8", "[1,1,1,1,4]", "0", "4") "}", 4, "too many");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,8]}}", 4,
                  "too many");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4]}}", 4,
                  "not two numbers");
}

static void overlaps_and_holes_are_refused(void)
{
    check_refused("{" T("a", "U8", "[4]", "0", "4") "," T("b", "U8", "[4]", "2", "6") "}",
                  6, "overlap");
    check_refused("{" T("a", "U8", "[4]", "0", "4") "," T("b", "U8", "[4]", "0", "4") "}",
                  4, "overlap");
    check_refused("{" T("a", "U8", "[4]", "0", "4") "," T("b", "U8", "[4]", "5", "9") "}",
                  9, "a gap");
    check_refused("{" T("a", "U8", "[0]", "2", "2") "," T("b", "U8", "[4]", "0", "4") "}",
                  4, "tensor 'a'");
}

static void empty_and_scalar_tensors_and_any_order_are_accepted(void)
{
    check_accepted("{" T("a", "U8", "[4]", "2", "6") "," T("b", "U8", "[2]", "0", "2") "}",
                   6);
    check_accepted("{" T("a", "U8", "[0]", "0",
                         "0") "," T("b", "F32", "[]", "0",
                                    "4") "," T("c", "I64", "[3,0]", "4",
                                               "4") "," T("d", "I32", "[0]", "0", "0") "}",
                   4);
    check_accepted("{}", 0);
    check_accepted("{}   \n", 0);
    check_accepted("{\"__metadata__\":{}}", 0);
}

static void names_are_unique_and_short(void)
{
    char header[400], name[ST_NAME + 1];
    check_refused("{" T("a", "U8", "[0]", "0", "0") "," T("b", "U8", "[0]", "0",
                                                          "0") "," T("a", "U8", "[0]", "0",
                                                                     "0") "}",
                  0, "'a': occurs twice");
    check_refused("{" T("a", "U8", "[0]", "0", "0") "," T("\\u0061", "U8", "[0]", "0",
                                                          "0") "}",
                  0, "twice");
    check_refused("{" T("a\\u0000", "U8", "[0]", "0", "0") "}", 0, "has a NUL");
    memset(name, 'n', ST_NAME);
    name[ST_NAME] = '\0';
    snprintf(header, sizeof header, "{" T("%s", "U8", "[0]", "0", "0") "}", name);
    check_refused(header, 0, "longer than 127");
    snprintf(header, sizeof header, "{" T("%s", "U8", "[0]", "0", "0") "}", name + 1);
    check_accepted(header, 0);
}

static void unknown_types_are_named(void)
{
    check_refused("{" T("head.weight", "F8_E4M3", "[2]", "0", "2") "}", 2,
                  "tensor 'head.weight': type 'F8_E4M3' is not one of");
    check_refused("{" T("a", "BOOL", "[2]", "0", "2") "}", 2, "type 'BOOL'");
    check_refused("{" T("a", "F64", "[2]", "0", "8") "}", 8, "not that of its shape");
    check_refused("{" T("a", "BF16", "[2]", "0", "8") "}", 8, "not that of its shape");
    check_refused("{" T("a", "U8\\u0000", "[4]", "0", "4") "}", 4, "type 'U8'");
    check_refused("{\"a\":{\"dtype\":1,\"shape\":[],\"data_offsets\":[0,4]}}", 4,
                  "a string");
}

/* Checks a file of one tensor with these little-endian values. */
static void check_reals(const char *type, size_t each, const uint64_t *bits,
                        const float *expected, size_t n)
{
    char header[120];
    struct st_file f;
    struct charnn_error e = { 0 };
    snprintf(header, sizeof header, "{" T("a", "%s", "[%zu]", "0", "%zu") "}", type, n,
             n * each);
    struct buf b = file_of(header, strlen(header), 0);
    for (size_t i = 0; i < n * each; i++)
        buf_char(&b, (char)(bits[i / each] >> i % each * 8));
    CHECK_MSG(parse_exact(&f, b.data, b.len, &e) == 0, "%s", e.message);
    float x[16];
    if (f.n_tensors == 1) {
        CHECK(st_is_real(f.tensors[0].type));
        st_get_f32(&f.tensors[0], x);
        for (size_t i = 0; i < n; i++)
            CHECK_MSG(isnan(expected[i]) ? isnan(x[i])
                                         : memcmp(&x[i], &expected[i], sizeof *x) == 0,
                      "%s %zu: %a, not %a", type, i, (double)x[i], (double)expected[i]);
    }
    buf_release(&b);
    st_release(&f);
}

static void every_real_type_becomes_float(void)
{
    static const uint64_t half[] = { 0x0000, 0x8000, 0x3c00, 0xc100, 0x7bff, 0x0400,
                                     0x03ff, 0x0001, 0x7c00, 0xfc00, 0x7e00 };
    static const float halves[] = { 0,        -0.0f,     1,          -2.5f,
                                    65504,    0x1p-14f,  0x3ffp-24f, 0x1p-24f,
                                    INFINITY, -INFINITY, NAN };
    static const uint64_t brain[] = {
        0x0000, 0x8000, 0x3f80, 0xc020, 0x7f80, 0x7fc0, 0x4049
    };
    static const float brains[] = { 0, -0.0f, 1, -2.5f, INFINITY, NAN, 3.140625f };
    static const uint64_t wide[] = { 0,
                                     0x3ff8000000000000,
                                     0xc004000000000000,
                                     0x3fb999999999999a,
                                     0x7fefffffffffffff,
                                     0xffefffffffffffff,
                                     0x7ff8000000000000,
                                     1 };
    static const float wides[] = { 0, 1.5f, -2.5f, 0.1f, INFINITY, -INFINITY, NAN, 0 };
    check_reals("F16", 2, half, halves, 11);
    check_reals("BF16", 2, brain, brains, 7);
    check_reals("F64", 8, wide, wides, 8);
}

static void members_of_a_tensor_are_complete_and_unique(void)
{
    check_refused("{\"a\":{\"shape\":[4],\"data_offsets\":[0,4]}}", 4, "missing");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "missing");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}", 0, "missing");
    check_refused("{\"a\":{}}", 0, "missing");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[],"
                  "\"data_offsets\":[0,1]}}",
                  1, "repeated member 'dtype'");
    check_refused("{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1],"
                  "\"x\":1}}",
                  1, "unknown or repeated member 'x'");
}

static void the_metadata_maps_strings_to_strings(void)
{
    check_accepted("{\"__metadata__\":{\"a\":\"1\",\"b\":\"\"}}", 0);
    check_refused("{\"__metadata__\":{\"a\":1}}", 0, "expected a string");
    check_refused("{\"__metadata__\":{\"a\":null}}", 0, "expected a string");
    check_refused("{\"__metadata__\":[]}", 0, "expected an object");
    check_refused("{\"__metadata__\":{\"a\":\"1\",\"b\":\"\",\"a\":\"1\"}}", 0,
                  "'a' occurs twice");
    check_refused("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice");
    check_refused("{\"__metadata__\":{\"a\\u0000\":\"1\"}}", 0, "NUL");
    check_accepted("{\"__metadata__\":{\"}\":\"}{\\\"\"}}", 0);
}

static void the_header_is_one_json_object(void)
{
    char deep[4000];
    check_refused("", 0, "does not begin with '{'");
    check_refused(" {}", 0, "does not begin with '{'");
    check_refused("[]", 0, "does not begin with '{'");
    check_refused("{} {}", 0, "bad header");
    check_refused("{", 0, "bad header");
    check_refused("{\"a\":[]}", 0, "expected an object at byte 13");
    check_refused("{\"a\":{\"dtype\":\"\xff\"}}", 0, "UTF-8");
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    memcpy(deep, "{\"a\":{\"shape\":", 14);
    check_refused(deep, 0, "bad header");
    for (size_t i = 0; i + 5 < sizeof deep; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    check_refused(deep, 0, "unknown or repeated member 'a'");
}

static void a_file_that_is_not_there_is_named(void)
{
    struct st_file f;
    struct charnn_error e;
    CHECK(st_read(&f, path, &e) == -1);
    CHECK_MSG(strstr(e.message, path) == e.message, "'%s'", e.message);
    st_release(&f);
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/charnn-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) {
        printf("Bail out! cannot make a folder for the test\n");
        return 1;
    }
    snprintf(path, sizeof path, "%s/model.bin", folder);
    RUN(a_file_made_by_hand_is_read);
    RUN(what_is_written_is_read_back);
    RUN(the_file_is_laid_out_as_the_format_says);
    RUN(a_file_without_tensors_is_a_file);
    RUN(what_could_not_be_read_is_not_written);
    RUN(thousands_of_tensors_are_no_problem);
    RUN(every_truncation_is_an_error);
    RUN(what_is_missing_or_too_much_is_counted);
    RUN(every_flipped_bit_is_an_error_or_harmless);
    RUN(lengths_from_the_file_are_not_trusted);
    RUN(shapes_and_ranges_are_not_trusted);
    RUN(overlaps_and_holes_are_refused);
    RUN(empty_and_scalar_tensors_and_any_order_are_accepted);
    RUN(names_are_unique_and_short);
    RUN(unknown_types_are_named);
    RUN(every_real_type_becomes_float);
    RUN(members_of_a_tensor_are_complete_and_unique);
    RUN(the_metadata_maps_strings_to_strings);
    RUN(the_header_is_one_json_object);
    RUN(a_file_that_is_not_there_is_named);
    rmdir(folder);
    return test_end();
}
