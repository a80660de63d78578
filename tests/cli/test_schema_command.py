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


def test_the_schema_is_written_to_a_file_whose_folder_is_made(tmp_path: Path) -> None:
    ran = planner("schema", "--out", "a/b/plan.schema.json", at=tmp_path)

    assert ran == Ran(0, "a/b/plan.schema.json: written\n", "")
    text = (tmp_path / "a/b/plan.schema.json").read_text(encoding="utf-8")
    assert text == planner("schema", at=tmp_path).stdout
    again = planner(
        "schema", "--out", "plan.schema.json", "-C", "a/b", "--format", "json", at=tmp_path
    )
    assert again.json == {
        "schema": "planner.schema/1",
        "ok": True,
        "findings": [],
        "written": ["plan.schema.json"],
    }
    assert sorted(path.name for path in (tmp_path / "a/b").iterdir()) == ["plan.schema.json"]


def test_nothing_is_written_through_a_link_or_over_a_folder(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{}")
    (tmp_path / "link").symlink_to("settings.json")
    (tmp_path / "folder").mkdir()
    for place, why in (
        ("link", "'link' is a symlink"),
        ("folder", "cannot write 'folder': it is a folder"),
        (".", "cannot write '.': it is a folder"),
        ("/", "cannot write '/': it is a folder"),
        ("settings.json/x", "cannot write 'settings.json/x': "),
    ):
        ran = planner("schema", "--out", place, at=tmp_path)

        assert (ran.exit, ran.stdout) == (2, ""), place
        assert ran.stderr.startswith(f"error: {why}"), ran.stderr
    assert (tmp_path / "settings.json").read_text() == "{}"


def test_a_file_that_is_no_schema_is_left_as_it_is(tmp_path: Path) -> None:
    for text in ("version: 1\n", "[]\n", '{"version": 1}\n'):
        (tmp_path / "plan.yaml").write_text(text, encoding="utf-8")

        ran = planner("schema", "--out", "plan.yaml", at=tmp_path)

        assert (ran.exit, "is not a JSON Schema" in ran.stderr) == (2, True)
        assert (tmp_path / "plan.yaml").read_text(encoding="utf-8") == text
