"""RabbitMQ and the embedded broker: names, topology, the CloudEvents envelope, publishing with confirms, consuming."""
