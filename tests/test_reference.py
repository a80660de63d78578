"""The reference is true: keys, options, rules and JSON are compared with the code.

To rewrite the tables of the plan file, then read the difference:

    REWRITE_DOCS=1 python -m pytest tests/test_reference.py
"""

import json
import os
import re
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import git
import pytest
from pages import DOCS, ROOT, UNTOUCHED, blocks, section, text_of
from world import commit, planner, write

from planner.boundary.pattern import Pattern, Refusal, parse
from planner.cli.main import COMMANDS
from planner.formats.rule_page import rule_page
from planner.plan.containers import Either, Items, Key, Struct, Table
from planner.plan.keys import structs
from planner.plan.kinds import Choice, Flag, Kind, Number
from planner.plan.schema import PLAN
from planner.rules import RULES, Rule

REWRITE = bool(os.environ.get("REWRITE_DOCS"))  # read before the tests are sealed
REFERENCE = "docs/reference"
BETWEEN = ("<!-- tables -->\n", "<!-- end of tables -->\n")


def test_every_key_of_a_plan_is_listed() -> None:
    page = f"{REFERENCE}/plan-file.md"
    text = text_of(page)
    before, rest = text.split(BETWEEN[0])
    _, after = rest.split(BETWEEN[1])
    tables = "\n".join(_tables("A plan", PLAN, set()))
    whole = f"{before}{BETWEEN[0]}\n{tables}\n{BETWEEN[1]}{after}"
    if REWRITE:
        (ROOT / page).write_text(whole, encoding="utf-8", newline="\n")

    assert text == whole


def _tables(heading: str, struct: Struct, seen: set[str]) -> Iterator[str]:
    """The table of a mapping, then those of the mappings in it, each once."""
    known: dict[str, Key] = dict(struct.keys)
    yield f"## {heading}\n\n| key | value | |\n| --- | --- | --- |"
    for name, key in known.items():
        cell = f"**`{name}`**" if key.required else f"`{name}`"
        yield f"| {cell} | {_kind(key.kind)} | {key.description} |"
    for names, count in ((struct.some_of, "At least one"), (struct.one_of, "Exactly one")):
        if names:
            yield f"\n{count} of {' and '.join(f'`{name}`' for name in names)} is required."
    yield ""
    for key in known.values():
        for inner in structs(key.kind):
            title = inner.name[0].upper() + inner.name[1:]
            if title not in seen:
                seen.add(title)
                yield from _tables(title, inner, seen)


def _kind(kind: Kind) -> str:
    """A kind of value in words, with a link to the table of a mapping."""
    if isinstance(kind, Struct):
        return f"[{kind.name}](#{kind.name.replace(' ', '-')})"
    if isinstance(kind, Items):
        return f"list, each {_kind(kind.kind)}"
    if isinstance(kind, Table):
        return f"mapping of names to {_kind(kind.kind)}"
    if isinstance(kind, Either):
        return " or ".join(_kind(one) for one in kind.by_node.values() if one is not None)
    if isinstance(kind, Choice):
        return kind.says.replace("'", "`")
    assert isinstance(kind, Flag | Number) or kind.says
    return kind.says


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_listed(command: str) -> None:
    page = text_of(f"{REFERENCE}/commands.md")
    common = _listed(section(page, "Common options"))
    own = _listed(section(page, f"planner {command}"))

    assert common | own - {"bash"} == _options(command)


def test_every_command_is_described_once() -> None:
    headings = re.findall(r"^## planner (\S+)$", text_of(f"{REFERENCE}/commands.md"), re.M)

    assert headings == list(COMMANDS)


def _listed(text: str) -> set[str]:
    """The options and arguments in the first column of the tables of a section."""
    cells = re.findall(r"^\| `([^`]+)`", text, re.M)
    return {cell.split(" ")[0] if cell.startswith("-") else cell for cell in cells}


def _options(command: str) -> set[str]:
    """The options and arguments in the help of a command."""
    said = planner(command, "--help", at=ROOT).stdout
    option = r"^  (?:-\w, )?(--[\w-]+|-C|\[?[A-Z]+…\]?|\[[A-Z]+\])(?= |$)"
    return set(re.findall(option, said, re.M))


def test_what_the_page_refuses_is_refused_and_what_it_advises_is_not() -> None:
    table = section(text_of(f"{REFERENCE}/patterns.md"), "What is refused")
    rows = [row.split(" | ") for row in re.findall(r"^\| (`.*) \|$", table, re.M)]
    assert len(rows) >= 10
    for refused, _, advised in rows:
        for text in re.findall(r"`([^`]+)`", refused):
            assert isinstance(parse(text), Refusal), text
        for text in re.findall(r"`([^`]+)`", advised):
            assert isinstance(parse(text), Pattern) or text == "exclude", text


def test_every_rule_has_its_place() -> None:
    headings = re.findall(r"^### (\S+)$", text_of(f"{REFERENCE}/rules.md"), re.M)

    assert headings == list(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_has_a_page_with_its_severity_and_what_to_do(rule: Rule) -> None:
    page = rule_page(rule.name)

    assert page.startswith(f"*{rule.severity.capitalize()}"), rule
    assert "\n**Do:** " in page
    assert "### " not in page
    assert rule.leaves_open == page.partition("*\n")[0].partition("* ")[0].endswith("exit 2.")


def test_an_unknown_rule_has_no_page() -> None:
    assert rule_page("no-such-rule") == rule_page(".*") == ""


def test_findings_in_the_golden_cases_have_a_rule_of_the_reference() -> None:
    said = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests/cases").rglob("*.out")
    )

    assert set(re.findall(r" \[([a-z0-9-]+)\]$", said, re.M)) <= set(RULES)


SHOWN = {
    "init": ["init", "--ci", "github"],
    "lint": ["lint", "--pathspecs"],
    "render": ["render", "--check"],
    "check-scope": ["check-scope"],
    "check": ["check", "--gates", "recorded"],
    "run-gates": ["run-gates"],
    "status": ["status"],
    "matrix": ["matrix", "--for", "github"],
    "who": ["who", "apps/web/lib/nav.ts", "apps/web/app/lists/page.tsx", ".github/x"],
    "tasks": ["tasks"],
    "next": ["next"],
    "claims": ["claims"],
    "release": ["release", "interface"],
    "brief": ["brief", "list-view"],
    "guard": ["guard", "--install", "claude"],
    "mark": ["mark", "list-view", "in-progress"],
    "generate": ["generate", "Rate lists", "--agent", "echo no", "--rounds", "1"],
    "import": ["import", "specs/login/tasks.md"],
    "slice": ["slice"],
    "split": ["split"],
    "plan-diff": ["plan-diff", "before"],
    "skill": ["skill"],
    "explain": ["explain", "outside-scope"],
    "doctor": ["doctor"],
}
"""The commands whose documents the page shows, as they are run in the repository of `shop`."""
TASKS = """# Tasks: Login
## Phase 1: User Story 1
- [ ] T001 [P] [US1] Change src/a.py
- [ ] T002 [P] [US1] Change src/a.py and src/b.py
## Phase 2: User Story 2
- [ ] T003 [US2] Change src/b.py
"""
RANKED = {
    "apps/web/app/lists/page.tsx": "import { rank } from '../../../../lib/rank'\n",
    "lib/rank.ts": "export function rank(lists) {\n  return lists.sort()\n}\n",
}
EVERYWHERE = {"schema", "ok", "findings"}
FLAKY = """
if mkdir .git/ran-once 2>/dev/null; then heart="<failure/>"; fi
echo "<testsuite><testcase name='heart'>$heart</testcase></testsuite>" > list-tests.xml
test -z "$heart"
"""
MEASURED = """
printf 'SF:apps/web/app/lists/page.tsx\\nDA:1,0\\nend_of_record\\n' > lcov.info
"""
GATES = [
    {"id": "list-tests", "run": FLAKY, "repeat": 2, "junit": "list-tests.xml"},
    {"id": "lines", "run": MEASURED, "coverage": {"report": "lcov.info", "changed_lines": 90}},
]
"""Gates that take the place of one for which there is no npm, and show all that a gate can say."""


@pytest.fixture
def shop(repo: git.Repo) -> git.Repo:
    """The web shop on a branch that strays, its plan narrower than before, its pages stale."""
    plan = (DOCS / "examples" / "web-shop" / "plan.yaml").read_text(encoding="utf-8")
    plan = plan.replace("npm run lint", "git --version")
    gates = "\n      - ".join(map(json.dumps, GATES))
    plan = re.sub(r"\{id: list-tests,.*", lambda _: gates, plan)
    plan = plan.replace(UNTOUCHED, f"{UNTOUCHED}, status: done")
    wide = plan.replace("apps/web/app/bookmarks/", "apps/web/app/**")
    before = {"apps/web/app/bookmarks/page.tsx": "", "docs/plan/plan.yaml": wide}
    commit(repo, before, "docs: the plan")
    repo.git.tag("before")
    commit(repo, {"docs/plan/plan.yaml": plan}, "docs: a narrower plan")
    repo.git.switch("--quiet", "--create", "feature/wish-lists-page")
    pages = ("apps/web/app/lists/page.tsx", "apps/web/app/share/[token]/page.tsx")
    commit(repo, dict.fromkeys(pages, "export default Page\n"), "feat: show wish lists")
    return repo


@pytest.mark.slow
@pytest.mark.parametrize("command", SHOWN)
def test_a_document_has_the_keys_that_are_shown(command: str, shop: git.Repo) -> None:
    said = section(text_of(f"{REFERENCE}/json.md"), f"planner {command}")
    shown = next(block for block in blocks(said) if block.language == "json")
    if command == "lint":
        shop.git.switch("--quiet", "--detach", "before")
    if command == "split":
        shop.git.branch("--move", "big")
    if command in ("claims", "release"):
        _publish(shop)
    if command == "init":
        commit(shop, {"docs/plan/plan.yaml": None}, "docs: no plan")
        shop.git.branch("--delete", "--force", "main")
    if command == "import":
        write(shop, {"specs/login/tasks.md": TASKS})
    if command == "slice":
        commit(shop, RANKED, "feat: rank lists")
    ran = planner(*SHOWN[command], "--format", "json", at=shop).json

    assert _shape(json.loads(shown.text)) == _shape(ran)
    table = said.partition("\n| key | |\n")[2].partition("\n\n")[0]
    listed = set(re.findall(r"^\| `(\w+)` \|", table, re.M))
    assert listed | (set() if command == "matrix" else EVERYWHERE) == set(ran)


def _publish(shop: git.Repo) -> None:
    """Push the branches of the shop, and one without a commit of its own, to a new remote."""
    git.Repo.init(f"{shop.working_dir}.git", bare=True, initial_branch="main").close()
    shop.git.remote("add", "origin", f"{shop.working_dir}.git")
    shop.git.push("--quiet", "origin", "--all")
    shop.git.push("--quiet", "origin", "main:refs/heads/feature/wish-lists-interface")


def test_what_stops_planner_has_the_keys_that_are_shown(tmp_path: Path) -> None:
    said = section(text_of(f"{REFERENCE}/json.md"), "Errors")
    shown = next(block for block in blocks(said) if block.language == "json")
    ran = planner("lint", "--format", "json", at=tmp_path)

    assert (_shape(json.loads(shown.text)), ran.exit) == (_shape(ran.json), 2)


def _shape(value: Any) -> Any:
    """The keys of a document, all the way down; a list has the keys that any entry of it has."""
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [reduce(_merged, map(_shape, value), "")]
    return "" if value is None else type(value).__name__


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _merged(one.get(key), other.get(key)) for key in sorted({*one, *other})}
    if isinstance(one, list) and isinstance(other, list):
        return [_merged(one[0], other[0])]
    return one or other


def test_every_block_of_a_template_is_listed_and_shown() -> None:
    rows = re.findall(r"^\| `(\S+)` \| `(\w+)` \|", text_of(f"{REFERENCE}/templates.md"), re.M)
    blocks_of = {
        (path.name, name)
        for path in (ROOT / "templates").glob("*.j2")
        for name in re.findall(r"{% block (\w+)", path.read_text("utf-8"))
    }

    assert len(rows) == len(set(rows))
    assert set(rows) == blocks_of


def test_the_template_of_the_page_changes_the_page(repo: git.Repo) -> None:
    (template,) = [
        block for block in blocks(text_of(f"{REFERENCE}/templates.md")) if block.language == "jinja"
    ]
    plan = "version: 1\ntitle: T\nslices: [{id: a, title: A, branch: a, scope: {include: [a]}}]\n"
    files = {"docs/plan/plan.yaml": plan, ".planner/templates/PLAN.md.j2": template.text}
    commit(repo, files)

    page = planner("render", "--stdout", "PLAN.md", at=repo).stdout

    assert page.endswith("- **Slice**: `a`\n\n## Signed\n\nT, by the release team\n")
