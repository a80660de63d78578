"""Makes the branches of slices of a big change: all of them, proved, or none."""
