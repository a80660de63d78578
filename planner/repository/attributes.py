"""The attributes that a commit gives to paths (gitattributes(5)), whatever the work tree says."""

from collections.abc import Sequence
from typing import Final

from planner.errors import GitError
from planner.paths import folders_of, path_text
from planner.repository.changes import REGULAR
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.repository.own_folder import own_folder
from planner.repository.process import Limit

_FILE: Final = b".gitattributes"
_UNSET: Final = (b"unset", b"unspecified", b"false")


def with_attribute(
    repository: Repository, objects: Objects, commit: str, name: str, paths: Sequence[bytes]
) -> frozenset[bytes]:
    """Return the paths for which the `.gitattributes` of a commit set an attribute.

    It is set, or has a value that is not `false`. Only git knows how the patterns match, so it is
    asked, with an index of these files alone; not where none of them has the attribute.

    Raises:
        GitError: git failed, or the clone lacks one of the files.
    """
    files = _files(objects, commit, paths)
    if not any(name.encode() in content for _, _, content in files):
        return frozenset()
    entries = b"".join(b"100644 %b 0\t%b\0" % (oid.encode(), path) for path, oid, _ in files)
    with own_folder(repository, is_sha256=len(commit) == 64) as folder:
        limit = Limit(cpu_s=30, what="the list of attributes")
        folder.run("update-index", "-z", "--index-info", stdin=entries, limit=limit)
        asked = b"".join(path + b"\0" for path in paths)
        words = ("check-attr", "-z", "--stdin", "--cached", name)
        *fields, end = folder.run(*words, stdin=asked, limit=limit).split(b"\0")
    if end or len(fields) != 3 * len(paths):
        raise GitError("git check-attr did not print an attribute of each path")
    values = zip(fields[::3], fields[2::3], strict=True)
    return frozenset(path for path, value in values if value not in _UNSET)


def _files(objects: Objects, commit: str, paths: Sequence[bytes]) -> list[tuple[bytes, str, bytes]]:
    """List the `.gitattributes` of the folders of paths: path, id and content."""
    found = []
    for folder in sorted(folders_of(paths)):
        for entry in objects.tree(commit.encode() + b":" + folder):
            if entry.name == _FILE and entry.mode in REGULAR:
                path = folder + _FILE
                what = f"the file {path_text(path)!r} in {commit[:12]}"
                found.append((path, entry.oid, objects.needed(entry.oid, what)))
    return found
