/* ref.h - the GEMMs of kernels.h as plain loops. */
#ifndef CHARNN_MATH_REF_H
#define CHARNN_MATH_REF_H

#include "math/kernels.h"

void ref_gemm(const struct gemm *p);
void ref_gemm_tn(const struct gemm_tn *o);

#endif
