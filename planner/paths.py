"""Paths as git has them, in bytes: as text, and as keys of a JSON document."""

import re
from typing import Any, Final

_RAW_BYTE: Final = re.compile("[\udc80-\udcff]")


def path_text(path: bytes) -> str:
    """Return a path as text; a byte that is not UTF-8 becomes a lone surrogate."""
    return path.decode("utf-8", "surrogateescape")


def path_bytes(path: str) -> bytes:
    """Return the path that `path_text` was made from."""
    return path.encode("utf-8", "surrogateescape")


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
