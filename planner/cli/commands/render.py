"""`planner render`: PLAN.md and TASKS.md beside the plan."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from planner import files
from planner.cli.options import Common
from planner.diagnostic import Diagnostic, Location
from planner.errors import PlannerError, UnusablePlanError
from planner.plan import find
from planner.plan.parse import usable
from planner.render import documents, freshness
from planner.report import Report
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.rules import EDITED_DOCUMENT, STALE_DOCUMENT
from planner.schedule import schedule

IS_QUESTION = False
EXAMPLES = (
    "planner render                         # write the documents of all plans",
    "planner render --check                 # in CI: are the committed ones fresh",
)


class _Document(NamedTuple):
    """One document: where it goes, what it is to hold, and what that means for what is there."""

    path: str
    content: str
    verdict: freshness.Verdict


def run(
    common: Common,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if stale.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show the changes.")] = False,
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="Where to write; default: beside the plan.")
    ] = "",
    stdout: Annotated[
        str, typer.Option("--stdout", metavar="NAME", help="Print one document: PLAN.md, TASKS.md.")
    ] = "",
    templates: Annotated[
        str, typer.Option("--templates", metavar="DIR", help="Templates before .planner/templates.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite edited documents.")] = False,
) -> Report:
    """Write PLAN.md and TASKS.md beside each plan.

    A document that was edited by hand is shown and left alone, unless --force is given.
    """
    if stdout and (check or diff or out):
        raise PlannerError("--stdout cannot be used with --check, --diff or --out", hint="drop one")
    with common.open() as opened:
        repository = opened.repository
        paths = find.in_folder(repository.root, common.named_plan(opened))
        if stdout:
            return _print(repository, paths, (stdout, templates))
        memory = _Memory(repository)
        found = [
            one
            for path in paths
            for one in _judged(repository, opened.objects, path, (out, templates), memory)
        ]
    is_dry = check or diff
    findings = _findings(found, is_check=check, is_dry=is_dry, is_forced=force)
    if not is_dry and not findings:
        for one in found:
            if one.verdict.action != "same":
                files.write(repository.root / one.path, one.content.encode())
        memory.keep(found)
    shows = diff or (bool(findings) and not check)
    lines = [line for one in found if shows for line in one.verdict.diff.splitlines()]
    if not findings and not diff:
        lines = [_said(one, is_dry=is_dry) for one in found]
    listed = [
        {"path": one.path, "action": _action(one, is_dry=is_dry), "diff": one.verdict.diff}
        for one in found
    ]
    return Report(
        "render",
        findings,
        tuple(lines),
        {"documents": listed},
        is_question=not (check or findings),
    )


def _print(repository: Repository, paths: tuple[str, ...], asked: tuple[str, str]) -> Report:
    """Print one document of the one plan there is."""
    name, templates = asked
    if name not in find.DOCUMENTS:
        raise PlannerError(
            f"there is no document {name!r}", hint=f"there are {' and '.join(find.DOCUMENTS)}"
        )
    if len(paths) > 1:
        raise PlannerError(
            f"there are {len(paths)} plans, and one document is asked for", hint="--plan PATH"
        )
    content = _rendered(repository, paths[0], templates)[name]
    payload = {"documents": [{"name": name, "content": content}]}
    return Report("render", payload=payload, raw=content)


def _rendered(repository: Repository, path: str, templates: str) -> dict[str, str]:
    plan = usable(find.content(repository.root, path), path)
    return documents.render(plan, schedule(plan), folders=_folders(repository, templates))


def _folders(repository: Repository, templates: str) -> tuple[Path, ...]:
    own = repository.root / documents.FOLDER
    if templates and not Path(templates).is_dir():
        raise PlannerError(f"there is no folder {templates!r}", hint="name one: --templates DIR")
    return (Path(templates), own) if templates else (own,)


def _judged(
    repository: Repository,
    objects: Objects,
    path: str,
    places: tuple[str, str],
    memory: "_Memory",
) -> list[_Document]:
    """The documents of a plan, each held against what is there."""
    out, templates = places
    found = []
    before: dict[str, str] | None = None
    for name, content in _rendered(repository, path, templates).items():
        target = str(Path(out).absolute() / name) if out else _beside(path, name)
        on_disk = files.read(repository.root / target)
        in_head = None if out else objects.content(f"HEAD:{target}".encode())
        known = memory.texts(target, on_disk)
        verdict = freshness.judge(target, content, on_disk=on_disk, in_head=in_head, rendered=known)
        if verdict.action == "refuse" and not known:
            # The page may be what the plan of HEAD renders to, and was not committed with it.
            before = _rendered_in_head(repository, objects, path) if before is None else before
            verdict = freshness.judge(
                target, content, on_disk=on_disk, in_head=in_head, rendered=(before.get(name, ""),)
            )
        found.append(_Document(target, content, verdict))
    return found


def _beside(path: str, name: str) -> str:
    folder = path.rpartition("/")[0]
    return f"{folder}/{name}" if folder else name


def _rendered_in_head(repository: Repository, objects: Objects, path: str) -> dict[str, str]:
    content = objects.content(f"HEAD:{path}".encode())
    if content is None:
        return {}
    try:
        plan = usable(content, path)
        return documents.render(plan, schedule(plan), folders=_folders(repository, ""))
    except (PlannerError, UnusablePlanError):
        return {}


class _Memory:
    """What was last rendered here, as hashes in the git folder of this work tree.

    Plans are edited and rendered many times before they are committed; without it, the second
    time would look like an edit by hand. Losing it costs one --force.
    """

    def __init__(self, repository: Repository) -> None:
        self._path = repository.git_dir / "planner" / "rendered.json"
        try:
            self._hashes: dict[str, str] = dict(json.loads(files.read(self._path) or b"{}"))
        except (ValueError, TypeError):
            self._hashes = {}

    def texts(self, path: str, on_disk: bytes | None) -> tuple[str, ...]:
        """The text on disk, if it is the one that was last rendered there."""
        if on_disk is None:
            return ()
        text = freshness.text_of(on_disk)
        return (text,) if self._hashes.get(path) == _hash(text) else ()

    def keep(self, found: list[_Document]) -> None:
        """Remember what these documents hold now."""
        now = self._hashes | {one.path: _hash(one.content) for one in found}
        if now != self._hashes:
            files.write(self._path, json.dumps(now, indent=1, sort_keys=True).encode())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _findings(
    found: list[_Document], *, is_check: bool, is_dry: bool, is_forced: bool
) -> tuple[Diagnostic, ...]:
    findings = []
    for one in found:
        if is_check and one.verdict.action != "same":
            findings.append(
                STALE_DOCUMENT.at(
                    Location(one.path),
                    "the document is not what the plan renders to",
                    "planner render",
                )
            )
        elif not is_dry and one.verdict.action == "refuse" and not is_forced:
            findings.append(
                EDITED_DOCUMENT.at(
                    Location(one.path),
                    "the document was edited by hand, and rendering would lose that (shown above)",
                    "move the edit into the plan, or lose it: planner render --force",
                )
            )
    return tuple(findings)


def _said(one: _Document, *, is_dry: bool) -> str:
    return f"{one.path}: {_action(one, is_dry=is_dry)}"


def _action(one: _Document, *, is_dry: bool) -> str:
    if one.verdict.action == "same":
        return "unchanged"
    return "stale" if is_dry else "written"
