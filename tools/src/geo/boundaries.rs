//! Country outlines.
