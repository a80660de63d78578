"""Output of a command: kept in a log, and searched line by line in bounded memory."""

import codecs
import contextlib
import os
import re
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from operator import length_hint
from pathlib import Path
from types import FrameType
from typing import Final, Self

from planner.gates.errors import GateError

WINDOW: Final = 64 * 1024  # bytes of a long line that are searched at once
OVERLAP: Final = 4 * 1024
SEARCH_LIMIT_S: Final = 1.0  # of CPU time, for one expression and one line
_TICKS: Final = 4

# CSI, strings (OSC, DCS, ...) with their end, and other sequences. No part can match where the one
# before it stopped, so the time is linear in the text, whatever the text.
_ANSI: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|[ -/]*[0-~])"
)
_UNPRINTABLE: Final = re.compile(
    "[\0-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_CONTINUATION: Final = bytes(range(0x80, 0xC0))


class SearchTimer(contextlib.ExitStack):
    """Stops a search that takes too long for one line. Works only in the main thread.

    `re` keeps the GIL while it searches but handles signals, so a timer can stop it and a thread
    could not. The timer counts CPU time: on a busy machine a search is not slower.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: Iterator[str] = iter(())
        self._left = 0
        self._since = 0.0
        self._is_searching = False

    def __enter__(self) -> Self:
        before = signal.signal(signal.SIGVTALRM, self._tick)
        self.callback(signal.signal, signal.SIGVTALRM, before)
        return self

    def first(self, test: Callable[[str], object], lines: Sequence[str]) -> str | None:
        """Return the first line that passes the test.

        Raises:
            TimeoutError: one line took longer than `SEARCH_LIMIT_S`.
        """
        self._lines, self._left = iter(lines), -1
        self._is_searching = True
        tick_s = SEARCH_LIMIT_S / _TICKS
        signal.setitimer(signal.ITIMER_VIRTUAL, tick_s, tick_s)
        try:
            return next(filter(test, self._lines), None)
        finally:
            self._stop()

    def _stop(self) -> None:
        self._is_searching = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _tick(self, _signum: int, _frame: FrameType | None) -> None:
        """Stop the search when the line of the last tick still takes time after the limit."""
        if not self._is_searching:
            return
        left = length_hint(self._lines)
        # The timer alone is too fast on a busy machine: the kernel charges it whole ticks.
        now = time.thread_time()
        if left != self._left:
            self._left, self._since = left, now
        elif now - self._since >= SEARCH_LIMIT_S:
            self._stop()
            raise TimeoutError


class Search:
    """Searches the lines of a stream for expressions.

    Attributes:
        found: by expression as written, the number of the first line that matches.

    Raises:
        GateError: an expression does not compile.
    """

    def __init__(self, expressions: Sequence[str], timer: SearchTimer) -> None:
        self.found: dict[str, int] = {}
        self._missing = {text: _compile(text) for text in expressions}
        self._timer = timer
        self._rest = b""  # the end of the unfinished line
        self._is_cut = False  # whether that line began before `_rest`
        self._line = 1

    def feed(self, data: bytes) -> None:
        """Search the next bytes. Where the stream is cut makes no difference.

        Raises:
            GateError: an expression took too long for one line.
        """
        if not self._missing:
            return
        *lines, rest = (self._rest + data).split(b"\n")
        if self._is_cut and lines:
            self._end_line(lines.pop(0))
        if max(map(len, lines), default=0) > WINDOW:
            for line in lines:
                self._end_line(line)
        elif lines:
            texts = _clean(b"\n".join(lines)).split("\n")
            self._search(texts)
            self._line += len(texts)
        self._rest = self._search_windows(rest)

    def end(self) -> None:
        """Search the last line, which need not end with a newline."""
        if self._missing and (self._rest or self._is_cut):
            self._search_window(self._rest, is_last=True)

    def _end_line(self, line: bytes) -> None:
        """Search the rest of a line that is long, or that began earlier."""
        self._search_window(self._search_windows(line), is_last=True)
        self._is_cut = False
        self._line += 1

    def _search_windows(self, line: bytes) -> bytes:
        """Search a line until it fits into memory, and return its unsearched end."""
        while len(line) > WINDOW:
            self._search_window(line[:WINDOW], is_last=False)
            line = line[WINDOW - OVERLAP :]
            self._is_cut = True
        return line

    def _search_window(self, window: bytes, *, is_last: bool) -> None:
        if self._is_cut:  # the character at the cut is complete in the window before
            window = window[:4].lstrip(_CONTINUATION) + window[4:]
        # From the second character on, `^` does not match, and a lookbehind sees the first.
        start = 1 if self._is_cut else 0
        text = _clean(window, is_whole=is_last)
        self._search([text], start=start, is_last=is_last)

    def _search(self, lines: Sequence[str], *, start: int = 0, is_last: bool = True) -> None:
        # A progress bar or a warning in a loop repeats the same line thousands of times.
        distinct = list(dict.fromkeys(lines))
        for text, expression in list(self._missing.items()):
            test: Callable[[str], object] = expression.search
            if start or not is_last:
                test = _in_window(expression, start, is_last=is_last)
            try:
                line = self._timer.first(test, distinct)
            except TimeoutError:
                # Nested repetition tries every way to divide the text: exponential time.
                raise GateError(
                    f"'{text}' takes more than {SEARCH_LIMIT_S:.0f} s to search one line; "
                    "write it without nested repetition such as (a+)+"
                ) from None
            if line is not None:
                self.found[text] = self._line + lines.index(line)
                del self._missing[text]


def _compile(text: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expression = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise GateError(f"'{text}' is not a valid regular expression: {error}") from error
    if text.endswith("\n") and not expression.flags & re.VERBOSE:  # from a YAML block, `|`
        raise GateError(f"'{text}' ends with a newline, which no line contains")
    return expression


def _in_window(
    expression: re.Pattern[str], start: int, *, is_last: bool
) -> Callable[[str], re.Match[str] | None]:
    def search(window: str) -> re.Match[str] | None:
        match = expression.search(window, start)
        if match and match.end() == len(window) and not is_last:
            # `$` may have matched: the window ends here, but the line does not.
            return expression.search(window + "\0", start)
        return match

    return search


def _clean(data: bytes, *, is_whole: bool = True) -> str:
    """Decode lines, without carriage returns and terminal escape sequences.

    Unless `is_whole`, an incomplete character at the end is dropped.
    """
    text = codecs.utf_8_decode(data, "replace", is_whole)[0].replace("\r", "")
    return _ANSI.sub("", text) if "\x1b" in text else text


class Log:
    """A file for the output of a command.

    Raises:
        GateError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # Do not follow a link: the folder may be in the work tree, where a branch can plant one.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with _naming_log_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, flags, 0o666)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        with _naming_log_errors():
            while data:
                data = data[os.write(self._file, data) :]

    def close(self) -> None:
        """Close the file."""
        with _naming_log_errors():  # some file systems report a full disk only here
            os.close(self._file)


@contextlib.contextmanager
def _naming_log_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GateError(f"cannot write the log: {error.strerror}") from error


def last_line(data: bytes) -> str:
    """Return the last line that is not blank, cut to fit a terminal."""
    text = _ANSI.sub("", data.decode("utf-8", "replace")).replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip()]
    return printable(lines[-1].strip())[:200] if lines else ""


def tail(log: str, *, lines: int = 20) -> tuple[str, ...]:
    """Return the last lines of a log, with control characters escaped."""
    try:
        with Path(log).open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - WINDOW))
            data = stream.read(WINDOW)
    except OSError:
        return ()
    text = _clean(data).removesuffix("\n")
    return tuple(printable(line[-2000:]) for line in text.split("\n")[-lines:]) if text else ()


def printable(text: str) -> str:
    """Escape control and bidirectional characters."""
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)


def listed(items: Sequence[str], most: int, more: str) -> str:
    """Return the first items on one line, printable, and how many more there are."""
    rest = len(items) - most
    return ", ".join(map(printable, items[:most])) + (f" and {rest} {more}" if rest > 0 else "")
