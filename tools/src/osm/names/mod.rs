//! Finding a name that was half read.
