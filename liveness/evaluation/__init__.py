"""How well liveness does on labelled clips: events, error rates, comparison, cost, and gates over them."""
