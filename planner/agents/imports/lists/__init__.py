"""Reads the task lists of other tools."""
