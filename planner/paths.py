"""Paths as git has them, in bytes: as text, for a shell, and as keys of a JSON document."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

_RAW_BYTE: Final = re.compile("[\udc80-\udcff]")


def path_text(path: bytes) -> str:
    """Return a path as text; a byte that is not UTF-8 becomes a lone surrogate."""
    return path.decode("utf-8", "surrogateescape")


def path_bytes(path: str) -> bytes:
    """Return the path that `path_text` was made from."""
    return path.encode("utf-8", "surrogateescape")


def is_utf8(path: str) -> bool:
    """Return whether the bytes of a path are UTF-8, so that JSON can carry it."""
    return not _RAW_BYTE.search(path)


def folders_of(paths: Iterable[bytes]) -> set[bytes]:
    """Return the folders that hold paths, each with its closing slash; the root is empty."""
    folders = {b""}
    for parent in {path.rpartition(b"/")[0] for path in paths}:
        folder = parent
        while folder and folder + b"/" not in folders:
            folders.add(folder + b"/")
            folder = folder.rpartition(b"/")[0]
    return folders


def parents(path: bytes) -> Iterator[bytes]:
    """Yield the folders that a path is in, the outermost first, without closing slashes."""
    at = path.find(b"/")
    while at >= 0:
        yield path[:at]
        at = path.find(b"/", at + 1)


def shell_text(text: str) -> str:
    """Return a text as one word of a shell; a byte that is not UTF-8 or not shown is escaped.

    Plain words stay as they are. `$'…'` is of bash, zsh, ksh and POSIX.1-2024.
    """
    if _PLAIN_WORD.fullmatch(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    shown = (
        one if one.isprintable() else "".join(f"\\x{byte:02x}" for byte in path_bytes(one))
        for one in escaped
    )
    return f"$'{''.join(shown)}'"


_PLAIN_WORD: Final = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def path_keys(path: bytes) -> dict[str, Any]:
    """Return the keys of a path; one that is not UTF-8 is escaped, and also given in base64."""
    try:
        return {"path": path.decode()}
    except UnicodeDecodeError:
        import base64  # noqa: PLC0415 - for the rarest of names

        return {
            "path": _RAW_BYTE.sub(_escape, path_text(path)),
            "path_base64": base64.b64encode(path).decode(),
        }


def witness_keys(path: bytes) -> dict[str, Any]:
    """Return the keys of a path that shows something: `witness`, not `path`."""
    return {key.replace("path", "witness"): value for key, value in path_keys(path).items()}


def _escape(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]) - 0xDC00:02x}"
