"""`planner who`: whose is this path."""

from pathlib import Path
from typing import Annotated, Any

import typer

from planner.cli import output
from planner.cli.options import Colour, Format, PlanPath, Repo, from_root, opened, plans_here
from planner.errors import PlannerError
from planner.paths import path_bytes, path_keys
from planner.plan.model import Entry
from planner.repository.git import Repository
from planner.scopes.fence import Fence


def run(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Paths, there or not.")],
    form: Format = "text",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Tell whose a path is by the plans of the work tree: slice, line, shared, excluded."""
    del color  # there is nothing to colour
    repository = opened(repo)
    fence = Fence(plans_here(repository, repo, plan))
    answers = [_answer(fence, _from_root(repository, repo, path)) for path in paths]
    for answer in answers:
        if _is_folder(repository.root / answer["path"]):
            answer["folder"] = True

    def as_text() -> str:
        from planner.formats import text  # noqa: PLC0415 - one format a run

        return "".join(f"{text.visible(line)}\n" for answer in answers for line in _lines(answer))

    def as_json() -> str:
        from planner.formats import json  # noqa: PLC0415

        listed = [{**answer, **path_keys(path_bytes(answer["path"]))} for answer in answers]
        return json.document("who", (), paths=listed)

    output.result(form, text=as_text, document=as_json)
    return 0


def _from_root(repository: Repository, folder: Path, path: str) -> str:
    if not path:
        raise PlannerError("a path is empty", hint="name a path, there or not")
    return from_root(repository, folder, path)


def _is_folder(path: Path) -> bool:
    """Whether other paths lie below it; a submodule is one path to git."""
    return path.is_dir() and not path.is_symlink() and not (path / ".git").exists()


def _answer(fence: Fence, path: str) -> dict[str, Any]:
    raw = path_bytes(path)
    answer: dict[str, Any] = {
        "path": path,
        "slices": [
            {
                "id": chosen.slice_.id,
                "owner": chosen.slice_.owner or None,
                "branch": [entry.text for entry in chosen.slice_.branch],
                **_line(line),
            }
            for chosen, line in fence.holders(raw)
        ],
    }
    shared, excluded = fence.shared_by(raw), fence.excluded_by(raw)
    if shared:
        answer["shared"] = {**_line(shared), "slices": list(shared.slices) or None}
    if excluded:
        answer["excluded"] = _line(excluded)
    if fence.is_plan_file(raw):
        answer["plan_file"] = True
    elif raw in fence.documents:
        answer["document"] = True
    return answer


def _line(entry: Entry) -> dict[str, Any]:
    place = entry.location
    return {
        "pattern": entry.text,
        "plan": {"path": place.path, "line": place.line, "column": place.column},
    }


def _lines(answer: dict[str, Any]) -> list[str]:
    """The answer for people, a line for each thing that is true of the path."""
    path = answer["path"]
    lines = []
    for slice_ in answer["slices"]:
        owner = f" ({slice_['owner']})" if slice_["owner"] else ""
        lines.append(f"{path}: the slice '{slice_['id']}'{owner}{_at(slice_)}")
    if "shared" in answer:
        among = answer["shared"]["slices"]
        lines.append(
            f"{path}: shared by {' and '.join(among) if among else 'all'}{_at(answer['shared'])}"
        )
    if "excluded" in answer:
        lines.append(f"{path}: excluded for every slice{_at(answer['excluded'])}")
    if "plan_file" in answer:
        lines.append(f"{path}: a plan file: changed on a branch of its own")
    if "document" in answer:
        lines.append(f"{path}: rendered from a plan: accepted for everyone")
    if "folder" in answer:
        lines.append(f"{path}: a folder: ask for the paths in it")
    return lines or [f"{path}: nobody's"]


def _at(entry: dict[str, Any]) -> str:
    place = entry["plan"]
    return f", by '{entry['pattern']}' at {place['path']}:{place['line']}:{place['column']}"
