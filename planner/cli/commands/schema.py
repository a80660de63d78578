"""`planner schema`: print the JSON Schema of a plan file, or write it to a file."""

import json
from pathlib import Path
from typing import Annotated

import typer

from planner import files
from planner.cli.options import Common
from planner.errors import PlannerError
from planner.plan.schema import json_schema
from planner.report import Report

IS_QUESTION = True
EXAMPLES = (
    "planner schema --out .vscode/plan.schema.json   # for an editor",
    "planner schema | jq .properties                 # the keys of a plan",
)


def run(
    common: Common,
    out: Annotated[
        str, typer.Option("--out", metavar="PATH", help="File to write; its folder is made.")
    ] = "",
) -> Report:
    """Print the JSON Schema (draft-07) of a plan file, for editors, or write it with --out.

    What is printed is JSON whatever --format says. An editor with the YAML language server reads
    the file that the first line of a plan names, relative to the plan:

    # yaml-language-server: $schema=PATH
    """
    del common  # a schema depends on no option
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if not out:
        return Report("schema", kind="question", raw=text)
    _refuse_other_file(Path(out))
    files.write_output(Path(out), text.encode())
    return Report("schema", summary=(f"{out}: written",), payload={"written": [out]}, kind="action")


def _refuse_other_file(path: Path) -> None:
    """Refuse to overwrite a file that is not a JSON Schema, such as the plan itself.

    Raises:
        PlannerError: there is one.
    """
    if path.is_symlink() or not path.is_file():
        return
    content = files.read(path) or b""
    try:
        is_schema = not content.strip() or "$schema" in json.loads(content)
    except (ValueError, TypeError, RecursionError):
        is_schema = False
    if not is_schema:
        raise PlannerError(
            f"{str(path)!r} is there already and is not a JSON Schema", hint="name another file"
        )
