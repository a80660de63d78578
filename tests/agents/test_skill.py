"""`planner skill`: a skill file for agents, by the rules of Agent Skills."""

import re
from pathlib import Path

import git
import pytest
import yaml
from world import planner, root, write

from planner.agents.skill import is_own, skill
from planner.cli.main import COMMANDS

SKILL = ".agents/skills/planner/SKILL.md"


def parts() -> tuple[dict[str, object], str]:
    """The front matter and the body."""
    _, head, body = skill().decode().split("---\n", 2)
    return yaml.safe_load(head), body


def test_it_keeps_the_rules_of_agent_skills() -> None:
    head, body = parts()

    assert head.keys() == {"name", "description", "metadata"}
    assert head["name"] == Path(SKILL).parent.name == "planner"
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(head["name"]))
    assert 1 <= len(str(head["description"])) <= 1024
    assert "Use this skill when" in str(head["description"])
    assert len(body.splitlines()) < 500
    assert len(body.encode()) < 2.5 * 5_000  # a token has two and a half bytes or more


def test_it_names_commands_that_exist_in_the_order_of_the_work() -> None:
    _, body = parts()
    named = re.findall(r"planner ([a-z-]+)", re.sub(r"with planner\b", "", body))

    assert set(named) <= set(COMMANDS)
    order = ["next", "brief", "check-scope", "check"]
    blocks = re.findall(r"^planner ([a-z-]+)", body, re.M)
    assert blocks == order[:3]
    assert max(map(len, body.splitlines())) <= 100


def test_it_goes_to_the_folder_that_clients_share(repo: git.Repo) -> None:
    write(repo, {"src/a.py": ""})
    ran = planner("-C", "src", "skill", "--format", "json", at=repo)

    assert (ran.exit, ran.json["written"]) == (0, [SKILL])
    assert (root(repo) / SKILL).read_bytes() == skill()


def test_it_goes_where_it_is_asked_for_also_outside_a_repository(tmp_path: Path) -> None:
    ran = planner("skill", "-o", "skills", at=tmp_path)

    assert (ran.exit, ran.stdout) == (0, "wrote skills/planner/SKILL.md\n")
    assert (tmp_path / "skills/planner/SKILL.md").read_bytes() == skill()


def test_a_second_run_changes_nothing(repo: git.Repo) -> None:
    planner("skill", at=repo)
    ran = planner("skill", "--format", "json", at=repo)

    assert (ran.exit, ran.json["written"]) == (0, [])


def older() -> bytes:
    """The file as another version of planner would have written it."""
    import hashlib

    own = re.sub(rb"  written-by: .*\n", b"", skill()).replace(b"## 1.", b"## One:")
    line = b"  written-by: planner %s\n" % hashlib.sha256(own).hexdigest().encode()
    return own.replace(b"metadata:\n", b"metadata:\n" + line)


def test_what_another_version_wrote_is_replaced(repo: git.Repo) -> None:
    assert is_own(older())
    write(repo, {SKILL: older()})

    assert planner("skill", at=repo).exit == 0
    assert (root(repo) / SKILL).read_bytes() == skill()


@pytest.mark.parametrize(
    "content",
    [
        older() + b"\nOur own rule.\n",
        skill().replace(b"slice", b"part", 1),
        b"---\nname: x\n---\n",
        b"",
    ],
    ids=["older, edited", "edited", "another", "empty"],
)
def test_a_file_that_is_edited_or_not_ours_is_left_as_it_is(repo: git.Repo, content: bytes) -> None:
    write(repo, {SKILL: content})
    ran = planner("skill", at=repo)

    assert (ran.exit, (root(repo) / SKILL).read_bytes()) == (2, content)
    assert ran.stderr == (
        f"error: '{SKILL}' was not written by planner, or was edited: it is left as it is\n"
        "hint: move it away, or name another folder: -o DIR\n"
    )


@pytest.mark.parametrize("words", [[], ["-o", ".agents/skills"]], ids=["default", "named"])
@pytest.mark.parametrize("place", [SKILL, ".agents/skills/planner", ".agents"])
def test_links_are_refused(repo: git.Repo, tmp_path: Path, place: str, words: list[str]) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = root(repo) / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(tmp_path / "elsewhere")

    ran = planner("skill", *words, at=repo)

    assert (ran.exit, ran.stdout) == (2, "")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_in_a_named_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "skills").mkdir()
    (tmp_path / "skills/planner").symlink_to(tmp_path / "elsewhere")

    ran = planner("skill", "-o", "skills", at=tmp_path)

    assert (ran.exit, list((tmp_path / "elsewhere").iterdir())) == (2, [])
