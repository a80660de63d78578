"""Reports that commands write: test results and coverage, in the formats of other tools."""
