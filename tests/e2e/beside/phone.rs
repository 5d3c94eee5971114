//! What one side of a ladder does, as a scenario for SIPp.

use std::collections::HashMap;
use std::fmt::Write;

use super::ladder::{Kind, Ladder, Side, Step};

const SDP: &str =
    "v=0\no=phone 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n";

/// Receives an INVITE that is answered after something else came: its Vias, the proxy's and the
/// caller's.
const KEEPS_VIAS: &str = r#"<recv request="INVITE" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="Via:" occurence="1" assign_to="1"/>
<ereg regexp=".*" search_in="hdr" header="Via:" occurence="2" assign_to="2"/>
</action></recv>
"#;

/// How long a value is where a ladder says LONG.
const LONG: usize = 1500;

/// One phone that follows a ladder.
struct Phone<'a> {
    side: Side,
    ladder: &'a Ladder,
    text: String,
    /// The number of the last request of its own.
    cseq: u32,
    /// Whether the called phone has given its tag, so that what follows is inside the dialog.
    in_dialog: bool,
    /// Named branches: the number in CSeq, and whether that request was inside the dialog.
    branches: HashMap<&'a str, (u32, bool)>,
    /// Whether anything was sent yet.
    has_sent: bool,
}

/// The scenario of this side.
pub(super) fn scenario(ladder: &Ladder, side: Side) -> String {
    let mut phone = Phone {
        side,
        ladder,
        text: String::new(),
        cseq: 0,
        in_dialog: false,
        branches: HashMap::new(),
        has_sent: false,
    };
    phone.follow();
    let text = phone.text;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<scenario name=\"{ladder}\">\n{text}</scenario>\n"
    )
}

impl<'a> Phone<'a> {
    fn follow(&mut self) {
        let ladder = self.ladder;
        for (place, step) in ladder.steps.iter().enumerate() {
            if step.from == self.side {
                self.send(place, step);
            } else if step.to == self.side {
                self.receive(step);
            }
            let is_callees = step.from == Side::Callee;
            self.in_dialog |= is_callees && matches!(step.kind, Kind::Response(101..300));
        }
        // Stays to answer what is sent again.
        self.text.push_str("<timewait milliseconds=\"200\"/>\n");
    }

    fn receive(&mut self, step: &Step) {
        match &step.kind {
            Kind::Request(method) if method == "INVITE" && self.answers_late() => {
                self.text.push_str(KEEPS_VIAS);
            }
            Kind::Request(method) => {
                let _ = writeln!(self.text, "<recv request=\"{method}\" rrs=\"true\"/>");
            }
            Kind::Response(code) => {
                if *code != 100 {
                    self.text
                        .push_str("<recv response=\"100\" optional=\"true\"/>\n");
                }
                let _ = writeln!(self.text, "<recv response=\"{code}\" rrs=\"true\"/>");
            }
        }
    }

    fn send(&mut self, place: usize, step: &'a Step) {
        // Two messages at once may change places on their way through a server with several
        // processes.
        if self.has_sent {
            self.text.push_str("<pause milliseconds=\"30\"/>\n");
        }
        self.has_sent = true;
        let head = match &step.kind {
            Kind::Request(method) => self.request(place, step, method),
            Kind::Response(code) => self.response(step, *code),
        };
        let again = match &step.kind {
            Kind::Request(method) if method != "ACK" => " retrans=\"500\"",
            Kind::Response(200..300) if self.answers_invite(step) => " retrans=\"500\"",
            Kind::Request(_) | Kind::Response(_) => "",
        };
        let mut message = head;
        for field in &step.fields {
            let _ = writeln!(message, "{}", field.replace("LONG", &"x".repeat(LONG)));
        }
        let body = match step.body {
            0 if step.sdp => SDP.to_owned(),
            bytes => "t".repeat(bytes),
        };
        if !body.is_empty() {
            let kind = if step.sdp {
                "application/sdp"
            } else {
                "text/plain"
            };
            let _ = writeln!(message, "Content-Type: {kind}");
        }
        let length = step
            .claims
            .map_or("[len]".to_owned(), |bytes| bytes.to_string());
        let _ = write!(message, "Content-Length: {length}\n\n{body}");
        let _ = writeln!(self.text, "<send{again}><![CDATA[\n{message}\n]]></send>");
    }

    fn request(&mut self, place: usize, step: &'a Step, method: &str) -> String {
        let known = step
            .branch
            .as_deref()
            .and_then(|name| self.branches.get(name))
            .copied();
        let is_hop = method == "CANCEL" || (method == "ACK" && step.to == Side::Proxy);
        let (cseq, in_dialog) = match (is_hop, known) {
            (true, Some(known)) => known,
            (true, None) => panic!("{method} needs the branch of its INVITE"),
            (false, _) => {
                self.cseq += u32::from(method != "ACK");
                (self.cseq, self.in_dialog)
            }
        };
        let cseq = step.cseq.unwrap_or(cseq);
        self.cseq = self.cseq.max(cseq);
        if let Some(name) = step.branch.as_deref()
            && method == "INVITE"
        {
            self.branches.insert(name, (cseq, in_dialog));
        }
        let label = step.branch.clone().unwrap_or_else(|| place.to_string());
        let user = step.user.as_deref().unwrap_or("[service]");
        let target = match in_dialog {
            true => "[next_url]".to_owned(),
            false => format!("sip:{user}@[remote_ip]:[remote_port]"),
        };
        let routes = if in_dialog { "[routes]\n" } else { "" };
        // The ACK to a refusal names the tag that it came with, which may be the proxy's.
        let to_tag = match (method, is_hop, self.in_dialog || in_dialog) {
            ("ACK", true, _) => None,
            (_, _, true) if method != "CANCEL" => Some(";tag=callee"),
            (..) => Some(""),
        };
        let (from, to) = match self.side {
            Side::Caller => (
                "<sip:caller@127.0.0.1>;tag=caller",
                "<sip:[service]@127.0.0.1>",
            ),
            Side::Callee => (
                "<sip:[service]@127.0.0.1>;tag=callee",
                "<sip:caller@127.0.0.1>;tag=caller",
            ),
            Side::Proxy => panic!("the proxy follows no scenario"),
        };
        let to = match to_tag {
            None => "[last_To:]".to_owned(),
            Some(_) if self.side == Side::Callee => format!("To: {to}"),
            Some(tag) => format!("To: {to}{tag}"),
        };
        let hops = step
            .fields
            .iter()
            .any(|field| field.starts_with("Max-Forwards"));
        let hops = if hops { "" } else { "Max-Forwards: 70\n" };
        format!(
            "{method} {target} SIP/2.0\n\
             Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK[pid]x[call_number]x{label}\n\
             {routes}From: {from}\n{to}\nCall-ID: [call_id]\nCSeq: {cseq} {method}\n{hops}{}",
            self.contact()
        )
    }

    fn response(&self, step: &Step, code: u16) -> String {
        // What answers inside the dialog has the tag already.
        let is_first = self.side == Side::Callee && !self.has_tag(step);
        let tag = if is_first { ";tag=callee" } else { "" };
        let vias = match &step.answers {
            Some(_) if !step.last_vias => "Via:[$1]\nVia:[$2]",
            Some(_) | None => "[last_Via:]",
        };
        let cseq = match &step.answers {
            Some(request) => format!("CSeq: {request}"),
            None => "[last_CSeq:]".to_owned(),
        };
        format!(
            "SIP/2.0 {code} Said\n{vias}\n[last_Record-Route:]\n[last_From:]\n[last_To:]{tag}\n\
             [last_Call-ID:]\n{cseq}\n{}",
            self.contact()
        )
    }

    /// Whether the request that came last before this answer carries the tag of the called phone.
    fn has_tag(&self, step: &Step) -> bool {
        let place = self
            .ladder
            .steps
            .iter()
            .position(|own| std::ptr::eq(own, step));
        let before = &self.ladder.steps[..place.unwrap_or(0)];
        let last = before
            .iter()
            .rposition(|own| own.to == self.side && matches!(own.kind, Kind::Request(_)));
        let Some(last) = last else { return false };
        let gave =
            |own: &Step| own.from == Side::Callee && matches!(own.kind, Kind::Response(101..300));
        !before[last].is("CANCEL") && before[..last].iter().any(gave)
    }

    /// Whether this side answers an INVITE when something else has come since.
    fn answers_late(&self) -> bool {
        let own = |step: &&Step| step.from == self.side && !step.last_vias;
        self.ladder
            .steps
            .iter()
            .filter(own)
            .any(|step| step.answers.is_some())
    }

    fn answers_invite(&self, step: &Step) -> bool {
        match &step.answers {
            Some(request) => request.ends_with("INVITE"),
            None => {
                let place = self
                    .ladder
                    .steps
                    .iter()
                    .position(|own| std::ptr::eq(own, step));
                let before = &self.ladder.steps[..place.unwrap_or(0)];
                let asked = before.iter().rfind(|own| own.to == self.side);
                asked.is_some_and(|own| own.is("INVITE"))
            }
        }
    }

    fn contact(&self) -> String {
        let user = match self.side {
            Side::Caller => "caller",
            Side::Callee | Side::Proxy => "service",
        };
        format!("Contact: <sip:{user}@[local_ip]:[local_port];transport=[transport]>\n")
    }
}
