"""Makes a plan from what other tools and people wrote."""
