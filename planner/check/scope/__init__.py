"""Does a branch stay inside its slice."""
