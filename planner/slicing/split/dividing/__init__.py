"""Which branch each changed path goes to, and which branch is on which."""
