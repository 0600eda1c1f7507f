"""How the schema came to be what it is: one step a file, each in the one transaction of `storage.schema`."""
