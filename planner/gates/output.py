"""A command's output: kept whole in a log, and searched line by line in bounded memory."""

import codecs
import os
import re
import signal
import warnings
from collections.abc import Callable, Iterator, Sequence
from operator import length_hint
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final, Self

from planner.gates.reports import GateError

WINDOW: Final = 64 * 1024  # bytes of a long line that are searched at once
OVERLAP: Final = 4 * 1024
PATIENCE_S: Final = 1.0  # of processor time, for one expression and one line
_TICKS: Final = 4

# CSI, the strings (OSC, DCS, ...) with their end, and what is left. No part can match where the
# one before it stopped, so this takes time in proportion to the text, whatever the text.
_ANSI: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|[ -/]*[0-~])"
)
_UNPRINTABLE: Final = re.compile(
    "[\0-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_CONTINUATION: Final = bytes(range(0x80, 0xC0))


class Patience:
    """Ends a search when one line takes it too long. Works in the main thread alone.

    `re` holds the interpreter's lock while it searches but lets signals in, so a timer can end
    it and a thread could not. The timer counts processor time: a busy machine is no slow search.
    """

    def __init__(self) -> None:
        self._lines: Iterator[str] = iter(())
        self._left = self._ticks = 0
        self._is_searching = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGVTALRM, self._tick)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGVTALRM, self._before)

    def first(self, test: Callable[[str], object], lines: Sequence[str]) -> str | None:
        """The first line that passes the test.

        Raises:
            TimeoutError: one line took longer than a second.
        """
        self._lines, self._left, self._ticks = iter(lines), -1, 0
        self._is_searching = True
        tick_s = PATIENCE_S / _TICKS
        signal.setitimer(signal.ITIMER_VIRTUAL, tick_s, tick_s)
        try:
            return next(filter(test, self._lines), None)
        finally:
            self._stop()

    def _stop(self) -> None:
        self._is_searching = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _tick(self, _signum: int, _frame: FrameType | None) -> None:
        """Count the ticks during which no line was finished."""
        if not self._is_searching:
            return
        left = length_hint(self._lines)
        self._ticks = self._ticks + 1 if left == self._left else 0
        self._left = left
        if self._ticks >= _TICKS:
            self._stop()
            raise TimeoutError


class Search:
    """Looks for expressions in the lines of a stream that comes in pieces.

    Attributes:
        found: by the text of an expression, the number of the first line that matches.

    Raises:
        GateError: an expression does not compile.
    """

    def __init__(self, expressions: Sequence[str], patience: Patience) -> None:
        self.found: dict[str, int] = {}
        self._sought = {text: _compiled(text) for text in expressions}
        self._patience = patience
        self._rest = b""  # of the line that has not ended yet
        self._is_cut = False  # whether that line began before the rest
        self._line = 1

    def feed(self, data: bytes) -> None:
        """Search what came next. Where the stream is cut into pieces makes no difference.

        Raises:
            GateError: an expression took too long for one line.
        """
        if not self._sought:
            return
        data = self._rest + data
        end = data.rfind(b"\n")
        if end >= 0:
            self._search_lines(data[:end])
        self._rest = self._search_windows(data[end + 1 :])

    def end(self) -> None:
        """Search the last line, which may have no end."""
        if self._sought and (self._rest or self._is_cut):
            self._search_window(self._rest, is_last=True)

    def _search_lines(self, data: bytes) -> None:
        """Search whole lines; the first may have begun earlier."""
        if self._is_cut:
            line, end, data = data.partition(b"\n")
            self._end_line(line)
            if not end:
                return
        if len(data) > WINDOW and max(map(len, data.split(b"\n"))) > WINDOW:
            for line in data.split(b"\n"):
                self._end_line(line)
            return
        lines = _clean(data).split("\n")
        # A progress bar or a warning in a loop prints the same line again and again.
        self._search(list(dict.fromkeys(lines)), lines.index)
        self._line += len(lines)

    def _end_line(self, line: bytes) -> None:
        """Search a line that is long, or that began earlier, to its end."""
        self._search_window(self._search_windows(line), is_last=True)
        self._is_cut = False
        self._line += 1

    def _search_windows(self, line: bytes) -> bytes:
        """Search what is too much to be kept of a line, and give back what is left of it."""
        while len(line) > WINDOW:
            self._search_window(line[:WINDOW], is_last=False)
            line = line[WINDOW - OVERLAP :]
            self._is_cut = True
        return line

    def _search_window(self, window: bytes, *, is_last: bool) -> None:
        if self._is_cut:  # a character that the cut went through stands whole in the window before
            window = window[:4].lstrip(_CONTINUATION) + window[4:]
        # From the second character on, `^` does not match and what looks back sees the first.
        start = 1 if self._is_cut else 0
        text = _clean(window, is_whole=is_last)
        self._search([text], lambda _: 0, start=start, is_last=is_last)

    def _search(
        self,
        lines: Sequence[str],
        index: Callable[[str], int],
        *,
        start: int = 0,
        is_last: bool = True,
    ) -> None:
        for text, expression in list(self._sought.items()):
            test: Callable[[str], object] = expression.search
            if start or not is_last:
                test = _in_window(expression, start, is_last=is_last)
            try:
                line = self._patience.first(test, lines)
            except TimeoutError:
                raise GateError(
                    f"{text!r} takes more than {PATIENCE_S:.0f} s to search one line",
                    hint="an expression in which two repetitions can match the same text, as in"
                    " (a+)+, tries every way to share it; write it without",
                ) from None
            if line is not None:
                self.found[text] = self._line + index(line)
                del self._sought[text]


def _compiled(text: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise GateError(f"{text!r} is no regular expression: {error}") from error
    if text.endswith("\n") and not compiled.flags & re.VERBOSE:  # as of a block in YAML, `|`
        raise GateError(f"{text!r} ends in a newline, which no line has")
    return compiled


def _in_window(
    expression: re.Pattern[str], start: int, *, is_last: bool
) -> Callable[[str], re.Match[str] | None]:
    def search(window: str) -> re.Match[str] | None:
        match = expression.search(window, start)
        if match and match.end() == len(window) and not is_last:
            # It may be a `$` that matched, where the window ends but the line does not.
            return expression.search(window + "\0", start)
        return match

    return search


def _clean(data: bytes, *, is_whole: bool = True) -> str:
    """The text of lines, without carriage returns and the codes of terminals.

    What is not whole may end within a character, which is left out.
    """
    text = codecs.utf_8_decode(data, "replace", is_whole)[0].replace("\r", "")
    return _ANSI.sub("", text) if "\x1b" in text else text


class Log:
    """A file that takes the output as it comes.

    Raises:
        GateError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        # A link is not followed: the folder may lie in the work tree, where a branch can plant one.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, flags, 0o666)
        except OSError as error:
            raise _no_log(error) from error

    def write(self, data: bytes) -> None:
        """Append all of it."""
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            raise _no_log(error) from error

    def close(self) -> None:
        """Finish the file."""
        try:
            os.close(self._file)
        except OSError as error:  # some file systems tell only now that the disk is full
            raise _no_log(error) from error


def _no_log(error: OSError) -> GateError:
    return GateError(f"cannot write its log: {error.strerror}")


def last_line(data: bytes) -> str:
    """The last line with text in it, for one line of a terminal."""
    text = _ANSI.sub("", data.decode("utf-8", "replace")).replace("\r", "\n")
    lines = [line for line in text.split("\n") if line.strip()]
    return printable(lines[-1].strip())[:200] if lines else ""


def tail(log: str, *, lines: int = 20) -> tuple[str, ...]:
    """The last lines of a log, safe to print: control characters are escaped."""
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
    """The text with its control and bidirectional characters escaped."""
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], text)
