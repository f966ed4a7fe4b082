#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Stands for the checks of tests/tidy where they cannot run.
echo "SKIP: tests/tidy needs python3"
exit 77
