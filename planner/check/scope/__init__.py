"""Check that a branch changes only what its slice may change."""
