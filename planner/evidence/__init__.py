"""What shows that the gates of a slice passed, on which tree, and whether it counts."""
