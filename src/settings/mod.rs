//! Flags, environment, files, defaults.
