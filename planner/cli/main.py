"""The command line: which command is named, and what its end means to the caller.

Exit codes: 0 no error among the findings, 1 at least one, 2 could not tell, 3 a bug in planner,
130 interrupted. Nothing that could not be decided exits 0.
"""

import difflib
import gc
import sys
import traceback
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from planner.cli import output
from planner.errors import PlannerError

COMMANDS: Final = {
    "lint": "everything wrong with a plan, each with its place",
    "render": "write PLAN.md and TASKS.md beside the plan",
    "check-scope": "does the branch stay inside its slice",
    "check": "all that a pull request must keep: scope and gates",
    "run-gates": "run the gates of a slice",
    "status": "every slice as it stands in git, each claim beside its evidence",
    "matrix": "gates or slices as a CI job matrix",
    "who": "whose is this path",
    "tasks": "all tasks with what is computed for them",
    "next": "what can be started now, and why the rest waits",
    "plan-diff": "what a change of the plan opens and closes",
    "schema": "the JSON Schema of a plan file",
    "demo": "a tour in a throw-away repository",
}
_ISSUES: Final = "report it with this traceback and the command that you ran"


class _Commands(TyperGroup):
    """The commands, each imported only when it is named."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "planner --help"
            raise PlannerError(f"planner has no command {args[0]!r}", hint=hint)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"planner.cli.commands.{cmd_name.replace('-', '_')}")
        one = typer.Typer(add_completion=False, rich_markup_mode=None)
        one.command(cmd_name)(module.run)
        return typer.main.get_command(one)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(asked: bool) -> None:
    if asked:
        from planner import __version__  # noqa: PLC0415

        typer.echo(f"planner {__version__}")
        raise typer.Exit


def _root(
    _version: bool = typer.Option(
        False, "--version", "-V", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Write the plan once; everything else is derived, proved or enforced."""


def run(words: list[str]) -> int:
    """Run a command; the exit code."""
    output.prepare()
    try:
        return _end(words)
    except BrokenPipeError:
        # The reader went away (`| head`): what it did not want is not written.
        output.silence()
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130


def _end(words: list[str]) -> int:
    """Run a command to its end, whatever that is."""
    app = typer.Typer(
        cls=_Commands,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    command = typer.main.get_command(app)
    gc.freeze()
    gc.enable()
    try:
        done = command.main(
            args=words or ["--help"],
            prog_name="planner",
            standalone_mode=False,
            windows_expand_args=False,
        )
        sys.stdout.flush()
    except PlannerError as stopped:
        return output.stop(stopped, words)
    except SystemExit as gone:
        # typer's own answer to a reader that went away (EPIPE) is 1, which would be a finding.
        raise BrokenPipeError from gone
    except (BrokenPipeError, typer.Abort):
        raise
    except OSError as error:
        if error.filename is not None:  # a file of planner's own: a bug, and not the reader's end
            return _fault(error, words)
        return output.stop(PlannerError(f"cannot write: {error.strerror}"), words)
    except Exception as fault:
        return _fault(fault, words)
    if not words:
        return 2  # nothing was asked, and nothing found to be well
    return done if isinstance(done, int) else 0


def _fault(fault: Exception, words: list[str]) -> int:
    """The end of a run that used the command line wrongly, or that met a bug."""
    if isinstance(fault, _CLICK_ERROR):
        hint = "planner --help"
        context = getattr(fault, "ctx", None)
        if context is not None:
            hint = f"{context.command_path} --help"
        message = fault.format_message()  # type: ignore[attr-defined] # ClickException's
        return output.stop(PlannerError(message.rstrip("."), hint=hint), words)
    traceback.print_exc()
    sys.stderr.write(f"error: this is a bug in planner; {_ISSUES}\n")
    if output.asked(words, "--format") == "json":
        output.stop(PlannerError(f"a bug in planner: {type(fault).__name__}"), words)
    return 3


# typer shows no more of the Click within it: BadParameter, UsageError, ClickException.
_CLICK_ERROR: Final = typer.BadParameter.__mro__[2]
