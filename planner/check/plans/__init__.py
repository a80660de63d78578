"""What a branch changes in plan files."""
