//! The answer to a challenge among a request's header fields.

use evroute_digest_auth::{Algorithm, Authorization};

/// Fields that are looked at. A request through several proxies has one for each.
const FIELDS_MAX: usize = 8;

/// The first answer for this realm that is made with one of these algorithms. What cannot be read
/// is none: who sent it is asked again.
pub(crate) fn find<'a>(
    fields: &[&'a [u8]],
    realm: &str,
    algorithms: &[Algorithm],
) -> Option<Authorization<'a>> {
    let fields = fields.iter().take(FIELDS_MAX);
    let read = fields.filter_map(|field| Authorization::parse(field).ok());
    let mut ours = read.filter(|answer| answer.realm == realm);
    ours.find(|answer| algorithms.contains(&answer.algorithm))
}

/// The fields that are for others than this realm: they go on to whom they are for.
pub(crate) fn of_others(fields: &[&[u8]], realm: &str) -> Vec<Vec<u8>> {
    let is_ours =
        |field: &[u8]| Authorization::parse(field).is_ok_and(|answer| answer.realm == realm);
    let others = fields.iter().filter(|field| !is_ours(field));
    others.map(|field| field.to_vec()).collect()
}
