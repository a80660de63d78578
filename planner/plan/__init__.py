"""The plan: its file, its values, and where plans lie."""
