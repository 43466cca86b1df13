"""What the owner says of themselves: name, links, colour and notes."""
