//! Training: adapters for the vision model from experts' traces, from places by rule, and from rewarded closeness.
//!
//! - [`data`]: lists of photos and their places, Chains of Region by rule, splits by place
//! - [`locatability`]: how much a photo tells about its place
//! - [`qwen3vl`]: the network, forth and back to its adapters
//! - [`adapter`]: adapters in PEFT's format, and models that they are merged into
//! - [`recipe`], [`plan`]: how to train, and what it needs
//! - [`student`], [`sight`], [`lessons`]: the model that learns, what it sees, what it is to answer
//! - [`course`], [`optim`], [`learner`], [`folder`]: steps in their order, and folders that outlive a kill
//! - [`sft`]: learning from examples
//! - [`grpo`]: learning from rewards

pub mod adapter;
pub mod course;
pub mod data;
pub mod folder;
pub mod grpo;
pub mod learner;
pub mod lessons;
pub mod locatability;
pub mod optim;
pub mod plan;
pub mod qwen3vl;
pub mod recipe;
pub mod sft;
pub mod sight;
pub mod student;
