"""YAML with positions: its values, reading and writing."""
