//! Files put together from directives.

/// The same numbers in every run.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// Names with a value from the first line on; one never stands for itself, since it may only name a
/// later one.
const NAMES: [&str; 4] = ["AA", "BB", "CC", "DD"];
const SUBSTITUTED: [&str; 5] = ["S1", "S12", "T3", "U", "XS"];

/// A file, and one that it includes.
pub(super) fn configuration(random: &mut Random) -> (String, String) {
    let mut text = String::new();
    let mut names: Vec<&str> = SUBSTITUTED.to_vec();
    for _ in 0..random.below(6) + 1 {
        text.push_str(&substitution(random, &mut names));
        if random.below(3) == 0 {
            text.push_str(&definition(random));
        }
    }
    for name in NAMES.iter().rev() {
        text.push_str(&format!("#!trydef {name} {}\n", random.below(10)));
    }
    let mut more = String::new();
    statements(random, 2, &mut more);
    more.push_str(random.one_of(&["", "# a comment without an end", "\n"]));
    text.push_str("event_route[htable:mod-init] {\n");
    statements(random, 0, &mut text);
    text.push_str("xlog(\"L_ERR\", \"~end\\n\");\n}\n");
    (text, more)
}

fn substitution(random: &mut Random, names: &mut Vec<&'static str>) -> String {
    let mark = random.one_of(&["!", "/", "|", "%"]);
    let flags = random.one_of(&["", "g", "g", "i", "ig", "gs"]);
    let quote = random.one_of(&["\"", "\"", "'"]);
    if names.is_empty() || random.below(4) == 0 {
        let pattern = random.one_of(&[
            "a+b?", "(x|y)z", "[0-9]{2}", "q.q", "(m)(n)?", "k\\.k", "^q", "(cd)$",
        ]);
        let value = random.one_of(&["<\\0>", "r", "\\\\", "[\\1]", "", "S1"]);
        let value = if pattern.contains('(') || !value.contains('1') {
            value
        } else {
            "r"
        };
        let value = if quote == "\"" {
            value.replace('\\', "\\\\")
        } else {
            value.to_owned()
        };
        let pattern = if quote == "\"" {
            pattern.replace('\\', "\\\\")
        } else {
            pattern.to_owned()
        };
        let mark = if mark == "|" { "!" } else { mark };
        return format!("#!subst {quote}{mark}{pattern}{mark}{value}{mark}{flags}{quote}\n");
    }
    let name = names.remove(random.below(names.len()));
    let word = random.one_of(&["substdef", "substdef", "substdefs"]);
    let value = random.one_of(&[
        "7", "12", "west", "a b", "S1S12", "uT3u", "\\t.", "v\\\\w", "AA", "x\\!y", "",
    ]);
    format!("#!{word} {quote}{mark}{name}{mark}{value}{mark}{flags}{quote}\n")
}

fn definition(random: &mut Random) -> String {
    let position = random.below(NAMES.len());
    let later: Vec<&str> = NAMES.iter().skip(position + 1).copied().collect();
    let name = NAMES[position];
    let word = random.one_of(&["trydef", "redef", "redefine", "trydefine"]);
    let value = match random.below(6) {
        0 => "5 # a comment".to_owned(),
        1 => "1 + \\\n 2".to_owned(),
        2 => "\"text S1\"".to_owned(),
        3 if !later.is_empty() => random.one_of(&later).to_owned(),
        4 => "(3)".to_owned(),
        _ => random.below(100).to_string(),
    };
    format!("{}{word} {name} {value}\n", random.one_of(&["#!", "!!"]))
}

fn statements(random: &mut Random, depth: usize, text: &mut String) {
    for _ in 0..random.below(4) + 2 {
        match random.below(if depth < 2 { 9 } else { 6 }) {
            0 => text.push_str(&definition(random)),
            1 => {
                let name = random.one_of(&NAMES);
                text.push_str(&format!(
                    "$var(x) = {name}\n; xlog(\"L_ERR\", \"~{name} $var(x)\\n\");\n"
                ));
            }
            2 => text.push_str(random.one_of(&[
                "/* a /* b */ #!else */\n",
                "# a comment #!endif\n",
                "// S1 \"\n",
                "; // x\n",
            ])),
            3 => {
                let name = random.one_of(&SUBSTITUTED);
                text.push_str(&format!(
                    "$var(n) = '{name} s12' ; xlog(\"L_ERR\", \"~[$var(n)]\\n\");\n"
                ));
            }
            4 | 5 => {
                let words = [
                    "AA", "S1", "S12", "T3", "u", "XS", "aab", "yz", "123", "qxq", "mn", "k.k",
                    "s1S1", "cd",
                ];
                let line: Vec<&str> = (0..5).map(|_| random.one_of(&words)).collect();
                text.push_str(&format!("xlog(\"L_ERR\", \"~{}\\n\");\n", line.join(" ")));
            }
            6 | 7 => {
                let word = random.one_of(&["ifdef", "ifndef"]);
                let name = random.one_of(&["AA", "S1", "S12", "NONE", "MOD_xlog", "DD"]);
                let comment = random.one_of(&["", " ", " # comment", "// comment", " and more"]);
                text.push_str(&format!("#!{word} {name}{comment}\n"));
                statements(random, depth + 1, text);
                if random.below(2) == 0 {
                    text.push_str("#!else\n");
                    statements(random, depth + 1, text);
                }
                text.push_str("#!endif\n");
            }
            _ => text.push_str(random.one_of(&[
                "include_file \"more.inc\"\n",
                "#!import_file \"more.inc\"  ;\n",
                "import_file \"none.inc\"\n",
            ])),
        }
    }
}
