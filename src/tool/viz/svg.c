/* svg.c - writes the style sheet of an SVG figure, and text in it. */
#include "viz/svg.h"

#include <string.h>

#include "viz/markup.h"
#include "viz/palette.h"

void svg_style(struct buf *out)
{
    buf_str(
        out,
        "<style>\n"
        ".cf-ground{fill:#fff}\n"
        ".cf-text{fill:#24292f;font:13px system-ui,-apple-system,\"Segoe UI\",Roboto,"
        "\"Noto Sans\",\"Noto Sans CJK KR\",Arial,sans-serif;"
        "font-variant-numeric:tabular-nums}\n"
        ".cf-title{font-size:15px;font-weight:600}\n"
        ".cf-head{font-size:18px;font-weight:600}\n"
        ".cf-halo{stroke:#fff;stroke-width:4px;stroke-linejoin:round;paint-order:stroke}\n"
        ".cf-rule{stroke:#e5e8ec}\n"
        ".cf-axis{stroke:#8b949e;fill:none}\n"
        ".cf-line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:butt}\n"
        ".cf-faint{stroke-width:1;stroke-opacity:.4}\n"
        ".cf-dashed{stroke-dasharray:6 3}\n"
        ".cf-dot{stroke:#fff;stroke-width:1.5}\n");
    for (int i = 0; i < PALETTE_LINES; i++)
        buf_printf(out, ".cf-c%d{stroke:#%06x}.cf-d%d{fill:#%06x}\n", i,
                   palette_line(i, false), i, palette_line(i, false));
    buf_str(out, "@media (prefers-color-scheme:dark){\n"
                 ".cf-ground{fill:#15181d}\n.cf-text{fill:#e6e8eb}\n"
                 ".cf-halo,.cf-dot{stroke:#15181d}\n"
                 ".cf-rule{stroke:#2b3038}\n.cf-axis{stroke:#6e7681}\n.cf-faint{stroke-"
                 "opacity:.6}\n");
    for (int i = 0; i < PALETTE_LINES; i++)
        if (palette_line(i, true) != palette_line(i, false))
            buf_printf(out, ".cf-c%d{stroke:#%06x}.cf-d%d{fill:#%06x}\n", i,
                       palette_line(i, true), i, palette_line(i, true));
    buf_str(out, "}\n</style>\n");
}

double svg_text_width(const char *text)
{
    return markup_ems(text, strlen(text)) * SVG_FONT;
}

void svg_text(struct buf *out, const char *classes, const char *anchor, double x, double y,
              double room, const char *text)
{
    buf_printf(out, "<text class=\"cf-text%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">",
               classes, anchor, x, y);
    markup_fit(out, text, strlen(text), room / SVG_FONT);
    buf_str(out, "</text>\n");
}

void svg_text_upwards(struct buf *out, double x, double y, double room, const char *text)
{
    buf_printf(out,
               "<text class=\"cf-text\" text-anchor=\"middle\" "
               "transform=\"translate(%.1f %.1f) rotate(-90)\">",
               x, y);
    markup_fit(out, text, strlen(text), room / SVG_FONT);
    buf_str(out, "</text>\n");
}
