"""What stands, and what can start."""
