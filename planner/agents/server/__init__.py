"""The MCP server: commands as tools, which answer with the JSON documents of the commands."""
