/*
 * fuzz_log.c - reads arbitrary bytes as the log of a run, and draws it in every way.
 *
 * A log that is accepted must give a page, and every kind of chart as text, picture and
 * table, unless the log has nothing of that kind.
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "charts/chart.h"
#include "report/report_page.h"
#include "runlog/runs.h"
#include "viz/figure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void draw(const struct run *r, const struct chart_options *options)
{
    struct charnn_error e = { 0 };
    struct chart c;
    struct buf out = { 0 };
    if (chart_make(&c, r, 1, options, &e) != 0) {
        require(e.message[0] != 0);
        return;
    }
    if (options->table)
        figure_csv(&c.page, &out);
    else
        figure_svg(&c.page, &out);
    figure_text(&c.page, 79, 22, 0, &out);
    require(out.len > 0 && !out.failed);
    buf_release(&out);
    chart_release(&c);
}

static void draw_all(const struct run *r)
{
    struct buf page = { 0 };
    for (int what = CHART_LOSS; what <= CHART_GRADIENTS; what++)
        for (int i = 0; i < 4; i++)
            draw(r, &(struct chart_options){ .what = (enum chart_what)what,
                                             .x = (enum chart_x)i,
                                             .log_x = i & 1,
                                             .log_y = i >> 1,
                                             .smooth = i * 0.4,
                                             .table = i == 3 });
    report_page(r, "charnn train", &page);
    require(page.len > 0 && !page.failed);
    buf_release(&page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[] = "/tmp/charnn-fuzz.XXXXXX";
    struct charnn_error e = { 0 };
    struct run r;
    const int fd = mkstemp(path);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
    const int status = run_read(&r, path, &e);
    unlink(path);
    if (status < 0) {
        require(e.message[0] != 0);
        return 0;
    }
    draw_all(&r);
    run_release(&r);
    return 0;
}
