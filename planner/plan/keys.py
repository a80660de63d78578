"""Every key of a plan, by the path of keys that leads to it."""

from collections.abc import Iterator
from typing import NamedTuple

from planner.plan.containers import Either, Items, Key, Struct, Table
from planner.plan.kinds import Kind
from planner.plan.schema import PLAN


class KnownKey(NamedTuple):
    """A key of a plan.

    Attributes:
        path: the keys that lead to it, such as `slices.scope.include`.
        owner: the mapping that has it.
    """

    path: str
    key: Key
    owner: Struct


def every_key(owner: Struct = PLAN, before: str = "") -> Iterator[KnownKey]:
    """Yield all keys, each followed by those of its value."""
    for name, key in owner.keys.items():
        path = f"{before}{name}"
        yield KnownKey(path, key, owner)
        for inner in structs(key.kind):
            yield from every_key(inner, f"{path}.")


def structs(kind: Kind) -> Iterator[Struct]:
    """Yield the mappings with known keys that a value of a kind is or contains."""
    if isinstance(kind, Struct):
        yield kind
    elif isinstance(kind, Items | Table):
        yield from structs(kind.kind)
    elif isinstance(kind, Either):
        for one in kind.by_node.values():
            if one is not None:
                yield from structs(one)


def keys_named(name: str) -> tuple[KnownKey, ...]:
    """Return the keys whose path is a name or ends with it; equal keys of two mappings once."""
    found: dict[int, KnownKey] = {}
    for known in every_key():
        if known.path == name:
            return (known,)
        if f".{known.path}".endswith(f".{name}"):
            # A gate of a slice and one of the plan have the same keys.
            found.setdefault(id(known.key), known)
    return tuple(found.values())
