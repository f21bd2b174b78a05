"""What notify can do, by noun: draft notifications, deliver them, record outcomes; copies, catch-ups, inboxes, preferences."""
