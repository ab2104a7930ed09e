//! Tokens and positions against transformers, and what is learnt.

use crate::{Case, Golden, edit, picture, read_chat, tiny};
use candle_core::{Device, safetensors};
use navig::model::Role;
use navig::train::qwen3vl::{Chat, ChatError, Grid, Preprocessor, Said, Sequence};
use serde_json::json;
use std::path::Path;

const ANSWER: &str = "{\"country\":\"Japan\",\"city\":\"東京\"}";
const ONE: [Grid; 1] = [Grid { height: 16, width: 20 }];

/// A conversation of the fixture, with sizes as the preprocessor finds them.
fn asked(folder: &Path, chat: &Chat, system: &str, case: &Case, answer: Option<&str>) -> Sequence {
    let preprocessor = Preprocessor::read(folder).expect("a preprocessor");
    let grid = |(width, height, _): &(u32, u32, u32)| preprocessor.grid(*width, *height).expect("a legal size");
    let grids: Vec<Vec<Grid>> = case.turns.iter().map(|turn| turn.1.iter().map(grid).collect()).collect();
    let said = case.turns.iter().zip(&grids).map(|(turn, pictures)| Said {
        role: if turn.0 == "user" { Role::User } else { Role::Assistant },
        pictures,
        text: &turn.2,
    });
    chat.conversation(system, &said.collect::<Vec<_>>(), answer).expect("tokens")
}

#[test]
fn prompts_have_the_tokens_and_positions_of_transformers() {
    let (golden, folder) = (Golden::read(), tiny());
    let chat = read_chat(folder.path()).expect("a chat");
    let fixture = include_bytes!("fixtures/tower.safetensors");
    let fixture = safetensors::load_buffer(fixture, &Device::Cpu).expect("a fixture");
    for (number, case) in golden.cases.iter().enumerate() {
        let sequence = asked(folder.path(), &chat, &golden.system, case, None);
        assert_eq!(sequence.ids, case.prompt, "{}", case.name);
        assert_eq!(sequence.answer, case.prompt.len()..case.prompt.len());
        let positions = fixture[&format!("positions.{number}")].to_vec2::<i64>().expect("positions");
        for (axis, expected) in sequence.positions.iter().zip(positions) {
            assert!(axis.iter().map(|&at| i64::from(at)).eq(expected), "{}", case.name);
        }
        let next = fixture[&format!("next.{number}")].to_vec1::<i64>().expect("a position");
        assert_eq!([i64::from(sequence.next_position)], next[..], "{}", case.name);
    }
}

#[test]
fn an_answer_changes_nothing_before_it() {
    let (golden, folder) = (Golden::read(), tiny());
    let chat = read_chat(folder.path()).expect("a chat");
    for case in &golden.cases {
        let alone = asked(folder.path(), &chat, &golden.system, case, None);
        // An answer that begins with what the prompt ends with could melt into it, were they read together.
        for answer in [ANSWER, "\n\nParis", ""] {
            let whole = asked(folder.path(), &chat, &golden.system, case, Some(answer));
            let prompt = alone.len();
            assert_eq!(whole.ids[..prompt], alone.ids);
            for (with_answer, without) in whole.positions.iter().zip(&alone.positions) {
                assert_eq!(with_answer[..prompt], without[..]);
                assert!(with_answer[prompt..].iter().copied().eq(alone.next_position..whole.next_position));
            }
            assert_eq!(whole.pictures, alone.pictures);
        }
    }
}

#[test]
fn the_answer_and_its_end_are_learnt_and_nothing_else() {
    let folder = tiny();
    let chat = read_chat(folder.path()).expect("a chat");
    let tokenizer = tokenizers::Tokenizer::from_file(folder.path().join("tokenizer.json")).expect("a tokenizer");
    let end = tokenizer.token_to_id("<|im_end|>").expect("there");
    let picture = tokenizer.token_to_id("<|image_pad|>").expect("there");
    let sequence = chat.sequence("You look.", &ONE, "Where?", Some(ANSWER)).expect("tokens");
    let learnt = &sequence.ids[sequence.answer.clone()];
    assert_eq!(sequence.answer.end, sequence.len());
    assert_eq!(learnt.split_last(), Some((&end, tokenizer.encode(ANSWER, false).expect("tokens").get_ids())));
    assert_eq!(chat.decode(learnt).expect("text"), ANSWER);
    // Pictures are as large as they are, and lie where nothing is learnt.
    assert_eq!(sequence.pictures.len(), 1);
    assert_eq!(sequence.pictures[0].len(), ONE[0].tokens(2));
    let shown: Vec<usize> = (0..sequence.len()).filter(|&at| sequence.ids[at] == picture).collect();
    assert!(shown.iter().copied().eq(sequence.pictures[0].clone()));
    assert!(sequence.pictures[0].end < sequence.answer.start);
}

#[test]
fn text_that_would_not_be_read_as_text_is_refused() {
    let folder = tiny();
    let chat = read_chat(folder.path()).expect("a chat");
    for token in ["<|image_pad|>", "<|im_end|>", "<|vision_start|>", "<|placeholder|>"] {
        let bad = format!("a {token} b");
        for (asked, part) in [
            (chat.sequence(&bad, &ONE, "Where?", None), "system text"),
            (chat.sequence("", &ONE, &bad, None), "text of a turn"),
            (chat.sequence("", &ONE, "Where?", Some(&bad)), "answer"),
        ] {
            let error = asked.expect_err("refused");
            assert!(matches!(error, ChatError::Special { .. }));
            let error = error.to_string();
            assert!(error.contains(token) && error.contains(part), "{error}");
        }
    }
    // Text of a template is text.
    let braces = chat.sequence("{{ 1 + 1 }}", &[], "{% raise %} <|image_pad |>", None).expect("tokens");
    assert!(chat.decode(&braces.ids).expect("text").contains("{{ 1 + 1 }}"));
}

#[test]
fn a_record_longer_than_the_window_names_both() {
    let folder = tiny();
    let sequence = read_chat(folder.path()).expect("a chat").sequence("", &ONE, "Where?", None).expect("tokens");
    assert!(sequence.fits(sequence.len()).is_ok());
    let error = sequence.fits(sequence.len() - 1).expect_err("too long").to_string();
    assert!(
        error.contains(&sequence.len().to_string()) && error.contains(&(sequence.len() - 1).to_string()),
        "{error}"
    );
}

#[test]
fn a_picture_of_half_a_token_is_refused() {
    let folder = tiny();
    let chat = read_chat(folder.path()).expect("a chat");
    for grid in [Grid { height: 3, width: 4 }, Grid { height: 0, width: 4 }] {
        assert!(matches!(chat.sequence("", &[grid], "", None), Err(ChatError::Grid { .. })));
    }
}

#[test]
fn what_pads_a_picture_is_what_the_tower_gives() {
    let folder = tiny();
    let preprocessor = Preprocessor::read(folder.path()).expect("a preprocessor");
    let (patches, grid) = preprocessor.patches(&picture(333, 250, 4)).expect("a picture");
    let sequence = read_chat(folder.path()).expect("a chat").sequence("", &[grid], "", None).expect("tokens");
    assert_eq!(sequence.pictures[0].len() * 4, patches.dim(0).expect("rows"));
}

/// Uses what published templates of the family use: a namespace, tests for kinds of content, methods of Python's strings,
/// slices that run backwards, and filters and functions that stay unused.
const PYTHONIC: &str = r#"{%- if tools %}
    {{- tools | tojson }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0].content is string %}
        {{- messages[0].content }}
    {%- endif %}
    {{- '<|im_end|>\n' }}
{%- endif %}
{%- set shown = namespace(value=0, last=0) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if message.role == 'user' and not (message.content is string and message.content.startswith('<tool')) %}
        {%- set shown.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role == "user" %}
        {{- '<|im_start|>' + message.role + '\n' }}
        {%- if message.content is string %}
            {{- message.content }}
        {%- else %}
            {%- for content in message.content %}
                {%- if content.type == 'image' or 'image' in content or 'image_url' in content %}
                    {%- set shown.value = shown.value + 1 %}
                    {%- if add_vision_id %}Picture {{ shown.value }}: {% endif -%}
                    <|vision_start|><|image_pad|><|vision_end|>
                {%- elif 'text' in content %}
                    {{- content.text }}
                {%- endif %}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == "assistant" %}
        {%- if '</think>' in message.content %}
            {{- raise_exception('thoughts of earlier turns') }}
        {%- endif %}
        {{- '<|im_start|>assistant\n' + message.content.split('</think>')[-1].lstrip('\n') + '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}"#;

#[test]
fn a_template_written_for_python_renders() {
    let (golden, folder) = (Golden::read(), tiny());
    std::fs::write(folder.path().join("chat_template.jinja"), PYTHONIC).expect("a writable folder");
    let chat = read_chat(folder.path()).expect("a chat");
    for case in &golden.cases {
        assert_eq!(asked(folder.path(), &chat, &golden.system, case, None).ids, case.prompt, "{}", case.name);
    }
    let thought = Said { role: Role::Assistant, pictures: &[], text: "<think></think>Here." };
    let error = chat.conversation("", &[thought], None).expect_err("refused").to_string();
    assert!(error.contains("chat_template.jinja") && error.contains("thoughts of earlier turns"), "{error}");
}

#[test]
fn a_template_that_loses_a_picture_is_refused() {
    for (template, said) in [
        ("{% for m in messages %}{{ m.role }}{% endfor %}", "shows 0 pictures of 2"),
        ("<|vision_start|><|image_pad|><|vision_end|>", "shows 1 pictures of 2"),
        ("<|image_pad|><|image_pad|>", "shows 1 pictures of 2"),
        ("{% if %}", "does not render"),
        ("{% for i in range(9999999) %}x{% endfor %}", "does not render"),
    ] {
        let folder = tiny();
        std::fs::write(folder.path().join("chat_template.jinja"), template).expect("a writable folder");
        let error = read_chat(folder.path()).err().expect(template).to_string();
        assert!(error.contains("chat_template.jinja") && error.contains(said), "{template}: {error}");
    }
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let folder = tiny();
    edit(folder.path(), "config.json", |config| config["image_token_id"] = json!(5));
    let error = read_chat(folder.path()).err().expect("refused").to_string();
    assert!(error.contains("tokenizer.json") && error.contains("<|image_pad|> is 748, and 5"), "{error}");
}

#[test]
fn ends_are_found_where_the_engine_finds_them() {
    let folder = tiny();
    // `<|im_end|>` closes, `<|endoftext|>` ends a reply too.
    assert_eq!(read_chat(folder.path()).expect("a chat").end_ids(), [738, 736]);
    edit(folder.path(), "tokenizer_config.json", |names| names["eos_token"] = json!({ "content": "<|im_end|>" }));
    edit(folder.path(), "generation_config.json", |ends| ends["eos_token_id"] = json!(736));
    assert_eq!(read_chat(folder.path()).expect("a chat").end_ids(), [738, 736]);
    std::fs::remove_file(folder.path().join("generation_config.json")).expect("there");
    assert_eq!(read_chat(folder.path()).expect("a chat").end_ids(), [738]);
}
