//! Addresses as they stand in a route: `127.0.0.1`, `2001:db8::1`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address at the beginning of these characters, and how many of them it takes. An error is what
/// is wrong with it.
pub(super) fn address(
    ahead: impl Iterator<Item = char> + Clone,
) -> Option<(Result<IpAddr, String>, usize)> {
    v6(ahead.clone()).or_else(|| v4(ahead))
}

/// Four numbers with dots between them.
fn v4(ahead: impl Iterator<Item = char>) -> Option<(Result<IpAddr, String>, usize)> {
    let text: String = ahead
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .take(64)
        .collect();
    let numbers: Vec<&str> = text.split('.').take(4).collect();
    if numbers.len() < 4 || numbers.iter().any(|number| number.is_empty()) {
        return None;
    }
    let text = numbers.join(".");
    // Kamailio takes 010 for the number 8.
    let is_octal = numbers
        .iter()
        .any(|number| number.len() > 1 && number.starts_with('0'));
    let read = match text.parse::<Ipv4Addr>() {
        Ok(address) => Ok(IpAddr::V4(address)),
        Err(_) if is_octal => Err(format!("{text} has a number that begins with 0")),
        Err(_) => Err(format!("{text} is no address")),
    };
    Some((read, text.len()))
}

/// Groups of hexadecimal digits: eight of them, or fewer round a `::`.
fn v6(ahead: impl Iterator<Item = char>) -> Option<(Result<IpAddr, String>, usize)> {
    let run: String = ahead
        .take_while(|c| c.is_ascii_hexdigit() || *c == ':')
        .take(64)
        .collect();
    let length = (2..=run.len())
        .rev()
        .find(|end| run.get(..*end).is_some_and(is_v6))?;
    let text = run.get(..length)?;
    let read = match text.parse::<Ipv6Addr>() {
        Ok(address) => Ok(IpAddr::V6(address)),
        Err(_) => Err(format!("{text} is no address")),
    };
    Some((read, length))
}

fn is_v6(text: &str) -> bool {
    let is_group = |group: &str| {
        (1..=4).contains(&group.len()) && group.bytes().all(|c| c.is_ascii_hexdigit())
    };
    let are_groups = |part: &str| part.is_empty() || part.split(':').all(is_group);
    match text.split_once("::") {
        Some((left, right)) => are_groups(left) && are_groups(right),
        None => text.split(':').count() == 8 && text.split(':').all(is_group),
    }
}
