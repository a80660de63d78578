"""What sets a gate up in a work tree that planner makes, as a gate of its own."""

from collections.abc import Iterable, Sequence
from typing import Final

from planner.gates.verdict import Result
from planner.plan.model import Gate

_SETUP: Final = ".setup"  # behind the id of a gate; ids have no dot


def with_setups(gates: Sequence[Gate]) -> list[Gate]:
    """Return the gates, and before them, once each, what sets them up."""
    found = []
    known: dict[object, str] = {}
    for gate in gates:
        plain = gate._replace(setup="")
        if gate.setup:
            key = (gate.setup, gate.shell, gate.cwd, gate.env)
            if key not in known:
                known[key] = f"{gate.id}{_SETUP}"
                found.append(_setup(plain, known[key], gate.setup))
            plain = plain._replace(needs=(*gate.needs, known[key]))
        found.append(plain)
    return found


def _setup(gate: Gate, id_: str, command: str | tuple[str, ...]) -> Gate:
    return gate._replace(
        id=id_,
        run=command,
        repeat=1,
        expect_output=(),
        forbid_output=(),
        junit=(),
        coverage=None,
        needs=(),
    )


def without_setups(results: Iterable[Result]) -> list[Result]:
    """Return the results of the gates themselves; one whose setup did not pass has its reason."""
    every = list(results)
    setups = {one.gate.id: one for one in every if one.gate.id.endswith(_SETUP)}
    return [_settled(one, setups) for one in every if one.gate.id not in setups]


def _settled(result: Result, setups: dict[str, Result]) -> Result:
    for setup in (setups[need] for need in result.gate.needs if need in setups):
        if setup.verdict != "passed":
            return setup._replace(gate=result.gate, reason=f"its setup: {setup.reason}")
    return result
