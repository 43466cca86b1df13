"""The owner of the page: name, links, colour and notes."""
