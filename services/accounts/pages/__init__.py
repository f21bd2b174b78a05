"""The pages of accounts, a module per topic. They get their data from actions only."""
