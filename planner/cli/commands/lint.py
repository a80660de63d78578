"""`planner lint`: everything wrong with a plan."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from planner.boundary.translation import pathspecs as git_pathspecs
from planner.branch.trusted import trusted_tip
from planner.cli import output
from planner.cli.options import (
    Colour,
    Format,
    PlanPath,
    Repo,
    Strict,
    environment,
    exit_code,
    from_root,
    opened,
    strictly,
)
from planner.errors import PlannerError
from planner.lint.plans import lint
from planner.lint.tree import Tree
from planner.plan import find
from planner.plan.model import every_entry
from planner.plan.parse import Parsed, parse
from planner.repository import changes, pull_request
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.rules import leaving_open


def run(
    plans: Annotated[
        list[str] | None, typer.Argument(metavar="[PLAN…]", help="Plan files; default: all.")
    ] = None,
    pathspecs: Annotated[
        bool, typer.Option("--pathspecs", help="Print each pattern as git's pathspecs.")
    ] = False,
    strict: Strict = False,
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Report everything wrong with a plan, in one run, each with its place and what to do.

    Without PLAN it reads docs/plan/plan.yaml and docs/plan/NAME/plan.yaml, and holds all plans
    against each other.
    """
    repository = opened(repo)
    named = [from_root(repository, repo, path) for path in plans or ([plan] if plan else [])]
    paths = tuple(dict.fromkeys(named)) or find.in_folder(repository.root)
    parsed = [parse(find.content(repository.root, path), path) for path in paths]
    with Objects(repository) as objects:
        found = lint(parsed, _tree(repository, objects))
    found = strictly(found, is_strict=strict)
    undecided = leaving_open(found)
    if undecided:
        marks = " and ".join(f"[{rule}]" for rule in undecided)
        raise PlannerError(
            "not everything could be judged", hint=f"first mend {marks}", findings=found
        )
    listed = list(_listed(parsed)) if pathspecs else []

    def as_text() -> str:
        from planner.formats import text  # noqa: PLC0415 - one format a run

        said = text.lint(found, len(paths), has_colour=output.has_colour(color))
        return "".join(f"{text.visible(line)}\n" for line in _lines(listed)) + said

    def as_json() -> str:
        from planner.formats import json  # noqa: PLC0415

        return json.document("lint", found, **({"pathspecs": listed} if pathspecs else {}))

    output.result(form, text=as_text, document=as_json)
    return exit_code(found)


def _tree(repository: Repository, objects: Objects) -> Tree:
    """The tracked paths, and what is a folder in the commit whose plan judges."""
    tip = trusted_tip(repository, objects, pull_request.read(environment()))

    def is_folder(path: bytes) -> bool:
        found = objects.oid(tip.encode() + b":" + path) if tip else None
        return found is not None and found[1] == "tree"

    return Tree(changes.tracked(repository), is_folder)


def _listed(parsed: list[Parsed]) -> Iterator[dict[str, Any]]:
    """Every pattern of the plans with the pathspecs that git agrees with."""
    for one in parsed:
        for entry, is_exclude in every_entry(one.plan) if one.plan else ():
            if entry.pattern is not None:
                yield {
                    "path": entry.location.path,
                    "line": entry.location.line,
                    "column": entry.location.column,
                    "pattern": entry.text,
                    "pathspecs": list(git_pathspecs(entry.pattern, below=is_exclude)),
                }


def _lines(listed: list[dict[str, Any]]) -> Iterator[str]:
    for entry in listed:
        place = f"{entry['path']}:{entry['line']}:{entry['column']}"
        quoted = " ".join("'" + spec.replace("'", "'\\''") + "'" for spec in entry["pathspecs"])
        yield f"{place}: {entry['pattern']}  git ls-files -- {quoted}"
