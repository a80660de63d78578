"""Shows how gates progress: live lines in a terminal, few lines elsewhere."""

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from planner.formats.text import visible
from planner.gates.output import tail
from planner.gates.verdict import Event, Result

_HEARTBEAT_S = 60.0
_WIDTH = 60  # characters of the last line of output that are shown


@contextmanager
def showing(root: Path, *, is_quiet: bool = False) -> Iterator[Callable[[Event], None]]:
    """Show gates while they run, on stderr; then the last lines of those that did not pass.

    Yields what to call for each event.
    """
    if is_quiet:
        yield lambda _: None
        return
    results: list[Result] = []
    is_terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    with contextmanager(_live)() if is_terminal else nullcontext(_Sparse().tell) as tell:

        def tell_all(event: Event) -> None:
            # A baseline's gate has the commit behind its name: what failed there is no result.
            if event.kind == "ended" and event.result is not None and " " not in event.gate:
                results.append(event.result)
            tell(event)

        yield tell_all
    for result in results:
        if result.log and result.verdict not in ("passed", "skipped"):
            _show_tail(result, root)


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
            _write(_line(f"{event.gate}: started{again}"))
        elif event.kind == "ended" and event.result is not None:
            _write(_line(ended(event.gate, event.result)))
        elif now - self._beat.get(event.gate, now) >= _HEARTBEAT_S:
            self._beat[event.gate] = now
            seconds = now - self._since[event.gate]
            _write(_line(f"{event.gate}: still running after {seconds:.0f} s: {event.text}"))


def _write(text: str) -> None:
    with _ignoring_write_errors():
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


@contextmanager
def _ignoring_write_errors() -> Iterator[None]:
    """Ignore write errors on stderr: the terminal or the reader of the pipe may be gone."""
    try:
        yield
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _line(text: str) -> str:
    """The text on one line that no CI system takes for a command, wherever it is in a line."""
    return visible(text).replace("##[", "#\\x23[")


def ended(gate: str, result: Result) -> str:
    """Return how a gate ended, in one line."""
    seconds = sum(run.seconds for run in result.runs)
    reason = f": {result.reason}" if result.reason else ""
    runs = f", {len(result.runs)} runs" if len(result.runs) > 1 else ""
    return f"{gate}: {result.verdict} ({seconds:.1f} s{runs}){reason}"


def _live() -> Iterator[Callable[[Event], None]]:
    """One line per gate that runs, with its time and its last line of output."""
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True)
    running: dict[str, tuple[float, str]] = {}

    def rows() -> Text:
        now = time.monotonic()
        lines = [
            f"{gate}  {now - since:4.0f} s  {_line(last)[:_WIDTH]}"
            for gate, (since, last) in running.items()
        ]
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")

    live = Live(rows(), console=console, transient=True, auto_refresh=False)

    def tell(event: Event) -> None:
        if event.kind == "ended" and event.result is not None:
            running.pop(event.gate, None)
        elif event.kind == "started":
            running.setdefault(event.gate, (time.monotonic(), ""))
        elif event.gate in running and event.text:
            running[event.gate] = (running[event.gate][0], event.text)
        with _ignoring_write_errors():
            live.update(rows(), refresh=True)
            if event.result is not None:
                console.print(Text(_line(ended(event.gate, event.result))))

    with _ignoring_write_errors():
        live.start()
    try:
        yield tell
    finally:
        with _ignoring_write_errors():
            live.stop()


def _show_tail(result: Result, root: Path) -> None:
    """Show the last lines of a gate's log; in CI so that none is taken for a command."""
    log = Path(result.log)
    lines = [_line(line) for line in tail(str(root / log))]
    if not lines:
        return
    if log.is_relative_to(root):
        log = log.relative_to(root)
    fence, unfence = _fences() if os.environ.get("GITHUB_ACTIONS") == "true" else ([], [])
    shown = [f"  {line}" for line in lines]
    _write(
        "\n".join(
            [f"{result.gate.id}: the end of {_line(log.as_posix())}", *fence, *shown, *unfence]
        )
    )


def _fences() -> tuple[list[str], list[str]]:
    """The lines between which GitHub runs no command; the second cannot be guessed."""
    token = secrets.token_hex(16)
    return [f"::stop-commands::{token}"], [f"::{token}::"]
