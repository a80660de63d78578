"""Reads PLAN.md and TASKS.md back into the plan that they show."""
