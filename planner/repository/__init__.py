"""What git and the CI system say."""
