"""The options that every command takes, declared once and joined to each command."""

import contextlib
import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple

import typer

from planner.cli import outputs
from planner.cli.outputs import Output
from planner.errors import PlannerError
from planner.formats.table import formats_of
from planner.plan import find
from planner.report import Report

if TYPE_CHECKING:
    from planner.branch.run import Run
    from planner.plan.model import Plan
    from planner.repository.git import Repository

SliceId = Annotated[
    str, typer.Option("--slice", metavar="ID", help="The slice; default: that of the branch.")
]
Base = Annotated[
    str, typer.Option("--base", metavar="REV", help="Branch or commit to compare with.")
]
BranchName = Annotated[
    str,
    typer.Option(
        "--branch",
        metavar="NAME",
        help="The branch's name, where neither git nor the CI system tells it.",
    ),
]
RemoteName = Annotated[
    str,
    typer.Option("--remote", metavar="NAME", help="The remote; default: origin, or the only one."),
]
Fetch = Annotated[bool, typer.Option("--fetch", help="Fetch what is missing.")]

_FLAGS: Final = ("--strict", "--quiet", "-q")
_VALUED: Final = ("--plan", "--format", "--color", "-C", "--repo")
# Short options in one word: `-qq`, `-qCDIR`; and `-qC DIR`, whose value is the next word.
_CLUSTER: Final = re.compile("-q+(C.+)?|-C.+", re.DOTALL)
_CLUSTER_AND_VALUE: Final = re.compile("-q+C")


class Common(NamedTuple):
    """The options that every command takes, with their values."""

    plan: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            envvar="PLANNER_PLAN",
            help="Plan file, its folder, or that folder's name in docs/plan.",
        ),
    ] = ""
    form: Annotated[list[str], typer.Option(outputs.OPTION, metavar="NAME[:PATH]")] = []  # noqa: RUF012 - as below
    strict: Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")] = False
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only the findings and the verdict.")
    ] = False
    color: Annotated[
        Literal["auto", "always", "never"], typer.Option(help="When to use colors.")
    ] = "auto"
    directory: Annotated[
        list[str],
        typer.Option("-C", metavar="DIR", help="Change to this directory first."),
    ] = []  # noqa: RUF012 - a default, never written to
    repo: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="The repository; default: current directory.", show_default=False
        ),
    ] = Path()

    def open(self, *, is_online: bool = False, is_hook: bool = False) -> "Run":
        """Open the repository, and read what the CI system says.

        Args:
            is_online: whether git may fetch what is missing.
            is_hook: whether git runs a hook: then what it sets for one names repository and index.

        Raises:
            PlannerError: there is no repository, or its CI event cannot be read.
        """
        from planner.branch.run import open_run  # noqa: PLC0415 - not for `--help`

        return open_run(self.repo, os.environ, is_online=is_online, is_hook=is_hook)

    def named_plan(self, run: "Run") -> str:
        """Return the path of the plan that `--plan` names, from the repository root; or empty."""
        return self.path_of_plan(run, self.plan) if self.plan else ""

    def path_of_plan(self, run: "Run", name: str) -> str:
        """Return the path, from the repository root, of a plan named by file, folder or effort."""
        return find.path_of(run.repository.root, self.repo, name)

    def plans_here(self, run: "Run") -> "tuple[Plan, ...]":
        """Return the plans of the work tree: all of them, or the one that `--plan` names.

        Raises:
            PlannerError: there is none, or one is unusable; with all that is wrong with them.
        """
        return run.plans_here(self.named_plan(run))

    def plans_known(self, run: "Run") -> "tuple[Plan, ...]":
        """Return the plans of the work tree, else those of the default branch; there may be none.

        Raises:
            PlannerError: one of the work tree is unusable, or `--plan` names none.
        """
        is_here = self.plan or find.every_in_folder(run.repository.root)
        return self.plans_here(run) if is_here else run.trusted_plans


class CommandResult(NamedTuple):
    """A report, and how it is asked to be printed."""

    report: Report
    common: Common
    outputs: tuple[Output, ...]


def joined(function: Callable[..., Report], name: str) -> Callable[..., CommandResult]:
    """Return a command that takes its own options and the common ones.

    Args:
        function: takes the values of the common options as `common`, and its own as they are
            declared in its signature.
        name: that of the command.
    """
    signature = inspect.signature(function)
    own = [one for one in signature.parameters.values() if one.name != "common"]

    def command(**values: Any) -> CommandResult:  # noqa: ANN401 - what typer read
        common = Common(**{field: values.pop(field) for field in Common._fields})
        for directory in filter(None, common.directory):  # as in git, each from the one before
            _change_directory(directory)
        asked = outputs.parse(common.form, name)
        return CommandResult(function(common=common, **values), common, asked)

    parameters = [*own, *common_parameters(name)]
    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined] # typer reads it
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def change_directory_first(words: Sequence[str]) -> None:
    """Follow `-C`, as far as it is known, where the words are wrong otherwise.

    Reports of the error are written where they are asked for, relative to that directory.
    """
    before = list(words).index("--") if "--" in words else len(words)
    for word, following in zip(words[:before], [*words[1:before], ""], strict=True):
        found = _CLUSTER.fullmatch(word)
        value = following if word == "-C" or _CLUSTER_AND_VALUE.fullmatch(word) else ""
        value = value or (word.partition("C")[2] if found else "")
        if value:
            with contextlib.suppress(PlannerError):
                _change_directory(value)


def _change_directory(directory: str) -> None:
    try:
        os.chdir(directory)
    except OSError as error:
        raise PlannerError(
            f"cannot change to {directory!r}: {error.strerror}", hint="name a directory: -C DIR"
        ) from error


def common_parameters(command: str = "") -> list[inspect.Parameter]:
    """Return the parameters of the common options of a command, to be read by typer."""
    kinds = dict(Common.__annotations__)
    names = formats_of(command)
    form = typer.Option(
        outputs.OPTION,
        metavar="NAME[:PATH]",
        help=f"Output format, and the file to write it to: {', '.join(names)}.",
        autocompletion=lambda: list(names),
    )
    kinds["form"] = Annotated[list[str], form]
    keyword, defaults = inspect.Parameter.KEYWORD_ONLY, Common._field_defaults
    return [
        inspect.Parameter(name, keyword, default=defaults[name], annotation=kind)
        for name, kind in kinds.items()
    ]


def command_first(words: Sequence[str]) -> list[str]:
    """Move common options in front of the command behind its name: they may be in both places.

    Those behind the name come last, so that they win.
    """
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "--":
        word = words[at]
        if word in _VALUED or _CLUSTER_AND_VALUE.fullmatch(word):
            at += 2
        elif word in _FLAGS or word.partition("=")[0] in _VALUED or _CLUSTER.fullmatch(word):
            at += 1
        else:
            return list(words)
    moved = words[:at]
    rest = words[at + (words[at : at + 1] == ["--"]) :]
    return [*rest[:1], *moved, *rest[1:]] if rest else list(words)


AGENTS_FILE: Final = "AGENTS.md"
_OPTIONAL: Final = {("brief", "--agents-md"): AGENTS_FILE}
"""Options that may stand without a value, which typer does not know; and the value."""


def with_values(words: Sequence[str]) -> list[str]:
    """Give each option without its optional value that value: at the end, or before an option."""
    result = list(words)
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else "-"
        if word == "--":  # what follows are arguments
            break
        value = _OPTIONAL.get((words[0], word))
        if value and following.startswith("-"):
            result[at] = f"{word}={value}"
    return result


def from_root(repository: "Repository", folder: Path, path: str) -> str:
    """Return a path of the command line as one from the repository root, with `/`.

    Args:
        folder: what the path is relative to.

    Raises:
        PlannerError: it is outside the repository.
    """
    return find.from_root(repository.root, folder, path)


def refuse_empty(values: Mapping[str, str | None]) -> None:
    """Refuse an empty value, which a script gives for a variable that is not set.

    Args:
        values: by option; None where it is not given.

    Raises:
        PlannerError: one is empty.
    """
    for option, value in values.items():
        if value == "":
            raise PlannerError(
                f"{option}: the value is empty",
                hint=f"check the variable that it comes from, or leave out {option}",
            )


def requested_slice(slice_id: str, run: "Run") -> str:
    """Return the slice of --slice, else of $PLANNER_SLICE; in CI the variable does not count."""
    return slice_id or ("" if run.event.is_ci else os.environ.get("PLANNER_SLICE", ""))


def only_plan(run: "Run", named: str) -> "Plan":
    """Return the one plan of the work tree, or the one named.

    Raises:
        PlannerError: there is none, it is unusable, or there are several.
    """
    paths = find.in_folder(run.repository.root, named)
    if len(paths) > 1:
        raise PlannerError(
            f"there are {len(paths)} plans: {', '.join(paths)}", hint="name one: --plan PATH"
        )
    return run.plans_here(paths[0])[0]
