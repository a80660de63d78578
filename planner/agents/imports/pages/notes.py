"""Reads the notes of a slice on a page: its branch, limits and risk, and what it shares."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from planner.agents.imports.pages.undone import Labelled, codes, unescaped
from planner.plan.foreign import level_hint


def branch_keys(note: Labelled | None) -> dict[str, Any]:
    """Return the branch, its forks and its base: "`a` or `b` of `fork` from `main`"."""
    if note is None:
        return {}
    head, _, tail = (note.rest + " ").partition(" from ")
    names, _, forks = head.partition(" of ")
    base, until, after = tail.partition(" until that is merged, then ")
    values: dict[str, Any] = {}
    if codes(names):
        values["branch"] = _one_or_more(codes(names))
    if codes(forks):
        values["from"] = _one_or_more(codes(forks))
    if until:
        values["stacked"] = True
    found = codes(after if until else base)
    return {**values, **({"base": found[0]} if found else {})}


def _one_or_more(texts: list[str]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else texts


def limits_keys(note: Labelled | None) -> dict[str, Any]:
    """Return the limits of a note."""
    limits = {
        f"{noun}s": int(number.replace(",", ""))
        for number, noun in re.findall(
            r"([\d,]+) (file|line|exception)s?", note.rest if note else ""
        )
    }
    return {"limits": limits} if limits else {}


def as_mapping(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - YAML
    """Return an entry of a list of paths as a mapping."""
    return entry if isinstance(entry, dict) else {"path": entry}


def shortest(entry: dict[str, Any]) -> Any:  # noqa: ANN401 - YAML
    """Return an entry as its path alone, where it says no more."""
    return entry["path"] if list(entry) == ["path"] else entry


def merged(lists: Iterable[tuple[str, Sequence[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """Return the entries that slices share, each once, in an order that all agree with."""
    order: list[tuple[str, str]] = []
    slices: dict[tuple[str, str], list[str]] = {}
    for id_, entries in lists:
        at = 0
        for entry in entries:
            key = (entry["path"], entry.get("why", ""))
            if key in slices:
                at = order.index(key) + 1
            else:
                order.insert(at, key)
                at += 1
            slices.setdefault(key, []).append(id_)
    return [
        {"path": path, **({"why": why} if why else {}), "slices": slices[path, why]}
        for path, why in order
    ]


def risk_keys(items: Iterable[Labelled]) -> dict[str, str]:
    """Return the keys of a risk."""
    keys: dict[str, str] = {}
    for one in items:
        label, text = one.label.strip().lower(), unescaped(one.rest)
        level = re.fullmatch(r"(?:(\w+) )?risk(?: level)?", label)
        if level:
            word = level[1] or (text if label == "risk level" else "")
            said = re.fullmatch("write '(.*)'", level_hint(word)) if word else None
            keys |= {"level": said[1]} if said else {}
            is_reason = text not in ("", "not explained") and label != "risk level"
            keys |= {"reason": text} if is_reason else {}
        elif label in ("mitigation", "rollback", "reason") and text:
            keys[label] = text
    return {key: keys[key] for key in ("level", "reason", "mitigation", "rollback") if key in keys}
