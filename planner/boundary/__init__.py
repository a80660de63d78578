"""Patterns: which paths they match, and what two of them have in common."""
