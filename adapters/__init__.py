"""The edges: chats, mail, files, the command line, the clock, and the one place that wires them."""
