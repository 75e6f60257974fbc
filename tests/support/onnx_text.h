/* ONNX files from a text, written byte by byte, without protobuf-c. Lines:
 *
 *   input NAME DIMS               DIMS: 1,5 or N,5, or - for none
 *   tensor NAME TYPE DIMS NUMBERS..   TYPE: float double int64 in raw_data; float_data double_data int64_data; external;
 *                                 or the number of another type
 *   node OPERATOR INPUTS OUTPUT ATTRIBUTES..   INPUTS: a,b or -; ATTRIBUTES: alpha=f:.5 axis=i:1 pads=l:0,0 auto_pad=s:VALID,
 *                                 and value=t:NAME, a tensor that was written before with the type prefix @
 *   output NAME */
#ifndef TEST_ONNX_TEXT_H
#define TEST_ONNX_TEXT_H

#include <stddef.h>

/* The bytes, for the caller to free. Fails the running test where the text is wrong. */
char *onnx_from_text(const char *text, size_t *size);

#endif
