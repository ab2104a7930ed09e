//! One imported picture: pixels, hash, and what its metadata claims.
