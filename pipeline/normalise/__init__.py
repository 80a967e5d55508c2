"""From the words of a source to the facts of a person: drugs, routes, doses, frequencies."""
