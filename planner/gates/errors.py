"""Why a gate cannot be judged."""


class GateError(Exception):
    """A gate that cannot be judged: its verdict is `error`, and the message is the reason."""
