"""The use cases behind `bot.service`: each gets a store, the time and who asks, and returns a View."""
