"""Everything wrong with a plan."""
