"""Messages for operators about faults of the broker."""

NOBODY = "nobody listens there"


def fault_of(error: Exception) -> str:
    """The message for a broker's error; it says what an operator can do, where the broker's own text does not."""
    if isinstance(error, ConnectionRefusedError):
        return NOBODY
    if isinstance(error, TimeoutError):
        return "a broker listens but does not answer: it may be full (file handles, connections, memory: `rabbitmq-diagnostics status`)"
    reason = getattr(error, "reply_text", None) or str(error) or type(error).__name__
    if isinstance(error, ConnectionError | EOFError | OSError) and not getattr(error, "reply_text", None):
        return f"a broker listens but hangs up ({reason}): it may be full, or be no RabbitMQ"
    return f"the RabbitMQ there refuses the connection: {reason}"
