"""Each result as a report: what people read, and what the JSON document adds."""
