"""A branch as it is to be judged: its ends, its changes, and the plans that judge it."""
