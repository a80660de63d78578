"""The command line: arguments in, one job called, exit code out."""
