"""Tells how gates are coming along: live lines in a terminal, sparse ones elsewhere."""

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.formats.text import visible
from planner.gates.output import tail
from planner.gates.verdict import Event, Result

_HEARTBEAT_S = 60.0
_WIDTH = 60  # characters of the last line of output that are shown


@contextmanager
def told() -> Iterator[Callable[[Event], None]]:
    """What is to be told of events for as long as the context lasts; all of it on stderr."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        yield from _live()
    else:
        yield _Sparse().tell


class _Sparse:
    """A line when a gate starts and ends, and one a minute in between."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._beat: dict[str, float] = {}

    def tell(self, event: Event) -> None:
        now = time.monotonic()
        if event.kind == "started":
            self._since.setdefault(event.gate, now)
            self._beat[event.gate] = now
            again = f" (run {event.run})" if event.run > 1 else ""
            _say(_line(f"{event.gate}: started{again}"))
        elif event.kind == "ended" and event.result is not None:
            _say(_line(ended(event.result)))
        elif now - self._beat.get(event.gate, now) >= _HEARTBEAT_S:
            self._beat[event.gate] = now
            seconds = now - self._since[event.gate]
            _say(_line(f"{event.gate}: still running after {seconds:.0f} s: {event.text}"))


def _say(text: str) -> None:
    with _whoever_listens():
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


@contextmanager
def _whoever_listens() -> Iterator[None]:
    """Let talk that reaches nobody stop no gate: the terminal was closed, or the pipe's reader."""
    try:
        yield
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _line(text: str) -> str:
    """The text on one line that commands no CI system: `##[...]` does so within a line as well."""
    return visible(text).replace("##[", "#\\x23[")


def ended(result: Result) -> str:
    """How a gate ended, in one line."""
    seconds = sum(run.seconds for run in result.runs)
    reason = f": {result.reason}" if result.reason else ""
    runs = f", {len(result.runs)} runs" if len(result.runs) > 1 else ""
    return f"{result.id}: {result.verdict} ({seconds:.1f} s{runs}){reason}"


def _live() -> Iterator[Callable[[Event], None]]:
    """One line per gate that runs, with its time and its last line of output."""
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True)
    running: dict[str, tuple[float, str]] = {}

    def drawn() -> Text:
        now = time.monotonic()
        rows = [
            f"{gate}  {now - since:4.0f} s  {_line(last)[:_WIDTH]}"
            for gate, (since, last) in running.items()
        ]
        return Text("\n".join(rows), no_wrap=True, overflow="ellipsis")

    live = Live(drawn(), console=console, transient=True, auto_refresh=False)

    def tell(event: Event) -> None:
        if event.kind == "ended" and event.result is not None:
            running.pop(event.gate, None)
        elif event.kind == "started":
            running.setdefault(event.gate, (time.monotonic(), ""))
        elif event.gate in running and event.text:
            running[event.gate] = (running[event.gate][0], event.text)
        with _whoever_listens():
            live.update(drawn(), refresh=True)
            if event.result is not None:
                console.print(Text(_line(ended(event.result))))

    with _whoever_listens():
        live.start()
    try:
        yield tell
    finally:
        with _whoever_listens():
            live.stop()


def show_tails(results: Iterable[Result], root: Path) -> None:
    """The last lines of the logs of the gates that ran and did not pass."""
    for result in results:
        if result.log and result.verdict not in ("passed", "skipped"):
            _show_tail(result, root)


def _show_tail(result: Result, root: Path) -> None:
    """The last lines of a gate's log, fenced in CI so that they cannot command it."""
    lines = [_line(line) for line in tail(str(root / result.log))]
    if not lines:
        return
    fence, unfence = _fences() if os.environ.get("GITHUB_ACTIONS") == "true" else ([], [])
    shown = [f"  {line}" for line in lines]
    _say("\n".join([f"{result.id}: the end of {_line(result.log)}", *fence, *shown, *unfence]))


def _fences() -> tuple[list[str], list[str]]:
    """The lines between which GitHub takes no line for a command; nobody can guess the second."""
    token = secrets.token_hex(16)
    return [f"::stop-commands::{token}"], [f"::{token}::"]
