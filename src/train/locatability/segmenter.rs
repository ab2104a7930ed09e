//! What is seen where: SegFormer (Xie et al. 2021, "SegFormer: Simple and Efficient Design for Semantic Segmentation with
//! Transformers") on candle, from a folder that the user has fetched, such as `nvidia/segformer-b0-finetuned-ade-512-512`.
//!
//! GeoReasoner takes MaskFormer; shares of areas by another segmenter differ, and so do scores. The network is that of
//! candle-transformers. Its last layer leaves out the trained bias, which is added here. It brings the stages together by the
//! nearest neighbour where the original interpolates, so that classes differ from those that transformers finds where two are
//! nearly as likely, as at the edges of areas.

use super::LocatabilityError;
use super::weights::{CLASSES, Shares, class_names};
use crate::digest::hex;
use candle_core::{DType, Device, Module, Result as Computed, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::segformer::{Config, SemanticSegmentationModel};
use image::RgbImage;
use image::imageops::{self, FilterType};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

const CONFIG: &str = "config.json";
const PREPROCESSOR: &str = "preprocessor_config.json";
const WEIGHTS: &str = "model.safetensors";
/// Sides that a picture may be brought to, px: attention costs the fourth power of it.
const SIDES: std::ops::RangeInclusive<u32> = 32..=2048;
const MEND: &str = "a segmenter's folder holds config.json, preprocessor_config.json and model.safetensors of a SegFormer trained \
                    on ADE20K's 150 classes, such as nvidia/segformer-b0-finetuned-ade-512-512; where there is only \
                    pytorch_model.bin, load it with transformers and save it again";

/// How pictures are brought into form. What is not said is as the model family has it: 512 px, ImageNet's mean and deviation.
#[derive(Deserialize)]
struct Form {
    #[serde(default = "Side::usual")]
    size: Side,
    #[serde(default = "imagenet_mean")]
    image_mean: [f32; 3],
    #[serde(default = "imagenet_std")]
    image_std: [f32; 3],
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Side {
    Square(u32),
    Sides { width: u32, height: u32 },
}

impl Side {
    fn usual() -> Self {
        Self::Square(512)
    }
}

fn imagenet_mean() -> [f32; 3] {
    [0.485, 0.456, 0.406]
}

fn imagenet_std() -> [f32; 3] {
    [0.229, 0.224, 0.225]
}

/// A loaded segmenter.
pub struct Segmenter {
    id: String,
    model: SemanticSegmentationModel,
    /// `[1, classes, 1, 1]`
    bias: Tensor,
    width: u32,
    height: u32,
    mean: [f32; 3],
    std: [f32; 3],
}

impl std::fmt::Debug for Segmenter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segmenter").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Segmenter {
    /// Loads a model from its folder, onto the processor.
    ///
    /// # Errors
    /// [`LocatabilityError`] names the file that is absent, damaged, or of a model with other classes.
    pub fn load(folder: &Path) -> Result<Self, LocatabilityError> {
        let path = |name: &str| folder.join(name);
        let config = config(&path(CONFIG), &read(path(CONFIG))?)?;
        let form = form(&path(PREPROCESSOR), &read(path(PREPROCESSOR))?)?;
        let bytes = read(path(WEIGHTS))?;
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        let id = format!("{name}:{}", &hex(&Sha256::digest(&bytes))[..12]);
        let (model, bias) = network(bytes, &config).map_err(|e| wrong(&path(WEIGHTS), e.to_string()))?;
        let Form { size, image_mean: mean, image_std: std } = form;
        let (width, height) = match size {
            Side::Square(side) => (side, side),
            Side::Sides { width, height } => (width, height),
        };
        Ok(Self { id, model, bias, width, height, mean, std })
    }

    /// What tells this model from others in the file of scores.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The class of each pixel of the picture as the model takes it, by rows, 512 x 512 of them as a rule.
    ///
    /// # Errors
    /// [`LocatabilityError::Segment`] when the picture is empty or the network fails.
    pub fn classes(&self, picture: &RgbImage) -> Result<Vec<u8>, LocatabilityError> {
        if picture.width() == 0 || picture.height() == 0 {
            return Err(LocatabilityError::Segment("the picture has no pixels".to_owned()));
        }
        self.map(picture).map_err(|e| LocatabilityError::Segment(e.to_string()))
    }

    /// How much of the picture's area each class takes.
    ///
    /// # Errors
    /// As [`Segmenter::classes`].
    pub fn shares(&self, picture: &RgbImage) -> Result<Shares, LocatabilityError> {
        Ok(Shares::of_map(&self.classes(picture)?))
    }

    fn map(&self, picture: &RgbImage) -> Computed<Vec<u8>> {
        let (width, height) = (self.width as usize, self.height as usize);
        let pixels = imageops::resize(picture, self.width, self.height, FilterType::Triangle);
        let channel = |c: usize| {
            let (mean, std) = (self.mean[c], self.std[c]);
            pixels.pixels().map(move |pixel| (f32::from(pixel.0[c]) / 255.0 - mean) / std)
        };
        let values: Vec<f32> = (0..3).flat_map(channel).collect();
        let input = Tensor::from_vec(values, (1, 3, height, width), &Device::Cpu)?;
        let logits = self.model.forward(&input)?.broadcast_add(&self.bias)?;
        let best = logits.upsample_bilinear2d(height, width, false)?.argmax(1)?;
        best.flatten_all()?.to_dtype(DType::U8)?.to_vec1()
    }
}

fn read(path: PathBuf) -> Result<Vec<u8>, LocatabilityError> {
    std::fs::read(&path).map_err(|source| LocatabilityError::Read { path, source, mend: MEND })
}

fn wrong(path: &Path, reason: String) -> LocatabilityError {
    LocatabilityError::Segmenter { path: path.to_owned(), reason, mend: MEND }
}

fn network(bytes: Vec<u8>, config: &Config) -> Computed<(SemanticSegmentationModel, Tensor)> {
    let weights = VarBuilder::from_buffered_safetensors(bytes, DType::F32, &Device::Cpu)?;
    let bias = weights.pp("decode_head.classifier").get(CLASSES, "bias")?.reshape((1, CLASSES, 1, 1))?;
    Ok((SemanticSegmentationModel::new(config, CLASSES, weights)?, bias))
}

/// Reads `config.json`. candle takes its lists on trust and fails without an error where one is short, so they are looked at here.
fn config(path: &Path, bytes: &[u8]) -> Result<Config, LocatabilityError> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|e| wrong(path, e.to_string()))?;
    if value["model_type"] != "segformer" {
        return Err(wrong(path, format!("a model of type {}, and navig segments by 'segformer'", value["model_type"])));
    }
    let config: Config = serde_json::from_value(value).map_err(|e| wrong(path, e.to_string()))?;
    let lists = [
        ("depths", &config.depths),
        ("sr_ratios", &config.sr_ratios),
        ("hidden_sizes", &config.hidden_sizes),
        ("patch_sizes", &config.patch_sizes),
        ("strides", &config.strides),
        ("num_attention_heads", &config.num_attention_heads),
        ("mlp_ratios", &config.mlp_ratios),
    ];
    for (name, list) in lists {
        if list.len() != config.num_encoder_blocks || list.is_empty() || list.contains(&0) {
            return Err(wrong(
                path,
                format!("'{name}' is {list:?}, and there are {} stages", config.num_encoder_blocks),
            ));
        }
    }
    if config.num_channels != 3 {
        return Err(wrong(path, format!("it takes pictures of {} channels, and photos have 3", config.num_channels)));
    }
    if config.id2label.len() != CLASSES {
        return Err(wrong(path, format!("it knows {} classes, and ADE20K has {CLASSES}", config.id2label.len())));
    }
    for (class, names) in class_names().iter().enumerate() {
        let label = config.id2label.get(&class.to_string()).map_or("", |label| label.trim());
        if !names.split(", ").any(|name| name.eq_ignore_ascii_case(label)) {
            return Err(wrong(path, format!("its class {class} is '{label}', and ADE20K's is '{names}'")));
        }
    }
    Ok(config)
}

fn form(path: &Path, bytes: &[u8]) -> Result<Form, LocatabilityError> {
    let form: Form = serde_json::from_slice(bytes).map_err(|e| wrong(path, e.to_string()))?;
    let (width, height) = match form.size {
        Side::Square(side) => (side, side),
        Side::Sides { width, height } => (width, height),
    };
    if !SIDES.contains(&width) || !SIDES.contains(&height) {
        let (least, most) = SIDES.into_inner();
        return Err(wrong(
            path,
            format!("pictures are brought to {width} x {height} px, and each side is from {least} to {most}"),
        ));
    }
    if !form.image_std.iter().all(|s| s.is_finite() && *s > 0.0) {
        return Err(wrong(path, format!("'image_std' is {:?}, and deviations are above 0", form.image_std)));
    }
    Ok(form)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::HashMap;

    const HIDDEN: [usize; 4] = [4, 4, 8, 8];
    const HEADS: [usize; 4] = [1, 1, 2, 2];
    const REDUCTION: [usize; 4] = [8, 4, 2, 1];
    const DECODER: usize = 8;

    fn config_json() -> Value {
        let label = |(class, names): (usize, &&str)| (class.to_string(), json!(names.split(", ").next()));
        let labels: serde_json::Map<String, Value> = class_names().iter().enumerate().map(label).collect();
        json!({
            "model_type": "segformer", "num_channels": 3, "num_encoder_blocks": 4, "depths": [1, 1, 1, 1],
            "sr_ratios": REDUCTION, "hidden_sizes": HIDDEN, "patch_sizes": [7, 3, 3, 3], "strides": [4, 2, 2, 2],
            "num_attention_heads": HEADS, "mlp_ratios": [2, 2, 2, 2], "hidden_act": "gelu", "layer_norm_eps": 1e-6,
            "decoder_hidden_size": DECODER, "id2label": labels
        })
    }

    /// Tensors by the names that transformers gives them.
    fn shapes() -> Vec<(String, Vec<usize>)> {
        let mut shapes = Vec::new();
        let mut with_bias = |name: String, shape: &[usize]| {
            shapes.push((format!("{name}.weight"), shape.to_vec()));
            shapes.push((format!("{name}.bias"), vec![shape[0]]));
        };
        for (i, &width) in HIDDEN.iter().enumerate() {
            let (from, side) = if i == 0 { (3, 7) } else { (HIDDEN[i - 1], 3) };
            let patch = format!("segformer.encoder.patch_embeddings.{i}");
            with_bias(format!("{patch}.proj"), &[width, from, side, side]);
            with_bias(format!("{patch}.layer_norm"), &[width]);
            let block = format!("segformer.encoder.block.{i}.0");
            with_bias(format!("{block}.layer_norm_1"), &[width]);
            with_bias(format!("{block}.layer_norm_2"), &[width]);
            for part in ["self.query", "self.key", "self.value", "output.dense"] {
                with_bias(format!("{block}.attention.{part}"), &[width, width]);
            }
            if REDUCTION[i] > 1 {
                with_bias(format!("{block}.attention.self.sr"), &[width, width, REDUCTION[i], REDUCTION[i]]);
                with_bias(format!("{block}.attention.self.layer_norm"), &[width]);
            }
            with_bias(format!("{block}.mlp.dense1"), &[2 * width, width]);
            with_bias(format!("{block}.mlp.dwconv.dwconv"), &[2 * width, 1, 3, 3]);
            with_bias(format!("{block}.mlp.dense2"), &[width, 2 * width]);
            with_bias(format!("segformer.encoder.layer_norm.{i}"), &[width]);
            with_bias(format!("decode_head.linear_c.{i}.proj"), &[DECODER, width]);
        }
        with_bias("decode_head.batch_norm".to_owned(), &[DECODER]);
        with_bias("decode_head.classifier".to_owned(), &[CLASSES, DECODER, 1, 1]);
        shapes.push(("decode_head.linear_fuse.weight".to_owned(), vec![DECODER, 4 * DECODER, 1, 1]));
        shapes.push(("decode_head.batch_norm.running_mean".to_owned(), vec![DECODER]));
        shapes.push(("decode_head.batch_norm.running_var".to_owned(), vec![DECODER]));
        shapes
    }

    fn tensors() -> HashMap<String, Tensor> {
        let mut random = fastrand::Rng::with_seed(3);
        let tensor = |(name, shape): (String, Vec<usize>)| {
            let is_scale = name.ends_with("running_var") || (name.contains("norm") && name.ends_with("weight"));
            let value = |_: usize| if is_scale { 0.5 + random.f32() } else { random.f32() - 0.5 };
            let values: Vec<f32> = (0..shape.iter().product()).map(value).collect();
            (name, Tensor::from_vec(values, shape, &Device::Cpu).expect("the shape fits"))
        };
        shapes().into_iter().map(tensor).collect()
    }

    fn folder(config: &Value, form: &Value, tensors: &HashMap<String, Tensor>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(CONFIG), config.to_string()).expect("writes");
        std::fs::write(folder.path().join(PREPROCESSOR), form.to_string()).expect("writes");
        candle_core::safetensors::save(tensors, folder.path().join(WEIGHTS)).expect("writes");
        folder
    }

    fn picture() -> RgbImage {
        RgbImage::from_fn(90, 60, |x, y| image::Rgb([(x * 2) as u8, (y * 4) as u8, ((x ^ y) * 3) as u8]))
    }

    fn form_json() -> Value {
        json!({ "size": { "height": 64, "width": 64 } })
    }

    #[test]
    fn every_pixel_has_a_class_and_the_same_one_each_time() {
        let folder = folder(&config_json(), &form_json(), &tensors());
        let segmenter = Segmenter::load(folder.path()).expect("loads");
        let classes = segmenter.classes(&picture()).expect("segments");
        assert_eq!(classes.len(), 64 * 64);
        assert!(classes.iter().any(|c| *c != classes[0]), "it sees something");
        let shares = segmenter.shares(&picture()).expect("segments");
        assert!((shares.by_class().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let again = Segmenter::load(folder.path()).expect("loads");
        assert_eq!((again.classes(&picture()).expect("segments"), again.id()), (classes, segmenter.id()));
        assert!(matches!(segmenter.classes(&RgbImage::new(0, 5)), Err(LocatabilityError::Segment(_))));
    }

    #[test]
    fn the_trained_bias_counts() {
        let mut tensors = tensors();
        let bias: Vec<f32> = (0..CLASSES).map(|class| if class == 87 { 1e6 } else { 0.0 }).collect();
        let bias = Tensor::from_vec(bias, CLASSES, &Device::Cpu).expect("the shape fits");
        tensors.insert("decode_head.classifier.bias".to_owned(), bias);
        let folder = folder(&config_json(), &form_json(), &tensors);
        let shares = Segmenter::load(folder.path()).and_then(|s| s.shares(&picture())).expect("segments");
        assert_eq!(shares.by_class()[87], 1.0);
    }

    #[test]
    fn a_file_that_is_absent_damaged_or_of_another_model_is_named_with_its_mend() {
        let with = |name: &str, value: Value| {
            let mut config = config_json();
            config[name] = value;
            config
        };
        let mut shuffled = config_json();
        shuffled["id2label"]["6"] = json!("sky");
        let small = json!({ "size": 8 });
        for (config, form, file, wanted) in [
            (with("model_type", json!("maskformer")), form_json(), CONFIG, "\"maskformer\""),
            (with("depths", json!([1, 1])), form_json(), CONFIG, "'depths' is [1, 1]"),
            (with("num_attention_heads", json!([1, 0, 2, 2])), form_json(), CONFIG, "num_attention_heads"),
            (with("num_channels", json!(4)), form_json(), CONFIG, "4 channels"),
            (with("id2label", json!({ "0": "cat" })), form_json(), CONFIG, "1 classes"),
            (shuffled, form_json(), CONFIG, "class 6 is 'sky', and ADE20K's is 'road, route'"),
            (with("decoder_hidden_size", json!(9)), form_json(), WEIGHTS, "shape"),
            (config_json(), small, PREPROCESSOR, "8 x 8 px"),
            (config_json(), json!({ "image_std": [1.0, 0.0, 1.0] }), PREPROCESSOR, "image_std"),
        ] {
            let folder = folder(&config, &form, &tensors());
            let error = Segmenter::load(folder.path()).expect_err(wanted).to_string();
            assert!(error.contains(file) && error.contains(wanted) && error.contains("holds config.json"), "{error}");
        }
        let mut without = tensors();
        without.remove("decode_head.classifier.bias");
        let error =
            Segmenter::load(folder(&config_json(), &form_json(), &without).path()).expect_err("lacks one").to_string();
        assert!(error.contains("decode_head.classifier.bias"), "{error}");
        for name in [CONFIG, PREPROCESSOR, WEIGHTS] {
            let folder = folder(&config_json(), &form_json(), &tensors());
            std::fs::remove_file(folder.path().join(name)).expect("is removed");
            let error = Segmenter::load(folder.path()).expect_err("is absent").to_string();
            assert!(error.contains(name) && error.contains("pytorch_model.bin"), "{error}");
        }
    }
}
