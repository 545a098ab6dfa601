"""The parts of ``docs/`` that are printed from the code: machines, error codes, parameters, indicators."""
