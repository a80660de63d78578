"""The plan: its file, its values, and the slice of a branch."""
