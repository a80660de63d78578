"""The checks of `planner lint`."""
