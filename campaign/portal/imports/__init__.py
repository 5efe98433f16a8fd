"""Excel in: from any file to records, with every row accounted for.

``rows`` says what a row, a problem and a decision are; ``cells`` reads what people write in
cells; ``resource`` is what a kind of import (classes, participants, …) builds on; ``batches``
takes one file from the upload to the undo; ``views`` are its pages.
"""
