"""The commits of a repository that a case may be made of: small, by people, about one thing."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

_BOT: Final = re.compile(
    r"\[bot\]|dependabot|renovate|pre-commit-ci|github-actions|greenkeeper|pyup|snyk", re.IGNORECASE
)
_SUBJECT: Final = re.compile(
    r"^(merge|revert|release|bump|prepare|publish|version|v?\d+\.\d+)\b"
    r"|\b(bump|deps?|dependenc(y|ies)|translations?|publish)\b|^update version",
    re.IGNORECASE,
)
_HOT: Final = re.compile(
    r"(^|/)(changes?|changelogs?|newsfragments|news|\.?changesets?)(\.d)?/"
    r"|(^|/)(change(s|log)|history|news|releases?|release-notes|authors|contributors|codeowners)"
    r"(\.[a-z]+)?$|(^|/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|"
    r"poetry\.lock|uv\.lock|pdm\.lock|cargo\.lock|go\.sum|gemfile\.lock|composer\.lock)$",
    re.IGNORECASE,
)
_EARLIEST: Final = 200  # a commit needs a history before it
_MOST: Final = 5_000
_MOST_LINES: Final = 2_000


class Entry(NamedTuple):
    """A changed path of a commit; an empty id where it is not there."""

    old: bytes
    old_mode: str
    old_oid: str
    new: bytes
    new_mode: str
    new_oid: str


class Commit(NamedTuple):
    """A commit that changes few files; hot ones, such as change logs, are left out."""

    position: int
    oid: str
    parent: str
    author: str
    time: int
    paths: tuple[Entry, ...]

    @property
    def names(self) -> frozenset[bytes]:
        """All paths that it touches."""
        return frozenset(name for one in self.paths for name in (one.old, one.new))


def git(folder: Path, *words: str, stdin: bytes = b"") -> bytes:
    """Run git, and return what it prints."""
    done = subprocess.run(
        ["git", "-c", "core.quotePath=false", *words],
        cwd=folder, input=stdin, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout


def commits(folder: Path, least: int = 2) -> list[Commit]:
    """List the commits that a case may be made of, the oldest first.

    Args:
        least: how many files one must change.
    """
    printed = git(
        folder, "log", "--no-merges", "--date-order", "--reverse", "--raw", "--no-abbrev", "-M100%",
        "-z", "--format=%x01%H%x1f%P%x1f%ae %an%x1f%ct%x1f%s%x1f", "HEAD",
    )  # fmt: skip
    records = printed.split(b"\x01")[1:]
    found = (
        _commit(record, position, least)
        for position, record in enumerate(records)
        if position >= max(_EARLIEST, len(records) - _MOST)
    )
    return _small(folder, [one for one in found if one])


def _commit(record: bytes, position: int, least: int) -> Commit | None:
    head, _, rest = record.rpartition(b"\x1f")
    oid, parents, author, time, subject = head.decode("utf-8", "replace").split("\x1f", 4)
    if not parents or _BOT.search(author) or _SUBJECT.search(subject):
        return None
    fields = rest.lstrip(b"\0\n").split(b"\0")
    paths: list[Entry] = []
    at = 0
    while at < len(fields) and fields[at].startswith(b":"):
        old_mode, new_mode, old, new, status = fields[at][1:].decode().split(" ")
        is_rename = status.startswith("R")
        names = fields[at + 1], fields[at + (2 if is_rename else 1)]
        old, new = ("" if not one.strip("0") else one for one in (old, new))
        paths.append(Entry(names[0], old_mode, old, names[1], new_mode, new))
        at += 3 if is_rename else 2
    kept = tuple(one for one in paths if not _HOT.search(one.new.decode("utf-8", "replace")))
    if not least <= len(kept) <= 20:
        return None
    if any(mode == "160000" for one in kept for mode in (one.old_mode, one.new_mode)):
        return None
    return Commit(position, oid, parents.split()[0], author, int(time), kept)


def _small(folder: Path, found: Sequence[Commit]) -> list[Commit]:
    """Leave out commits of very many lines, and those that a partial clone has only in part."""
    asked = "".join(f"{oid}\n" for one in found for oid in _oids(one)).encode()
    answers = git(folder, "cat-file", "--batch-check", "--buffer", stdin=asked).decode()
    missing = {line.split()[0] for line in answers.splitlines() if line.endswith(" missing")}
    whole = [one for one in found if missing.isdisjoint(_oids(one))]
    printed = git(
        folder, "diff-tree", "--stdin", "-r", "--numstat", "-M100%",
        stdin="".join(f"{one.oid}\n" for one in whole).encode(),
    )  # fmt: skip
    lines: dict[str, int] = {}
    for line in printed.decode("utf-8", "replace").splitlines():
        words = line.split("\t")
        if len(words) == 1:
            oid = line
            lines[oid] = 0
        else:
            lines[oid] += sum(int(word) for word in words[:2] if word.isdigit())
    return [one for one in whole if lines.get(one.oid, 0) <= _MOST_LINES]


def _oids(one: Commit) -> list[str]:
    return [oid for path in one.paths for oid in (path.old_oid, path.new_oid) if oid]
