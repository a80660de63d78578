"""The draft of an entry for SchemaStore: what SchemaStore demands, and that it is up to date.

SchemaStore/schemastore@3b6446ad8a07: CONTRIBUTING.md, cli.js
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pages import ROOT

from planner.plan.document.nodes import plain
from planner.plan.document.problems import Problems
from planner.plan.document.reading import read_document
from planner.plan.find import is_plan_path
from planner.plan.parse import parse
from planner.plan.schema import json_schema

REWRITE = bool(os.environ.get("REWRITE_DOCS"))  # read before the tests are sealed
DRAFT = ROOT / "docs/schemastore"
AJV = ROOT / ".venv/yaml-language-server/node_modules/ajv"
URL = "https://www.schemastore.org/pr-planner.json"
SCHEMA: dict[str, Any] = {"$id": URL, **json_schema()}
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def test_the_schema_is_up_to_date() -> None:
    text = json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"
    path = DRAFT / "pr-planner.json"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if REWRITE:
        path.write_text(text, encoding="utf-8", newline="\n")

    assert before == text


def test_the_entry_of_the_catalog_is_one_that_it_accepts() -> None:
    entry = json.loads((DRAFT / "catalog-entry.json").read_text("utf-8"))

    assert set(entry) == {"name", "description", "fileMatch", "url"}
    assert entry["url"] == URL
    for text in (entry["name"], entry["description"]):
        assert text
        assert "\n" not in text
    for pattern in entry["fileMatch"]:
        assert pattern.startswith("**/")  # a pattern with a folder must
        assert re.fullmatch(r"[a-z*/.-]+", pattern)  # no braces, no classes
        assert is_plan_path(pattern.removeprefix("**/").replace("*", "x").encode())


@pytest.mark.skipif(
    not (shutil.which("node") and AJV.is_dir()),
    reason="the npm package ajv is not installed: make browser",
)
def test_ajv_takes_it_in_strict_mode() -> None:
    script = """
        const Ajv = require(process.argv[1]).default;
        new Ajv({strict: true}).compile(JSON.parse(require("fs").readFileSync(0)));
    """
    command = ["node", "-e", script, str(AJV)]
    done = subprocess.run(
        command, input=json.dumps(SCHEMA), capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def read(path: Path) -> Any:
    root = read_document(path.read_bytes(), Problems(path.name))
    assert root is not None
    return plain(root)


@pytest.mark.parametrize("path", sorted((DRAFT / "test").iterdir()), ids=lambda path: path.stem)
def test_a_positive_test_is_valid(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(read(path))] == []
    assert parse(path.read_bytes(), path.name).diagnostics == ()


@pytest.mark.parametrize(
    "path", sorted((DRAFT / "negative_test").iterdir()), ids=lambda path: path.stem
)
def test_a_negative_test_breaks_one_rule_at_one_place(path: Path) -> None:
    assert len(list(VALIDATOR.iter_errors(read(path)))) == 1
    assert len(parse(path.read_bytes(), path.name).diagnostics) == 1


def test_the_positive_tests_have_every_key_and_every_word() -> None:
    text = (DRAFT / "test/every-key.yaml").read_text("utf-8")
    used = set(re.findall(r"(\w+):(?=\s)", text))

    assert {key for key, _ in keys(SCHEMA)} <= used
    for key, schema in keys(SCHEMA):
        for word in schema.get("enum", ()):
            assert re.search(rf"\b{key}: {word}\b", text), word


def test_every_key_has_a_description_that_ends_as_a_sentence() -> None:
    for key, schema in keys(SCHEMA):
        assert schema.get("description", "").endswith("."), key


def keys(node: Any) -> Iterator[tuple[str, Any]]:
    """Every key of the mappings in a schema, with the schema of its value."""
    for inner in node.values() if isinstance(node, dict) else node:
        if isinstance(inner, dict | list):
            yield from keys(inner)
    # A mapping that takes other keys is a condition, not a place where keys are described.
    if isinstance(node, dict) and node.get("additionalProperties") is False:
        yield from node["properties"].items()
