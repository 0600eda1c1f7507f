"""What the bot says, in no chat's dialect."""
