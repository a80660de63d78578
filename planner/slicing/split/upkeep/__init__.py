"""What becomes of branches that were made: they are taken back, or brought up to date."""
