"""Many claims at the same moment: every slice goes to exactly one, also if some are killed."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import git
import pytest
from hub import Hub
from planned import sliced

pytestmark = pytest.mark.slow

IDS = tuple(f"s{number:02}" for number in range(24))
CLAIM = (sys.executable, "-m", "planner", "next", "--claim", "--brief", "--format", "json")


def start(folder: Path, *words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*CLAIM, *words],
        cwd=folder,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def won(processes: Iterable["subprocess.Popen[bytes]"]) -> list[str | None]:
    """What each process claimed: None where nothing was left for it."""
    found: list[str | None] = []
    for process in processes:
        out, err = process.communicate()
        document = json.loads(out)
        claimed = document["claimed"]
        assert (process.returncode, err) == (0 if claimed else 1, b""), document
        found.append(claimed["slice"] if claimed else None)
    return found


def copies(hub: Hub, count: int) -> list[Path]:
    """So many clones of the hub."""
    first = Path(hub.clone("clone").working_dir)
    made = [hub.folder / f"clone-{number}" for number in range(count)]
    for place in made:
        subprocess.run(["cp", "-R", str(first), str(place)], check=True)
    return made


def left_behind(*folders: Path) -> list[str]:
    """Lock files and temporary files in git folders."""
    paths = [path for folder in folders for path in folder.rglob("*")]
    return [
        str(path)
        for path in paths
        if path.suffix == ".lock" or path.name.startswith(("tmp_", ".tmp", "incoming-", "planner"))
    ]


def test_32_processes_in_32_clones_share_24_slices(hub: Hub) -> None:
    tip = hub.plan([sliced(id_, f"{id_}/") for id_ in IDS])
    folders = copies(hub, 32)

    found = won([start(folder) for folder in folders])

    assert Counter(found) == Counter([*IDS, *8 * [None]])
    assert hub.branches() == dict.fromkeys(IDS, tip)
    assert left_behind(Path(hub.bare.git_dir), *(folder / ".git" for folder in folders)) == []


def test_8_processes_in_one_clone_share_6_slices_and_have_a_work_tree_each(hub: Hub) -> None:
    tip = hub.plan([sliced(id_, f"{id_}/") for id_ in IDS[:6]])
    folder = Path(hub.clone("clone").working_dir)

    found = won([start(folder, "--worktree", f"../tree-{number}") for number in range(8)])

    assert Counter(found) == Counter([*IDS[:6], *2 * [None]])
    assert hub.branches() == dict.fromkeys(IDS[:6], tip)
    for number, id_ in enumerate(found):
        if id_:
            tree = git.Repo(hub.folder / f"tree-{number}")
            assert tree.git.status("-sb", "--porcelain") == f"## {id_}...origin/{id_}"
    assert left_behind(Path(hub.bare.git_dir), folder / ".git") == []


ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL)
"""To planner alone: the process that answers a push runs on another machine."""


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_claim_leaves_a_branch_or_nothing(hub: Hub, seed: int) -> None:
    """Whoever is not killed gets a slice of its own; then all that is left can be claimed."""
    tip = hub.plan([sliced(id_, f"{id_}/") for id_ in IDS])
    chance = random.Random(seed)
    folders = copies(hub, 12)
    processes = [start(folder) for folder in folders]
    killed = chance.sample(processes, 8)
    for number, process in enumerate(killed):
        # The moment depends on what others have done: a pause would depend on the machine.
        wanted = chance.randrange(6)
        while len(hub.branches()) < wanted and any(one.poll() is None for one in processes):
            pass
        process.send_signal(ENDS[(number + seed) % len(ENDS)])
    alive = won([process for process in processes if process not in killed])
    told = [_after_a_signal(process) for process in killed]
    _wait_for([process.pid for process in killed])

    taken = [id_ for id_ in (*alive, *told) if id_]
    assert None not in alive
    assert len(set(taken)) == len(taken)
    assert set(taken) <= set(hub.branches())
    assert left_behind(Path(hub.bare.git_dir), *(one / ".git" for one in folders)) == []
    folder = Path(hub.clone("rest").working_dir)
    rest = [won([start(folder)])[0] for _ in range(len(IDS) - len(hub.branches()))]
    assert None not in rest
    assert hub.branches() == dict.fromkeys(IDS, tip)


def _after_a_signal(process: "subprocess.Popen[bytes]") -> str | None:
    """What a process that got a signal says that it claimed, if it came to that."""
    out, err = process.communicate()
    assert process.returncode in (0, 130, *(-signum for signum in ENDS)), err
    assert process.returncode < 0 or b"Traceback" not in err
    if process.returncode != 0:
        return None
    claimed = json.loads(out)["claimed"]
    return str(claimed["slice"])


def _wait_for(groups: Sequence[int]) -> None:
    """Wait for the processes of git that planner left when it was killed."""
    while True:
        listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, check=True)
        rows = [line.split() for line in listed.stdout.decode().splitlines()]
        if not any(int(group) in groups and stat[0] != "Z" for group, stat in rows):
            return
