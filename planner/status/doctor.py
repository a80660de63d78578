"""What planner sees where it runs, and by what it knows it."""

import os
import platform
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final, Literal, NamedTuple

from planner import __version__, files
from planner.branch.read import Branch, Request, read_branch
from planner.branch.run import Run
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.parse import parse
from planner.repository import hooks, lineage, pull_request
from planner.repository.git import found_version, open_repository, too_old
from planner.repository.pull_request import PullRequest
from planner.status.origin import UNKNOWN

State = Literal["ok", "warning", "error"]


class Check(NamedTuple):
    """One thing that planner sees."""

    name: str
    state: State
    message: str
    hint: str = ""


Asked = Callable[[Run], Request]


def examine(folder: Path, environment: Mapping[str, str], asked: Asked) -> tuple[Check, ...]:
    """Return all that planner sees in a folder; what stops it is a check as well.

    Args:
        asked: returns what the user asks for by options and the environment.
    """
    checks = [Check("python", "ok", platform.python_version()), Check("planner", "ok", __version__)]
    git = _asked("git", _git)
    event_check, event = _event(environment)
    checks += [git, event_check]
    if git.state == "error":
        return tuple(checks)
    try:
        repository = open_repository(folder)
    except PlannerError as error:
        return (*checks, _stopped("repository", error))
    with Run(repository, event) as run:
        checks += [*_repository(run, asked), *_plans(run, asked)]
        checks += [*_workflows(run.repository.root)]
        return (*checks, _asked("hooks", lambda: _hooks(run)), _guard(run.repository.root))


def _git() -> Check:
    version = found_version()
    error = too_old()
    if error:
        return _stopped("git", error)
    return Check("git", "ok", version)


def _asked(name: str, ask: Callable[[], Check]) -> Check:
    """A check; what stops it is an error."""
    try:
        return ask()
    except PlannerError as error:
        return _stopped(name, error)


def _stopped(name: str, error: PlannerError) -> Check:
    where = f"{error.location.path}:{error.location.line}: " if error.location else ""
    return Check(name, "error", f"{where}{error.message}", error.hint)


_SYSTEMS: Final = {"github": "GitHub Actions", "gitlab": "GitLab CI"}


def _event(environment: Mapping[str, str]) -> tuple[Check, PullRequest]:
    """The CI system and what it says; nothing of an event that cannot be read."""
    try:
        event = pull_request.read(environment)
    except PlannerError as error:
        return _stopped("ci", error), PullRequest()
    if not event.is_ci:
        return Check("ci", "ok", "none"), event
    system = _SYSTEMS.get(event.system, "")
    if not system:
        message = "a CI system whose variables planner does not read"
        hint = "name the branch and the base: docs/how-to/ci.md"
        return Check("ci", "warning", message, hint), event
    if not event.event:
        return Check("ci", "ok", f"{system}, not for a pull request"), event
    said = f"{system}, {event.trigger or event.event}"
    if event.event == "pull_request":
        fork = f" of the fork {event.fork or 'that was deleted'}" if event.fork is not None else ""
        said += f": {event.head_branch!r}{fork} into {event.base_branch!r}"
    return Check("ci", "ok", said), event


def _repository(run: Run, asked: Asked) -> Iterator[Check]:
    repository = run.repository
    yield Check("repository", "ok", str(repository.root))
    if repository.is_shallow:
        hint = lineage.WHOLE_HISTORY
        yield Check("history", "warning", "a shallow clone: the merge base may be missing", hint)
    else:
        yield Check("history", "ok", "whole")
    if repository.is_unborn:
        yield Check("branch", "warning", f"{repository.branch!r}, without a commit", "commit first")
    else:
        yield from _branch(run, asked)
    yield _asked("trusted commit", lambda: _trusted(run))


def _branch(run: Run, asked: Asked) -> Iterator[Check]:
    """The branch, what it is judged by, and what it is compared with."""
    try:
        branch = read_branch(run, asked(run))
    except PlannerError as error:
        yield _named(run, run.repository.branch or run.event.head_branch)
        yield _stopped("check-scope", error)
        return
    yield _named(run, branch.name)
    yield _judged(run, branch)
    yield Check("base", "ok", f"{branch.base}, merge base {branch.merge_base[:12]}")


def _named(run: Run, name: str) -> Check:
    if not name:
        hint = "git switch BRANCH; where none is checked out: --branch NAME"
        return Check("branch", "warning", "nothing tells its name", hint)
    by = "as the CI system says"
    if name == run.repository.branch:
        by = "checked out"
    elif name != run.event.head_branch:
        by = "being rebased"
    return Check("branch", "ok", f"{name!r}, {by}")


def _judged(run: Run, branch: Branch) -> Check:
    if branch.is_queue:
        return Check("slice", "ok", "a merge queue: each commit is judged by itself")
    if branch.label:
        by = ", which $PLANNER_SLICE names" if branch.request.slice_id else ""
        return Check("slice", "ok", f"judged by {branch.label}{by}")
    if not branch.name:
        return Check("slice", "warning", "unknown without the name of the branch", "--slice ID")
    if branch.name == run.default_branch:
        return Check("slice", "ok", "none: this is the default branch")
    if not branch.trusted.plans:
        return Check("slice", "warning", "none: the trusted commit has no usable plan", _MERGE)
    message = f"no slice or rule accepts the branch {branch.name!r}"
    return Check("slice", "warning", message, "add it to the plan, or a rule under 'unplanned'")


_MERGE: Final = "merge a plan first; until then: planner check-scope --plan-from head"


def _trusted(run: Run) -> Check:
    if run.repository.is_unborn:
        return Check("trusted commit", "warning", "there is no commit yet", "commit first")
    name = run.default_branch
    by = "by its name"
    if run.event.default_branch:
        by = "as the CI system says"
    elif run.repository.remote_default:
        by = "by origin/HEAD"
    tip = run.tip(name)
    if tip is None:
        message = f"the default branch {name!r}, {by}, is not in this clone"
        return Check("trusted commit", "error", message, f"git fetch origin {name}")
    return Check("trusted commit", "ok", f"{tip}, the default branch {by}")


def _plans(run: Run, asked: Asked) -> Iterator[Check]:
    """Each plan of the work tree, and those that the trusted commit alone has."""
    root = run.repository.root
    try:
        chosen = asked(run).plan
        paths = [*find.every_in_folder(root), *([chosen] if chosen else [])]
        tip = run.trusted_tip
        trusted = run.plans_at(tip, chosen) if tip else None
    except PlannerError as error:
        yield _stopped("plan", error)
        return
    known = trusted.paths if trusted else ()
    local = run.unpublished_plan
    if local is not None:
        message = f"the local branch {local.name!r} has one, the trusted commit has none"
        yield Check("plan", "warning", message, f"git push origin {local.name}")
    elif not paths and not known:
        yield Check("plan", "warning", "there is none", "planner init")
    for path in dict.fromkeys(paths):
        yield _asked("plan", partial(_plan, root, path, known))
    if trusted and trusted.error:
        yield _stopped("trusted plan", trusted.error)
    elif trusted and set(known) - set(paths):
        missing = ", ".join(sorted(set(known) - set(paths)))
        yield Check("plan", "ok", f"in the trusted commit, not in the work tree: {missing}")


def _plan(root: Path, path: str, known: tuple[str, ...]) -> Check:
    parsed = parse(find.content(root, path), path)
    if parsed.usable is None:
        first = next(one for one in parsed.diagnostics if one.severity == "error")
        message = f"{path}:{first.location.line}: {first.message}"
        return Check("plan", "error", message, f"planner lint {path}")
    slices = len(parsed.usable.open_slices)
    said = f"{path}: {slices} open slice{'' if slices == 1 else 's'}"
    if path not in known:
        return Check("plan", "warning", f"{said}, not in the trusted commit yet", _MERGE)
    return Check("plan", "ok", said)


def _workflows(root: Path) -> Iterator[Check]:
    """The files of a CI system in which the place of planner has still to be written."""
    for path in (".github/workflows/planner.yml", ".gitlab-ci.yml", ".pre-commit-config.yaml"):
        try:
            content = files.read(root / path, most=1_000_000) or b""
        except PlannerError:
            continue
        used = re.sub(rb"^\s*#.*", b"", content, flags=re.MULTILINE)
        if UNKNOWN.path.encode() in used:
            hint = f"replace {UNKNOWN.path} with the repository that you install planner from"
            yield Check("workflow", "warning", f"{path} names {UNKNOWN.path}", hint)


def _hooks(run: Run) -> Check:
    """The hooks: they are optional, so that none is not a warning."""
    folder = hooks.folder(run.repository)
    here = [name for name in _HOOKS if os.access(folder / name, os.X_OK)]
    own = [name for name in here if _names_planner(folder / name)]
    if own:
        return Check("hooks", "ok", f"planner is run by {' and '.join(own)}")
    if not _names_planner(run.repository.root / ".pre-commit-config.yaml"):
        return Check("hooks", "ok", "none; they are optional: CI enforces the scope")
    if "pre-commit" in here:
        return Check("hooks", "ok", "pre-commit runs planner")
    message = ".pre-commit-config.yaml names planner, but no hook is installed"
    hint = "pre-commit install --hook-type pre-commit --hook-type commit-msg"
    return Check("hooks", "warning", message, hint)


def _guard(root: Path) -> Check:
    """The clients of coding agents that ask the guard before an edit: optional as well."""
    asking = [client for client, path in hooks.AGENTS.items() if _names_planner(root / path)]
    if asking:
        said = f"asked by {' and '.join(asking)}"
        if not hooks.is_command_found():
            return Check("guard", "warning", f"{said}, but {hooks.NOT_FOUND}", hooks.TO_FIND)
        return Check("guard", "ok", said)
    return Check("guard", "ok", "not installed; it is optional: planner guard --install CLIENT")


_HOOKS: Final = ("pre-commit", "commit-msg", "pre-push")


def _names_planner(path: Path) -> bool:
    """Whether a file calls planner, or has one of its hooks."""
    try:
        content = files.read(path, most=1_000_000) or b""
    except PlannerError:
        return False
    sign = rb"\bid: *planner-|\brepo: *\S*/planner\b|\bplanner +(?:-|[a-z])"
    return re.search(sign, content) is not None
