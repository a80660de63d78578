"""Joins PLAN.md and TASKS.md to the document of a plan, and checks their claims."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from planner.agents.imports.drafts.draft import Draft
from planner.agents.imports.found import Source, id_of
from planner.agents.imports.pages.plan_page import ReadPlan, is_plan_page, read_plan_page
from planner.agents.imports.pages.tasks_page import Claim, ReadTasks, is_tasks_page, read_tasks_page
from planner.agents.imports.pages.undone import full_title
from planner.agents.imports.prose import Prose
from planner.diagnostic import Diagnostic, has_errors, ordered
from planner.errors import PlannerError
from planner.plan.model import Plan
from planner.rules import FALSE_PARALLEL
from planner.schedule import Scheduled, schedule


def is_page(text: str) -> bool:
    """Whether a text is a page of a plan or of its tasks."""
    return is_plan_page(text) or is_tasks_page(text)


def read_pages(sources: Sequence[Source], prose: Prose) -> tuple[str, Draft, tuple[Claim, ...]]:
    """Return the title, the document and the claims of a plan and, where given, its tasks.

    Raises:
        PlannerError: there is not exactly one plan, and at most one page of tasks.
    """
    plans = [source for source in sources if is_plan_page(source.text)]
    tasks = [source for source in sources if source not in plans]
    if len(plans) != 1 or len(tasks) > 1:
        raise PlannerError(
            "a page of tasks alone does not say what a slice may touch"
            if not plans
            else "these pages are of several plans",
            hint="name one PLAN.md, and its TASKS.md",
        )
    page = read_plan_page(plans[0], prose)
    owners = {slice_["id"]: slice_.get("owner", "") for slice_ in page.slices}
    read = read_tasks_page(tasks[0], prose, owners, owners) if tasks else None
    values = _joined(page, read)
    findings = ordered([*page.findings, *(read.findings if read else ())])
    claims = read.claims if read else ()
    title = values["title"]
    return title, Draft(None if has_errors(findings) else values, findings), claims


def _joined(page: ReadPlan, read: ReadTasks | None) -> dict[str, Any]:
    """The keys of the plan, in their usual order."""
    overview = page.overview
    if read is not None and not page.has_several and page.overview != read.overview:
        rest = page.overview.removeprefix(read.overview).strip("\n")
        if page.overview.startswith(read.overview) and read.overview:
            overview, page.slices[0]["overview"] = read.overview, rest
        elif not read.overview:
            overview, page.slices[0]["overview"] = "", rest
    if read is not None:
        _add_tasks(page.slices, read)
    values: dict[str, Any] = {
        "version": 1,
        "title": page.title or "Imported plan",
        "overview": overview,
        "base": page.values.get("base", ""),
        "start": read.values.get("start", "") if read else "",
    }
    if any("branch" not in slice_ for slice_ in page.slices):
        values["branches"] = [f"feature/{id_of(page.title, 'plan')}-{{id}}"]
    values["owners"] = _owners(page.slices, read)
    more = ("shared", "exclude", "limits", "gates")
    values |= {key: page.values[key] for key in more if key in page.values}
    values["slices"] = [_in_order(slice_) for slice_ in page.slices]
    values |= read.values if read else {}
    return {key: value for key, value in values.items() if value}


_KEYS: Final = """
    id title overview owner reviewers branch from base depends_on stacked closed commit scope
    limits gates success_criteria risk timeline tasks
"""
_ORDER: Final = tuple(_KEYS.split())


def _in_order(slice_: Mapping[str, Any]) -> dict[str, Any]:
    return {key: slice_[key] for key in _ORDER if slice_.get(key)}


def _add_tasks(slices: Sequence[dict[str, Any]], read: ReadTasks) -> None:
    """Give each slice its tasks, and the titles that PLAN.md shows without their full stop."""
    known = {slice_["id"]: slice_ for slice_ in slices}
    for id_, task in read.tasks:
        slice_ = known.get(id_, slices[0])
        slice_.setdefault("tasks", []).append(task)
    shown = {
        id_: full_title(known[id_]["title"], read.frames.get(f"s{at}", ""))
        for at, id_ in enumerate(known, 1)
    }
    for id_, title in {**shown, **read.titles}.items():
        slice_ = known.get(id_, {})
        scope = slice_.get("scope", {})
        if slice_ and slice_["title"] != title:
            if scope.get("summary") == title:
                del scope["summary"]
            slice_["title"] = title


def _owners(slices: Sequence[Mapping[str, Any]], read: ReadTasks | None) -> dict[str, Any]:
    """The owners with their roles; none where the pages show no role."""
    if read is None or not read.roles:
        return {}
    names: dict[str, None] = {}
    for slice_ in slices:
        tasks = slice_.get("tasks", ())
        parts = (slice_, *tasks)
        names |= dict.fromkeys(part["owner"] for part in parts if part.get("owner"))
        names |= dict.fromkeys(slice_.get("reviewers", ()))
    return {name: {"role": read.roles[name]} if name in read.roles else {} for name in names}


def false_claims(plan: Plan, claims: Sequence[Claim]) -> Iterator[Diagnostic]:
    """Report each task that says that it may run beside another, and may not."""
    scheduled = {one.task.id: one for one in schedule(plan).tasks}
    numbers = {id_: at for at, id_ in enumerate(scheduled, 1)}
    for claim in claims:
        one = scheduled.get(claim.task)
        if one is None:
            continue
        others = claim.beside or tuple(
            () if one.parallelizable else (o.task for o in one.obstacles)
        )
        false = [
            other for other in others if other not in one.parallel_with and other != claim.task
        ]
        if false:
            yield _false(claim, one, false[0], numbers)


def _false(claim: Claim, one: Scheduled, other: str, numbers: Mapping[str, int]) -> Diagnostic:
    mine, theirs = numbers[claim.task], numbers[other]
    path = one.path_with(other)
    why = f"both touch {path}" if path else one.reason or "it waits for it"
    message = f"Task {mine} is marked as parallel, but cannot run beside Task {theirs}: {why}"
    details: dict[str, Any] = {"witness": path} if path else {}
    return FALSE_PARALLEL.at(
        claim.place,
        message,
        "remove the mark, or what keeps them apart",
        tasks=[claim.task, other],
        **details,
    )
