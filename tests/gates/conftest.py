"""Runs real gates in a folder of the test."""

from pathlib import Path
from typing import Any

import pytest

from planner.gates.judge import Yardstick
from planner.gates.run import Options, run
from planner.gates.verdict import Event, Result
from planner.plan.document.nodes import Mapping
from planner.plan.model import Gate


class Runner:
    """Runs gates in a folder, and keeps the events."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repo"
        self.logs = folder / "logs"
        self.events: list[Event] = []
        self.root.mkdir()

    def gate(self, gate_id: str = "tests", **fields: Any) -> Gate:
        """Make a gate as a plan would declare it."""
        return Gate(node=Mapping({}, {}, 1, 1), id=gate_id, **fields)

    def run(
        self,
        *gates: Gate,
        baselines: Any = None,
        changes: Any = None,
        tracked: Any = None,
        **options: Any,
    ) -> tuple[Result, ...]:
        """Run the gates."""
        return run(
            gates,
            yardstick=Yardstick(self.root, baselines or {}, changes, tracked),
            logs=self.logs,
            tell=self.events.append,
            options=Options(**options),
        )

    def one(self, command: str | tuple[str, ...] = "", **fields: Any) -> Result:
        """Run one gate with this command."""
        (result,) = self.run(self.gate(run=command, **fields))
        return result

    def words(self, name: str) -> list[str]:
        """Read the words of a file in the folder."""
        return (self.root / name).read_text().split()

    def write(self, name: str, content: str) -> Path:
        """Write a file in the folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Return a runner in an empty folder."""
    return Runner(tmp_path)
