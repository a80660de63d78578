"""The entry point: answers --version itself, hooks of agents by `guard`, all else by `cli`."""

import sys

from planner import __version__


def main() -> None:
    """Run planner on the words of the command line, and exit."""
    words = sys.argv[1:]
    if words in (["--version"], ["-V"]) and sys.stdout is not None:
        try:
            sys.stdout.write(f"planner {__version__}\n")
            sys.stdout.flush()
        except OSError as error:
            _unwritable(error)
        return
    import gc  # noqa: PLC0415 - what only a job needs is loaded after the quick answer

    # Nothing that is imported becomes garbage: looking for it costs a tenth of the start-up.
    gc.disable()
    if "guard" in words:
        from planner.agents import guard  # noqa: PLC0415 - without the command line it is faster

        answered = guard.run(words)
        if answered is not None:
            gc.freeze()
            sys.exit(answered)
    from planner.cli.main import run  # noqa: PLC0415

    code = run(words)
    gc.freeze()  # Python looks for garbage once more when it ends: 4 ms
    sys.exit(code)


def _unwritable(error: OSError) -> None:
    """End with 2, and keep Python from trying once more to write what is left."""
    import os  # noqa: PLC0415

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if not isinstance(error, BrokenPipeError):
        sys.stderr.write(f"error: cannot write: {error.strerror}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
