"""What a list of tasks says, whichever tool wrote it: groups of tasks that become slices."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from planner.diagnostic import Diagnostic, Location


class Source(NamedTuple):
    """A file to import. `shown` is its path in findings, from the root where it is in it."""

    shown: str
    text: str

    def at(self, line: int, column: int = 1) -> Location:
        """Return a place in the file."""
        return Location(self.shown, line, column)


class Named(NamedTuple):
    """A path or a pattern that a task names, in the language of the plan."""

    text: str
    place: Location


class Need(NamedTuple):
    """The id, as it is written, of a task or group that must be done first."""

    id: str
    place: Location


class Item(NamedTuple):
    """What becomes a task.

    Attributes:
        id: as it is written.
        mark: where it is marked as parallel; None without a mark.
        keys: the other keys of the task in the plan.
    """

    id: str
    place: Location
    title: str
    paths: tuple[Named, ...] = ()
    needs: tuple[Need, ...] = ()
    mark: Location | None = None
    keys: Mapping[str, Any] = {}

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.keys.get("status") == "done"


class Group(NamedTuple):
    """What becomes a slice.

    Attributes:
        id: as it is written; several groups may have the same where it is made of a title.
        paths: what is named for the group as a whole.
        needs: the ids of other groups.
        is_barrier: whether it waits for all groups before it, and all after it wait for it.
        keys: the other keys of the slice in the plan.
    """

    id: str
    place: Location
    title: str
    items: tuple[Item, ...] = ()
    paths: tuple[Named, ...] = ()
    needs: tuple[Need, ...] = ()
    is_barrier: bool = False
    keys: Mapping[str, Any] = {}

    @property
    def every_path(self) -> tuple[Named, ...]:
        """What is named for the group and for its tasks, each once."""
        every = (*self.paths, *(path for item in self.items for path in item.paths))
        return tuple({path.text: path for path in reversed(every)}.values())[::-1]


class Found(NamedTuple):
    """What was found in the files.

    Attributes:
        kind: the tool that wrote them.
        is_sequence: whether a task without a mark waits for those before it.
        keys: further keys of the plan.
        remarks: lines for people.
    """

    kind: str
    title: str
    groups: tuple[Group, ...]
    findings: tuple[Diagnostic, ...] = ()
    is_sequence: bool = False
    keys: Mapping[str, Any] = {}
    remarks: tuple[str, ...] = ()


def id_of(text: str, otherwise: str = "") -> str:
    """Return the id that a plan has for an id or a title, of at most 40 letters."""
    words = re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")
    if len(words) > _LONGEST_ID:
        words = words[: _LONGEST_ID + 1].rpartition("-")[0] or words[:_LONGEST_ID]
    return words or otherwise


_LONGEST_ID = 40
