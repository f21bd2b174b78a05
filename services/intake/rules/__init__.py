"""What intake decides, without I/O: state tables, commands on a case, the interpreter's need, values, words of the timeline."""
