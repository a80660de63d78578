"""`planner schema`: the JSON Schema of a plan file."""

import json
from pathlib import Path

from planner.cli import output
from planner.cli.options import Colour, Format, PlanPath, Repo
from planner.plan.schema import json_schema


def run(
    form: Format = "json",
    plan: PlanPath = "",
    repo: Repo = Path(),
    color: Colour = "auto",
) -> int:
    """Print the JSON Schema (draft-07) of a plan file, for editors.

    It is JSON in every format.
    """
    del form, plan, repo, color  # every command takes them; a schema depends on none
    output.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0
