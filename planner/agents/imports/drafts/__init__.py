"""Makes slices and tasks of what a list says."""
