"""Conventional Commits 1.0.0, by the text of the specification: conventionalcommits.org."""

import re
from typing import Final, NamedTuple

from planner.characters import NOT_SHOWN

# A noun, in any language and with any signs, such as `C++`: it starts with a letter.
_TYPE: Final = rf"[^\W\d_][^\s:()!{NOT_SHOWN}]*"
# A noun, which may be a path; with parentheses if they pair.
_IN_SCOPE: Final = r"(?:[^()\r\n]|\([^()\r\n]*\))"
_SCOPE: Final = rf"(?![\s)])(?:{_IN_SCOPE}*(?:[^()\s]|\([^()\r\n]*\)))"
# A type, a scope, `!`, and colon and space.
_SUBJECT: Final = re.compile(rf"(?P<type>{_TYPE})(?:\((?P<scope>{_SCOPE})\))?!?: \S.*")
_FAULTS: Final = (
    (rf"{_TYPE}\(\s*\)", "its scope is empty"),
    (rf"{_TYPE}\s+(?:\(|!?:)|{_TYPE}\({_IN_SCOPE}*\)\s+!?:", "a space precedes the colon"),
    (rf"{_TYPE}\((?:\s|{_IN_SCOPE}*\s\))", "its scope starts or ends with a space"),
    (rf"{_TYPE}(?:\({_IN_SCOPE}+\))?!?:\s*$", "nothing follows the colon"),
    (rf"{_TYPE}(?:\({_IN_SCOPE}+\))?!?:", "the colon must be followed by one space"),
    (rf"{_TYPE}\(", "the parentheses of its scope do not pair"),
)
_FIXUP: Final = re.compile(r"(?:fixup|squash|amend)! ")
_REVERT: Final = re.compile(r'(?:Revert|Reapply) ".*"')
FORM: Final = "write TYPE: TEXT or TYPE(SCOPE): TEXT"


class Conventional(NamedTuple):
    """The type and the scope of a Conventional Commit; the scope may be empty."""

    type: str
    scope: str = ""

    def __str__(self) -> str:
        """As they are written in front of the colon."""
        return f"{self.type}({self.scope})" if self.scope else self.type


def parse_subject(subject: str) -> Conventional | None:
    """Return the type and scope of a first line; None if it is not a Conventional Commit."""
    match = _SUBJECT.fullmatch(subject)
    return Conventional(match["type"], match["scope"] or "") if match else None


def fault_of(message: str) -> str:
    """Return why a whole message is not a Conventional Commit; empty if it is one."""
    subject, *rest = message.rstrip("\n").split("\n")
    if parse_subject(subject) is None:
        known = (fault for pattern, fault in _FAULTS if re.match(pattern, subject))
        return next(known, "it does not start with a type and a colon")
    if rest and rest[0].strip():
        return "no blank line follows its first line"
    return ""


def is_fixup(subject: str) -> bool:
    """Whether git made a first line for a commit that is to be squashed."""
    return _FIXUP.match(subject) is not None


def is_revert(subject: str) -> bool:
    """Whether git wrote a first line for a revert, or for the revert of one."""
    return _REVERT.fullmatch(subject) is not None
