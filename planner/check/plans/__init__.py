"""What a branch does to plan files."""
