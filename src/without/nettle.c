/* Stands in for SHA-256 where nettle is not installed. */
