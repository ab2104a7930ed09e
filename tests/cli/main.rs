//! The binary from outside: every verb, its streams and its exit codes. One file per theme; [`dir::Dir`] gives each
//! test a folder, a home and a command of its own. Nothing here touches the network.

mod assets;
mod audit;
mod batch;
mod dir;
mod doctor;
mod eval;
mod evidence;
mod guidebooks;
mod help;
mod hub;
mod interrupt;
mod locate;
mod maps;
mod model;
mod region;
mod runs;
mod settings;
mod streams;
mod tools;
