//! Timer names and the timers of one transaction, as plain values.

use crate::wheel::Tick;

/// Timers of RFC 3261 table 4 and RFC 6026, and three of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// INVITE retransmission by the client, unreliable transports only.
    A,
    /// INVITE client gives up: no answer at all.
    B,
    /// Proxied INVITE rings for too long (16.6 step 11, 16.8).
    C,
    /// INVITE client repeats its ACK for repeated final responses.
    D,
    /// Non-INVITE retransmission by the client, unreliable transports only.
    E,
    /// Non-INVITE client gives up.
    F,
    /// Final response retransmission by the INVITE server.
    G,
    /// INVITE server stops waiting for the ACK.
    H,
    /// INVITE server absorbs repeated ACKs.
    I,
    /// Non-INVITE server repeats its final response.
    J,
    /// Non-INVITE client absorbs repeated responses.
    K,
    /// INVITE server after a 2xx absorbs repeated INVITEs (RFC 6026).
    L,
    /// INVITE client after a 2xx passes further 2xx on (RFC 6026).
    M,
    /// 200 ms without an answer to an INVITE (17.2.1).
    Trying,
    /// 64*T1 without a final response after a CANCEL (9.1).
    Cancelled,
    /// The user never answered, or a peer keeps an INVITE ringing for ever. Not in the RFC:
    /// without it a transaction could live as long as somebody wishes.
    Lifetime,
}

/// Which of a transaction's three places a timer occupies. No state of any machine
/// needs two timers of one place; setting one replaces what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Repeat,
    Wait,
    Ring,
}

impl Timer {
    /// Every timer there is.
    pub const ALL: [Self; 16] = [
        Self::A,
        Self::B,
        Self::C,
        Self::D,
        Self::E,
        Self::F,
        Self::G,
        Self::H,
        Self::I,
        Self::J,
        Self::K,
        Self::L,
        Self::M,
        Self::Trying,
        Self::Cancelled,
        Self::Lifetime,
    ];

    fn place(self) -> Place {
        match self {
            Self::A | Self::E | Self::G | Self::Trying => Place::Repeat,
            Self::C => Place::Ring,
            Self::B
            | Self::D
            | Self::F
            | Self::H
            | Self::I
            | Self::J
            | Self::K
            | Self::L
            | Self::M
            | Self::Cancelled
            | Self::Lifetime => Place::Wait,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Armed {
    timer: Timer,
    at: Tick,
}

/// The armed timers of one transaction: at most three.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Timers {
    repeat: Option<Armed>,
    wait: Option<Armed>,
    ring: Option<Armed>,
}

impl Timers {
    fn place(&mut self, timer: Timer) -> &mut Option<Armed> {
        match timer.place() {
            Place::Repeat => &mut self.repeat,
            Place::Wait => &mut self.wait,
            Place::Ring => &mut self.ring,
        }
    }

    /// Arms `timer`, or moves it when it was armed.
    pub(crate) fn set(&mut self, timer: Timer, at: Tick) {
        *self.place(timer) = Some(Armed { timer, at });
    }

    /// Disarms `timer`; another timer in the same place stays.
    pub(crate) fn clear(&mut self, timer: Timer) {
        let place = self.place(timer);
        if place.is_some_and(|armed| armed.timer == timer) {
            *place = None;
        }
    }

    /// When the earliest timer fires.
    pub(crate) fn earliest(&self) -> Option<Tick> {
        self.armed().map(|armed| armed.at).min()
    }

    /// Takes one timer that is due at `now`, the earliest first. Among equals the one that
    /// ends the wait comes first: a request is not repeated at the moment it times out.
    pub(crate) fn take_due(&mut self, now: Tick) -> Option<Timer> {
        let armed = self.armed().min_by_key(|armed| armed.at)?;
        if armed.at > now {
            return None;
        }
        self.clear(armed.timer);
        Some(armed.timer)
    }

    fn armed(&self) -> impl Iterator<Item = Armed> {
        [self.wait, self.ring, self.repeat].into_iter().flatten()
    }
}

#[cfg(test)]
mod tests;
