"""One run of planner, and the branch in it: base, head, changes, and the plans that apply."""
