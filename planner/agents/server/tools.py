"""The tools: what an agent is told of each, and the words of the command that it stands for."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from planner.errors import PlannerError


class Argument(NamedTuple):
    """An argument of a tool, always optional.

    Attributes:
        option: what it is on the command line; empty where it follows the options.
        kind: its type in JSON; an array has strings.
    """

    description: str
    option: str = ""
    kind: str = "string"


class Tool(NamedTuple):
    """A command that a client can call.

    Attributes:
        words: the command, and options that it always has.
        is_reading: whether nothing but its answer comes of it.
    """

    name: str
    description: str
    words: tuple[str, ...]
    arguments: Mapping[str, Argument]
    is_reading: bool = True


_PLAN: Final = Argument("A plan file, its folder, or that folder's name in docs/plan.", "--plan")
_SLICE: Final = Argument("The slice; default: that of the branch.", "--slice")
_OVERVIEW: Final = Tool(
    "overview",
    "Show how every slice of the plan is in git: branch, commits ahead and behind, scope, gates, "
    "tasks. A finding is a branch out of scope, or a claim of the plan without evidence.",
    ("status",),
    {"id": Argument("A slice or a task; default: all slices."), "plan": _PLAN},
)
_NEXT: Final = Tool(
    "next",
    "List the tasks that can start now, each with the command that starts its branch, and what "
    "every other task waits for. Use it to choose work.",
    ("next",),
    {"plan": _PLAN},
)
_CLAIM: Final = {
    "claim": Argument(
        "Take the first slice that is ready: create its branch on the remote.", "--claim", "boolean"
    ),
    "slice": Argument("With claim: the slice to take.", "--slice"),
}
_BRIEF: Final = Tool(
    "brief",
    "Tell what you need to know before you work on a slice or a task: goal, branch and base, the "
    "paths that you may change, tasks, gates, how to check the work. Call it before you edit.",
    ("brief",),
    {
        "id": Argument("A slice or a task; default: the slice of the branch."),
        "plan": _PLAN,
    },
)
_CHECK: Final = Tool(
    "check",
    "Check that all changes of the branch, uncommitted and untracked ones included, are in the "
    "scope of its slice. Call it before each commit and before you report that you are done. "
    "Where `ok` is false, do what the hint of each finding says.",
    ("check-scope", "--worktree"),
    {"slice": _SLICE, "plan": _PLAN},
)
_LINT: Final = Tool(
    "lint",
    "Check that plans are sound; each problem has its place and what to do. Call it after a plan "
    "was changed.",
    ("lint",),
    {"plan": _PLAN._replace(description=f"{_PLAN.description[:-1]}; default: all plans.")},
)
_RUN_GATES: Final = Tool(
    "run_gates",
    "Run the gates of a slice, such as its tests; this can take long. Commit first: nothing is "
    "recorded for a work tree that differs from its commit. Only the verdict `passed` is a pass.",
    ("run-gates", "--quiet"),
    {
        "slice": _SLICE,
        "gates": Argument("Ids of gates; default: all of them.", "--gate", "array"),
        "plan": _PLAN,
    },
    is_reading=False,
)


def tools(*, may_run: bool = False, may_claim: bool = False) -> tuple[Tool, ...]:
    """Return the tools that a server offers.

    Args:
        may_run: whether `run_gates`, which runs the commands of a plan, is among them.
        may_claim: whether `next` may create branches on the remote.
    """
    claiming = _NEXT._replace(arguments={**_NEXT.arguments, **_CLAIM}, is_reading=False)
    reading = (_OVERVIEW, claiming if may_claim else _NEXT, _BRIEF, _CHECK, _LINT)
    return (*reading, _RUN_GATES) if may_run else reading


def schema(tool: Tool) -> dict[str, Any]:
    """Return the JSON Schema of the arguments of a tool."""
    properties = {}
    for name, argument in tool.arguments.items():
        items = {"items": {"type": "string"}} if argument.kind == "array" else {}
        properties[name] = {"type": argument.kind, **items, "description": argument.description}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def command(tool: Tool, given: Mapping[str, Any]) -> list[str]:
    """Return the words of the command line for a call; null and an empty text are as left out.

    Raises:
        PlannerError: an argument is not known, or of another type.
    """
    options, rest = [*tool.words], []
    for name, value in given.items():
        argument = tool.arguments.get(name)
        if argument is None:
            raise PlannerError(
                f"the tool {tool.name!r} has no argument {name!r}",
                hint=f"its arguments are: {', '.join(tool.arguments)}",
            )
        for text in _texts(name, argument, value):
            if not argument.option:
                rest.append(text)
            else:
                # In one word, so that no value is taken for an option.
                options.append(f"{argument.option}={text}" if text else argument.option)
    return [*options, "--format=json", *(["--", *rest] if rest else [])]


def _texts(name: str, argument: Argument, value: object) -> list[str]:
    """The values of an argument as they are on the command line; a flag is an empty text."""
    if value is None or value == "":
        return []
    if argument.kind == "boolean" and isinstance(value, bool):
        return [""] if value else []
    several = value if argument.kind == "array" and isinstance(value, list) else [value]
    texts = [one for one in several if isinstance(one, str) and one]
    if argument.kind == "boolean" or len(texts) < len(several):
        expected = "a list of strings" if argument.kind == "array" else f"a {argument.kind}"
        raise PlannerError(f"the argument {name!r} is not {expected}", hint=argument.description)
    if any("\0" in one for one in texts):
        raise PlannerError(
            f"the argument {name!r} has the character '\\x00'", hint=argument.description
        )
    return texts
