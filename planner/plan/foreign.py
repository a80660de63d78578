"""What to write for ids and words as other tools write them."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from planner.plan.document.scalars import in_quotes

_LONGEST: Final = 60


def id_hint(text: str) -> str:
    """Return what to write for an id such as `T001` or `US_1.2`; empty if nothing is near."""
    near = re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")
    has_other_letters = any(character.isalnum() and not character.isascii() for character in text)
    if not near or has_other_letters or len(near) > _LONGEST:
        return ""
    return f"write {in_quotes(near)}"


def word_hints(hints: Mapping[str, Iterable[str]]) -> Callable[[str], str]:
    """Return a function from a word to the hint whose words contain it, else an empty text.

    Only the letters count: `✅ Completed` and `COMPLETED` are the same word. Without letters it is
    the text as it stands.
    """
    known = {word: hint for hint, words in hints.items() for word in words}

    def hint(text: str) -> str:
        letters = " ".join(re.findall("[a-z]+", text.lower()))
        return known.get(letters or text.strip("\ufe0f "), "")

    return hint


def _words(text: str) -> list[str]:
    return text.split(", ")


status_hint: Final = word_hints(
    {
        "write 'todo'": _words(
            "to do, todo, pending, open, new, planned, not started, unstarted, backlog, ready, "
            "queued, next, triage, created, draft, scheduled, no, false, [ ], ⬜, ☐"
        ),
        "write 'in-progress'": _words(
            "in progress, inprogress, progress, wip, work in progress, doing, started, active, "
            "ongoing, working, working on it, in review, review, for review, reviewing, under way, "
            "in development, in dev, testing, in testing, in qa, qa, claimed, assigned, underway, "
            "running, partial, partially done, current, 🔄, 🚧, 🏗"
        ),
        "write 'blocked'": _words(
            "blocked, on hold, hold, waiting, stuck, paused, deferred, postponed, suspended, "
            "⛔, 🚫, 🛑"
        ),
        "write 'done'": _words(
            "done, completed, complete, finished, closed, resolved, fixed, merged, shipped, "
            "landed, implemented, delivered, released, verified, passed, approved, yes, true, x, "
            "100%, ✅, ✔, ☑, ✓"
        ),
        "remove the task: no status says that it will not be done": _words(
            "cancelled, canceled, dropped, skipped, wontfix, wont fix, won t fix, obsolete, "
            "abandoned, rejected, duplicate, declined, removed, not planned, ❌"
        ),
    }
)


def status_of(text: str) -> str:
    """Return the status of a task for a word of another tool; empty if none is near."""
    plain = text.replace("_", " ").replace("-", " ")
    said = re.fullmatch("write '(.*)'", status_hint(plain))
    return said[1] if said else ""


closed_hint: Final = word_hints(
    {
        "write 'merged'": _words(
            "merged, landed, done, completed, complete, finished, shipped, released, resolved, "
            "delivered"
        ),
        "write 'dropped'": _words(
            "dropped, cancelled, canceled, abandoned, wontfix, wont fix, won t fix, rejected, "
            "declined, obsolete, superseded, not planned, skipped, removed"
        ),
        "write 'merged' if it has landed, else 'dropped'": _words("yes, true, closed, x"),
        "leave the key out while the slice is open": _words(
            "no, false, open, todo, to do, in progress, wip, pending, planned, not yet"
        ),
    }
)
level_hint: Final = word_hints(
    {
        "write 'low'": _words("low, minor, small, trivial, minimal, none"),
        "write 'medium'": _words("medium, med, moderate, mid, normal, average"),
        "write 'high'": _words("high, critical, severe, major, very high, extreme, large"),
    }
)
kind_hint: Final = word_hints(
    {
        "write 'person'": _words("person, human, user, developer, dev, engineer, people"),
        "write 'agent'": _words("agent, ai, bot, robot, llm, model, assistant, machine, ai agent"),
    }
)
