"""What is there, and what can start."""
