use super::*;

fn spelled(text: &str) -> Variable {
    variable(text, Span::default()).unwrap()
}

fn text(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Variable(variable) => format!("<{}>", variable.name),
        })
        .collect()
}

#[test]
fn a_variable_is_taken_apart() {
    let variable = spelled("$(hdr(X-Foo)[-1]{s.substr,0,5}{s.tolower})");
    assert_eq!(variable.name, "hdr");
    assert_eq!(text(variable.argument.as_deref().unwrap()), "X-Foo");
    assert_eq!(variable.index, Some(Index::At(-1)));
    let names: Vec<_> = variable
        .transformations
        .iter()
        .map(|t| t.name.as_str())
        .collect();
    assert_eq!(names, ["s.substr", "s.tolower"]);
    let parameters: Vec<_> = variable.transformations[0]
        .parameters
        .iter()
        .map(|p| text(p))
        .collect();
    assert_eq!(parameters, ["0", "5"]);
}

#[test]
fn a_comma_can_be_a_parameter() {
    let select = spelled("$(var(c){s.select,1,,})");
    let parameters: Vec<_> = select.transformations[0]
        .parameters
        .iter()
        .map(|p| text(p))
        .collect();
    assert_eq!(parameters, ["1", ","]);
}

#[test]
fn variables_stand_in_variables() {
    let entry = spelled("$sht(a=>$(var(k){s.len}))");
    assert_eq!(text(entry.argument.as_deref().unwrap()), "a=><var>");
    let part = spelled("$(var(a){s.substr,0,$var(k)})");
    assert_eq!(text(&part.transformations[0].parameters[1]), "<var>");
}

#[test]
fn a_text_is_split_at_its_variables() {
    let parts = parts("request [$rm] from [$fu]: $$5 100%", Span::default()).unwrap();
    assert_eq!(text(&parts), "request [<rm>] from [<fu>]: $5 100%");
    assert_eq!(parts.len(), 5);
}

#[test]
fn what_is_no_variable_is_refused() {
    for wrong in ["$(", "$(rm{s.len)", "$(rm", "$(hdr(x)[y])", "$()", "$(rm)x"] {
        assert!(variable(wrong, Span::default()).is_err(), "{wrong}");
    }
    assert!(parts("costs 5 $ now", Span::default()).is_err());
    let deep = "$(".repeat(200) + &")".repeat(200);
    assert!(parts(&deep, Span::default()).is_err());
    let deep = "$sht(a=>".repeat(100) + &")".repeat(100);
    assert!(parts(&deep, Span::default()).is_err());
}
