/* crease: small networks for systems with kinks. One header over all. */
#ifndef CREASE_CREASE_H
#define CREASE_CREASE_H

#include "crease/activation.h"
#include "crease/c_source.h"
#include "crease/compare.h"
#include "crease/csv.h"
#include "crease/data.h"
#include "crease/digest.h"
#include "crease/file.h"
#include "crease/fit.h"
#include "crease/inference.h"
#include "crease/initialise.h"
#include "crease/kinks.h"
#include "crease/knots.h"
#include "crease/milp.h"
#include "crease/minimax.h"
#include "crease/model_file.h"
#include "crease/net.h"
#include "crease/nnls.h"
#include "crease/onnx.h"
#include "crease/paired.h"
#include "crease/plot.h"
#include "crease/problem.h"
#include "crease/proof.h"
#include "crease/pwl.h"
#include "crease/random.h"
#include "crease/range.h"
#include "crease/regions.h"
#include "crease/specification.h"
#include "crease/status.h"
#include "crease/table.h"
#include "crease/verify.h"
#include "crease/vnnlib.h"

#define CREASE_VERSION "0.1.0"

#endif
