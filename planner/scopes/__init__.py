"""What plans say of paths: who holds and accepts what, and where two slices meet."""
