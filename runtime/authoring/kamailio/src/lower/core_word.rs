use crate::ast::{Binary, Expression, ExpressionKind, Variable};
use crate::fault::Diagnostic;
use crate::network::{self, Network};
use crate::span::Span;

use super::routine::{Kind, Routine};

/// The protocols that `proto` is compared with.
const PROTOCOLS: [&str; 6] = ["udp", "tcp", "tls", "sctp", "ws", "wss"];

/// What a keyword of the old core is compared with, where that is not just a value.
enum Compared {
    Address,
    Protocol,
    Family,
    Method,
    Uri,
}

fn compared(expression: &Expression) -> Option<Compared> {
    let ExpressionKind::Word(word) = &expression.kind else {
        return None;
    };
    Some(match word.as_str() {
        "src_ip" | "dst_ip" => Compared::Address,
        "proto" => Compared::Protocol,
        "af" => Compared::Family,
        "method" => Compared::Method,
        "uri" | "from_uri" | "to_uri" => Compared::Uri,
        _ => return None,
    })
}

impl Routine<'_, '_> {
    /// The keywords of the old core that stand for a variable.
    pub(super) fn word(&mut self, word: &str, span: Span) -> Kind {
        let name = match word {
            "method" => "rm",
            "uri" => "ru",
            "from_uri" => "fu",
            "to_uri" => "tu",
            "src_ip" => "si",
            "src_port" => "sp",
            "dst_ip" => "Ri",
            "dst_port" => "Rp",
            "proto" => "proto",
            "status" => "rs",
            "af" => "af",
            "true" | "yes" | "on" | "enable" => return self.truth_constant(true),
            "false" | "no" | "off" | "disable" => return self.truth_constant(false),
            _ => {
                let fault = Diagnostic::new(span, format!("{word} means nothing here"));
                self.fault(fault.instead(match word {
                    "myself" => "write uri == myself or is_myself(\"$fu\")",
                    "snd_ip" | "snd_port" | "to_ip" | "to_port" => {
                        "where a message goes is decided after the run"
                    }
                    _ => "put a text in quotes, or #!define the name",
                }));
                return Kind::Cell;
            }
        };
        self.variable(&Variable {
            span,
            name: name.to_owned(),
            argument: None,
            index: None,
            transformations: Vec::new(),
        })
    }

    fn truth_constant(&mut self, holds: bool) -> Kind {
        self.code.i64_const(i64::from(holds));
        Kind::Int
    }

    /// `src_ip == 10.0.0.0/8`, `proto == UDP`, `uri == myself`: whether it was one of these, and
    /// then what it comes to is on the stack. Either side may be the keyword.
    pub(super) fn word_compared(
        &mut self,
        operator: Binary,
        left: &Expression,
        right: &Expression,
    ) -> bool {
        if operator != Binary::Equal && operator != Binary::Differs {
            return false;
        }
        let (word, what, other) = match (compared(left), compared(right)) {
            (Some(what), _) => (left, what, right),
            (None, Some(what)) => (right, what, left),
            (None, None) => return false,
        };
        let is_done = match (&what, &other.kind) {
            (Compared::Address, _) => self.address_compared(word, other),
            (Compared::Uri, ExpressionKind::Word(own)) if own == "myself" => {
                self.is_myself(word);
                true
            }
            (Compared::Uri, _) => false,
            (Compared::Protocol, ExpressionKind::Word(name) | ExpressionKind::Text(name)) => {
                self.protocol_compared(word, name, other.span);
                true
            }
            (Compared::Family, ExpressionKind::Word(name)) if is_family(name) => {
                self.text_compared(word, &name.to_ascii_uppercase());
                true
            }
            (Compared::Method, ExpressionKind::Word(name)) => {
                self.text_compared(word, name);
                true
            }
            (Compared::Protocol | Compared::Family | Compared::Method, _) => false,
        };
        if is_done && operator == Binary::Differs {
            self.code.i32_eqz();
        }
        is_done
    }

    fn text_compared(&mut self, word: &Expression, text: &str) {
        self.cell(word);
        let cell = self.low.constants.text_cell(text);
        self.code.u32_const(cell).call("text_equal");
    }

    fn protocol_compared(&mut self, word: &Expression, name: &str, span: Span) {
        let name = name.to_ascii_lowercase();
        if PROTOCOLS.contains(&name.as_str()) {
            self.text_compared(word, &name);
            return;
        }
        let fault = Diagnostic::new(span, format!("{name} is no transport protocol"));
        self.fault(fault.instead("there are UDP, TCP, TLS, SCTP, WS and WSS"));
    }

    /// Whether a URI or an address is this server's.
    fn is_myself(&mut self, what: &Expression) {
        self.cell(what);
        self.code.call("is_myself");
        self.leave_when_over();
        self.code.i32_const(0).i32_gt_s();
    }

    /// An address and a network, a text that is one, or `myself`.
    fn address_compared(&mut self, word: &Expression, other: &Expression) -> bool {
        let network = match &other.kind {
            ExpressionKind::Network(network) => *network,
            ExpressionKind::Word(own) if own == "myself" => {
                self.is_myself(word);
                return true;
            }
            ExpressionKind::Text(text) | ExpressionKind::Word(text) => match network::read(text) {
                Ok(network) => network,
                Err(why) => {
                    let fault = Diagnostic::new(other.span, why);
                    self.fault(fault.instead(
                        "names are not looked up in a run: write an address or a network, 10.0.0.0/8",
                    ));
                    return true;
                }
            },
            ExpressionKind::Variable(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Call(_)
            | ExpressionKind::Unary(..)
            | ExpressionKind::Binary(..) => {
                let fault = Diagnostic::new(
                    other.span,
                    "an address is compared with one that is known when the file is built",
                );
                self.fault(fault.instead(
                    "$si == $var(x) compares one address with another as texts; networks are written out",
                ));
                return true;
            }
        };
        self.cell(word);
        match network {
            Network::V4 { bits, mask } => {
                self.code
                    .u32_const(bits)
                    .u32_const(mask)
                    .call("is_in_network");
            }
            Network::V6 { bits, mask } => {
                for number in [bits, mask] {
                    let bytes = number.to_be_bytes();
                    let (high, low) = bytes.split_at(8);
                    for half in [high, low] {
                        self.code.i64_const(in_memory_order(half).cast_signed());
                    }
                }
                self.code.call("is_in_network_6");
            }
        }
        true
    }
}

fn is_family(name: &str) -> bool {
    name.eq_ignore_ascii_case("inet") || name.eq_ignore_ascii_case("inet6")
}

/// Eight bytes as the number that a load of them gives.
fn in_memory_order(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
