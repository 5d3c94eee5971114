//! What of a connection must have happened by when.

use std::time::Duration;

use tokio::time::Instant;

use crate::session::Session;
use crate::session_end::End;

/// A part of the time of silence after which a WebSocket is pinged: browsers do not by themselves,
/// and what is between forgets a connection that is silent.
const PING_PART: u32 = 4;

impl Session<'_> {
    /// Until when something must have happened.
    pub(crate) fn deadline(&self) -> Instant {
        let after = |since: Option<Instant>, limit: Duration| since.map(|since| since + limit);
        let idle = self.received_at + self.config.idle_timeout;
        let message = after(self.message_began_at, self.config.message_timeout);
        let write = after(self.stalled_since, self.config.write_timeout);
        let ping = self.websocket().map(|_| self.ping_at());
        [message, write, ping]
            .into_iter()
            .flatten()
            .fold(idle, Instant::min)
    }

    fn ping_at(&self) -> Instant {
        self.received_at.max(self.pinged_at) + self.config.idle_timeout / PING_PART
    }

    pub(crate) fn check_deadlines(&mut self) -> Result<(), End> {
        let now = Instant::now();
        let is_over = |since: Option<Instant>, limit: Duration| {
            since.is_some_and(|since| now.saturating_duration_since(since) >= limit)
        };
        if is_over(self.message_began_at, self.config.message_timeout) {
            return Err(End::SlowMessage);
        }
        if is_over(self.stalled_since, self.config.write_timeout) {
            return Err(End::SlowReader);
        }
        if is_over(Some(self.received_at), self.config.idle_timeout) {
            return Err(End::Idle);
        }
        if let Some(websocket) = self.websocket()
            && now >= self.ping_at()
        {
            self.pinged_at = now;
            websocket.ping(self.stream);
        }
        Ok(())
    }
}
