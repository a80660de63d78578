"""The command line: which command is named, and what its report means to the caller.

Exit codes: 0 no error among the findings, 1 at least one, 2 could not tell, 3 a bug in planner,
130 interrupted. Nothing that could not be decided exits 0.
"""

import difflib
import errno
import gc
import inspect
import os
import re
import sys
import traceback
from importlib import import_module
from keyword import iskeyword
from types import ModuleType
from typing import Any, Final

import typer
from typer.core import TyperGroup

from planner.boundary import budget
from planner.cli import options, output
from planner.cli.options import CommandResult
from planner.cli.outputs import TEXT, by_environment
from planner.errors import PlannerError

COMMANDS: Final = {
    "init": "write a first plan from the branch that is checked out",
    "lint": "check that a plan is sound, each problem with its place",
    "render": "write PLAN.md and TASKS.md beside the plan",
    "check-scope": "check that the branch's changes are in its slice's scope",
    "check": "check everything that a pull request must pass: scope and gates",
    "run-gates": "run the gates of a slice",
    "status": "show every slice in git, each claim beside its evidence",
    "matrix": "print gates or slices as a CI job matrix",
    "who": "show who holds a path, and whether this branch may touch it",
    "tasks": "list all tasks with what is computed for them",
    "next": "list what can be started now, and why the rest waits",
    "claims": "list which slices are taken, by which branches of the remote",
    "release": "give back a slice that was claimed",
    "brief": "tell an agent what it needs to know of a slice or a task",
    "guard": "tell a coding agent's client whether an edit stays in scope",
    "mark": "set the status of a task, or close a slice, in the plan",
    "generate": "have an agent write a plan, and check it until it has no errors",
    "import": "make a plan from what other tools wrote",
    "slice": "propose slices for a big change, and say why",
    "split": "make a branch for each slice of a big change, losslessly",
    "plan-diff": "show what a change of the plan opens and closes",
    "mcp": "answer agents as an MCP server, on standard input and output",
    "skill": "write a skill file that tells agents how to work with planner",
    "explain": "explain a rule or a key of the plan",
    "schema": "print or write the JSON Schema of a plan file",
    "completion": "print the completion script of a shell",
    "doctor": "show what planner sees here, and by what it knows it",
    "demo": "show the main job in a throw-away repository",
}
_CHECK_CODES: Final = ("0    no errors", "1    at least one error")
_QUESTION_CODES: Final = ("0    answered",)
_OTHER_CODES: Final = (
    "2    could not tell: wrong usage, an unusable plan, an unknown revision",
    "3    a bug in planner",
    "130  interrupted",
)
_ISSUES: Final = "report it with this traceback and the command that you ran"


def module_of(command: str) -> str:
    """Return the name of the module of a command.

    `import` is a word of Python: by PEP 8 such a name ends with an underscore.
    """
    return command.replace("-", "_") + "_" * iskeyword(command)


class _Commands(TyperGroup):
    """The commands, each imported only when it is named."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        is_command = args and not args[0].startswith("-") and not ctx.resilient_parsing
        if is_command and args[0] not in COMMANDS:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "planner --help"
            raise PlannerError(f"unknown command {args[0]!r}", hint=hint)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"planner.cli.commands.{module_of(cmd_name)}")
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        command = options.joined(module.run, cmd_name)
        app.command(cmd_name, help=_help(module), short_help=COMMANDS[cmd_name])(command)
        return typer.main.get_command(app)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _help(module: ModuleType) -> str:
    """The help of a command: what it does, its exit codes, and two examples."""
    own = _QUESTION_CODES if module.IS_QUESTION else _CHECK_CODES
    own = getattr(module, "EXIT_CODES", own)
    codes = "\n  ".join(["\b\nExit codes:", *own, *_OTHER_CODES])
    examples = "\n  ".join(["\b\nExamples:", *module.EXAMPLES])
    return f"{inspect.getdoc(module.run)}\n\n{codes}\n\n{examples}"


def _version(is_asked: bool) -> None:
    if is_asked:
        from planner import __version__  # noqa: PLC0415

        typer.echo(f"planner {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False, "--version", "-V", callback=_version, is_eager=True, help="Print the version."
    ),
    **common: Any,
) -> None:
    """Write the plan once; everything else is derived, proved or enforced.

    The options below may be given before the command or after it.
    """
    del version, common


def run(words: list[str]) -> int:
    """Run a command; return the exit code."""
    output.prepare()
    try:
        return _end(words)
    except BrokenPipeError:
        # The reader went away (`| head`).
        output.silence(sys.stdout)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        return 130


def _end(words: list[str]) -> int:
    """Run a command to its end, however it ends."""
    try:
        args = _of_words(options.command_first(words))
        # In front of a command the common options are moved: here they serve help and errors.
        has_command = bool(args) and not args[0].startswith("-")
        command = typer.main.get_command(_app(has_options=not has_command))
        gc.freeze()
        gc.set_threshold(100_000, 20, 20)  # jobs make much that stays, and hardly any garbage
        gc.enable()
        _prepare_completion()
        with budget.bounded():
            result = command.main(
                args=options.with_values(args) or ["--help"],
                prog_name="planner",
                standalone_mode=False,
                windows_expand_args=False,
            )
        code = _emit(result) if isinstance(result, CommandResult) else int(result or 0)
        sys.stdout.flush()
    except PlannerError as stopped:
        return output.stop(stopped, words)
    except SystemExit as gone:
        if gone.code in (0, None):  # a completion was printed
            return 0
        # typer's own result to a reader that went away (EPIPE) is 1, which would be a finding.
        raise BrokenPipeError from gone
    except (BrokenPipeError, typer.Abort):
        raise
    except OSError as error:
        return output.stop(PlannerError(_failed_call(error)), words)
    except Exception as fault:
        return _fault(fault, words)
    return code if words else 2  # without a command nothing was checked


def _of_words(args: list[str]) -> list[str]:
    """Read `help`, `help COMMAND` and `version` as the options that they mean."""
    if args[:1] == ["help"]:
        return [*args[1:2], "--help"]
    return ["--version"] if args == ["version"] else args


def _prepare_completion() -> None:
    """Let typer answer a shell that asks for completions, if it sends what was typed."""
    if not os.environ.keys().isdisjoint(("COMP_WORDS", "_TYPER_COMPLETE_ARGS")):
        from typer._completion_classes import completion_init  # noqa: PLC0415

        completion_init()
    else:
        os.environ.pop("_PLANNER_COMPLETE", None)


def _app(*, has_options: bool) -> typer.Typer:
    app = typer.Typer(
        cls=_Commands,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    signature = inspect.signature(_root)
    own = list(signature.parameters.values())[:1]
    common = options.common_parameters() if has_options else []
    _root.__signature__ = signature.replace(parameters=[*own, *common])  # type: ignore[attr-defined] # typer reads it
    app.callback()(_root)
    return app


def _emit(result: CommandResult) -> int:
    """Print the report of a command as it was asked for; return the exit code."""
    report, common, asked = result
    if common.strict:
        report = report.strict()
    if not asked:
        asked = by_environment(os.environ) if report.kind == "check" else TEXT
    output.emit(report, asked, color=common.color, is_quiet=common.quiet)
    return report.exit_code


def _failed_call(error: OSError) -> str:
    """What the operating system refused: a path, the current directory, or standard output."""
    if error.filename is not None:
        return f"cannot access {os.fsdecode(error.filename)!r}: {error.strerror}"
    # tempfile raises the same class, but says itself where it looked.
    if isinstance(error, FileNotFoundError) and error.strerror == os.strerror(errno.ENOENT):
        return "the current directory does not exist"
    return f"cannot write: {error.strerror}"


def _fault(fault: Exception, words: list[str]) -> int:
    """End a run that used the command line wrongly, or that met a bug."""
    if isinstance(fault, _CLICK_ERROR):
        options.change_directory_first(words)
        return output.stop(_usage_error(fault), words)
    traceback.print_exc()
    sys.stderr.write(f"error: this is a bug in planner; {_ISSUES}\n")
    bug = PlannerError(f"a bug in planner: {type(fault).__name__}")
    output.stop(bug, words, is_told=True)
    return 3


def _usage_error(fault: Any) -> PlannerError:
    """What is wrong with the command line, in our own words."""
    message = " ".join(str(fault.format_message()).split()).rstrip(".")
    for pattern, wording in _WORDINGS:
        message = re.sub(pattern, wording, message)
    near = getattr(fault, "possibilities", None)
    if near:
        return PlannerError(message, hint=f"did you mean {near[0]!r}?")
    context = getattr(fault, "ctx", None)
    return PlannerError(message, hint=f"{context.command_path if context else 'planner'} --help")


# The parser's sentences and ours.
_WORDINGS: Final = (
    (r"^Invalid value for '(\S+?)…?'(?: / '\S+')?: ", r"\1: "),
    (r"^No such option: (\S+).*", r"unknown option '\1'"),
    (r"^Missing argument '(\S+?)…?'.*", r"missing argument: \1"),
    (r"^Got unexpected extra argument\S* \((.*)\)$", r"unexpected argument: \1"),
    (r"^Option '(\S+)' requires an argument$", r"\1 needs a value"),
    (r"^Option '(\S+)' does not take a value$", r"\1 takes no value"),
    (r"is not a valid int(?:eger)?(?: range)?$", "is not a whole number"),
)
# typer shows no more of the Click within it: BadParameter, UsageError, ClickException.
_CLICK_ERROR: Final = typer.BadParameter.__mro__[2]
