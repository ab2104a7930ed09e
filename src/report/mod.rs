//! What people and programs read; from a result alone.
