"""Which paths a pattern, and a scope, holds."""
