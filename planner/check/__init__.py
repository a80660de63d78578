"""The checks of a branch against its plan, and the table of the parts of `planner check`."""
