"""Run the gates of a slice, and read what they leave behind: output, tests, coverage."""
