"""Why a gate cannot be checked."""


class GateError(Exception):
    """A gate that cannot be checked: its verdict is `error`, and the message is the reason."""
