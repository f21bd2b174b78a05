"""What training can do, one function per verb, by noun; `Dependencies` is what every action is handed: no globals, no clients made here."""
