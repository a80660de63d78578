"""A work tree in which gates run for real."""

from pathlib import Path
from typing import Any

import pytest

from planner.gates.run import Options, run
from planner.gates.verdict import Event, Result
from planner.plan.document.nodes import Mapping
from planner.plan.model import Gate


class Ground:
    """A folder to run gates in, and what was told while they ran."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repo"
        self.logs = folder / "logs"
        self.events: list[Event] = []
        self.root.mkdir()

    def gate(self, gate_id: str = "tests", **fields: Any) -> Gate:
        """A gate as a plan would declare it."""
        return Gate(node=Mapping({}, {}, 1, 1), id=gate_id, **fields)

    def run(self, *gates: Gate, **options: Any) -> tuple[Result, ...]:
        """Run the gates."""
        return run(
            gates,
            root=self.root,
            logs=self.logs,
            tell=self.events.append,
            options=Options(**options),
        )

    def one(self, command: str | tuple[str, ...] = "", **fields: Any) -> Result:
        """Run one gate with this command."""
        (result,) = self.run(self.gate(run=command, **fields))
        return result

    def words(self, name: str) -> list[str]:
        """What stands in a file of the work tree."""
        return (self.root / name).read_text().split()

    def write(self, name: str, content: str) -> Path:
        """Write a file of the work tree."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """An empty work tree."""
    return Ground(tmp_path)
