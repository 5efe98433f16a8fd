"""Who owes which report, and when: templates, cycles, requests, and the board of one cycle."""
