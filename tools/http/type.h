/* SPDX-License-Identifier: Apache-2.0 */
/* The Content-Type that a file's name stands for. */
#ifndef SEA_HTTP_TYPE_H
#define SEA_HTTP_TYPE_H

const char *sea_http_type(const char *name);

#endif
