"""The middle floor: what is kept, in one relational database, SQLite or PostgreSQL, by the same code."""
