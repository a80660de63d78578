"""Proposes slices of a big change, and makes their branches."""
