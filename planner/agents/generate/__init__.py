"""A plan that an agent writes, and that is checked until it holds."""
