"""Pure rules of training: states, places, documents, whose turn it is. No I/O; today is an argument."""
