"""The paths that a patch in the form of `apply_patch` touches.

The grammar and its leniency are those of Codex: openai/codex, codex-rs/apply-patch/src/parser.rs.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

_BEGIN: Final = "*** Begin Patch"
_END: Final = "*** End Patch"
_ENVIRONMENT: Final = "*** Environment ID:"
_HEADERS: Final = ("*** Add File: ", "*** Delete File: ", "*** Update File: ")
_MOVE: Final = "*** Move to: "
_END_OF_FILE: Final = "*** End of File"
_HEREDOCS: Final = ("<<EOF", "<<'EOF'", '<<"EOF"')


class UnreadableError(Exception):
    """An edit cannot be read; the message says why."""


class Edit(NamedTuple):
    """A path that an edit touches.

    Attributes:
        path: as the client wrote it.
        is_entry: whether the name itself goes or comes, as in a deletion: of a link it is the link,
            not what it leads to.
    """

    path: str
    is_entry: bool = False


def is_patch(text: str) -> bool:
    """Return whether a text is meant as a patch."""
    return _BEGIN in text


def edits_of(patch: str) -> tuple[Edit, ...]:
    """Return all that a patch touches, both ends of moves among it, in its order.

    Raises:
        UnreadableError: it is not a patch that Codex would apply.
    """
    found = tuple(_hunks(_body(patch)))
    if not found:
        raise UnreadableError("the patch names no file")
    return found


def _body(patch: str) -> list[str]:
    """The lines between the first and the last one, without a heredoc around them."""
    lines = [line.removesuffix("\r") for line in patch.strip().split("\n")]
    if len(lines) >= 4 and lines[0] in _HEREDOCS and lines[-1].endswith("EOF"):
        lines = lines[1:-1]
    if lines[0].strip() != _BEGIN:
        raise UnreadableError(f"the first line of the patch is not {_BEGIN!r}")
    if len(lines) < 2 or lines[-1].strip() != _END:
        raise UnreadableError(f"the last line of the patch is not {_END!r}")
    body = lines[1:-1]
    return body[1:] if body and body[0].strip().startswith(_ENVIRONMENT) else body


def _hunks(lines: list[str]) -> Iterator[Edit]:
    at = 0
    while at < len(lines):
        header = lines[at].strip()
        kind = next((kind for kind in _HEADERS if header.startswith(kind)), "")
        path = header.removeprefix(kind)
        if not kind or not path:
            raise UnreadableError(f"line {at + 2} of the patch is not the header of a file")
        yield Edit(path, is_entry=kind.startswith("*** Delete"))
        at += 1
        if kind.startswith("*** Add"):
            at = _end(lines, at, lambda line: line.startswith("+"))
        elif kind.startswith("*** Update"):
            if at < len(lines) and lines[at].startswith(_MOVE):
                target = lines[at].removeprefix(_MOVE).strip()
                yield Edit(path, is_entry=True)
                yield Edit(target, is_entry=True)
                yield Edit(target)  # a link there is written through
                at += 1
            at = _end(lines, at, lambda line: not line.startswith("*") or line == _END_OF_FILE)


def _end(lines: list[str], at: int, is_content: Callable[[str], bool]) -> int:
    """Return the index of the first line from `at` on that is not content."""
    while at < len(lines) and is_content(lines[at]):
        at += 1
    return at
