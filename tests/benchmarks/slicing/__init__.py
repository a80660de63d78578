"""How well `planner slice` finds the commits that a big change was made of."""
