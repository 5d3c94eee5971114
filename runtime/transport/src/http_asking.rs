//! Asking whoever answers HTTP, whose panics end nothing of ours.

use std::sync::Arc;

use evroute_http::{HttpRefusal, HttpReply, HttpRequest};
use tokio::task::JoinHandle;

use crate::flow::Flow;
use crate::http_receiver::{ConnectionEnd, HttpAdmission, HttpAnswer, HttpAnswering};
use crate::shared::Shared;

/// Who is asked, until the answer is there or nobody waits for it any more.
struct Asked(JoinHandle<HttpAnswer>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Shared {
    /// What becomes of a request before its body is read.
    pub(crate) fn admit_http(&self, head: &HttpRequest, flow: &Flow) -> HttpAdmission {
        let Some(receiver) = self.http.get() else {
            return HttpAdmission::Nobody;
        };
        let mut admission = HttpAdmission::Refused(HttpRefusal::BROKEN);
        self.call("admit", || admission = receiver.admit(head, flow));
        admission
    }

    /// Who is told of the end of a WebSocket.
    pub(crate) fn upgraded(
        &self,
        request: &HttpRequest,
        flow: &Flow,
    ) -> Option<Box<dyn ConnectionEnd>> {
        let receiver = self.http.get()?;
        let mut end = None;
        self.call("upgraded", || end = receiver.upgraded(request, flow));
        end
    }

    /// What it is answered.
    pub(crate) async fn ask_http(
        &self,
        answer: HttpAnswering,
        request: &Arc<HttpRequest>,
    ) -> HttpAnswer {
        let request = Arc::clone(request);
        let asked = self.tracker.spawn(async move { answer(request).await });
        let mut asked = Asked(asked);
        match (&mut asked.0).await {
            Ok(answer) => answer,
            Err(broken) => {
                self.counters.receiver_panicked();
                tracing::error!(%broken, "what answers HTTP broke");
                HttpAnswer::ReplyAndClose(HttpReply::of(500))
            }
        }
    }
}
