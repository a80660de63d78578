"""Text as a YAML scalar that the reader of plans reads back as that text."""

import re
from typing import Final

from planner.characters import NOT_SHOWN
from planner.plan.document.scalars import plain_value

# The indicators that YAML keeps from the start of a plain scalar, then what ends one early.
# '?' is only refused because PyYAML's own parser ends a plain scalar at it within [ ] and { }.
_NOT_PLAIN: Final = re.compile(
    r"""^[-?:,\[\]{}#&*!|>'"%@`]|^\.\.\.|^<<$|[,\[\]{}?]|:(?:\s|$)|\s#|^\s|\s$"""
)


def quoted(text: str) -> str:
    """Return the text as a YAML scalar, for lists and mappings in block and in flow style.

    It is plain where that is safe, else in quotes.
    """
    is_plain = not _NOT_PLAIN.search(text) and plain_value(text) == text
    return text if is_plain and not _has_hidden(text) else in_quotes(text)


def in_quotes(text: str) -> str:
    r"""Return the text in single quotes; in double ones with escapes, if not all of it is shown.

    A lone surrogate becomes an escape that no YAML parser accepts: YAML has no form for it.
    """
    if not _has_hidden(text):
        return "'" + text.replace("'", "''") + "'"
    escaped = re.sub(f'["\\\\{NOT_SHOWN}]', _escape, text)
    return f'"{escaped}"'


def _has_hidden(text: str) -> bool:
    return not text.isprintable() and re.search(f"[{NOT_SHOWN}]", text) is not None


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return f"\\{character}"
    short = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}.get(character)
    return short or (
        f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
    )
