"""Pure decisions of notify: who is told what, how a notice moves, what it says. No I/O, no clock of its own."""
