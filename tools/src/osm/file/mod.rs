//! The index file: written by external sort, read in place.
