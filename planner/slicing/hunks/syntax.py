"""Whether a file can be parsed: for Python, JSON and TOML."""

import posixpath
import warnings
from collections.abc import Callable
from typing import Final


def is_readable(path: str, content: bytes) -> bool:
    """Return whether a file can be parsed; True for one of which Python knows no parser."""
    parse = _PARSERS.get(posixpath.splitext(path)[1])
    if parse is None:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes
            parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _python(content: bytes) -> object:
    return compile(content, "<file>", "exec", dont_inherit=True)


def _json(content: bytes) -> object:
    import json  # noqa: PLC0415 - for files that are divided alone

    return json.loads(content)


def _toml(content: bytes) -> object:
    import tomllib  # noqa: PLC0415 - as above

    return tomllib.loads(content.decode())


_PARSERS: Final[dict[str, Callable[[bytes], object]]] = {
    ".py": _python,
    ".pyi": _python,
    ".json": _json,
    ".toml": _toml,
}
