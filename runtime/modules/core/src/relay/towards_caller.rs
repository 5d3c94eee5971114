//! A response on its way to whoever called.

use evroute_sip::{HeaderName, Message};

use super::Relay;

impl Relay {
    /// 16.7 step 3. Whatever the answer says of them, the Vias towards the caller are those of its
    /// request: phones that keep one list of Vias for a dialog, or build a 487 from the CANCEL,
    /// answer with ours alone. None when it cannot be written.
    pub(super) fn towards_caller(&self, branch: usize, mut response: Message) -> Option<Message> {
        self.put_alias(branch, &mut response);
        let mut edit = || {
            let is_as_it_came = response
                .values(HeaderName::Via)
                .skip(1)
                .eq(self.vias.iter());
            if is_as_it_came {
                response.remove_first_value(HeaderName::Via)?;
            } else {
                response.remove_headers(HeaderName::Via);
                for via in self.vias.iter().rev() {
                    response.prepend_header(HeaderName::Via, via)?;
                }
            }
            // A datagram may come without; on a stream its end would never be found.
            if self.transaction.reply_to.proto.is_reliable() {
                response.ensure_content_length()?;
            }
            Ok::<_, evroute_sip::EditError>(())
        };
        if let Err(error) = edit() {
            let (tenant, call_id) = self.about();
            tracing::info!(tenant, call_id, %error, "a response cannot be sent on");
            return None;
        }
        Some(response)
    }

    /// What a phone behind a NAT answers says where it is: back the way that its request went.
    fn put_alias(&self, branch: usize, response: &mut Message) {
        let flow = {
            let state = self.state();
            state.branches.get(branch).and_then(|branch| branch.flow)
        };
        if let Some(flow) = flow {
            let tenant = self.transaction.tenant;
            self.core.put_alias(response, &flow, tenant);
        }
    }
}
