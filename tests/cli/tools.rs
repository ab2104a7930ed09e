use crate::dir::{Dir, Ended};

/// The name of any tool that needs arguments.
fn some_tool(dir: &Dir) -> String {
    let list = dir.run(&["tools", "list", "--format", "json"]).json();
    let needs = |t: &&serde_json::Value| t["arguments"]["required"].as_array().is_some_and(|r| !r.is_empty());
    let tool = list.as_array().expect("a list").iter().find(needs).expect("a tool with arguments");
    tool["name"].as_str().expect("a name").to_owned()
}

#[test]
fn tools_are_listed_with_their_schema() {
    let dir = Dir::new();
    let name = some_tool(&dir);
    let text = dir.run(&["tools", "list"]);
    assert!(text.answers().lines().any(|line| line.starts_with(&name)), "{}", text.stdout);
    let json = dir.run(&["tools", "list", "--format", "json"]).json();
    assert!(json.as_array().expect("a list").iter().all(|t| t["arguments"]["type"] == "object"));
}

#[test]
fn bad_calls_are_wrong_usage() {
    let dir = Dir::new();
    let name = some_tool(&dir);
    dir.run(&["tools", "call", "no.such", "{}"]).fails(2, &["no tool is called 'no.such'", &name]);
    dir.run(&["tools", "call", &name, "{}"]).fails(2, &[&name, "arguments do not fit"]);
    dir.run(&["tools", "call", &name, "{"]).fails(2, &[&name, "arguments do not fit"]);
    dir.run(&["tools", "call", &name, "[]"]).fails(2, &["not a JSON object"]);
    dir.run(&["tools", "call", &name, "@absent.json"]).fails(3, &["absent.json", "cannot be read"]);
    dir.run(&["tools", "call"]).fails(2, &["NAME"]);
    dir.run(&["tools"]).fails(2, &["list"]);
}

#[test]
fn a_question_may_come_from_an_argument_a_file_or_standard_input() {
    let dir = Dir::new();
    let question = r#"{"name": "Wien"}"#;
    dir.create("q.json", question);
    let call = ["tools", "call", "gazetteer.find", "--format", "json"];
    let typed = dir.run(&[&call[..], &[question]].concat());
    let from_file = dir.run(&[&call[..], &["@q.json"]].concat());
    let piped = Ended::of(dir.navig().args(call).arg("-").write_stdin(question));
    assert!(typed.answers().contains("Austria"), "{}", typed.stdout);
    assert_eq!(typed.stdout, from_file.answers());
    assert_eq!(typed.stdout, piped.answers());
}
