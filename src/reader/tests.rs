//! The reader as a whole. What needs the models says so and skips when they are not there.

use super::*;
use image::{Rgb, imageops};

/// The models under `NAVIG_READER_MODELS`, or where `navig assets pull reader` puts them.
fn reader() -> Option<Reader> {
    let pulled = || {
        let data = std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")))?;
        Some(data.join("navig/assets/reader"))
    };
    let folder = std::env::var_os("NAVIG_READER_MODELS").map(PathBuf::from).or_else(pulled)?;
    let models = ReaderModels::in_folder(&folder);
    models.recognition.exists().then(|| Reader::load(&models).expect("the models are whole"))
}

macro_rules! reader_or_skip {
    () => {
        match reader() {
            Some(reader) => reader,
            None => {
                let mut err = std::io::stderr();
                std::io::Write::write_all(&mut err, b"skipped: no reader models (set NAVIG_READER_MODELS)\n")
                    .expect("standard error is open");
                return;
            }
        }
    };
}

/// "HOTEL" in letters five pixels wide and seven high, enlarged.
fn hotel() -> RgbImage {
    const LETTERS: [[u8; 7]; 5] = [
        [0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
        [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
        [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
        [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
        [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
    ];
    let mut sign = RgbImage::from_pixel(120, 80, Rgb([230, 230, 220]));
    for (i, letter) in LETTERS.iter().enumerate() {
        for (y, row) in letter.iter().enumerate() {
            for x in (0..5).filter(|x| row & (0b10000 >> x) != 0) {
                sign.put_pixel(40 + i as u32 * 7 + x, 30 + y as u32, Rgb([20, 30, 90]));
            }
        }
    }
    imageops::resize(&sign, 960, 640, imageops::FilterType::Triangle)
}

#[test]
fn a_rendered_sign_is_read_with_its_place_and_a_confidence_for_each_letter() {
    let reader = reader_or_skip!();
    let lines = reader.read(&hotel()).expect("the networks run");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!((line.text.as_str(), line.script, line.engine), ("HOTEL", Script::Latin, Engine::PpOcr));
    assert_eq!(line.char_confidence.len(), 5);
    let (x, y, width, height) = line.bounds();
    // The letters fill 320..592 by 240..296.
    assert!(x < 330 && x + width > 580 && y < 245 && y + height > 290, "{:?}", line.bounds());
    assert!(width < 420 && height < 160, "{:?}", line.bounds());
}

#[test]
fn a_sign_on_its_head_or_its_side_reads_the_same_and_starts_at_its_own_corner() {
    let reader = reader_or_skip!();
    for turned in [imageops::rotate180(&hotel()), imageops::rotate90(&hotel()), imageops::rotate270(&hotel())] {
        let lines = reader.read(&turned).expect("the networks run");
        assert_eq!(lines.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["HOTEL"]);
    }
    let lines = reader.read(&imageops::rotate180(&hotel())).expect("the networks run");
    let [first, second, ..] = lines[0].corners;
    assert!(first[0] > second[0], "read from right to left in the photo: {:?}", lines[0].corners);
}

#[test]
fn photos_give_the_lines_that_rapidocr_finds() {
    let reader = reader_or_skip!();
    let data = std::env::var_os("NAVIG_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    let expected: [(&str, &[&str]); 3] = [
        ("p009.jpg", &["Please ke", "Pickupa", "dogunde", "dog.Maxf", "02075252"]),
        ("p008.jpg", &["SPECJAL", "EXPRESS"]),
        ("p001.jpg", &["BIENVENIDOACOSTARICA", "WELCOMETOCOSTARICA", "LEGENDARNA", "LOTERIA"]),
    ];
    for (file, expected) in expected {
        let Ok(photo) = image::open(data.join("photos").join(file)) else {
            let mut err = std::io::stderr();
            std::io::Write::write_all(&mut err, b"skipped: no test photos (set NAVIG_TEST_DATA)\n")
                .expect("standard error is open");
            return;
        };
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        let lines: Vec<String> =
            reader.read(&photo.into_rgb8()).expect("the networks run").iter().map(|l| bare(&l.text)).collect();
        for line in expected {
            assert!(lines.contains(&bare(line)), "{file}: '{line}' is not in {lines:?}");
        }
    }
}

#[test]
fn a_sign_in_a_large_photo_is_read_once() {
    let reader = reader_or_skip!();
    let mut photo = RgbImage::from_pixel(3200, 1400, Rgb([90, 120, 90]));
    // Across the border of the two tiles.
    imageops::replace(&mut photo, &imageops::resize(&hotel(), 480, 320, imageops::FilterType::Triangle), 1380, 500);
    let lines = reader.read(&photo).expect("the networks run");
    let signs: Vec<_> = lines.iter().filter(|l| l.text.contains("HOTEL")).collect();
    assert_eq!(signs.len(), 1, "{lines:?}");
    let (x, y, width, height) = signs[0].bounds();
    assert!(x >= 1500 && x + width <= 1720 && y >= 590 && y + height <= 680, "{:?}", signs[0].bounds());
}

#[test]
fn pictures_without_room_for_text_give_no_lines() {
    let reader = reader_or_skip!();
    for (width, height) in [(1, 1), (2000, 1), (1, 3000), (5, 900), (64, 64)] {
        assert_eq!(reader.read(&RgbImage::new(width, height)).expect("no failure"), [], "{width} x {height}");
    }
}

#[test]
fn a_missing_model_is_named_with_its_mend() {
    let error = Reader::load(&ReaderModels::in_folder(Path::new("no-such-folder"))).err().expect("nothing to load");
    let message = error.to_string();
    assert!(
        message.contains("ch_PP-OCRv4_det_infer.onnx") && message.contains("navig assets pull reader"),
        "{message}"
    );
}

#[test]
fn a_file_that_is_no_model_is_a_typed_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let models = ReaderModels::in_folder(folder.path());
    for content in [
        &b""[..],
        b"not a model",
        &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xff; 64],
        &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    ] {
        std::fs::write(&models.detection, content).expect("a temporary file");
        assert!(matches!(Reader::load(&models), Err(ReaderError::Model { .. })), "{content:?}");
    }
}

#[test]
fn a_truncated_model_is_a_typed_error() {
    let folder = std::env::var_os("NAVIG_READER_MODELS").map(PathBuf::from);
    let Some(whole) = folder.and_then(|f| std::fs::read(ReaderModels::in_folder(&f).direction).ok()) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let models = ReaderModels::in_folder(folder.path());
    for length in [whole.len() / 7, whole.len() / 2, whole.len() - 9] {
        std::fs::write(&models.detection, &whole[..length]).expect("a temporary file");
        assert!(matches!(Reader::load(&models), Err(ReaderError::Model { .. })), "{length} bytes");
    }
}

fn box_at(x: f32, y: f32, width: f32, height: f32, score: f32) -> TextBox {
    TextBox { quad: [[x, y], [x + width, y], [x + width, y + height], [x, y + height]], score }
}

#[test]
fn of_ten_thousand_boxes_the_largest_and_most_certain_are_read() {
    let mut boxes: Vec<TextBox> = (0..10_000).map(|i| box_at(i as f32, 0.0, 30.0, 10.0, 0.6)).collect();
    boxes.push(box_at(5.0, 5.0, 300.0, 60.0, 0.9));
    let dropped = keep_within_budget(&mut boxes);
    assert_eq!(dropped + boxes.len(), 10_001);
    assert_eq!(boxes.len(), MAX_STRIP_COLUMNS / 320);
    assert_eq!(boxes[0], box_at(5.0, 5.0, 300.0, 60.0, 0.9));
}

#[test]
fn lines_run_from_top_to_bottom_and_level_ones_from_left_to_right() {
    let mut boxes = vec![
        box_at(0.0, 50.0, 9.0, 9.0, 0.9),
        box_at(80.0, 2.0, 9.0, 9.0, 0.9),
        box_at(40.0, 9.0, 9.0, 9.0, 0.9),
        box_at(0.0, 5.0, 9.0, 9.0, 0.9),
    ];
    sort_for_reading(&mut boxes);
    assert_eq!(boxes.iter().map(|b| b.quad[0][0] as u32).collect::<Vec<_>>(), [0, 40, 80, 0]);
}

#[test]
fn bounds_stay_whole_and_never_empty() {
    let line = |corners| TextLine {
        text: "x".to_owned(),
        corners,
        script: Script::Latin,
        confidence: 1.0,
        char_confidence: vec![1.0],
        engine: Engine::PpOcr,
    };
    assert_eq!(line([[10.2, 5.0], [20.0, 4.5], [20.5, 9.0], [10.0, 9.5]]).bounds(), (10, 4, 11, 6));
    assert_eq!(line([[3.0, 3.0]; 4]).bounds(), (3, 3, 1, 1));
}
