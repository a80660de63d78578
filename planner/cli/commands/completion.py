"""`planner completion`: print the completion script of a shell."""

from typing import Annotated, Literal

import typer
from typer._completion_shared import get_completion_script

from planner.cli.options import Common
from planner.report import Report

IS_QUESTION = True
EXAMPLES = (
    "planner completion bash >> ~/.bashrc",
    "planner completion fish > ~/.config/fish/completions/planner.fish",
)


def run(
    common: Common,
    shell: Annotated[
        Literal["bash", "zsh", "fish"], typer.Argument(metavar="bash|zsh|fish", help="The shell.")
    ],
) -> Report:
    """Print the script that completes planner's commands and options in a shell."""
    del common  # a script depends on no option
    script = get_completion_script(
        prog_name="planner", complete_var="_PLANNER_COMPLETE", shell=shell
    )
    return Report("completion", kind="question", raw=f"{script}\n")
