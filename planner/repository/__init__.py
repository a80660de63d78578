"""Reads git and the environment of the CI system; records notes."""
