#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stands for the tests in C where they cannot be built.
echo "SKIP: the tests in C need cmocka (Debian: libcmocka-dev)"
exit 77
