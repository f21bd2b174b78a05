"""What interpreting can do: commands and queries of bookings, offers, the roster, self-service, availability; effects of visits; timers."""
