"""`planner render`: PLAN.md and TASKS.md beside the plan."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from planner import files
from planner.cli import output
from planner.cli.options import Colour, Format, PlanPath, Repo, exit_code, from_root, opened
from planner.diagnostic import Diagnostic, Location
from planner.errors import PlannerError, UnusablePlanError
from planner.plan import find
from planner.plan.parse import usable
from planner.render import documents, freshness
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.rules import EDITED_DOCUMENT, STALE_DOCUMENT
from planner.schedule import schedule


class _Document(NamedTuple):
    """One document: where it goes, what it is to hold, and what that means for what is there."""

    path: str
    content: str
    verdict: freshness.Verdict


def run(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if stale.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what changes.")] = False,
    out: Annotated[
        str, typer.Option("--out", metavar="DIR", help="Where to write; default: beside the plan.")
    ] = "",
    stdout: Annotated[
        str, typer.Option("--stdout", metavar="NAME", help="Print one document: PLAN.md, TASKS.md.")
    ] = "",
    templates: Annotated[
        str, typer.Option("--templates", metavar="DIR", help="Templates before .planner/templates.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite edits by hand.")] = False,
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Write PLAN.md and TASKS.md beside each plan.

    A document that was edited by hand is shown and left alone, unless --force is given.
    """
    if stdout and (check or diff or out):
        raise PlannerError("--stdout goes with neither --check, --diff nor --out", hint="drop one")
    repository = opened(repo)
    paths = find.in_folder(repository.root, from_root(repository, repo, plan))
    if stdout:
        return _print(repository, paths, (stdout, templates), form)
    memory = _Memory(repository)
    with Objects(repository) as objects:
        found = [
            one
            for path in paths
            for one in _judged(repository, objects, path, (out, templates), memory)
        ]
    is_dry = check or diff
    findings = _findings(found, is_check=check, is_dry=is_dry, is_forced=force)
    if not is_dry and not findings:
        for one in found:
            if one.verdict.action != "same":
                files.write(repository.root / one.path, one.content.encode())
        memory.keep(found)

    def as_text() -> str:
        from planner.formats import text  # noqa: PLC0415 - one format a run

        shows = diff or (bool(findings) and not check)
        pages = "".join(one.verdict.diff for one in found if shows)
        said = text.diagnostics(findings, has_colour=output.has_colour(color))
        if not findings and not diff:
            said = "".join(f"{text.visible(_said(one, is_dry=is_dry))}\n" for one in found)
        return "".join(f"{text.visible(line)}\n" for line in pages.splitlines()) + said

    def as_json() -> str:
        from planner.formats import json  # noqa: PLC0415

        listed = [
            {"path": one.path, "action": _action(one, is_dry=is_dry), "diff": one.verdict.diff}
            for one in found
        ]
        return json.document("render", findings, documents=listed)

    output.result(form, text=as_text, document=as_json)
    return exit_code(findings)


def _print(
    repository: Repository, paths: tuple[str, ...], asked: tuple[str, str], form: str
) -> int:
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

    def as_json() -> str:
        from planner.formats import json  # noqa: PLC0415 - as in every command

        return json.document("render", (), documents=[{"name": name, "content": content}])

    if form == "json":
        output.write(as_json())
    else:
        output.write(content)
    return 0


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
