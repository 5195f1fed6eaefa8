"""The interface for other systems: every desk as resources, its OpenAPI document, and the clients that may call it."""
