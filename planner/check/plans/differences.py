# ruff: noqa: ANN401 - a plan has values of any type
"""The values in which two versions of a plan differ, named by the ids in the plan."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from planner.boundary.pattern import Pattern
from planner.diagnostic import Location
from planner.plan.document import nodes
from planner.plan.document.nodes import Node, plain
from planner.plan.model import Entry, Minutes, Plan, Slice, UnplannedRule
from planner.plan.schema import FIELDS


class Step(NamedTuple):
    """A key of the plan file, and the entry below it; empty where the key has no list."""

    key: str
    entry: str = ""


class Difference(NamedTuple):
    """A value that is new, gone or other.

    Attributes:
        steps: the way to the value.
        before: the value as it was written, as data of JSON; None where it was not.
        after: the value as it is written now.
        place: the value in the later plan; of one that is gone, where it is missing.
        is_order: whether the entries of a list are the same in another order; `before` and
            `after` are their names.
    """

    steps: tuple[Step, ...]
    before: Any
    after: Any
    place: Location
    is_order: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys on the way, without the entries."""
        return tuple(step.key for step in self.steps)

    @property
    def slice_id(self) -> str:
        """The slice that it is in, by its earlier id; empty for one outside all slices."""
        first = self.steps[0]
        return first.entry if first.key == "slices" else ""

    @property
    def is_new(self) -> bool:
        """Whether an entry of a list is new."""
        return bool(self.steps[-1].entry) and self.before is None

    @property
    def is_gone(self) -> bool:
        """Whether an entry of a list is gone."""
        return bool(self.steps[-1].entry) and self.after is None


_T = TypeVar("_T")


def paired(before: Sequence[_T], after: Sequence[_T]) -> Iterator[tuple[_T | None, _T | None]]:
    """Yield each entry of two lists with its partner, in the later order; what is gone last."""
    was, now = _named(before), _named(after)
    partners = _partners(was, now)
    for name, item in now.items():
        yield was[partners[name]].value if name in partners else None, item.value
    kept = frozenset(partners.values())
    yield from ((item.value, None) for name, item in was.items() if name not in kept)


def empty_plan(path: str) -> Plan:
    """Return a plan that says nothing: what a plan that is added is compared with."""
    return Plan(path, nodes.Mapping({}, {}, 0, 0))


def differences(
    before: Plan, after: Plan, *, counts_defaults: bool = False
) -> Iterator[Difference]:
    """Yield all differences, in the order of the plan file's keys.

    Values count, not how they are written: `x` and `[x]` are the same. The values of a record that
    is new or gone are not listed. A record that has another id and is otherwise the same, a slice
    with another id and the same branch, and a rule that shares a branch with the earlier one are
    the same record; patterns and texts that take the place of others in a list are one difference.

    Args:
        counts_defaults: whether a default that is written differs from one that is not.
    """
    start = _At((), before.node, after.node, after.where(after.node), counts_defaults)
    yield from _records(start, before, after)


class _At(NamedTuple):
    """A place in both plans: the node of the value, None where it is not written."""

    steps: tuple[Step, ...]
    before: Node | None
    after: Node | None
    place: Location
    counts_defaults: bool

    def is_same(self, before: Any, after: Any) -> bool:
        """Whether two values are the same, and where defaults count are written the same."""
        if comparable(before) != comparable(after):
            return False
        return not self.counts_defaults or self.written()[0] == self.written()[1]

    def written(self) -> tuple[Any, Any]:
        before, after = self.before, self.after
        return before and plain(before), after and plain(after)

    def key(self, name: str) -> "_At":
        return self._into((*self.steps, Step(name)), name, name)

    def entry(self, name: str, was: str | int | None, now: str | int | None) -> "_At":
        last = Step(self.steps[-1].key, name)
        return self._into((*self.steps[:-1], last), was, now)

    def _into(self, steps: tuple[Step, ...], was: str | int | None, now: str | int | None) -> "_At":
        after = _inner(self.after, now)
        place = Location(self.place.path, after.line, after.column) if after else self.place
        return _At(steps, _inner(self.before, was), after, place, self.counts_defaults)

    def difference(self) -> Difference:
        return Difference(self.steps, *self.written(), self.place)


def _inner(node: Node | None, step: str | int | None) -> Node | None:
    if isinstance(node, nodes.Mapping):
        return node.items.get(str(step)) if step is not None else None
    if isinstance(node, nodes.Sequence) and isinstance(step, int):
        return node.items[step]
    # A list of one may be written as its only entry.
    return node if isinstance(node, nodes.Scalar) and step == 0 else None


_KEYS: Final = {field: key for key, field in FIELDS.items()} | {"pattern": "path"}
_NO_VALUES: Final = frozenset({"node", "location"})
_WHOLE: Final = frozenset({"run", "setup"})  # a list of words is one command


def _records(at: _At, before: Any, after: Any) -> Iterator[Difference]:
    for field in type(after)._fields:
        if field not in _NO_VALUES:
            values = getattr(before, field), getattr(after, field)
            yield from _values(at.key(_KEYS.get(field, field)), *values)


def _values(at: _At, before: Any, after: Any) -> Iterator[Difference]:
    # What is written nowhere follows from another value, as a branch from `branches`.
    if (at.before is None and at.after is None) or at.is_same(before, after):
        return
    keys = tuple(step.key for step in at.steps)
    is_whole = keys[-1] in _WHOLE or keys == ("shared", "slices")  # no slices: all of them
    if isinstance(after, Entry) and before and before.text != after.text:
        yield at.difference()
    elif _is_record(before) and _is_record(after):
        yield from _records(at, before, after)
    elif type(before) is type(after) is tuple and not is_whole:
        yield from _lists(at, before, after)
    else:
        yield at.difference()


def _is_record(value: object) -> bool:
    return hasattr(value, "_fields") and not isinstance(value, Minutes | Pattern)


def comparable(value: Any) -> Any:
    """Return a value of the model without its places in the file, to be compared and hashed."""
    if isinstance(value, Pattern):
        return value.text
    if _is_record(value):
        fields = (field for field in value._fields if field not in _NO_VALUES)
        return tuple(comparable(getattr(value, field)) for field in fields)
    return tuple(map(comparable, value)) if isinstance(value, tuple) else value


class _Item(NamedTuple):
    value: Any
    step: str | int


def _lists(at: _At, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[Difference]:
    was, now = _named(before), _named(after)
    partners = _partners(was, now)
    for name, item in now.items():
        if name not in partners:
            yield at.entry(name, None, item.step).difference()
            continue
        other = was[partners[name]]
        yield from _values(at.entry(partners[name], other.step, item.step), other.value, item.value)
    known = frozenset(partners.values())
    for name, item in was.items():
        if name not in known:
            yield at.entry(name, item.step, None).difference()
    # A text that takes the place of another has no place that could differ.
    kept = [old for new, old in partners.items() if new == old or not _is_text(now[new])]
    remained = frozenset(kept)
    earlier = [name for name in was if name in remained]
    if kept != earlier:
        yield Difference(at.steps, earlier, kept, at.place, is_order=True)


def _named(items: Iterable[Any]) -> dict[str, _Item]:
    """The entries of a list by name; a second entry of a name gets a number."""
    named: dict[str, _Item] = {}
    for at, item in enumerate(items):
        is_pair = type(item) is tuple  # of a mapping: a name, and its value
        name = item[0] if is_pair else _name(item)
        number = 1
        unique = name
        while unique in named:
            number += 1
            unique = f"{name} ({number})"
        named[unique] = _Item(item[1], name) if is_pair else _Item(item, at)
    return named


def _name(item: Any) -> str:
    if isinstance(item, Entry):
        return item.text
    if isinstance(item, UnplannedRule):
        return ", ".join(entry.text for entry in item.branch)
    if isinstance(item, str):
        return item
    named: str = getattr(item, "id", "") or getattr(item, "title", "")
    return named or repr(comparable(item))


def _partners(was: dict[str, _Item], now: dict[str, _Item]) -> dict[str, str]:
    """The earlier name of each later entry that was there before, in the later order."""
    partners = {name: name for name in now if name in was}
    replaced = [name for name, item in was.items() if name not in now and _is_text(item)]
    others = [name for name, item in now.items() if name not in was and _is_text(item)]
    partners |= dict(zip(others, replaced, strict=False))
    left: dict[object, str] = {}
    for name, item in was.items():
        for sign in _signs(item.value) if name not in now else ():
            left.setdefault(sign, name)
    taken = set(partners)
    for name, item in now.items():
        for sign in _signs(item.value) if left and name not in was else ():
            earlier = left.get(sign, name)
            if name not in partners and earlier in was and earlier not in taken:
                partners[name] = earlier
                taken.add(earlier)
    return {name: partners[name] for name in now if name in partners}


def _is_text(item: _Item) -> bool:
    return isinstance(item.step, int) and isinstance(item.value, Entry | str)


def _signs(value: Any) -> Iterator[object]:
    """What tells that an entry with another name is the same."""
    if "id" in getattr(value, "_fields", ()):
        yield comparable(value._replace(id=""))
    if isinstance(value, Slice) and "branch" not in value.node.items:
        # The branches of the plan are written with the id.
        yield comparable(value._replace(id="", branch=()))
    for entry in getattr(value, "branch", ()):
        yield "branch", entry.text
