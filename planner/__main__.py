"""The door: answers --version itself, and sends everything else to the command line."""

import sys

from planner import __version__


def main() -> None:
    """Run planner on the words of the command line, and exit."""
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]):
        sys.stdout.write(f"planner {__version__}\n")
        return
    import gc  # noqa: PLC0415 - what only a job needs is loaded after the quick answer

    # Nothing that is imported becomes garbage: looking for it costs a tenth of the start-up.
    gc.disable()
    from planner.cli.main import run  # noqa: PLC0415

    sys.exit(run(words))


if __name__ == "__main__":
    main()
