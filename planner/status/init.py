"""A first plan, from the branch that is checked out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from planner.boundary.pattern import Pattern, has_signs, parse
from planner.branch.bases import branch_tip, find_merge_base
from planner.branch.messages import without_number
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.characters import IGNORED, NOT_SHOWN
from planner.errors import PlannerError
from planner.paths import path_text
from planner.plan import find
from planner.plan import parse as plans
from planner.plan.branch_names import why_invalid_branch
from planner.plan.conventional import parse_subject
from planner.plan.document.writing import Commented, write_document
from planner.repository import branches, lineage
from planner.status.first_scope import Changed, changed
from planner.status.guesses import Guess, as_gates, guesses

PATH: Final = f"{find.FOLDER}/plan.yaml"


class FirstPlan(NamedTuple):
    """A first plan.

    Attributes:
        text: the file.
        branch: the branch of its slice.
        here: the branch that is checked out.
        base: the branch that it lands on.
        changed: what the branch changed; of nothing, the slice is an example.
        gates: those that were guessed.
        is_base_unknown: whether planner will need to be told what the default branch is.
    """

    text: str
    branch: str
    here: str
    base: str
    changed: Changed
    gates: tuple[Guess, ...]
    is_base_unknown: bool

    @property
    def is_on_base(self) -> bool:
        """Whether the branch that is checked out is the base."""
        return self.here == self.base


def first_plan(
    run: Run, path: str, written: Sequence[str] = (), edited: Sequence[str] = ()
) -> FirstPlan:
    """Return a first plan from what the branch and the work tree changed.

    Args:
        path: where it will lie.
        written: the paths of the files that are written with it.
        edited: the paths of the files to which the user adds planner's entry.

    Raises:
        PlannerError: there is no branch, or what it changed cannot be told.
    """
    here = _branch(run)
    base, is_known = _base(run, here)
    seen, commit = Changed(), ""
    if here != base:
        tip, merge_base = find_merge_base(run, branch_tip(run, base), _head(run))
        seen = changed(run, merge_base, path)
        commit = _conventional(_subjects(run, tip.commit))
    found = guesses(run.repository.root, seen.paths)
    branch = here if here != base else "feature/first-slice"
    slice_ = _slice(branch, commit, seen)
    slice_["scope"]["include"] += _more(seen, written, edited)
    text = _written(slice_, base, found, is_example=not seen.include)
    if plans.parse(text.encode(), path).usable is None:
        raise PlannerError(
            f"the branch changed too much for one plan: {len(seen.paths):,} paths",
            hint="write the plan by hand, with patterns: docs/reference/patterns.md",
        )
    return FirstPlan(text, branch, here, base, seen, found, is_base_unknown=not is_known)


def _branch(run: Run) -> str:
    """The branch that is checked out.

    Raises:
        PlannerError: there is none, or a plan cannot name it.
    """
    name = run.repository.branch
    if not name:
        raise PlannerError("no branch is checked out", hint="git switch BRANCH")
    if has_signs(name) or not isinstance(parse(name), Pattern) or why_invalid_branch(name):
        raise PlannerError(
            f"a plan cannot name the branch {name!r}", hint="rename it: git branch -m NAME"
        )
    return name


def _base(run: Run, here: str) -> tuple[str, bool]:
    """The default branch, and whether planner can tell that it is.

    Raises:
        PlannerError: nothing tells it, and there are several branches.
    """
    try:
        return run.default_branch, True
    except PlannerError:
        others = {one.name for one in branches.references(run.repository)} - {here}
        if others:
            raise
        return here, here in ("main", "master")


def _head(run: Run) -> Revision:
    return Revision("HEAD", run.objects.commit("HEAD") or "")


def _subjects(run: Run, base: str) -> tuple[str, ...]:
    """The first lines of the branch's own commits, the oldest first."""
    commits = lineage.own_messages(run.repository, base, "HEAD")
    texts = (path_text(one.message).partition("\n")[0].strip() for one in commits)
    return tuple(without_number(text) for text in texts if not _HIDDEN.search(text))


_HIDDEN: Final = re.compile(f"[{NOT_SHOWN}{IGNORED}]")


def _conventional(subjects: Sequence[str]) -> str:
    """The first Conventional Commit of the type and scope that most of them have; or empty."""
    kinds = [(parse_subject(subject), subject) for subject in subjects]
    known = [(kind, subject) for kind, subject in kinds if kind is not None]
    counts = Counter(kind for kind, _ in known)
    most = max(counts.values(), default=0)
    return next((subject for kind, subject in known if counts[kind] == most), "")


def _slice(branch: str, commit: str, seen: Changed) -> dict[str, Any]:
    words = re.sub(r"[\W_]+", " ", branch.rpartition("/")[2]).strip() or branch
    text = commit.partition(": ")[2].strip() or words
    slug = re.sub(r"[^a-z0-9]+", "-", branch.rpartition("/")[2].lower()).strip("-")
    slice_: dict[str, Any] = {
        "id": slug or "slice",
        "title": text[:1].upper() + text[1:],
        "branch": branch,
    }
    if commit:
        slice_["commit"] = commit
    return {**slice_, "scope": {"include": [*(seen.include or [_EXAMPLE])]}}


_EXAMPLE: Final = {
    "path": "path/to/folder/",
    "why": "an example; a closing slash means everything below",
    "new": True,
}


def _more(seen: Changed, written: Sequence[str], edited: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The entries for the files that call planner, which the same branch adds or changes."""
    listed = {one["path"] if isinstance(one, dict) else one for one in seen.include}
    for path in written:
        if path not in listed:
            yield {"path": path, "why": _WRITTEN, "new": True}
    for path in edited:
        if path not in listed:
            yield {"path": path, "why": _EDITED}


_WRITTEN: Final = "planner init wrote it; remove this entry once it is merged"
_EDITED: Final = "it calls planner; remove this entry once that is merged"


def _written(slice_: dict[str, Any], base: str, found: Sequence[Guess], *, is_example: bool) -> str:
    """The text of the plan, with comments."""
    if found:
        slice_["gates"] = as_gates(found)
    if is_example:
        slice_ = {
            **slice_,
            "branch": Commented(slice_["branch"], "Its branch; * stands for any text."),
            "scope": Commented(slice_["scope"], "All that the branch may touch."),
        }
    values: dict[str, object] = {"version": 1, "title": slice_["title"]}
    if base != "main":
        values["base"] = base
    values["unplanned"] = Commented([{"branch": "**", "include": ["**"]}], _UNPLANNED)
    about = "An example: write your own. One pull request each." if is_example else _SLICES
    values["slices"] = Commented([slice_], about)
    return write_document(values, comment=_TOP)


_TOP: Final = "Written once; `planner render` makes PLAN.md and TASKS.md of it."
_UNPLANNED: Final = (
    "All other branches go on as before: they may touch whatever no open slice holds."
)
_SLICES: Final = "One pull request each."
