"""Renders a plan to documents."""
