"""Microsoft Teams: Views as Adaptive Cards, and what people do there as calls of the service."""
