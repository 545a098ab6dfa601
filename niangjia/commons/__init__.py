"""What all services share: unions, people, desk, ledger, entitlement, parameters, places."""
