/* ref.h - the products of kernels.h as plain loops. */
#ifndef CHARNN_MATH_REF_H
#define CHARNN_MATH_REF_H

#include "math/kernels.h"

void ref_product(const struct product *p);
void ref_outer(const struct outer *o);

#endif
