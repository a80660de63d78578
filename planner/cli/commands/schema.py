"""`planner schema`: print the JSON Schema of a plan file."""

import json

from planner.cli.options import Common
from planner.plan.schema import json_schema
from planner.report import Report

IS_QUESTION = True
EXAMPLES = (
    "planner schema > plan.schema.json      # for an editor",
    "planner schema | jq .properties        # the keys of a plan",
)


def run(common: Common) -> Report:
    """Print the JSON Schema (draft-07) of a plan file, for editors.

    The output is JSON whatever --format says.
    """
    del common  # a schema depends on no option
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    return Report("schema", kind="question", raw=text)
