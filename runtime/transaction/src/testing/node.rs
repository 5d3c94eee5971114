use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::Frame;
use crate::{
    ClientMatch, ClientRequest, Config, Delivery, End, Id, KeyMaker, Output, ServerKey,
    ServerMatch, State, TimerOverrides, TransactionTable, key::ServerParts,
};

/// What a node does with what its transactions hand it.
#[derive(Debug, Clone)]
pub(crate) enum Role {
    Caller,
    Proxy,
    /// Answers every request with these statuses after these milliseconds.
    Callee(Vec<(u64, u16)>),
}

#[derive(Debug, Clone)]
struct Call {
    /// The request as it came in, or as the caller made it.
    request: Frame,
    server: Option<Id>,
    client: Option<Id>,
    is_acked: bool,
}

/// What the callee itself has to do later.
#[derive(Debug, Clone)]
enum Duty {
    Answer(u32, u16),
    /// 13.3.1.4: whoever made the 2xx repeats it.
    RepeatSuccess(u32, Duration),
}

pub(crate) struct Node {
    pub(crate) place: usize,
    pub(crate) table: TransactionTable<u32>,
    pub(crate) outbox: Vec<(usize, Frame)>,
    /// Statuses given to the user.
    pub(crate) passed: Vec<u16>,
    /// Requests given to the user.
    pub(crate) requested: Vec<String>,
    pub(crate) ended: Vec<End>,
    pub(crate) strays: usize,
    role: Role,
    delivery: Delivery,
    keys: KeyMaker,
    calls: HashMap<u32, Call>,
    duties: BTreeMap<(Instant, u64), Duty>,
    sequence: u64,
}

impl Node {
    pub(crate) fn new(
        place: usize,
        role: Role,
        delivery: Delivery,
        keys: &KeyMaker,
        (config, epoch): (Config, Instant),
    ) -> Self {
        Self {
            place,
            table: TransactionTable::new(config, epoch, 0),
            outbox: Vec::new(),
            passed: Vec::new(),
            requested: Vec::new(),
            ended: Vec::new(),
            strays: 0,
            role,
            delivery,
            keys: keys.clone(),
            calls: HashMap::new(),
            duties: BTreeMap::new(),
            sequence: 0,
        }
    }

    pub(crate) fn states(&self) -> Vec<State> {
        self.table.states().collect()
    }

    pub(crate) fn next_wakeup(&self) -> Option<Instant> {
        let duty = self.duties.keys().next().map(|(at, _)| *at);
        self.table.next_deadline().into_iter().chain(duty).min()
    }

    pub(crate) fn wake(&mut self, now: Instant) {
        let mut outputs = Vec::new();
        self.table.fire_due(now, usize::MAX, &mut outputs);
        self.act(now, outputs);
        while let Some(entry) = self.duties.first_entry() {
            if entry.key().0 > now {
                return;
            }
            match entry.remove() {
                Duty::Answer(call, status) => self.answer(now, call, status),
                Duty::RepeatSuccess(call, interval) => self.repeat_success(now, call, interval),
            }
        }
    }

    /// The caller sends a request of its own.
    pub(crate) fn request(&mut self, now: Instant, method: &str, call: u32) {
        let request = Frame::request(method, &format!("z9hG4bK-{}-{call}", self.place), call);
        self.calls.insert(
            call,
            Call {
                request: request.clone(),
                server: None,
                client: None,
                is_acked: false,
            },
        );
        self.send_request(now, &request);
    }

    pub(crate) fn cancel(&mut self, now: Instant, call: u32) {
        let Some(client) = self.calls.get(&call).and_then(|call| call.client) else {
            return;
        };
        let outputs = self.table.cancel(now, client);
        self.act(now, outputs);
    }

    pub(crate) fn receive(&mut self, now: Instant, from: usize, frame: &Frame) {
        match frame.status {
            Some(status) => self.receive_response(now, frame, status),
            None => self.receive_request(now, from, frame),
        }
    }

    fn receive_request(&mut self, now: Instant, from: usize, frame: &Frame) {
        let key = self.server_key(frame, from);
        let matched = self
            .table
            .server(now, &key, self.delivery, |_| frame.call)
            .unwrap();
        match matched {
            ServerMatch::New(id) => {
                self.requested.push(frame.method.clone());
                self.take_request(now, id, frame);
            }
            ServerMatch::Cancel { id, target } => {
                self.requested.push(frame.method.clone());
                let status = if target.is_some() { 200 } else { 481 };
                self.respond(now, id, &frame.response(status));
                if target.is_some_and(|target| !target.is_answered) {
                    self.take_cancel(now, frame.call);
                }
            }
            ServerMatch::Absorbed(outputs) => self.act(now, outputs),
            ServerMatch::AckPassed(_) => {
                self.requested.push(frame.method.clone());
                match self.role {
                    Role::Proxy => self.forward_ack(frame),
                    Role::Caller | Role::Callee(_) => {
                        if let Some(call) = self.calls.get_mut(&frame.call) {
                            call.is_acked = true;
                        }
                    }
                }
            }
        }
    }

    fn take_request(&mut self, now: Instant, id: Id, frame: &Frame) {
        let call = Call {
            request: frame.clone(),
            server: Some(id),
            client: None,
            is_acked: false,
        };
        self.calls.insert(frame.call, call);
        match self.role.clone() {
            Role::Caller => {}
            Role::Proxy => {
                let branch = format!("z9hG4bK-{}-{}", self.place, frame.branch);
                self.send_request(now, &Frame::request(&frame.method, &branch, frame.call));
            }
            Role::Callee(answers) => {
                for (after_ms, status) in answers {
                    let at = now + Duration::from_millis(after_ms);
                    self.owe(at, Duty::Answer(frame.call, status));
                }
            }
        }
    }

    fn take_cancel(&mut self, now: Instant, call: u32) {
        match self.role {
            Role::Proxy => self.cancel(now, call),
            Role::Callee(_) => self.answer(now, call, 487),
            Role::Caller => {}
        }
    }

    fn receive_response(&mut self, now: Instant, frame: &Frame, status: u16) {
        let key = self
            .keys
            .client(frame.branch.as_bytes(), frame.method.as_bytes());
        let ack = |_: &u32| Frame::request("ACK", &frame.branch, frame.call).bytes();
        match self.table.response(now, &key, status, ack) {
            ClientMatch::Pass { found, outputs } => {
                assert_eq!(found.user, frame.call);
                self.act(now, outputs);
                if frame.method != "CANCEL" {
                    self.passed.push(status);
                    self.take_response(now, frame, status);
                }
            }
            ClientMatch::Absorbed(outputs) => self.act(now, outputs),
            ClientMatch::Stray => self.strays += 1,
        }
    }

    fn take_response(&mut self, now: Instant, frame: &Frame, status: u16) {
        match self.role {
            Role::Proxy if status > 100 => self.answer(now, frame.call, status),
            Role::Caller if frame.method == "INVITE" && (200..300).contains(&status) => {
                // A branch of its own: the ACK to a 2xx is not part of the transaction.
                let branch = format!("z9hG4bK-ack-{}", frame.call);
                self.outbox
                    .push((self.place + 1, Frame::request("ACK", &branch, frame.call)));
            }
            Role::Proxy | Role::Caller | Role::Callee(_) => {}
        }
    }

    fn forward_ack(&mut self, frame: &Frame) {
        let branch = format!("z9hG4bK-{}-{}", self.place, frame.branch);
        self.outbox
            .push((self.place + 1, Frame::request("ACK", &branch, frame.call)));
    }

    fn answer(&mut self, now: Instant, call: u32, status: u16) {
        let Some(found) = self.calls.get(&call).cloned() else {
            return;
        };
        let Some(id) = found.server else { return };
        self.respond(now, id, &found.request.response(status));
        let is_maker = matches!(self.role, Role::Callee(_));
        if is_maker && found.request.method == "INVITE" && (200..300).contains(&status) {
            let t1 = Duration::from_millis(500);
            self.owe(now + t1, Duty::RepeatSuccess(call, t1));
        }
    }

    fn repeat_success(&mut self, now: Instant, call: u32, interval: Duration) {
        let found = self.calls[&call].clone();
        let id = found.server.unwrap();
        if found.is_acked || self.table.user(id).is_none() {
            return;
        }
        self.respond(now, id, &found.request.response(200));
        let interval = (interval * 2).min(Duration::from_secs(4));
        self.owe(now + interval, Duty::RepeatSuccess(call, interval));
    }

    fn respond(&mut self, now: Instant, id: Id, response: &Frame) {
        // Refused when the call was cancelled, or answered for too long: nothing to do then.
        if let Ok(outputs) = self
            .table
            .respond(now, id, response.status.unwrap(), response.bytes())
        {
            self.act(now, outputs);
        }
    }

    fn send_request(&mut self, now: Instant, request: &Frame) {
        let key = self
            .keys
            .client(request.branch.as_bytes(), request.method.as_bytes());
        let timers = TimerOverrides::default();
        let sent = ClientRequest {
            bytes: request.bytes(),
            delivery: self.delivery,
            timers,
        };
        let (id, outputs) = self
            .table
            .client(now, &key, sent, |_| request.call)
            .unwrap();
        if request.method != "CANCEL" {
            self.calls.get_mut(&request.call).unwrap().client = Some(id);
        }
        self.act(now, outputs);
    }

    fn act(&mut self, now: Instant, outputs: impl IntoIterator<Item = Output<u32>>) {
        for output in outputs {
            match output {
                Output::Send { bytes, .. } => {
                    let frame = Frame::parse(&bytes);
                    let is_upstream = frame.status.is_some();
                    let to = if is_upstream {
                        self.place - 1
                    } else {
                        self.place + 1
                    };
                    self.outbox.push((to, frame));
                }
                Output::TryingDue { id, user } => {
                    let trying = self.calls[&user].request.response(100);
                    self.respond(now, id, &trying);
                }
                Output::CancelDue { user, .. } => {
                    let branch = self.client_branch(user);
                    self.send_request(now, &Frame::request("CANCEL", &branch, user));
                }
                Output::SendFailed { .. } | Output::GivenUp { .. } => {}
                Output::Ended { id, user, end } => self.take_end(now, id, user, end),
            }
        }
    }

    fn client_branch(&self, call: u32) -> String {
        let request = &self.calls[&call].request;
        match self.role {
            Role::Proxy => format!("z9hG4bK-{}-{}", self.place, request.branch),
            Role::Caller | Role::Callee(_) => request.branch.clone(),
        }
    }

    fn take_end(&mut self, now: Instant, id: Id, call: u32, end: End) {
        self.ended.push(end);
        let Some(found) = self.calls.get(&call) else {
            return;
        };
        let is_forwarding = matches!(self.role, Role::Proxy) && found.request.method == "INVITE";
        if let Some(status) = end
            .status()
            .filter(|_| is_forwarding && found.client == Some(id))
        {
            self.answer(now, call, status);
        }
    }

    fn owe(&mut self, at: Instant, duty: Duty) {
        self.sequence += 1;
        self.duties.insert((at, self.sequence), duty);
    }

    fn server_key(&self, frame: &Frame, from: usize) -> ServerKey {
        let host = format!("node{from}");
        self.keys.server(&ServerParts {
            branch: frame.branch.as_bytes(),
            host: host.as_bytes(),
            port: 5060,
            cseq: 1,
            method: frame.method.as_bytes(),
        })
    }
}
