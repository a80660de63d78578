"""What is wrong with the ids of a list: twice the same, unknown, or waiting for each other."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from planner import graph, rules
from planner.agents.imports.found import Found, Group, Item, id_of
from planner.diagnostic import Diagnostic, Location, Related
from planner.plan.document.problems import nearest

_Part = Item | Group
_MOST_COMPARED = 2_000  # names that are compared for hints


def wrong_ids(found: Found) -> list[Diagnostic]:
    """Return what makes the ids of the tasks, and those that groups need, unusable."""
    items = [item for group in found.groups for item in group.items]
    needed = {id_of(need.id) for group in found.groups for need in group.needs}
    named = [group for group in found.groups if group.needs or id_of(group.id) in needed]
    twice = [*_twice(items, "task"), *_twice(named, "group")]
    unknown = [*_unknown(items, "task"), *_unknown(found.groups, "group")]
    return [*twice, *unknown, *_cycles(items), *_cycles(found.groups)]


def _twice(parts: Sequence[_Part], noun: str) -> Iterator[Diagnostic]:
    first: dict[str, _Part] = {}
    for part in parts:
        before = first.setdefault(id_of(part.id), part)
        if before is not part:
            said = part.id if part.id == before.id else f"{before.id!r} and {part.id}"
            yield rules.DUPLICATE_ID.at(
                part.place,
                f"the {noun} {said!r} is there twice"
                if part.id == before.id
                else f"the {noun}s {before.id!r} and {part.id!r} have the same id in a plan",
                "rename one of them",
                related=(Related(before.place, "the first one is here"),),
            )


def _unknown(parts: Sequence[_Part], noun: str) -> Iterator[Diagnostic]:
    known = {id_of(part.id): part.id for part in parts}
    rule = rules.UNKNOWN_TASK if noun == "task" else rules.UNKNOWN_SLICE
    for part in parts:
        for need in part.needs:
            if id_of(need.id) not in known:
                near = nearest(need.id, known.values()) if len(known) <= _MOST_COMPARED else ""
                message = f"{part.id} waits for {need.id!r}, which the files do not have"
                yield rule.at(need.place, message, near or "correct the id, or remove it")


def _cycles(parts: Sequence[_Part]) -> Iterator[Diagnostic]:
    places = places_of(parts)
    waits = [[places[id_of(n.id)] for n in part.needs if id_of(n.id) in places] for part in parts]
    for group in graph.components(waits):
        inside = frozenset(group)
        start = next((other for other in waits[group[0]] if other in inside), None)
        if start is not None:
            ring = [group[0], *graph.shortest(waits, start, group[0], inside)]
            yield _cycle([parts[at] for at in ring])


def places_of(parts: Sequence[_Part]) -> Mapping[str, int]:
    """Return the index of the part with an id; the first one if there are several."""
    return {id_of(part.id): at for at, part in reversed(list(enumerate(parts)))}


def _cycle(ring: Sequence[_Part]) -> Diagnostic:
    links = [
        Related(_place(one, other), f"{one.id} waits for {other.id}")
        for one, other in pairwise(ring)
    ]
    ids = [part.id for part in ring]
    message = f"dependency cycle: {' → '.join(ids)}"
    return rules.DEPENDENCY_CYCLE.at(
        links[0].location,
        f"{ids[0]} waits for itself" if len(ids) == 2 else message,
        "remove one of these dependencies",
        related=tuple(links[1:12]),
        cycle=ids,
    )


def _place(one: _Part, other: _Part) -> Location:
    return next(need.place for need in one.needs if id_of(need.id) == id_of(other.id))
