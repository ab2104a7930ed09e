//! Which tools are asked about which clues.
