"""Pure decisions of training: states, places, papers, whose turn it is. No I/O, today is an argument."""
