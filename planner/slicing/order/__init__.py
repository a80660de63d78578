"""Which changed files must come before others."""
