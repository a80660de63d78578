"""Slices as branches of a remote: taking one, who holds which, giving one back."""
