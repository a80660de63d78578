"""`planner generate`: an agent writes a plan, and is told what is wrong with it until it holds."""

from pathlib import Path

import git
import pytest
from scripted import GOAL, GOOD, PLAN, WRONG, generate, plan_of, round_of
from world import commit, planner, root, write

OTHER = """\
version: 1
title: Carts
slices:
  - id: carts
    title: Carts
    branch: feature/carts
    scope: {include: [src/]}
"""


def test_a_plan_that_holds_at_once_is_written(shop: git.Repo, tmp_path: Path) -> None:
    ran, agent = generate(shop, tmp_path, "read(); print(GOOD)")

    assert (ran.exit, plan_of(shop), len(agent.prompts)) == (0, GOOD, 1)
    assert ran.stdout.startswith(f"wrote {PLAN}: 1 slice, after 1 round\n")
    assert "round 1 of 3: asking " in ran.stderr
    assert planner("lint", at=shop).exit == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_an_agent_is_told_what_is_wrong_until_the_plan_holds(
    shop: git.Repo, tmp_path: Path
) -> None:
    script = """
        prompt = read()
        plan = GOOD if "names-a-folder" in prompt else WRONG
        print(f"Here it is:\\n```yaml\\n{plan}```\\nBye.")
    """
    before = planner("generate", GOAL, "--prompt", at=shop).stdout
    ran, agent = generate(shop, tmp_path, script, "--format", "json")

    assert (ran.exit, plan_of(shop)) == (0, GOOD)
    assert ran.json == {
        "schema": "planner.generate/1",
        "ok": True,
        "findings": [],
        "path": PLAN,
        "written": True,
        "rounds": [round_of(0, 1), round_of(0, 0)],
        "answer": None,
        "plan": None,
    }
    first, second = agent.prompts
    assert first == before
    told = second.partition("# Your last answer\n\n")[2]
    assert told == (
        f"```yaml\n{WRONG}```\n\n# What is wrong with it\n\n"
        "- line 7 (scope: {include: [src/api]}): error: the pattern 'src/api' holds a single file, "
        "but that path is a folder [names-a-folder]. write 'src/api/'\n\n"
        "Correct every error, and print the whole plan once more: not a part of it, not a diff.\n"
    )


def test_an_agent_that_never_learns_writes_nothing_and_its_answer_is_kept(
    shop: git.Repo, tmp_path: Path
) -> None:
    talk = "print('Sure.'); print('```yaml'); print(WRONG + '```')"
    ran, agent = generate(shop, tmp_path, f"read(); {talk}", "--rounds", "2", "--format", "json")

    assert (ran.exit, plan_of(shop), len(agent.prompts)) == (1, None, 2)
    assert ran.rules == ["names-a-folder"]
    assert ran.json["findings"][0]["path"] == PLAN
    assert ran.json["rounds"] == [round_of(0, 1), round_of(0, 1)]
    assert Path(ran.json["answer"]).read_text() == f"Sure.\n```yaml\n{WRONG}```\n"
    assert Path(ran.json["plan"]).read_text() == WRONG
    assert root(shop) not in Path(ran.json["plan"]).parents
    assert shop.git.status("--porcelain") == ""


def test_the_text_says_why_nothing_was_written_and_where_the_answer_is(
    shop: git.Repo, tmp_path: Path
) -> None:
    ran, _ = generate(shop, tmp_path, "read(); print(WRONG)", "--rounds", "1")

    [folder] = (tmp_path / "tmp").iterdir()
    assert (ran.exit, ran.stdout.splitlines()) == (
        1,
        [
            f"{PLAN}:7:23: error: the pattern 'src/api' holds a single file, but that path is a "
            "folder [names-a-folder]",
            "  hint: write 'src/api/'",
            f"{PLAN} was not written: no plan holds after 1 round, the last one has 1 error, "
            "0 warnings",
            f"  the plan, to whose lines the findings refer: {folder}/plan.yaml",
            f"  the answer that it was in: {folder}/answer.txt",
        ],
    )


def test_other_plans_count_as_they_would_for_lint(shop: git.Repo, tmp_path: Path) -> None:
    commit(shop, {"docs/plan/carts/plan.yaml": OTHER})
    script = """
        prompt = read()
        clear = "{path: web/, new: true}"
        print(GOOD.replace("src/api/", clear) if "overlapping-scope" in prompt else GOOD)
    """
    ran, agent = generate(shop, tmp_path, script)

    path = "docs/plan/search-for-notes/plan.yaml"
    assert ran.exit == 0, ran
    assert "web/" in (plan_of(shop, path) or "")
    assert "'carts' holds it with 'src/' (docs/plan/carts/plan.yaml)" in agent.prompts[1]
    assert planner("lint", at=shop).exit == 0


def test_what_is_wrong_in_another_plan_is_not_the_agents(shop: git.Repo, tmp_path: Path) -> None:
    other = OTHER.replace("[src/]", "[README.md]").replace("carts\n    scope", "c..d\n    scope")
    commit(shop, {"docs/plan/carts/plan.yaml": other})
    assert planner("lint", "--format", "json", at=shop).rules == ["branch-name"]

    ran, _ = generate(shop, tmp_path, "read(); print(GOOD)")

    assert ran.exit == 0, ran
    assert "planner lint finds 1 more error in other plans" in ran.stdout


def test_nothing_is_asked_where_another_plan_is_unusable(shop: git.Repo, tmp_path: Path) -> None:
    commit(shop, {"docs/plan/carts/plan.yaml": "version: 1\n"})

    ran, agent = generate(shop, tmp_path, "read(); print(GOOD)")

    assert (ran.exit, agent.prompts) == (2, [])
    assert "a plan is unusable: 'docs/plan/carts/plan.yaml'" in ran.stderr


def test_with_strict_a_warning_goes_back_as_well(shop: git.Repo, tmp_path: Path) -> None:
    script = """
        prompt = read()
        print(GOOD if "matches-nothing" in prompt else GOOD.replace("src/api/", "src/ap/"))
    """
    ran, agent = generate(shop, tmp_path, script, "--strict")

    assert (ran.exit, plan_of(shop), len(agent.prompts)) == (0, GOOD, 2)


def test_without_strict_a_warning_is_shown_and_stops_nothing(
    shop: git.Repo, tmp_path: Path
) -> None:
    ran, _ = generate(shop, tmp_path, "print(GOOD.replace('src/api/', 'src/ap/'))")

    assert ran.exit == 0
    assert "warning: the pattern 'src/ap/' matches no tracked file" in ran.stdout
    assert plan_of(shop) is not None


def test_talk_without_a_plan_is_told_what_is_wrong(shop: git.Repo, tmp_path: Path) -> None:
    script = "print('I need more details.' if 'What is wrong' not in read() else GOOD)"
    ran, agent = generate(shop, tmp_path, script)

    assert (ran.exit, plan_of(shop)) == (0, GOOD)
    assert "a plan must be a mapping [wrong-kind]. start it with 'version: 1'" in agent.prompts[1]


def test_an_answer_that_leaves_open_whether_it_holds_is_exit_2(
    shop: git.Repo, tmp_path: Path
) -> None:
    script = "read(); os.write(1, GOOD.encode().replace(b'Search', b'S\\xe4rch'))"
    ran, _ = generate(shop, tmp_path, script, "--rounds", "1")

    assert (ran.exit, plan_of(shop)) == (2, None)
    assert ran.stdout.startswith(f"{PLAN}:2:9: error: the plan is not UTF-8: byte 0xe4 [not-utf8]")
    assert "\n  not everything could be checked; fix [not-utf8] first\n" in ran.stdout


def test_an_agent_that_only_repeats_the_prompt_gets_no_plan_written(
    shop: git.Repo, tmp_path: Path
) -> None:
    ran, _ = generate(shop, tmp_path, "print(read())", "--rounds", "2")

    assert (ran.exit, plan_of(shop)) == (1, None)


@pytest.mark.parametrize("text", ["the agent's own\n", GOOD], ids=["other", "same"])
def test_a_file_that_appears_meanwhile_is_never_written_over(
    shop: git.Repo, tmp_path: Path, text: str
) -> None:
    script = f"""
        place = Path("{PLAN}")
        place.parent.mkdir(parents=True)
        place.write_text({text!r})
        print(GOOD)
    """
    ran, _ = generate(shop, tmp_path, script)

    assert (ran.exit, plan_of(shop)) == (2, text)
    [folder] = (tmp_path / "tmp").iterdir()
    assert f"there is a file already: '{PLAN}'; it was not overwritten" in ran.stderr
    assert str(folder) in ran.stderr
    assert (folder / "plan.yaml").read_text() == GOOD


def test_a_file_that_is_there_is_told_before_the_agent_is_asked(
    shop: git.Repo, tmp_path: Path
) -> None:
    commit(shop, {PLAN: OTHER.replace("src/", "README.md")})
    path = "docs/plan/search-for-notes/plan.yaml"
    write(shop, {path: "mine\n"})
    ran, agent = generate(shop, tmp_path, "read(); print(GOOD)")

    assert (ran.exit, agent.prompts, plan_of(shop, path)) == (2, [], "mine\n")
    assert ran.stderr == (
        f"error: there is a file already: '{path}'; it was not overwritten\n"
        "hint: name another path: -o PATH; or change that plan: --revise PATH\n"
    )


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["-o", "docs/plan/search"], "docs/plan/search/plan.yaml"),
        (["-o", "search"], "docs/plan/search/plan.yaml"),
        (["--out", "plans/s.yaml"], "plans/s.yaml"),
        (["--plan", "search"], "docs/plan/search/plan.yaml"),
    ],
)
def test_the_plan_goes_where_it_is_asked_for(
    shop: git.Repo, tmp_path: Path, words: list[str], path: str
) -> None:
    ran, _ = generate(shop, tmp_path, "print(GOOD)", *words)

    assert (ran.exit, plan_of(shop, path)) == (0, GOOD)


def test_a_path_outside_or_through_a_link_is_refused(shop: git.Repo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root(shop) / "link").symlink_to(tmp_path / "elsewhere")
    for path in ("../x.yaml", "link/x.yaml", ".git/x.yaml"):
        ran = planner("generate", GOAL, "--prompt", "-o", path, at=shop)

        assert (ran.exit, ran.stdout) == (2, ""), path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rounds", "0"], "--rounds: 0 is less than 1"),
        (["--timeout", "10"], "--timeout: '10' is not a time"),
        (["--revise", "x", "-o", "y"], "--revise writes the plan that it names"),
        (["--revise", "x"], "no plan at 'docs/plan/x/plan.yaml'"),
    ],
)
def test_wrong_options_are_refused(shop: git.Repo, words: list[str], said: str) -> None:
    ran = planner("generate", GOAL, "--prompt", *words, at=shop)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: {said}\n")


def test_a_plan_is_revised_in_its_place(shop: git.Repo, tmp_path: Path) -> None:
    before = OTHER.replace("src/", "src/api")
    commit(shop, {PLAN: before})
    script = f"read(); print({before!r}.replace('src/api', 'src/api/'))"
    ran, agent = generate(shop, tmp_path, script, "--revise", PLAN, goal="Let carts hold the API")

    assert (ran.exit, plan_of(shop)) == (0, OTHER.replace("src/", "src/api/"))
    [prompt] = agent.prompts
    assert f"The goal is a change of the plan {PLAN}." in prompt
    assert f"# The plan {PLAN}\n\n```yaml\n{before}```\n" in prompt
    assert "[names-a-folder]" in prompt
    assert "# Open slices of other plans\n\nThere is none.\n" in prompt


def test_an_unusable_plan_can_be_revised(shop: git.Repo, tmp_path: Path) -> None:
    commit(shop, {PLAN: "version: 1\nslice: []\n"})
    ran, agent = generate(shop, tmp_path, "read(); print(GOOD)", "--revise", PLAN)

    assert (ran.exit, plan_of(shop)) == (0, GOOD)
    assert "a plan has no key 'slice'" in agent.prompts[0]


def test_a_plan_that_was_changed_meanwhile_is_not_replaced(shop: git.Repo, tmp_path: Path) -> None:
    commit(shop, {PLAN: OTHER})
    script = f"Path('{PLAN}').write_text('changed\\n'); print(GOOD)"
    ran, _ = generate(shop, tmp_path, script, "--revise", PLAN)

    assert (ran.exit, plan_of(shop)) == (2, "changed\n")
    assert f"'{PLAN}' was changed meanwhile: it is left as it is" in ran.stderr


def test_every_prompt_has_at_most_24_000_bytes(shop: git.Repo, tmp_path: Path) -> None:
    scopes = "".join(
        f"  - {{id: s{at}, titel: T, branch: b/s{at}, scope: {{include: [src/{'x' * 90}{at}]}}}}\n"
        for at in range(400)
    )
    long = f"version: 1\ntitle: T\nslices:\n{scopes}"
    script = f"read(); print({long!r})"
    ran, agent = generate(shop, tmp_path, script, "--rounds", "2", goal="g " * 1_999)

    assert ran.exit == 1
    _, second = agent.prompts
    assert 20_000 < len(second.encode()) <= 24_000
    assert "lines of it are left out here …" in second
    assert " more findings\n" in second
