"""`followup doctor`: looks at everything the bot stands on, and says what is wrong and how to mend it."""
