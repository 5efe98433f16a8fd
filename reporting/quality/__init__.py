"""How complete, how timely and how sound what units hand in is."""
