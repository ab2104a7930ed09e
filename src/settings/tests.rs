use super::*;
use std::fs;

struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).expect("writes");
        path
    }

    fn layers(&self) -> Layers {
        let at = |name| self.dir.path().join(name);
        Layers {
            folders: Folders { config: at("config"), data: at("data"), cache: at("cache") },
            user_file: None,
            project_file: None,
            variables: vec![],
            flags: vec![],
        }
    }
}

#[test]
fn each_layer_hides_the_ones_below_it_and_is_named() {
    let home = Home::new();
    let user = home.write("user.toml", "jobs = 2\nmax_bytes = \"5MB\"\noffline = true\nreader = false\n");
    let project = home.write("navig.toml", "# ours\njobs = 3\nmax_bytes = 7_000_000\n");
    let layers = Layers {
        user_file: Some(user.clone()),
        project_file: Some(project.clone()),
        variables: vec![(Key::Jobs, "4".into()), (Key::Offline, "0".into())],
        flags: vec![Flag { key: Key::Jobs, name: "--jobs", value: "5".into() }],
        ..home.layers()
    };
    let settings = Settings::resolve(&layers).expect("valid");
    assert_eq!((settings.jobs.get(), settings.origin(Key::Jobs)), (5, Origin::Flag("--jobs")));
    assert_eq!((settings.offline, settings.origin(Key::Offline)), (false, Origin::Variable("NAVIG_OFFLINE")));
    assert_eq!(settings.limits.max_bytes, 7_000_000);
    assert_eq!(settings.origin(Key::MaxBytes), Origin::File { path: project, line: 3 });
    assert_eq!((settings.reader, settings.origin(Key::Reader)), (false, Origin::File { path: user, line: 4 }));
    assert_eq!(
        (settings.limits.max_pixels, settings.origin(Key::MaxPixels)),
        (Limits::default().max_pixels, Origin::Default)
    );
}

#[test]
fn an_unknown_key_is_named_with_file_line_and_the_nearest() {
    let home = Home::new();
    let file = home.write("navig.toml", "jobs = 1\n\nmax_pixel = 5\n");
    let error = Settings::resolve(&Layers { project_file: Some(file.clone()), ..home.layers() }).expect_err("unknown");
    assert_eq!(
        error.to_string(),
        format!("{}:3: there is no setting 'max_pixel'; did you mean 'max_pixels'?", file.display())
    );
}

#[test]
fn values_of_the_wrong_form_are_refused() {
    let home = Home::new();
    for (line, word) in [
        ("jobs = 0", "a whole number from 1"),
        ("max_bytes = \"lots\"", "a number of bytes"),
        ("offline = \"maybe\"", "true or false"),
        ("jobs = [1]", "one value"),
        ("jobs = ", "TOML"),
        ("[jobs]\n", "one value"),
        ("data_dir = \"\"", "a folder"),
        ("quant = \"q3\"", "q4k, q5k"),
        ("model_device = \"gpu\"", "auto or cpu"),
        ("model_name = \"\"", "auto, or the name"),
    ] {
        let file = home.write("navig.toml", line);
        let error = Settings::resolve(&Layers { project_file: Some(file), ..home.layers() }).expect_err(line);
        assert!(error.to_string().contains(word), "{line}: {error}");
    }
}

#[test]
fn a_folder_that_came_from_elsewhere_cannot_make_navig_run_a_program() {
    let home = Home::new();
    let file = home.write("navig.toml", "tesseract = \"./theirs\"\n");
    let strange = Settings::resolve(&Layers { project_file: Some(file.clone()), ..home.layers() });
    assert!(matches!(strange, Err(SettingsError::NotHere { line: 1, .. })));
    let own = Settings::resolve(&Layers { user_file: Some(file), ..home.layers() }).expect("the user may");
    assert_eq!(own.tesseract, Tesseract::At(home.dir.path().join("./theirs")));
    let off = home.write("navig.toml", "tesseract = \"off\"\n");
    let settings = Settings::resolve(&Layers { project_file: Some(off), ..home.layers() }).expect("harmless");
    assert_eq!(settings.tesseract, Tesseract::Off);
}

#[test]
fn a_folder_that_came_from_elsewhere_cannot_send_photos_away() {
    let home = Home::new();
    let file = home.write("navig.toml", "model = \"off\"\nmodel_url = \"http://elsewhere.example\"\n");
    let strange = Settings::resolve(&Layers { project_file: Some(file.clone()), ..home.layers() });
    let error = strange.expect_err("is refused");
    assert!(matches!(error, SettingsError::NotHere { line: 2, key: Key::ModelUrl, .. }));
    assert!(error.to_string().contains("where photos are sent"), "{error}");
    let own = Settings::resolve(&Layers { user_file: Some(file), ..home.layers() }).expect("the user may");
    let server = ModelServer { url: "http://elsewhere.example".to_owned(), name: None };
    assert_eq!((own.model_server(), own.model), (Some(server), ModelSetting::Off));
    let off = home.write("navig.toml", "model_url = \"off\"\n");
    let settings = Settings::resolve(&Layers { project_file: Some(off), ..home.layers() }).expect("harmless");
    assert_eq!(settings.model_server(), None);
}

#[test]
fn a_model_is_a_name_or_a_folder() {
    let home = Home::new();
    let set = |value: &str| {
        let file = home.write("navig.toml", &format!("model = \"{value}\"\n"));
        Settings::resolve(&Layers { project_file: Some(file), ..home.layers() }).map(|s| s.model)
    };
    assert_eq!(set("auto").expect("valid"), ModelSetting::Auto);
    assert_eq!(set("Qwen3-VL-2B-Instruct").expect("valid"), ModelSetting::At("Qwen3-VL-2B-Instruct".into()));
    assert_eq!(set("./mine").expect("valid"), ModelSetting::At(home.dir.path().join("./mine")));
    assert!(set("").is_err());
}

#[test]
fn what_a_model_server_must_not_be_is_not_repeated() {
    let home = Home::new();
    let file = home.write("user.toml", "model_url = \"https://me:secret@example.org\"\n");
    let error = Settings::resolve(&Layers { user_file: Some(file), ..home.layers() }).expect_err("a secret");
    assert!(!error.to_string().contains("secret") && error.to_string().contains("NAVIG_MODEL_KEY"), "{error}");
}

#[test]
fn paths_in_a_file_are_relative_to_the_file() {
    let home = Home::new();
    let file = home.write("navig.toml", "ledger_dir = \"cases\"\n");
    let settings = Settings::resolve(&Layers { project_file: Some(file), ..home.layers() }).expect("valid");
    assert_eq!(settings.ledger_dir, Some(home.dir.path().join("cases")));
}

#[test]
fn ledgers_are_kept_with_the_data_unless_told_otherwise() {
    let home = Home::new();
    let data = || (Key::DataDir, home.dir.path().join("d").into_os_string());
    let here = Settings::resolve(&Layers { variables: vec![data()], ..home.layers() }).expect("valid");
    assert_eq!(here.ledger_dir, Some(home.dir.path().join("d/ledgers")));
    let off = vec![data(), (Key::LedgerDir, "off".into())];
    let none = Settings::resolve(&Layers { variables: off, ..home.layers() }).expect("valid");
    assert_eq!((none.ledger_dir.clone(), none.value(Key::LedgerDir)), (None, "off".to_owned()));
}

#[test]
fn maps_lie_with_the_data_unless_told_otherwise() {
    let home = Home::new();
    let data = || (Key::DataDir, home.dir.path().join("d").into_os_string());
    let here = Settings::resolve(&Layers { variables: vec![data()], ..home.layers() }).expect("valid");
    assert_eq!(here.maps_dir, home.dir.path().join("d/maps"));
    let there = vec![data(), (Key::MapsDir, "/big/maps".into())];
    let settings = Settings::resolve(&Layers { variables: there, ..home.layers() }).expect("valid");
    assert_eq!(settings.maps_dir, std::path::Path::new("/big/maps"));
}
