"""Reads PLAN.md: the plan's own keys, and those of each slice except its tasks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from planner.agents.imports.found import Source, id_of
from planner.agents.imports.pages.gates import Shown, gate_records, shown_gates
from planner.agents.imports.pages.notes import (
    as_mapping,
    branch_keys,
    limits_keys,
    merged,
    risk_keys,
    shortest,
)
from planner.agents.imports.pages.undone import (
    Bullet,
    Labelled,
    Section,
    bullets,
    codes,
    labelled,
    sections,
    split_outside_code,
    unescaped,
)
from planner.agents.imports.prose import Prose
from planner.diagnostic import Diagnostic
from planner.rules import NO_PATH, REFUSED_PATTERN

_OF_SLICE: Final = re.compile(r"(?P<name>.+?): `(?P<id>[^`]+)`")
_BOUNDARIES: Final = "PR Boundaries"
_COMMON: Final = "Common to All Slices"


class SliceParts(NamedTuple):
    """A slice of a page: its sections by name, and the notes below its boundaries."""

    id: str
    title: str
    number: int
    sections: Mapping[str, Section]
    notes: Mapping[str, Labelled]


class ReadPlan(NamedTuple):
    """What PLAN.md says.

    Attributes:
        values: the keys of the plan.
        overview: that of the page: the plan's, and with a single slice also the slice's.
        slices: the keys of each slice.
    """

    title: str
    overview: str
    values: dict[str, Any]
    slices: list[dict[str, Any]]
    findings: list[Diagnostic]
    is_rendered: bool = False
    has_several: bool = False


def is_plan_page(text: str) -> bool:
    """Whether a text is a page of a plan."""
    return bool(re.search(rf"^#{{2,3}} {_BOUNDARIES}\b", text, re.MULTILINE))


def read_plan_page(source: Source, prose: Prose) -> ReadPlan:
    """Return what a page says; a page by hand may lack most of it."""
    every = sections(source.text)
    title = next((unescaped(one.title) for one in every if one.level == 1), "")
    title = re.sub(r"\s+(?:PR )?Plan$", "", title) or title
    has_several = any(one.level == 3 and one.title.startswith(f"{_BOUNDARIES}: `") for one in every)
    overview = next((one.text for one in every if one.level == 2 and one.title == "Overview"), "")
    parts = list(_several(every)) if has_several else [_single(every, title)]
    common = _common(every) if has_several else {}
    reader = _Reader(source, prose, parts, common, has_several=has_several)
    slices = [reader.slice_(part) for part in parts]
    values = reader.plan_values(slices)
    is_rendered = all("slice" in part.notes for part in parts)
    return ReadPlan(title, overview, values, slices, reader.findings, is_rendered, has_several)


def _notes(section: Section | None) -> dict[str, Labelled]:
    items = [labelled(item) for item in bullets(section.rows)] if section else []
    return {one.label.strip().lower(): one for one in reversed(items) if one.label}


def _single(every: Sequence[Section], title: str) -> SliceParts:
    named = {one.title: one for one in reversed(every) if one.level in (2, 3)}
    notes = _notes(named.get(_BOUNDARIES))
    ids = codes(notes["slice"].rest) if "slice" in notes else []
    number = named[_BOUNDARIES].number if _BOUNDARIES in named else 1
    return SliceParts(ids[0] if ids else id_of(title, "slice"), "", number, named, notes)


def _several(every: Sequence[Section]) -> Iterator[SliceParts]:
    heading = Section(2, "", 1, ())
    found: dict[str, dict[str, Section]] = {}
    titles: dict[str, Section] = {}
    for one in every:
        if one.level == 2:
            heading = one
        part = _OF_SLICE.fullmatch(one.title) if one.level == 3 else None
        if part:
            found.setdefault(part["id"], {})[part["name"]] = one
            titles.setdefault(part["id"], heading)
    for id_, named in found.items():
        title = unescaped(titles[id_].title.removesuffix(f" (`{id_}`)"))
        yield SliceParts(id_, title, titles[id_].number, named, _notes(named.get(_BOUNDARIES)))


def _common(every: Sequence[Section]) -> dict[str, Section]:
    """What all slices have in common: its notes, and the gates below them."""
    for at, one in enumerate(every):
        if one.level == 2 and one.title == _COMMON:
            after = every[at + 1 : at + 2]
            gates = {"gates": after[0]} if after and after[0].title == "PR Gates" else {}
            return {"notes": one, **gates}
    return {}


class _Reader:
    """Reads the slices of a page, and what they have in common."""

    def __init__(
        self,
        source: Source,
        prose: Prose,
        parts: Sequence[SliceParts],
        common: Mapping[str, Section],
        *,
        has_several: bool,
    ) -> None:
        self._source = source
        self._prose = prose
        self._has_several = has_several
        self._common_notes = _notes(common.get("notes"))
        self._common_gates = self._gates(common.get("gates"))
        self._gates_of = {part.id: self._gates(part.sections.get("PR Gates")) for part in parts}
        every = [*self._common_gates, *(one for gates in self._gates_of.values() for one in gates)]
        self._needed = {id_ for gate in every for id_ in gate.demands.get("needs", ())}
        self._common_records = list(gate_records(self._common_gates, self._needed))
        self._is_rendered = all("slice" in part.notes for part in parts)
        self.findings: list[Diagnostic] = []
        self._shared: list[tuple[str, list[dict[str, Any]]]] = []
        self._excluded = parts[0].notes.get("excluded") if parts else None

    def _gates(self, section: Section | None) -> list[Shown]:
        return shown_gates(bullets(section.rows)) if section else []

    def slice_(self, part: SliceParts) -> dict[str, Any]:
        """Return the keys of a slice."""
        notes = part.notes
        scope = unescaped(notes["scope"].rest) if "scope" in notes else ""
        values: dict[str, Any] = {"id": part.id, "title": part.title or scope or part.id}
        about = part.sections.get("Overview") if self._has_several else None
        if about is not None and about.text:
            values["overview"] = about.text
        for key in ("owner", "closed"):
            if key in notes:
                values[key] = unescaped(notes[key].rest)
        if "reviewers" in notes:
            names = split_outside_code(notes["reviewers"].rest, ", ")
            values["reviewers"] = [unescaped(name) for name in names]
        values |= branch_keys(notes.get("branch"))
        if "depends on" in notes:
            values["depends_on"] = codes(notes["depends on"].rest)
        commit = codes(notes["commit convention"].rest) if "commit convention" in notes else []
        values |= {"commit": commit[0]} if commit else {}
        values["scope"] = self._scope(part, scope)
        values |= limits_keys(notes.get("limits"))
        values |= self._checks(part)
        values |= self._rest(part)
        self._collect(part)
        return values

    def _scope(self, part: SliceParts, summary: str) -> dict[str, Any]:
        note = part.notes.get("files modified")
        include = list(self._entries(note)) if note else []
        scope: dict[str, Any] = {}
        if self._has_several and summary and summary != part.title:
            scope["summary"] = summary
        if not include:
            place = self._source.at(note.number if note else part.number)
            message = f"the slice {part.id!r} names no path: it would hold nothing"
            hint = "list the paths below '**Files Modified**:'"
            self.findings.append(NO_PATH.at(place, message, hint, tasks=[]))
        scope["include"] = include
        if "excluded" in part.notes and self._has_several:
            scope["exclude"] = codes(part.notes["excluded"].rest)
        return scope

    def _entries(self, note: Labelled) -> Iterator[Any]:
        """The paths of a note: in its line, or in the list below it."""
        for item in note.below:
            yield from self._entry(item)
        if not note.below:
            yield from codes(note.rest)

    def _entry(self, item: Bullet) -> Iterator[Any]:
        found = codes(item.text)
        if found and item.text.startswith("`"):
            head, tail = found[0], _after_first(item.text)
        else:
            head, _, tail = item.text.partition(" - ")
        is_new = tail.endswith(" (new)")
        why = unescaped(tail.removesuffix(" (new)").removeprefix(" - ").strip())
        why = why.lstrip("\u2013\u2014:- ") if not self._is_rendered else why
        texts = [head] if self._is_rendered else self._listed(item, head.strip(" `*"))
        for text in texts:
            keys: dict[str, Any] = {"why": why} if why else {}
            new = is_new or (not self._is_rendered and not self._prose.is_tracked(text))
            keys |= {"new": True} if new else {}
            yield {"path": text, **keys} if keys else text

    def _listed(self, item: Bullet, text: str) -> list[str]:
        texts = []
        for word in self._prose.listed(text):
            if word.refusal is None:
                texts.append(word.pattern)
            else:
                place = self._source.at(item.number)
                self.findings.append(REFUSED_PATTERN.at(place, *word.refusal))
        return texts

    def _checks(self, part: SliceParts) -> dict[str, Any]:
        """The gates of a slice, and its criteria: those that are no gates come last."""
        gates = self._gates_of[part.id]
        taken = [record["id"] for record in self._common_records]
        records = list(gate_records(gates, self._needed, taken))
        section = part.sections.get("Success Criteria")
        criteria = [unescaped(item.text) for item in bullets(section.rows)] if section else []
        criteria += [one.criterion for one in gates if one.criterion]
        if self._common_gates and part.id == next(iter(self._gates_of)):
            criteria += [one.criterion for one in self._common_gates if one.criterion]
        values: dict[str, Any] = {"gates": records} if records else {}
        return {**values, **({"success_criteria": criteria} if criteria else {})}

    def _rest(self, part: SliceParts) -> dict[str, Any]:
        risk, timeline = (part.sections.get(name) for name in ("Risk Assessment", "Timeline"))
        values: dict[str, Any] = {}
        if risk and (keys := risk_keys(labelled(item) for item in bullets(risk.rows))):
            values["risk"] = keys
        parts = [labelled(item) for item in bullets(timeline.rows)] if timeline else []
        pairs = {one.label: unescaped(one.rest) for one in parts if one.label and one.rest}
        return {**values, **({"timeline": pairs} if pairs else {})}

    def _collect(self, part: SliceParts) -> None:
        note = part.notes.get("shared")
        entries = [as_mapping(entry) for entry in self._entries(note)] if note else []
        self._shared.append((part.id, entries))

    def plan_values(self, slices: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the keys of the plan; a base that all slices have is taken from them."""
        values: dict[str, Any] = {}
        notes = self._common_notes
        bases = {slice_.get("base", "main") for slice_ in slices}
        base = codes(notes["base"].rest) if "base" in notes else []
        if not base and not self._has_several:
            base = list(bases)
        if base:
            values["base"] = base[0]
        for slice_ in slices:
            if slice_.get("base") == values.get("base", "main"):
                slice_.pop("base", None)
        shared = (
            [shortest(as_mapping(e)) for e in self._entries(notes["shared"])]
            if "shared" in notes
            else []
        )
        mine = (
            merged(self._shared)
            if self._has_several
            else [shortest(e) for _, es in self._shared for e in es]
        )
        values |= {"shared": [*shared, *mine]} if shared or mine else {}
        # Of a single slice the page shows its own excludes and the plan's as one list.
        excluded = notes.get("excluded") if self._has_several else self._excluded
        values |= {"exclude": codes(excluded.rest)} if excluded else {}
        values |= limits_keys(notes.get("limits"))
        values |= {"gates": self._common_records} if self._common_records else {}
        return values


def _after_first(text: str) -> str:
    """What follows the first code span of a line."""
    first = re.match(r"(`++)(.+?)(?<!`)\1(?!`)", text)
    return text[first.end() :] if first else text
