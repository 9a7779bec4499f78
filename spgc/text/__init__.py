"""Text for people: printable names, short lists, command lines, standing sentences."""
