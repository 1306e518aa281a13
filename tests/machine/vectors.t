#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What standards print of secrets that no request takes (RFC 5869, 7748, 9180), through the vault TA's sources in a TA of their own.
exec festore-test-vectors
