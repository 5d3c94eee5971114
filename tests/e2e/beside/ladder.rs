//! Calls as ladders of messages, read from `ladders.txt`.

use std::fmt;

/// All ladders, as they are written.
const TEXT: &str = include_str!("ladders.txt");

/// Who sends a message or gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The phone that calls.
    Caller,
    /// The server between them.
    Proxy,
    /// The phone that is called.
    Callee,
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// With its method.
    Request(String),
    /// With its status code.
    Response(u16),
}

/// One message of a ladder.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// Who sends it.
    pub(super) from: Side,
    /// Who gets it.
    pub(super) to: Side,
    /// What it is.
    pub(super) kind: Kind,
    /// Whether it carries a session description.
    pub(super) sdp: bool,
    /// How many bytes of text it carries.
    pub(super) body: usize,
    /// What Content-Length says, where that is not so.
    pub(super) claims: Option<usize>,
    /// The name of its Via branch; one of its own where there is none.
    pub(super) branch: Option<String>,
    /// The number in CSeq; the next of its sender where there is none.
    pub(super) cseq: Option<u32>,
    /// The CSeq of the request that it answers; that of the last one that came where there is none.
    pub(super) answers: Option<String>,
    /// Whether an answer has the Vias of the last request that came, though it is to another.
    pub(super) last_vias: bool,
    /// The user of the Request-URI.
    pub(super) user: Option<String>,
    /// Header fields of its own.
    pub(super) fields: Vec<String>,
}

/// One call.
#[derive(Debug)]
pub(super) struct Ladder {
    /// What it is called.
    pub(super) name: String,
    /// Its messages, in their order.
    pub(super) steps: Vec<Step>,
}

impl Step {
    /// Whether this is a request with this method.
    pub(super) fn is(&self, method: &str) -> bool {
        matches!(&self.kind, Kind::Request(own) if own == method)
    }

    fn read(line: &str) -> Self {
        let (head, fields) = line.split_once('|').unwrap_or((line, ""));
        let mut words = head.split_whitespace();
        let mut word = || words.next().unwrap_or_else(|| panic!("too short: {line}"));
        let (from, arrow, to, what) = (word(), word(), word(), word());
        assert_eq!(arrow, "->", "{line}");
        let mut step = Self {
            from: Side::read(from),
            to: Side::read(to),
            kind: what
                .parse()
                .map_or_else(|_| Kind::Request(what.to_owned()), Kind::Response),
            sdp: false,
            body: 0,
            claims: None,
            branch: None,
            cseq: None,
            answers: None,
            last_vias: false,
            user: None,
            fields: Vec::new(),
        };
        for word in words {
            match word.split_once('=') {
                None if word == "sdp" => step.sdp = true,
                None if word == "last-vias" => step.last_vias = true,
                Some(("body", bytes)) => step.body = bytes.parse().unwrap(),
                Some(("claims", bytes)) => step.claims = Some(bytes.parse().unwrap()),
                Some(("branch", name)) => step.branch = Some(name.to_owned()),
                Some(("cseq", number)) => step.cseq = Some(number.parse().unwrap()),
                Some(("for", request)) => step.answers = Some(request.replace(':', " ")),
                Some(("user", user)) => step.user = Some(user.to_owned()),
                None | Some(_) => panic!("{word} is no word of a ladder: {line}"),
            }
        }
        let fields = fields.split(" | ").map(str::trim);
        step.fields = fields
            .filter(|field| !field.is_empty())
            .map(str::to_owned)
            .collect();
        step
    }
}

impl Side {
    fn read(word: &str) -> Self {
        match word {
            "caller" => Self::Caller,
            "proxy" => Self::Proxy,
            "callee" => Self::Callee,
            other => panic!("{other} has no part in a ladder"),
        }
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// All of them.
pub(super) fn ladders() -> Vec<Ladder> {
    let mut ladders: Vec<Ladder> = Vec::new();
    for line in TEXT.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix("== ") {
            let (name, _) = title.split_once(": ").expect("a name and what it is about");
            ladders.push(Ladder {
                name: name.to_owned(),
                steps: Vec::new(),
            });
        } else if !line.is_empty() && !line.starts_with('#') {
            let ladder = ladders.last_mut().expect("a title comes first");
            ladder.steps.push(Step::read(line));
        }
    }
    ladders
}
