"""What a deployment costs a month, worked out from its template and from counted calls: docs/costs.md."""
