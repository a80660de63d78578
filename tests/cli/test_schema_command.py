"""`planner schema`: what editors read."""

import json
from pathlib import Path

import jsonschema
from world import Ran, planner

from planner.plan.schema import json_schema


def test_the_schema_is_printed_anywhere_in_every_format(tmp_path: Path) -> None:
    ran = planner("schema", at=tmp_path)

    assert (ran.exit, ran.stderr) == (0, "")
    assert json.loads(ran.stdout) == json_schema()
    jsonschema.Draft7Validator.check_schema(ran.json)
    for words in (["--format", "json"], ["--format", "text"], ["--repo", "none", "--plan", "x"]):
        assert planner("schema", *words, at=tmp_path) == Ran(0, ran.stdout, "")
