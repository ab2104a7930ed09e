//! What is kept of an extract, and what each thing is called.
