"""The domain rules of intake, without I/O: state tables, commands on a case, the interpreter need, values, the timeline's texts."""
