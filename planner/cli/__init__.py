"""The command line: options in, one job called, its report printed, an exit code out."""
