//! Messages cut into header fields and body, by the simplest means there are.

/// A header field as it stands, folds included.
pub(crate) struct Field<'a> {
    /// Its name in lower case.
    pub(crate) name: Vec<u8>,
    /// The whole of it, the last line end excepted.
    pub(crate) bytes: &'a [u8],
}

/// The fields of routing, which a proxy writes.
const ROUTING: [&[u8]; 8] = [
    b"via",
    b"v",
    b"max-forwards",
    b"max-breadth",
    b"route",
    b"record-route",
    b"content-length",
    b"l",
];

/// The header fields of a message in their order.
pub(crate) fn fields(message: &[u8]) -> Vec<Field<'_>> {
    let (head, _) = halves(message);
    let mut fields = Vec::new();
    let mut rest = after_line(head).1;
    while !rest.is_empty() {
        let mut length = 0;
        loop {
            let (line, behind) = after_line(&rest[length..]);
            length += line.len();
            if !behind.starts_with(b" ") && !behind.starts_with(b"\t") {
                break;
            }
            length += 2;
        }
        let bytes = &rest[..length];
        let name = bytes.split(|byte| *byte == b':').next().unwrap_or_default();
        let name = name.trim_ascii().to_ascii_lowercase();
        fields.push(Field { name, bytes });
        rest = rest.get(length + 2..).unwrap_or_default();
    }
    fields
}

/// The first difference in what is not a proxy's to change: all header fields but those of routing,
/// and the body.
pub(crate) fn changed(sent: &[u8], received: &[u8]) -> Option<String> {
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    let kept = |message| {
        let fields = fields(message).into_iter();
        fields.filter(|field| !ROUTING.contains(&field.name.as_slice()))
    };
    let (mut before, mut after) = (kept(sent), kept(received));
    loop {
        match (before.next(), after.next()) {
            (None, None) => break,
            (Some(was), Some(is)) if was.bytes == is.bytes => {}
            (was, is) => {
                let text = |field: Option<Field<'_>>| field.map(|field| text(field.bytes));
                return Some(format!("{:?} became {:?}", text(was), text(is)));
            }
        }
    }
    let (was, is) = (body(sent), body(received));
    (was != is).then(|| format!("the body {} became {}", text(was), text(is)))
}

/// The body, as long as Content-Length says where it says something.
fn body(message: &[u8]) -> &[u8] {
    let (_, rest) = halves(message);
    let announced = fields(message).into_iter().find_map(|field| {
        let is_length = matches!(field.name.as_slice(), b"content-length" | b"l");
        let value = field.bytes.split(|byte| *byte == b':').nth(1)?;
        let value = std::str::from_utf8(value).ok()?;
        is_length.then(|| value.trim().parse::<usize>().ok())?
    });
    &rest[..announced.unwrap_or(rest.len()).min(rest.len())]
}

/// Start line and header fields; the body.
fn halves(message: &[u8]) -> (&[u8], &[u8]) {
    let start = message.iter().position(|byte| !b"\r\n".contains(byte));
    let message = &message[start.unwrap_or(message.len())..];
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    match end {
        Some(end) => (&message[..end], &message[end + 4..]),
        None => (message, &[]),
    }
}

/// A line, and what comes after its end.
fn after_line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.windows(2).position(|two| two == b"\r\n") {
        Some(end) => (&text[..end], &text[end + 2..]),
        None => (text, &[]),
    }
}
