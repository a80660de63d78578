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
            _say(f"{event.gate}: started{again}")
        elif event.kind == "ended" and event.result is not None:
            _say(ended(event.result))
        elif now - self._beat.get(event.gate, now) >= _HEARTBEAT_S:
            self._beat[event.gate] = now
            seconds = now - self._since[event.gate]
            _say(f"{event.gate}: still running after {seconds:.0f} s: {event.text}")


def _say(line: str) -> None:
    sys.stderr.write(visible(line) + "\n")
    sys.stderr.flush()


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
            f"{gate}  {now - since:4.0f} s  {visible(last)[:_WIDTH]}"
            for gate, (since, last) in running.items()
        ]
        return Text("\n".join(rows), no_wrap=True, overflow="ellipsis")

    with Live(drawn(), console=console, transient=True, auto_refresh=False) as live:

        def tell(event: Event) -> None:
            if event.kind == "ended" and event.result is not None:
                running.pop(event.gate, None)
                live.console.print(Text(visible(ended(event.result))))
            elif event.kind == "started":
                running.setdefault(event.gate, (time.monotonic(), ""))
            elif event.gate in running and event.text:
                running[event.gate] = (running[event.gate][0], event.text)
            live.update(drawn(), refresh=True)

        yield tell


def show_tails(results: Iterable[Result], root: Path) -> None:
    """The last lines of the logs of the gates that ran and did not pass."""
    for result in results:
        if result.log and result.verdict not in ("passed", "skipped"):
            _show_tail(result, root)


def _show_tail(result: Result, root: Path) -> None:
    """The last lines of a gate's log, fenced in CI so that they cannot command it."""
    lines = [visible(line) for line in tail(str(root / result.log))]
    if not lines:
        return
    is_github = os.environ.get("GITHUB_ACTIONS") == "true"
    token = secrets.token_hex(16)
    fence = [f"::stop-commands::{token}"] if is_github else []
    unfence = [f"::{token}::"] if is_github else []
    shown = [f"  {line}" for line in lines]
    text = "\n".join([f"{result.id}: the end of {visible(result.log)}", *fence, *shown, *unfence])
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
