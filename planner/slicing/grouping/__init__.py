"""Which changed files belong together."""
