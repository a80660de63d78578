"""Files that are divided between slices: by their hunks, never within one."""
