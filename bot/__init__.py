"""What is owed, to whom, what we say and who may: rules without a chat, a clock or a database."""
