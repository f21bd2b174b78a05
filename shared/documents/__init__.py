"""Files that people send: which types are taken, how one is judged, what it is called when it leaves."""
