"""Chaos: letters and messages under kills, a database that goes away, and counterparts that misbehave."""
