"""Limits of a plan file, so that reading one takes seconds at most."""

from typing import Final

LARGEST_BYTES: Final = 2 * 1024 * 1024
DEEPEST: Final = 64
MOST_NODES: Final = 100_000
