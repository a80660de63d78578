"""Limits of a plan file, so that reading one takes seconds at most."""

from typing import Final

LARGEST_BYTES: Final = 2 * 1024 * 1024
DEEPEST: Final = 64
MOST_NODES: Final = 100_000
MOST_DIAGNOSTICS: Final = 10_000
TOO_MANY: Final = (
    f"the plan has more than {MOST_DIAGNOSTICS} errors",
    "fix the listed ones first",
)
