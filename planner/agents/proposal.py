"""A plan that is not written yet: where it goes, what lint will find, and how it is written."""

import re
import unicodedata
from pathlib import Path
from typing import Final, NamedTuple

from planner import files
from planner.branch.run import Run
from planner.diagnostic import Diagnostic
from planner.errors import PlannerError
from planner.gates.signals import uninterrupted
from planner.lint.plans import lint
from planner.lint.tree import tree_of
from planner.paths import shell_text
from planner.plan import find
from planner.plan.model import Plan
from planner.plan.parse import parse, usable_plans

_MOST_WORDS: Final = 5
_LONGEST_NAME: Final = 40


def free_path(run: Run, goal: str) -> str:
    """Return where a plan for a goal goes: docs/plan/plan.yaml, or a folder named after the goal.

    The plans of the default branch count as well as those of the work tree.

    Raises:
        PlannerError: there are plans, and the goal has no word for a folder.
    """
    tip = run.trusted_tip
    taken = {*find.every_in_folder(run.repository.root), *(run.plans_at(tip).paths if tip else ())}
    if not taken:
        return find.FIRST
    plain = unicodedata.normalize("NFKD", goal).encode("ascii", "ignore").decode().lower()
    words = re.findall("[a-z0-9]+", plain)
    if not words:
        message = "the goal has no word of a-z or 0-9 to name a folder by"
        raise PlannerError(message, hint="name the plan: -o PATH")
    name = words[0][:_LONGEST_NAME]
    for word in words[1:_MOST_WORDS]:
        if len(name) + len(word) >= _LONGEST_NAME:
            break
        name += f"-{word}"
    return f"{find.FOLDER}/{name}/plan.yaml"


def refuse_taken(run: Run, path: str, instead: str = "") -> None:
    """Refuse a path at which there is something already.

    Args:
        instead: what else to do than to name another path.

    Raises:
        PlannerError: there is, or the path leads through a link.
    """
    place = run.repository.root / path
    if place.exists() or place.is_symlink():
        raise PlannerError(
            f"there is a file already: {path!r}; it was not overwritten",
            hint="; or ".join(filter(None, ("name another path: -o PATH", instead))),
        )
    files.refuse_links(place, run.repository.root)


def other_plans(run: Run, path: str) -> tuple[Plan, ...]:
    """Return the plans of the work tree but the one at a path.

    Raises:
        UnusablePlanError: one is unusable, so nothing can be compared with it.
    """
    root = run.repository.root
    others = [other for other in find.every_in_folder(root) if other != path]
    return usable_plans({other: find.content(root, other) for other in others})


class Judged(NamedTuple):
    """What lint finds once a plan is written.

    Attributes:
        findings: what it does not find without the plan.
        others: how many errors it finds without the plan.
    """

    findings: tuple[Diagnostic, ...]
    others: int = 0


def judge(run: Run, path: str, content: bytes) -> Judged:
    """Return what lint would find if a plan was written to a path.

    The other plans and the tracked paths are read anew: an agent may have changed them.

    Raises:
        UnusablePlanError: another plan is unusable.
    """
    root = run.repository.root
    others = [parse(find.content(root, plan.path), plan.path) for plan in other_plans(run, path)]
    before = lint(others, tree_of(run)) if others else ()
    known = {_identity(one) for one in before}
    after = lint([*others, parse(content, path)], tree_of(run))
    return Judged(
        tuple(one for one in after if _identity(one) not in known),
        sum(one.severity == "error" for one in before),
    )


def _identity(one: Diagnostic) -> tuple[object, ...]:
    return one.location, one.rule, one.message, repr(one.details)


def write_new(root: Path, path: str, content: bytes) -> None:
    """Write a plan where there is nothing.

    Raises:
        PlannerError: there is something meanwhile, or it cannot be written.
    """
    files.refuse_links(root / path, root)
    with uninterrupted():
        files.create(root / path, content)


def replace(root: Path, path: str, before: bytes, content: bytes) -> None:
    """Write a plan in the place of one, whose bytes are given, as a whole.

    Raises:
        PlannerError: the plan was changed meanwhile, or it cannot be written.
    """
    place = root / path
    with files.locked(place.parent), uninterrupted():
        if files.read(place) != before:
            raise PlannerError(
                f"{path!r} was changed meanwhile: it is left as it is",
                hint=f"git diff {shell_text(path)}",
            )
        files.write(place, content)
