"""Cases with a known answer: commits of a repository, tangled into one change.

The answer of a case is which paths were one commit. Its base is the parent of the earliest commit
with the files as they were before each commit, its head the same with the files as they were after.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from .commits import Commit, commits, git

_T = TypeVar("_T")
_WINDOW: Final = 50  # commits
_WINDOW_S: Final = 14 * 86_400
_SERIES_S: Final = 600
_TANGLES: Final = (2, 3, 4, 5)
_ATOMIC_FILES: Final = 4


class Case(NamedTuple):
    """A change of which the answer is known: the paths of each commit that went into it."""

    kind: str
    base: str
    head: str
    answer: tuple[frozenset[bytes], ...]


def cases(folder: Path, name: str, each: int) -> list[Case]:
    """Make the cases of a repository, as commits of it.

    Args:
        folder: a bare clone, which gets new objects.
        name: seeds what is chosen.
        each: how many tangled changes of each size; series and atomic commits as many by kind.
    """
    found = commits(folder)
    chosen = [("tangled", one) for one in _tangled(found, name, each)]
    chosen += [("series", one) for one in _series(found, name, len(_TANGLES) * each)]
    chosen += [("atomic", [one]) for one in _atomic(found, name, each)]
    return list(_made(folder, chosen))


def _tangled(found: Sequence[Commit], name: str, each: int) -> Iterator[list[Commit]]:
    """Choose commits near each other that touch different paths."""
    for size in _TANGLES:
        chance = random.Random(f"{name}:{size}:7")
        seen: set[frozenset[str]] = set()
        for _ in range(each * 40):
            if len(seen) == each or not found:
                break
            at = chance.randrange(len(found))
            anchor = found[at]
            window = [
                one
                for one in found[at + 1 : at + 1 + _WINDOW]
                if one.position <= anchor.position + _WINDOW
                and abs(one.time - anchor.time) <= _WINDOW_S
            ]
            chance.shuffle(window)
            group = _disjoint([anchor, *window], size)
            key = frozenset(one.oid for one in group)
            if len(group) == size and key not in seen:
                seen.add(key)
                yield sorted(group)


def _disjoint(some: Sequence[Commit], most: int) -> list[Commit]:
    group: list[Commit] = []
    names: set[bytes] = set()
    for one in some:
        if len(group) < most and names.isdisjoint(one.names):
            group.append(one)
            names |= one.names
    return group


def _series(found: Sequence[Commit], name: str, most: int) -> list[list[Commit]]:
    """Choose runs of commits that one author made within minutes, as parts of one work."""
    series: list[list[Commit]] = []
    run: list[Commit] = []
    for one in [*found, None]:
        last = run[-1] if run else None
        if one and last and _is_next(last, one):
            run.append(one)
            continue
        group = _disjoint(run, 5)
        if len(group) >= 2:
            series.append(group)
        run = [one] if one else []
    return _some(series, name, most)


def _is_next(last: Commit, one: Commit) -> bool:
    return (
        one.position == last.position + 1
        and one.author == last.author
        and abs(one.time - last.time) <= _SERIES_S
    )


def _atomic(found: Sequence[Commit], name: str, most: int) -> list[Commit]:
    return _some([one for one in found if len(one.paths) >= _ATOMIC_FILES], name, most)


def _some(found: Sequence[_T], name: str, most: int) -> list[_T]:
    return random.Random(f"{name}:7").sample(found, min(most, len(found)))


def _made(folder: Path, chosen: Sequence[tuple[str, Sequence[Commit]]]) -> Iterator[Case]:
    """Write two commits for each case with one run of git fast-import."""
    script: list[bytes] = [b"feature done\n"]
    for number, (_, group) in enumerate(chosen):
        first = min(group).parent
        # With a second parent it is no commit that `git log --no-merges` would learn from.
        script.append(
            _commit(f"refs/cases/{number}/base", first, [f"merge {first}"])
            + b"".join(_file(one.old, one.old_mode, one.old_oid) for c in group for one in c.paths)
            + b"".join(_gone(one.new) for c in group for one in c.paths if not one.old_oid)
        )
        script.append(
            _commit(f"refs/cases/{number}/head", f"refs/cases/{number}/base")
            + b"".join(_gone(one.old) for c in group for one in c.paths if one.old != one.new)
            + b"".join(_file(one.new, one.new_mode, one.new_oid) for c in group for one in c.paths)
        )
    script.append(b"done\n")
    git(folder, "fast-import", "--quiet", "--force", stdin=b"".join(script))
    listed = git(folder, "for-each-ref", "--format=%(refname) %(objectname)", "refs/cases")
    oids = dict(line.split(" ") for line in listed.decode().splitlines())
    for number, (kind, group) in enumerate(chosen):
        base, head = (oids[f"refs/cases/{number}/{end}"] for end in ("base", "head"))
        yield Case(kind, base, head, tuple(one.names for one in group))


def _commit(ref: str, parent: str, more: Sequence[str] = ()) -> bytes:
    lines = [
        f"commit {ref}", "committer Case <case@example.org> 1 +0000", "data 0", f"from {parent}",
        *more,
    ]  # fmt: skip
    return "".join(f"{line}\n" for line in lines).encode()


def _file(path: bytes, mode: str, oid: str) -> bytes:
    if not oid:
        return _gone(path)
    return f"M {mode} {oid} ".encode() + _quoted(path) + b"\n"


def _gone(path: bytes) -> bytes:
    return b"D " + _quoted(path) + b"\n"


def _quoted(path: bytes) -> bytes:
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'
