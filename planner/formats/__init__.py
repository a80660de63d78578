"""Results in, text out: one module per kind of result; text and json hold what all share."""
