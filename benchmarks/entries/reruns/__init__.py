"""Published recipes trained here as they were published: what a published number is worth."""
