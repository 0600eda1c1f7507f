"""Slack: Views as Block Kit, and what people do there as calls of the service."""
