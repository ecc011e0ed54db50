"""From the words of a text to a command. Pure: the standard library only."""
