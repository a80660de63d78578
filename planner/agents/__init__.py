"""What coding agents talk to: what they are told, what stops them, and what they take and write."""
