"""The hooks of coding agents: what each client sends, what it is answered, where it is told so."""
