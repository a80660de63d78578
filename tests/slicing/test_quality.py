"""The quality of the slices on a repository made by a script: a guard against regressions.

The real measurement is `make bench-slicing` on clones (docs/slicing.md).
"""

import random
from pathlib import Path
from statistics import mean

import git
import pytest
from benchmarks.slicing.__main__ import OURS, score, score_hunks
from benchmarks.slicing.scores import accuracy, rand
from hypothesis import given
from hypothesis import strategies as st

TOPICS = 12
COMMITS = 330


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A repository of twelve topics, with a few files and words each; a commit is about one."""
    chance = random.Random(7)
    syllables = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u")]
    words = ["".join(chance.choices(syllables, k=3)) for _ in range(TOPICS * 12 + 40)]
    common = words[-40:]
    lines: dict[str, list[str]] = {}
    topics = []
    for topic in range(TOPICS):
        own = words[12 * topic : 12 * topic + 12]
        folder = chance.choice(("core", "web", "jobs"))
        paths = [
            f"src/{folder}/{own[0]}.py",
            f"src/{folder}/{own[1]}.py",
            f"tests/test_{own[0]}.py",
        ]
        paths += [f"docs/{own[2]}.md", f"web/{own[3]}.ts"]
        topics.append((own, paths))
        lines.update({path: [] for path in paths})
    script = ["feature done\n"]
    for number in range(COMMITS):
        own, paths = chance.choice(topics)
        script.append(
            "commit refs/heads/main\n"
            f"committer P{number % 7} <p{number % 7}@example.org> {number * 3600} +0000\n"
            f"data 6\nchange\n"
        )
        for path in chance.sample(paths, chance.randint(2, 4)):
            for _ in range(chance.randint(2, 5)):
                text = "_".join(chance.choices(own, k=2)) + " = " + chance.choice(common)
                lines[path].insert(chance.randint(0, len(lines[path])), text)
            content = "\n".join(lines[path]) + "\n"
            script.append(f"M 100644 inline {path}\ndata {len(content)}\n{content}\n")
    script.append("done\n")
    repo = git.Repo.init(tmp_path / "made", initial_branch="main")
    (tmp_path / "script").write_text("".join(script), encoding="ascii")
    with (tmp_path / "script").open("rb") as stream:
        repo.git.fast_import("--quiet", istream=stream)
    return tmp_path / "made"


@pytest.mark.slow
def test_slices_are_as_good_as_they_were(made: Path) -> None:
    found = [one for one in score(made, each=3, jobs=1) if one.method == OURS]
    tangled = [one.rand for one in found if one.kind == "tangled"]

    assert len(tangled) == 12
    assert mean(tangled) >= 0.9
    assert sum(one.broken for one in found) == 0


@pytest.mark.slow
def test_hunks_are_told_apart_as_well_as_they_were(made: Path) -> None:
    # Each commit is about one topic, so that there is little to divide; that is not overdone.
    found = score_hunks(made, each=3, jobs=1)

    assert len(found) == 12
    assert mean(one.by_file for one in found) >= 0.9
    assert mean(one.by_hunk for one in found) >= 0.9


LABELS = st.lists(st.integers(0, 3), min_size=1, max_size=12)


@given(LABELS, st.randoms(use_true_random=False))
def test_names_of_groups_do_not_count_and_the_same_groups_are_perfect(
    labels: list[int], chance: random.Random
) -> None:
    names = list(range(4))
    chance.shuffle(names)
    renamed = [f"g{names[label]}" for label in labels]

    assert rand(renamed, labels) == accuracy(renamed, labels) == 1


def test_all_in_one_group_and_each_in_its_own_are_worth_nothing() -> None:
    answer = [0, 0, 0, 1, 1, 2, 2, 2]

    assert rand([0] * 8, answer) == rand(range(8), answer) == 0
    # Hubert & Arabie 1985: 2 pairs agree, of 7 in both; by chance 7 * 7 / 28 would.
    assert rand([0, 0, 1, 1, 2, 2, 2, 0], answer) == pytest.approx((2 - 1.75) / (7 - 1.75))
    assert accuracy([0, 0, 1, 1, 2, 2, 2, 0], answer) == 5 / 8
