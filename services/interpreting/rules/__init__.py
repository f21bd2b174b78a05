"""Pure decisions: states and moves, languages, hours and claims, who fits and who ranks first. No I/O, no clock of its own."""
