// The BLAS interface of the installed OpenBLAS; pkg-config gives its folder.
#include <cblas.h>
