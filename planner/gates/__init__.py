"""Run the gates of a slice, and judge their output, test reports and coverage reports."""
