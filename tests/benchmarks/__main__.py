"""All measurements in turn: `python -m tests.benchmarks`, or some by name behind it."""

import importlib
import importlib.util
import sys

MODULES = (
    "matching", "overlap", "check_scope", "run_gates", "lint_slices", "agents", "slice_times",
)  # fmt: skip


def main() -> int:
    """Run each module's `main`; the exit code is 1 when one of them is missing."""
    named = sys.argv[1:] or list(MODULES)
    del sys.argv[1:]  # the modules read their own
    missing = [name for name in named if importlib.util.find_spec(f"{__package__}.{name}") is None]
    for name in named:
        print(f"== {name}", flush=True)
        if name in missing:
            print(f"there is no tests/benchmarks/{name}.py")
        else:
            importlib.import_module(f"{__package__}.{name}").main()
    return int(bool(missing))


if __name__ == "__main__":
    raise SystemExit(main())
