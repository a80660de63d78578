"""Who owns paths by the file CODEOWNERS, as GitHub and GitLab read it."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern, parse
from planner.repository.objects import Objects

_PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_SECTION: Final = re.compile(r"\^?\[([^\]]+)\](?:\[\d+\])?(?:\s+(.*))?")
_LINE: Final = re.compile(r"((?:\\.|[^\s\\])+)(.*)")
_OWNER: Final = re.compile(r"@?[\w.+-]+(?:[/@][\w.-]+)*")
_ESCAPED: Final = "[]\\!:*?"


class _Rule(NamedTuple):
    """A line with the patterns of planner that hold what its own holds."""

    patterns: tuple[Pattern, ...]
    owners: frozenset[str]


class _Section:
    """Rules of which the last that holds a path counts."""

    def __init__(self, rules: Iterable[_Rule]) -> None:
        rows = [(one, rule.owners) for rule in rules for one in rule.patterns]
        self._owners = [owners for _, owners in rows]
        self._patterns = PatternSet([one for one, _ in rows])

    def owners(self, path: bytes) -> frozenset[str]:
        held = self._patterns.every(path)
        return self._owners[held[-1]] if held else frozenset()


class CodeOwners:
    """The owners of paths.

    Of each section the last line counts whose pattern holds a path; without sections, of the file.
    A line that cannot be read is passed over, as GitHub does.

    Args:
        text: the content of the file.
    """

    def __init__(self, text: str) -> None:
        self._sections = [_Section(rules) for rules in _sections(text).values()]

    def owners(self, path: bytes) -> frozenset[str]:
        """Return all owners of a path, as they are written: `@NAME`, `@ORG/TEAM` or an address."""
        return frozenset().union(*(one.owners(path) for one in self._sections))

    def only_owner(self, paths: Iterable[bytes]) -> str:
        """Return the one owner that each of the paths has, and no other; else nothing.

        Nothing also for what is not a name, such as the roles of GitLab (`@@developer`).
        """
        found = {self.owners(path) for path in paths}
        every = next(iter(found)) if len(found) == 1 else ()
        only = next(iter(every)) if len(every) == 1 else ""
        return only if _OWNER.fullmatch(only) else ""


def read(objects: Objects, commit: str) -> CodeOwners:
    """Read the file of a commit, at the first of its usual places; without one nothing is owned.

    Raises:
        GitError: its content is not in this clone, or git failed.
    """
    contents = (objects.blob(commit, place) for place in _PLACES)
    content = next((one for one in contents if one is not None), b"")
    return CodeOwners(content.decode("utf-8", "surrogateescape"))


def _sections(text: str) -> dict[str, list[_Rule]]:
    """By the name of each section its rules; those above all sections are in one without a name."""
    section, default = "", frozenset[str]()
    found: dict[str, list[_Rule]] = {}
    for line in map(str.strip, text.split("\n")):
        header = _SECTION.fullmatch(line)
        if header:
            section, default = header[1].lower(), _names(header[2] or "")
            continue
        match = _LINE.fullmatch(line)
        if match is None or line.startswith("#"):
            continue
        is_excluded = line.startswith("!")
        patterns = tuple(_patterns(match[1].removeprefix("!")))
        owners = frozenset[str]() if is_excluded else _names(match[2]) or default
        found.setdefault(section, []).append(_Rule(patterns, owners))
    return found


def _names(text: str) -> frozenset[str]:
    """The words up to a comment."""
    words = text.split()
    end = next((at for at, word in enumerate(words) if word.startswith("#")), len(words))
    return frozenset(words[:end])


def _patterns(text: str) -> Iterator[Pattern]:
    """Yield patterns that hold what one of CODEOWNERS holds, which is one of gitignore.

    Only `*` at the end holds no folders:
    https://docs.github.com/articles/about-code-owners#codeowners-syntax
    """
    is_anchored = "/" in text.removesuffix("/")
    segments = [_segment(name) for name in text.strip("/").split("/")]
    body = "/".join([*([] if is_anchored else ["**"]), *segments])
    spelled = [body, f"{body}/**"]
    if text.endswith("/"):
        spelled = [f"{body}/**"]
    elif segments[-1] in ("*", "**"):
        spelled = [body]
    for one in map(parse, spelled):
        if isinstance(one, Pattern):
            yield one


def _segment(name: str) -> str:
    """Spell a segment as planner does: its wildcards, and all other characters as they are."""
    if name == "**":
        return name
    return "".join(_spelled(token) for token in re.findall(r"\\.|\*+|.", name, re.DOTALL))


def _spelled(token: str) -> str:
    if token[0] == "*":
        return "*"
    literal = token[1:] if len(token) > 1 else token
    return f"\\{literal}" if literal in _ESCAPED and token != "?" else literal
