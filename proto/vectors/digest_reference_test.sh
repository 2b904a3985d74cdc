#!/bin/bash
# The vectors are what the reference implementation prints.
set -eu
exec python3 proto/vectors/digest_reference.py --check proto/vectors/digest.json
