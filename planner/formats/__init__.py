"""A report in, text out: one module per format."""
