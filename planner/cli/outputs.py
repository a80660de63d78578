"""The formats that a report is asked for in, and where each of them goes."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.errors import PlannerError
from planner.files import descriptor_of
from planner.formats.table import formats_of

OPTION: Final = "--format"


class Output(NamedTuple):
    """A format, and the file that it is written to; without a path to standard output.

    Attributes:
        is_summary: whether the file is GitHub's step summary, which is added to.
    """

    form: str
    path: str = ""
    is_summary: bool = False


TEXT: Final = (Output("text"),)


def parse(values: Iterable[str], command: str) -> tuple[Output, ...]:
    """Return what `--format` asks for: `NAME[:PATH]`, several separated by commas.

    Raises:
        PlannerError: the command has no such format, or several would go to standard output.
    """
    known = formats_of(command)
    outputs = tuple(dict.fromkeys(_split(values)))
    for one in outputs:
        if one.form not in known:
            names = ", ".join(map(repr, known))
            raise PlannerError(
                f"{OPTION}: {one.form!r} is not one of {names}", hint=f"planner {command} --help"
            )
    places = [_place(one) for one in outputs]
    twice = next((place for place in places if places.count(place) > 1), None)
    if twice == _STDOUT:
        shown = [one.form for one in outputs if _place(one) == twice]
        raise PlannerError(
            f"{OPTION}: {shown[0]!r} and {shown[1]!r} cannot both go to standard output",
            hint=f"write one of them to a file: {OPTION} {shown[0]},{shown[1]}:PATH",
        )
    if twice is not None:
        name = next(os.path.normpath(one.path) for one in outputs if _place(one) == twice)
        raise PlannerError(
            f"{OPTION}: two formats cannot go to {name!r}", hint="give each a file of its own"
        )
    return outputs


def _place(one: Output) -> int | str:
    """Where a format goes: a descriptor of this process, or a path."""
    if not one.path:
        return _STDOUT
    descriptor = descriptor_of(Path(one.path))
    return os.path.normpath(one.path) if descriptor is None else descriptor


_STDOUT: Final = 1


def _split(values: Iterable[str]) -> Iterable[Output]:
    for value in values:
        for word in value.split(","):
            form, colon, path = word.partition(":")
            if colon and not path:
                raise PlannerError(
                    f"{OPTION}: {word!r} names no file", hint=f"write {OPTION} {form}:PATH"
                )
            yield Output(form, path)


def asked_for(words: Sequence[str], command: str) -> tuple[Output, ...]:
    """Return what the words ask for, as far as it is known: they may be wrong otherwise."""
    values = []
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word == "--":
            break
        if word == OPTION:
            values.append(following)
        elif word.startswith(f"{OPTION}="):
            values.append(word.removeprefix(f"{OPTION}="))
    outputs: list[Output] = []
    for value in values:
        try:
            outputs += _split([value])
        except PlannerError:
            continue
    known = [one for one in outputs if one.form in formats_of(command)]
    first = {_place(one): one for one in reversed(known)}
    return tuple(sorted(first.values(), key=lambda one: not one.path))


def by_environment(environ: Mapping[str, str]) -> tuple[Output, ...]:
    """Return what a check writes where no format is asked for.

    In GitHub Actions that is text with annotations, and the step summary.
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return TEXT
    summary = environ.get("GITHUB_STEP_SUMMARY", "")
    page = (Output("markdown", summary, is_summary=True),) if summary else ()
    return (Output("github"), *page)
