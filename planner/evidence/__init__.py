"""Evidence that gates passed: recorded for a tree, looked up, and judged."""
