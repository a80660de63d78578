"""Words for efforts, task numbers and lists."""

from collections.abc import Iterable, Sequence


def effort(low: int, high: int) -> str:
    """Return an effort in words: `15 minutes`, `1.25 hours`, `2-3 hours`, `2.17 hours`."""
    in_hours = high >= 120 or (low >= 60 and low % 15 == high % 15 == 0)
    unit = "hour" if in_hours else "minute"
    least, most = (f"{round(end / 60, 2):.10g}" if in_hours else str(end) for end in (low, high))
    if least != most:
        return f"{least}-{most} {unit}s"
    return f"{most} {unit}{'' if most == '1' else 's'}"


def tasks(numbers: Iterable[int], *, most: int | None = None) -> str:
    """Return task numbers in order: `Task 1`, `Tasks 1-3`, `Tasks 2, 4`, `Tasks 1-3, 7`.

    Args:
        most: how many runs of numbers to show; the rest is only counted.
    """
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    rest = 0 if most is None else sum(run[-1] - run[0] + 1 for run in runs[most:])
    text = ", ".join("-".join(map(str, run)) for run in runs[:most])
    is_one = len(runs) == 1 and len(runs[0]) == 1
    return f"Task{'' if is_one else 's'} {text}{f' and {rest:,} more' if rest else ''}"


def count(number: int, noun: str) -> str:
    """Return a count: `1 file`, `20 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def join(words: Sequence[str], last: str = "and") -> str:
    """Return a list of one or more words: `a`, `a and b`, `a, b and c`."""
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end
