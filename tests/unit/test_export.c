/* test_export.c - templates, and the rounding of weights to 8 bits. */
#include <math.h>

#include "export/export.h"
#include "math/quant.h"
#include "test.h"

static void put_two(void *arg)
{
    buf_str(arg, "two");
}

/* Whether a text expands to `want`.  The slot `name` is "x", `put` calls put_two, `yes` is set,
 * and `no` is not. */
static int expands_to(const char *text, const char *want)
{
    static const struct slot slots[] = {
        { "name", "x", NULL },
        { "put", NULL, put_two },
        { "yes", "", NULL },
        { "no", NULL, NULL },
    };
    struct buf out = { 0 };
    buf_add(&out, "", 0);
    template_expand(text, slots, sizeof slots / sizeof *slots, &out, &out);
    const int same = !strcmp(out.data, want);
    if (!same)
        printf("# '%s'\n", out.data);
    buf_release(&out);
    return same;
}

static void gaps_are_filled(void)
{
    CHECK(expands_to("a @name@_b @put@\n", "a x_b two\n"));
    CHECK(expands_to("@name@@name@@yes@", "xx"));
    CHECK(expands_to("", ""));
}

static void other_at_signs_stay(void)
{
    CHECK(expands_to("@media (x) { a@b } @", "@media (x) { a@b } @"));
    CHECK(expands_to("@@name@@", "@x@"));
}

static void conditions_leave_lines_out(void)
{
    CHECK(expands_to("1\n@if yes\n2\n@end\n3\n", "1\n2\n3\n"));
    CHECK(expands_to("1\n@if no\n2 @name@\n@end\n3\n", "1\n3\n"));
    CHECK(expands_to("@if !no\n1\n@end\n@if !yes\n2\n@end\n", "1\n"));
    CHECK(expands_to("@if put\n1\n@end\n", "1\n"));
    CHECK(expands_to("@if yes\n1\n@else\n2\n@end\n3\n", "1\n3\n"));
    CHECK(expands_to("@if !yes\n1\n@else\n2\n@end\n3\n", "2\n3\n"));
}

static void conditions_nest(void)
{
    CHECK(expands_to("@if yes\n1\n@if no\n2\n@end\n3\n@end\n4\n", "1\n3\n4\n"));
    CHECK(expands_to("@if no\n1\n@if yes\n2\n@end\n3\n@end\n4\n", "4\n"));
    CHECK(expands_to("@if no\n@if no\n1\n@end\n2\n@end\n3\n", "3\n"));
    CHECK(expands_to("@if no\n@if no\n1\n@else\n2\n@end\n@else\n3\n@end\n", "3\n"));
}

static void quantize(const float *w, int rows, int cols, signed char *q, float *scale)
{
    for (int i = 0; i < rows; i++, w += cols, q += cols) {
        const struct quant row = quant_of(w, (size_t)cols);
        scale[i] = row.scale;
        for (int j = 0; j < cols; j++)
            q[j] = quant_round(&row, w[j]);
    }
}

static void rounding_is_within_half_a_step_of_its_row(void)
{
    enum { ROWS = 3, COLS = 50 };
    float w[ROWS * COLS], scale[ROWS];
    signed char q[ROWS * COLS];
    for (int i = 0; i < ROWS * COLS; i++)
        w[i] = sinf((float)(i * i)) * (i < COLS ? 1000.0F : i < 2 * COLS ? 1e-20F : 0);
    quantize(w, ROWS, COLS, q, scale);
    for (int i = 0; i < ROWS * COLS; i++) {
        const double step = (double)scale[i / COLS];
        CHECK_MSG(fabs(q[i] * step - (double)w[i]) <= step * 0.5001, "%d: %d * %g for %g",
                  i, q[i], step, (double)w[i]);
    }
    CHECK(scale[2] == 0 && q[2 * COLS] == 0);
}

static void the_largest_of_a_row_is_127(void)
{
    const float w[] = { 0.5F, -2, 1, 3e38F, -3.4e38F, 0 };
    float scale[2];
    signed char q[6];
    quantize(w, 2, 3, q, scale);
    CHECK(q[1] == -127 && q[0] == 32 && q[2] == 64 && q[4] == -127 && q[3] == 112);
}

int main(void)
{
    RUN(gaps_are_filled);
    RUN(other_at_signs_stay);
    RUN(conditions_leave_lines_out);
    RUN(conditions_nest);
    RUN(rounding_is_within_half_a_step_of_its_row);
    RUN(the_largest_of_a_row_is_127);
    return test_end();
}
