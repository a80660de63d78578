"""XML of reports, read element by element; characters that XML forbids are dropped."""

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Final
from xml.parsers import expat

from planner.gates.errors import GateError

Start = Callable[[str, Mapping[str, str]], None]

_UTF_16: Final = (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)
_ENCODING: Final = re.compile(rb"""\A<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)""")
# https://www.w3.org/TR/xml/#charsets, as bytes of UTF-8 and of its ASCII-compatible relatives.
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_REFERENCE: Final = re.compile(rb"&#(?:x([0-9a-fA-F]+)|([0-9]+));")


def read_xml(
    content: bytes,
    start: Start,
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> int:
    """Call back for every element of an XML document, and for its text; nothing is fetched.

    Blank lines and a byte order mark in front are skipped. Test runners write the output of tests
    as it is, so characters that XML forbids are dropped, as bytes and as references.

    Returns:
        How many characters were dropped or replaced.

    Raises:
        GateError: it is not well-formed, ends early, or declares entities.
    """
    content, count = (content, 0) if content.startswith(_UTF_16) else _clean(content)

    def refuse(*_: object) -> None:
        raise GateError("it declares or uses an entity, which is not supported")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refuse
    parser.SkippedEntityHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code)
        raise GateError(f"incomplete or malformed XML: {problem} (line {error.lineno})") from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise GateError(f"its XML cannot be read: {error}") from error
    return count


def _clean(content: bytes) -> tuple[bytes, int]:
    """Return the document without what XML forbids, and how many characters that changed."""
    content = content.removeprefix(codecs.BOM_UTF8).lstrip()
    count = 0
    encoding = _ENCODING.search(content[:200])
    if encoding is None or encoding[1].lower().replace(b"-", b"") == b"utf8":
        try:
            content.decode()
        except UnicodeDecodeError:
            replaced = content.decode("utf-8", "replace")
            count = replaced.count("�") - content.count("�".encode())
            content = replaced.encode()
    content, dropped = _FORBIDDEN.subn(b"", content)

    def reference(match: re.Match[bytes]) -> bytes:
        nonlocal dropped
        hexadecimal, decimal = match.groups()
        digits = (hexadecimal or decimal).lstrip(b"0")[:8]
        code = int(digits or b"0", 16 if hexadecimal else 10)
        if _is_allowed(code):
            return match[0]
        dropped += 1
        return b""

    return _REFERENCE.sub(reference, content), count + dropped


def _is_allowed(code: int) -> bool:
    if code < 0x20:
        return code in (9, 10, 13)
    return code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
