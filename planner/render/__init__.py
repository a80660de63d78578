"""The plan as documents."""
