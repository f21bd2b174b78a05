"""What notify can do: tell (telling), keep what others own (copies), send (sending/), end and settle (ending), show (reading,
inbox), and mind what people want to be told (preferences)."""
