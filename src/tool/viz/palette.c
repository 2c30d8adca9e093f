/* palette.c - the colours of Okabe and Ito 2008, and of viridis (van der Walt and Smith
 * 2015). */
#include "viz/palette.h"

#include <math.h>

unsigned palette_line(int color, bool dark)
{
    static const unsigned lines[PALETTE_LINES] = {
        0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x000000,
    };
    const unsigned i = (unsigned)color % PALETTE_LINES;
    return dark && lines[i] == 0 ? 0xf0e442 : lines[i];
}

unsigned palette_viridis(double t)
{
    enum { LAST = 8 };
    static const unsigned anchors[LAST + 1] = {
        0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c,
        0x28ae80, 0x5ec962, 0xaddc30, 0xfde725,
    };
    const double at = t > 0 ? fmin(t, 1) * LAST : 0;
    const int i = at < LAST ? (int)at : LAST - 1;
    unsigned mixed = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        const double a = anchors[i] >> shift & 255, b = anchors[i + 1] >> shift & 255;
        mixed |= (unsigned)lround(a + (at - i) * (b - a)) << shift;
    }
    return mixed;
}
