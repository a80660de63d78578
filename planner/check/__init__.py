"""Is the branch what the plan says."""
