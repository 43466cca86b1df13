"""How a command ends."""

OK, FAILED, WRONG_REQUEST, INTERRUPTED = 0, 1, 2, 130
