"""The parts of the service by what they are for; api.bootstrap puts them together."""
