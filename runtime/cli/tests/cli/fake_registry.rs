//! A server of HTTP, with or without TLS, that answers as a test says: a registry, a token service,
//! or something that only says it is one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `GET /v2/guard/manifests/1`
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// What is answered.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<String>,
    body: Vec<u8>,
    is_endless: bool,
}

impl Reply {
    pub(crate) fn of(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            is_endless: false,
        }
    }

    pub(crate) fn with(mut self, header: impl Into<String>) -> Self {
        self.headers.push(header.into());
        self
    }

    /// The body again and again, until nobody takes it any more.
    pub(crate) fn endless(mut self) -> Self {
        self.is_endless = true;
        self
    }

    fn write(&self, stream: &mut impl Write) -> std::io::Result<()> {
        let mut head = format!("HTTP/1.1 {} x\r\nConnection: close\r\n", self.status);
        if !self.is_endless {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        for header in &self.headers {
            head += &format!("{header}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        stream.write_all(&self.body)?;
        if !self.is_endless {
            return stream.flush();
        }
        loop {
            stream.write_all(&self.body)?;
        }
    }
}

type Answering = dyn Fn(&Asked) -> Reply + Send + Sync;

/// One server on a port of its own, until it is dropped.
pub(crate) struct FakeRegistry {
    /// `127.0.0.1:5000`
    pub(crate) host: String,
    pub(crate) asked: Arc<Mutex<Vec<Asked>>>,
    thread: Option<JoinHandle<()>>,
    is_over: Arc<Mutex<bool>>,
}

impl FakeRegistry {
    /// On this machine, in plain text.
    pub(crate) fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve("127.0.0.1:0", None, Box::new(answer))
    }

    /// Without TLS and by an address that is not this machine's by its form, though only this
    /// machine can reach it.
    pub(crate) fn start_elsewhere(
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::serve("0.0.0.0:0", None, Box::new(answer))
    }

    /// By such an address, with the certificate and the key of a folder.
    pub(crate) fn start_with_tls(
        folder: &Path,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let certificate = CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Self::serve("0.0.0.0:0", Some(Arc::new(config)), Box::new(answer))
    }

    fn serve(address: &str, tls: Option<Arc<ServerConfig>>, answer: Box<Answering>) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let is_over = Arc::new(Mutex::new(false));
        let (all, over) = (Arc::clone(&asked), Arc::clone(&is_over));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if *over.lock().unwrap() {
                    return;
                }
                // Who is gone is no concern of a server's.
                let _ = match &tls {
                    None => exchange(stream.unwrap(), &answer, &all),
                    Some(config) => {
                        let tls = ServerConnection::new(Arc::clone(config)).unwrap();
                        exchange(StreamOwned::new(tls, stream.unwrap()), &answer, &all)
                    }
                };
            }
        });
        Self {
            host,
            asked,
            thread: Some(thread),
            is_over,
        }
    }

    /// What was asked until now, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|asked| asked.line.clone()).collect()
    }

    /// Who said they were who, each once.
    pub(crate) fn authorizations(&self) -> Vec<Option<String>> {
        let asked = self.asked.lock().unwrap();
        let mut all: Vec<_> = asked.iter().map(|a| a.authorization.clone()).collect();
        all.dedup();
        all
    }
}

impl Drop for FakeRegistry {
    fn drop(&mut self) {
        *self.is_over.lock().unwrap() = true;
        let _ = TcpStream::connect(&self.host);
        let _ = self.thread.take().unwrap().join();
    }
}

fn exchange(
    stream: impl Read + Write,
    answer: &Answering,
    all: &Mutex<Vec<Asked>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(asked) = read(&mut stream)? else {
        return Ok(());
    };
    all.lock().unwrap().push(asked.clone());
    answer(&asked).write(stream.get_mut())
}

/// One request; none where whoever has connected says nothing.
fn read(stream: &mut impl BufRead) -> std::io::Result<Option<Asked>> {
    let (mut line, mut header) = (String::new(), String::new());
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut headers = BTreeMap::new();
    loop {
        header.clear();
        stream.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length");
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body)?;
    Ok(Some(Asked {
        line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
        authorization: headers.remove("authorization"),
        body,
    }))
}

/// A registry that keeps what it is given under its path, a manifest under its digest as well, and
/// asks nobody who they are.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Shelf {
    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        let mut kept = self.0.lock().unwrap();
        let (method, path) = asked.line.split_once(' ').unwrap();
        match (method, path.split_once("/uploads/1?digest=")) {
            ("POST", _) => Reply::of(202, "").with(format!("Location: {path}1")),
            ("PUT", Some((blobs, digest))) => {
                kept.insert(format!("{blobs}/{digest}"), asked.body.clone());
                Reply::of(201, "")
            }
            ("PUT", None) => {
                let (manifests, _) = path.rsplit_once('/').unwrap();
                let digest = evroute_aot::WasmDigest::of(&asked.body);
                kept.insert(format!("{manifests}/sha256:{digest}"), asked.body.clone());
                kept.insert(path.to_owned(), asked.body.clone());
                Reply::of(201, "")
            }
            _ => match kept.get(path) {
                Some(_) if method == "HEAD" => Reply::of(200, ""),
                Some(bytes) => Reply::of(200, bytes.clone()),
                None => Reply::of(404, ""),
            },
        }
    }

    /// What lies under the first path that ends so.
    pub(crate) fn get(&self, end: &str) -> Vec<u8> {
        let kept = self.0.lock().unwrap();
        let mut found = kept.iter().filter(|(path, _)| path.ends_with(end));
        found.next().unwrap().1.clone()
    }
}
