"""Say what the rules for unplanned branches let by, and which of them nothing reaches."""

from collections.abc import Iterator

from planner.boundary.language import Term, Witness, difference, overlap
from planner.diagnostic import Diagnostic, Related
from planner.paths import path_text
from planner.plan.model import ChosenRule, Entry, UnplannedRule, patterns
from planner.rules import UNPLANNED_RULE, UNREACHED_RULE
from planner.scopes.fence import Fence
from planner.scopes.sets import held

_MOST_NAMED = 3


def check(fence: Fence) -> Iterator[Diagnostic]:
    """Note for each rule what its branches may change; report rules that no branch reaches."""
    earlier: list[UnplannedRule] = []
    for plan in fence.plans:
        for rule in plan.unplanned:
            covering = _covering(rule, [one for one in earlier if _accepts_forks_of(one, rule)])
            if covering:
                yield UNREACHED_RULE.at(
                    rule.branch[0].location,
                    f"no branch reaches the rule for '{rule.branch[0].text}': earlier rules accept "
                    "all its branches",
                    "move it in front of them: the first rule that accepts a branch counts",
                    related=tuple(
                        Related(one.branch[0].location, f"the rule for '{one.branch[0].text}'")
                        for one in covering[:_MOST_NAMED]
                    ),
                )
            else:
                yield _lets_by(fence, ChosenRule(plan, rule))
            earlier.append(rule)


def _covering(rule: UnplannedRule, earlier: list[UnplannedRule]) -> list[UnplannedRule]:
    """The earlier rules that accept all branches of a rule: one of them, or else all together."""
    names = tuple(map(Term, patterns(rule.branch)))
    for rules in (*([one] for one in earlier), earlier):
        accepted = tuple(Term(pattern) for one in rules for pattern in patterns(one.branch))
        if accepted and difference(names, accepted) is None:
            return rules
    return []


def _accepts_forks_of(one: UnplannedRule, other: UnplannedRule) -> bool:
    return "*" in one.from_ or set(other.from_) <= set(one.from_)


def _lets_by(fence: Fence, chosen: ChosenRule) -> Diagnostic:
    """What the branches of a rule may change."""
    rule = chosen.rule
    message = (
        f"branches that match {_listed(rule.branch)} and have no slice may change "
        f"{_listed(rule.include)}"
    )
    related = list(_excluded(fence, rule))
    if not rule.held:
        message += ", except what open slices hold"
    else:
        related += _held(fence, rule)
    return UNPLANNED_RULE.at(rule.branch[0].location, message, related=tuple(related))


def _held(fence: Fence, rule: UnplannedRule) -> Iterator[Related]:
    """The slices whose paths a rule lets by, each with such a path."""
    may_touch = tuple(map(Term, patterns(rule.include)))
    for chosen in fence.open:
        found = overlap(held(fence, chosen), may_touch)
        if found is not None:
            shown = f", such as '{path_text(found.path)}'" if isinstance(found, Witness) else ""
            place = chosen.slice_.scope.include[found.one].location
            yield Related(place, f"also what the slice {chosen.slice_.id!r} holds{shown}")


def _excluded(fence: Fence, rule: UnplannedRule) -> Iterator[Related]:
    """The excludes of plans over which a rule wins, since it includes the path by name."""
    for entry in rule.include:
        literal = entry.pattern.literal
        excluded = fence.excluded_by(literal) if literal is not None else None
        if excluded is not None:
            text = f"also '{entry.text}', although the plan excludes '{excluded.text}'"
            yield Related(excluded.location, text)


def _listed(entries: tuple[Entry, ...]) -> str:
    names = [f"'{entry.text}'" for entry in entries[:_MOST_NAMED]]
    more = len(entries) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
